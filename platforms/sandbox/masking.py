"""Keeps tokens and pins out of the books: whatever shape they come in, only the names of their fields stay.

What goes to `/v1/auth…` is a secret or may be a mistyped one, so that nothing but field names is kept of it. Elsewhere
the name of a field tells.
"""

import json
import re
from urllib.parse import unquote_plus

MASK = "***"
TELLING = r"(?:(?i:token(?!expire)|authorization)|[pP]in(?![a-z])|(?i:(?<![a-z])pin(?![a-z])|mfa.?pin))"
SECRET_NAME = re.compile(TELLING)
# From the telling word to the value. A name longer than that is no field's.
SECRET_KEY = re.compile(TELLING + r'[^"]{0,200}"\s*:\s*')
# Quick looks at lower case: each begins with a fixed word, for which `re` searches faster than for a choice.
HINTS = ("token", "pin", "authorization")
KEY_HINTS = [re.compile(hint + r'[^"]{0,200}"\s*:') for hint in HINTS]
PLAIN_NAME = re.compile(r"[A-Za-z_][\w.\[\]-]{0,30}", re.ASCII)
ESCAPED_LETTER = re.compile(r"\\u00([46][1-9a-fA-F]|[57][0-9aA])")
SCALAR = re.compile(r'"(?:[^"\\]|\\.)*["\\]?|[^\s,\]}]*', re.DOTALL)
PUNCTUATION = re.compile(r'"(?:[^"\\]|\\.)*["\\]?|[\[{]|[\]}]', re.DOTALL)
AUTH = re.compile(r"(/v\d/+auth/*)(?!create/seller-token/*$)([^/].*)", re.IGNORECASE | re.DOTALL)
AUTH_PREFIX = re.compile(r"/v\d/+auth", re.IGNORECASE)


def is_auth(path: str) -> bool:
    return AUTH_PREFIX.match(path) is not None


def path(text: str) -> str:
    """Without what follows `/v1/auth` where that is no route."""
    return AUTH.sub(r"\1" + MASK, text) if is_auth(text) else text


def query(text: str, path: str) -> str:
    return _names(text) if is_auth(path) else _pairs(text)


def request_body(text: str, path: str) -> str:
    return _names(text) if is_auth(path) else body(text)


def body(text: str) -> str:
    """JSON or a form, whole or cut off, without the values of its secret fields."""
    return _in_json(text) if text.lstrip("\ufeff \t\r\n")[:1] in ("{", "[", '"') else _pairs(text)


def _names(text: str) -> str:
    """The field names of a JSON object or a form; what has no such form is a mask as a whole."""
    if text.lstrip("\ufeff \t\r\n").startswith("{"):
        try:
            names = json.loads(text.lstrip("\ufeff"))
        except (ValueError, RecursionError):
            return MASK
        return json.dumps({_name(name): MASK for name in names})
    return "&".join(_name_of(pair) for pair in text.split("&")) if text else ""


def _name_of(pair: str) -> str:
    name, is_pair, _value = pair.partition("=")
    return f"{_name(unquote_plus(name))}={MASK}" if is_pair else MASK


def _name(text: str) -> str:
    return text if PLAIN_NAME.fullmatch(text) else MASK


def _pairs(text: str) -> str:
    lowered = text.lower()
    if "%" not in text and not any(hint in lowered for hint in HINTS):
        return text
    return "&".join(_pair(pair) for pair in text.split("&"))


def _pair(text: str) -> str:
    name, is_pair, value = text.partition("=")
    if SECRET_NAME.search(unquote_plus(name)):
        return f"{name}={MASK}" if is_pair else MASK
    return f"{name}={MASK}" if SECRET_KEY.search(unquote_plus(value)) else text


def _in_json(text: str) -> str:
    if "\\u00" in text:
        text = ESCAPED_LETTER.sub(lambda found: chr(int(found[1], 16)), text)
    lowered = text.lower()
    if not any(hint.search(lowered) for hint in KEY_HINTS):
        return text
    parts, at = [], 0
    while key := SECRET_KEY.search(text, at):
        parts += [text[at : key.end()], f'"{MASK}"']
        at = _end_of_value(text, key.end())
    return "".join([*parts, text[at:]])


def _end_of_value(text: str, at: int) -> int:
    """Where a JSON value ends that begins here; the end of the text when it is cut within the value."""
    if text[at : at + 1] not in ("{", "["):
        found = SCALAR.match(text, at)
        return found.end() if found else at
    depth = 0
    for mark in PUNCTUATION.finditer(text, at):
        depth += (mark[0] in ("{", "[")) - (mark[0] in ("}", "]"))
        if depth == 0:
            return mark.end()
    return len(text)
