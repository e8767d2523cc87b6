"""Data that a page hands to the next one through the browser: encrypted, so that it is a secret there, and for an hour.

Nothing is kept here: what staff leave half done is nowhere.
"""

import json
from typing import Any

from cryptography.fernet import InvalidToken

from platforms.fields import keyring

LIVES_SECONDS = 3600


def seal(data: Any) -> str:
    return keyring().encrypt(json.dumps(data).encode()).decode()


def unseal(text: str) -> Any:
    """The data, or None where the text is too old or none of ours."""
    try:
        return json.loads(keyring().decrypt(text.encode(), ttl=LIVES_SECONDS))
    except (InvalidToken, ValueError):
        return None
