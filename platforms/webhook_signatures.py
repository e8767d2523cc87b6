"""Signs calls to the marketplace's own systems by the Standard Webhooks specification: they know who calls."""

import base64
import binascii
import hashlib
import hmac
import time
import uuid
from collections.abc import Iterable
from secrets import token_bytes

PREFIX = "whsec_"
SHORTEST_KEY = 24
LONGEST_KEY = 64


def key_of(secret: str) -> bytes:
    """The key in a secret of the form `whsec_<base64>`; raises ValueError if it is none of 24 to 64 bytes."""
    try:
        key = base64.b64decode(secret.removeprefix(PREFIX), validate=True) if secret.startswith(PREFIX) else b""
    except binascii.Error:
        key = b""
    if not SHORTEST_KEY <= len(key) <= LONGEST_KEY:
        raise ValueError("A signing secret is “whsec_” and 24 to 64 random bytes in base64.")
    return key


def headers(secret: str, body: bytes) -> dict[str, str]:
    """The headers that sign the body as sent now: its id, its time in unix seconds and the signature over all three."""
    return signed(f"msg_{uuid.uuid4().hex}", body, [secret])


def signed(message: str, body: bytes, secrets: Iterable[str]) -> dict[str, str]:
    """The headers of a message with this id, sent now, with a signature by each secret: one that fits is enough."""
    timestamp = str(int(time.time()))
    content = b".".join((message.encode(), timestamp.encode(), body))
    digests = (hmac.digest(key_of(secret), content, hashlib.sha256) for secret in secrets)
    signatures = " ".join(f"v1,{base64.b64encode(digest).decode()}" for digest in digests)
    return {"webhook-id": message, "webhook-timestamp": timestamp, "webhook-signature": signatures}


def make_secret() -> str:
    return PREFIX + base64.b64encode(token_bytes(32)).decode()
