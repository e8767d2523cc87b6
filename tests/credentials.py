"""Every credential that a test uses, and the search for them in all that SCX was sent: none ever leaves for SCX.

What the portal takes for a secret comes by `platforms.hiding`; of data that is kept encrypted as a whole, and of the
notes of staff, the fields are watched that hold it. SCX's own sessions and tokens are secrets too: they are looked for
everywhere but in the fields that are theirs.
"""

import functools
import json
import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode

import pytest
import requests

from platforms import hiding
from platforms.models import Channel
from platforms.sandbox import masking
from sellers.models import LinkSession, Seller, Unlinking
from tests.resilience import leaks
from tests.sandbox_control import Sandbox

# Fields of SCX's own in a request, as JTL's reference and its guides write them.
OF_SCX = ("session", "sessionId", "mfaPin")
# The books hide what looks like a token or a pin: a credential of that name would be hidden along.
MASKED = re.compile(
    rf'{masking.TELLING}[^"]{{0,200}}"\s*:\s*"{re.escape(masking.MASK)}"|={quote(masking.MASK)}(?![^& ])'
)

_used: set[str] = set()
_headers: set[str] = set()


def use(value: Any) -> None:
    """The texts in it are credentials."""
    if isinstance(value, str):
        if hiding.SHORTEST <= len(value) <= hiding.LONGEST:
            _used.add(value)
    elif isinstance(value, dict | list | tuple):
        for part in value.values() if isinstance(value, dict) else value:
            use(part)


def forget() -> None:
    _used.clear()
    _headers.clear()


def used() -> set[str]:
    return set(_used)


@contextmanager
def watched() -> Iterator[None]:
    """Notes every credential from here on, and the headers of every request of this process."""
    with pytest.MonkeyPatch.context() as patch:
        _watch_hiding(patch)
        _watch_field(patch, Seller, "credentials", lambda value: value)
        _watch_field(patch, Channel, "connector_settings", lambda value: value)
        _watch_field(patch, LinkSession, "sign_in", lambda value: value)
        _watch_field(patch, LinkSession, "identity", _of_identity)
        _watch_field(patch, LinkSession, "intent", lambda value: _of_identity((value or {}).get("identity")))
        _watch_field(patch, Unlinking, "note", lambda value: value)
        _watch_headers(patch)
        yield


def found_in_books(scx: Sandbox) -> list[str]:
    """Where in the books, or in a header, a credential of the test stands, in whatever spelling; never which one."""
    if not _used:
        return []
    books = scx.call("GET", "/control/books", params={"limit": 10_000})["books"]
    return [*found(_used, map(request_of, books)), *found(_used, _headers)]


def found(credentials: set[str], texts: Iterator[str] | set[str]) -> list[str]:
    written = list(texts)
    # One look at everything is enough as long as there is nothing.
    everything = {"all": "\n".join(written).encode()}
    named = {f"credential {number}": value for number, value in enumerate(sorted(credentials))}
    if not leaks.found(named, everything) and not MASKED.search("\n".join(written)):
        return []
    places = {f"{number}: {' '.join(text.split()[:2])}": text.encode() for number, text in enumerate(written)}
    masked = [f"something masked in {place}" for place, text in places.items() if MASKED.search(text.decode())]
    return leaks.found(named, places) + masked


def request_of(book: dict[str, Any]) -> str:
    """What was sent, without the fields that are SCX's own."""
    if masking.is_auth(book["path"]):
        # Of what goes there the books keep the names of fields alone: it is SCX's tokens.
        return f"{book['method']} {book['path']}"
    query = [pair for pair in parse_qsl(book["query"]) if pair[0] not in OF_SCX]
    body = book["request"]
    if isinstance(body, dict):
        body = {name: value for name, value in body.items() if name not in OF_SCX}
    return " ".join([book["method"], book["path"], urlencode(query), json.dumps(body), *_texts([query, body])])


def _texts(value: Any) -> Iterator[str]:
    """As they were before they were escaped, also where JSON lies within JSON."""
    if isinstance(value, str):
        yield value
        if value[:1] in ("{", "["):
            with suppress(ValueError):
                yield from _texts(json.loads(value))
    elif isinstance(value, dict):
        for name, part in value.items():
            yield from (name, *_texts(part))
    elif isinstance(value, list | tuple):
        for part in value:
            yield from _texts(part)


def _of_identity(identity: Any) -> Any:
    """Login, company and marketplaces are no secrets."""
    return (identity or {}).get("credentials")


def _watch_hiding(patch: pytest.MonkeyPatch) -> None:
    remember, remember_data = hiding.remember, hiding.remember_data
    is_data = [False]

    def remembered(value: str) -> None:
        remember(value)
        if not is_data[0]:
            use(value)

    def remembered_data(value: Any) -> None:
        # Not every text in it is a secret; the fields are watched that hold them.
        is_data[0] = True
        try:
            remember_data(value)
        finally:
            is_data[0] = False

    patch.setattr(hiding, "remember", remembered)
    patch.setattr(hiding, "remember_data", remembered_data)


def _watch_field(patch: pytest.MonkeyPatch, model: Any, name: str, secrets: Any) -> None:
    field = model._meta.get_field(name)
    prepare = field.get_prep_value

    @functools.wraps(prepare)
    def prepared(value: Any) -> Any:
        if value:
            use(secrets(value))
        return prepare(value)

    patch.setattr(field, "get_prep_value", prepared)


def _watch_headers(patch: pytest.MonkeyPatch) -> None:
    send = requests.Session.send

    @functools.wraps(send)
    def sent(session: requests.Session, request: requests.PreparedRequest, **kwargs: Any) -> requests.Response:
        _headers.update(f"{name}: {value}" for name, value in request.headers.items() if name != "Authorization")
        return send(session, request, **kwargs)

    patch.setattr(requests.Session, "send", sent)
