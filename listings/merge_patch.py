"""The JSON merge patch of RFC 7396, for documents of objects: how one becomes another.

Lists are replaced whole. A null in a patch takes a key away, so a document holds none but inside lists.
"""

from typing import Any

Document = dict[str, Any]


def between(old: Document, new: Document) -> Document:
    """The smallest patch that makes the new document of the old one."""
    patch: Document = dict.fromkeys(old.keys() - new.keys())
    for key, value in new.items():
        known = old.get(key)
        if isinstance(known, dict) and isinstance(value, dict):
            if change := between(known, value):
                patch[key] = change
        elif known != value:
            patch[key] = value
    return patch


def applied(document: Document, patch: Document) -> Document:
    """The document that the patch makes of this one, which stays as it is."""
    made = {key: value for key, value in document.items() if key not in patch}
    for key, change in patch.items():
        known = document.get(key)
        if isinstance(change, dict):
            made[key] = applied(known if isinstance(known, dict) else {}, change)
        elif change is not None:
            made[key] = change
    return made
