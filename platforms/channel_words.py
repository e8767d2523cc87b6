"""What changes of a channel, key by key and as a person may see it: secrets are only said to be set."""

from collections.abc import Iterator, Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from platforms import channel_parts, client_versions
from platforms.channel_values import KEYS, SECRET
from platforms.display import short

NOTHING = "–"
# A logo is a text of thousands of characters.
CHARACTERS = 80

Differences = dict[str, tuple[str, str]]


def differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> Differences:
    """Key -> (before, after) of what changed; `before` is empty for a channel that is made."""
    found: Differences = {}
    for key in KEYS:
        old, value = before.get(key), after[key]
        if old == value or not (old or value):
            continue
        if key in SECRET:
            found[key] = _secret(old, value)
        elif key in channel_parts.NAMES:
            found[key] = _rows(key, old or [], value)
        elif isinstance(value, dict):
            found |= _parts(key, old or {}, value)
        else:
            found[key] = (_words(key, old), _words(key, value))
    return found


def _secret(old: Any, value: Any) -> tuple[str, str]:
    state = pgettext("secret", "replaced") if old else pgettext("secret", "set")
    return pgettext("secret", "set") if old else NOTHING, state if value else NOTHING


def _rows(key: str, old: Any, value: Any) -> tuple[str, str]:
    """What goes and what comes, of lists of which most stays."""
    part = channel_parts.of(key)
    gone, come = ([each for each in one if each not in other] for one, other in ((old, value), (value, old)))
    return part.shown(gone) or NOTHING, part.shown(come) or NOTHING


def _parts(key: str, old: Any, value: Any) -> Iterator[tuple[str, tuple[str, str]]]:
    """What changed within a table, by keys such as "branding.legal.imprint"."""
    inside = [part for part in (old, value) if part is not None]
    if inside and all(isinstance(part, dict) for part in inside):
        for name in dict.fromkeys(name for part in inside for name in part):
            yield from _parts(f"{key}.{name}", (old or {}).get(name), (value or {}).get(name))
    elif old != value:
        yield key, (_words(key, old), _words(key, value))


def _words(key: str, value: Any) -> str:
    if key == "minimum_client_versions":
        return client_versions.shown(value) if value else NOTHING
    if key == "price_types" and value:
        return ", ".join(f"{each['id']} ({each['display_name']})" for each in value)
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, list):
        value = ", ".join(map(str, value))
    return short(str(value), CHARACTERS) if value not in (None, "", {}) else NOTHING
