"""Takes out of a text every secret that this process has held in clear: for what is about to be written down.

A pattern knows secrets by the names beside them; this knows them by themselves, wherever an exception quotes them.
"""

import json
import os
import threading
from collections import OrderedDict
from collections.abc import Iterable, Iterator
from typing import Any
from urllib.parse import quote

MASK = "***"
# A shorter text is no secret, and hiding it would tear holes into words.
SHORTEST = 8
# Within data that is encrypted as a whole, not every word is a secret.
SHORTEST_IN_DATA = 12
# Where a text is about one seller, shorter values of his are looked for.
SHORTEST_NAMED = 4
# Whoever sends a longer one gets no memory for it.
LONGEST = 4096
# The last ones: few are in use at a time, each use counts anew, and every log line is searched for all.
MOST = 1000

_lock = threading.Lock()
_fixed: set[str] = set()
_recent: OrderedDict[str, None] = OrderedDict()


def remember(value: str) -> None:
    """A secret came into clear text in this process."""
    if not SHORTEST <= len(value) <= LONGEST or value in _fixed:
        return
    with _lock:
        for spelling in _spellings(value):
            _recent[spelling] = None
            _recent.move_to_end(spelling)
        while len(_recent) > MOST:
            _recent.popitem(last=False)


def remember_data(value: Any) -> None:
    """The texts in data that is kept encrypted."""
    for text in _texts(value):
        if len(text) >= SHORTEST_IN_DATA:
            remember(text)


def remember_for_good(values: Iterable[str]) -> None:
    """Secrets of the installation."""
    _fixed.update(spelling for value in values if len(value) >= SHORTEST for spelling in _spellings(value))


def forget() -> None:
    """Forget what came by; the secrets of the installation stay known."""
    with _lock:
        _recent.clear()


def hide(text: str) -> str:
    """The text with *** in place of each secret."""
    with _lock:
        found = [secret for secret in (*_fixed, *_recent) if secret in text]
    for secret in sorted(found, key=len, reverse=True):
        text = text.replace(secret, MASK)
    return text


def without(data: Any, text: str) -> str:
    """The text with *** in place of each text in the data, shorter ones too."""
    values = {spelling for value in _texts(data) if len(value) >= SHORTEST_NAMED for spelling in _spellings(value)}
    for value in sorted(values, key=len, reverse=True):
        text = text.replace(value, MASK)
    return text


def _after_fork() -> None:
    """Another thread may have held the lock when this process began."""
    global _lock
    _lock = threading.Lock()


os.register_at_fork(after_in_child=_after_fork)


def _spellings(value: str) -> set[str]:
    """As it is, in a URL or form, in JSON or a repr."""
    return {value, quote(value), quote(value, safe=""), json.dumps(value)[1:-1], repr(value)[1:-1]}


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for part in value.values():
            yield from _texts(part)
    elif isinstance(value, list | tuple):
        for part in value:
            yield from _texts(part)
