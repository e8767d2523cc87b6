"""Signs calls to the marketplace's own systems by the Standard Webhooks specification: they know who calls."""

import base64
import binascii
import hashlib
import hmac
import time
import uuid

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
    message, timestamp = f"msg_{uuid.uuid4().hex}", str(int(time.time()))
    signed = b".".join((message.encode(), timestamp.encode(), body))
    signature = base64.b64encode(hmac.digest(key_of(secret), signed, hashlib.sha256)).decode()
    return {"webhook-id": message, "webhook-timestamp": timestamp, "webhook-signature": f"v1,{signature}"}
