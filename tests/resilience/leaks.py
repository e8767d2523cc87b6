"""Finds secrets in what was written, however they are spelled there."""

import base64
import html
import json
from collections.abc import Iterator, Mapping
from urllib.parse import quote, quote_plus

# Of base64 text the first and last characters depend on what stands beside the secret.
SHORTEST_IN_BASE64 = 12


def found(secrets: Mapping[str, str], written: Mapping[str, bytes]) -> list[str]:
    """ "secret in place" for every secret that stands somewhere in clear; the places are searched as bytes."""
    spelled = {name: set(_spellings(value)) for name, value in secrets.items() if value}
    return [
        f"{name} in {place}"
        for place, content in written.items()
        for name, spellings in spelled.items()
        if any(spelling in content for spelling in spellings)
    ]


def _spellings(secret: str) -> Iterator[bytes]:
    """In clear, in a URL, a form, JSON, HTML, a repr; in base64 at each of the three places it can begin."""
    yield secret.encode()
    yield quote(secret, safe="").encode()
    yield quote_plus(secret).encode()
    yield json.dumps(secret)[1:-1].encode()
    yield json.dumps(secret, ensure_ascii=False)[1:-1].encode()
    yield repr(secret)[1:-1].encode()
    yield html.escape(secret).encode()
    for shift in range(3):
        for encode in (base64.b64encode, base64.urlsafe_b64encode):
            middle = encode(b" " * shift + secret.encode())[4:-4]
            if len(middle) >= SHORTEST_IN_BASE64:
                yield middle
