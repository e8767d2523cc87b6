"""The ID token: whether the marketplace's login made it, for us, now, and for this very sign-in."""

from collections.abc import Callable
from typing import Any

from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.errors import BadSignatureError, InvalidKeyIdError, JoseError
from joserfc.jwk import JWKRegistry, KeySet

from platforms import storable
from platforms.outside import UnusableAnswer

# Asymmetric ones only: with another, who knows the public key or the client secret could sign.
ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA", "Ed25519"]
KEY_TYPES = {"RSA", "EC", "OKP"}
# How far the clocks of two well-kept hosts may be apart.
LEEWAY_SECONDS = 60

Keys = Callable[..., list[Any]]


def claims_of(
    id_token: str, keys: Keys, *, issuer: str, client_id: str, nonce: str, access_token: Any
) -> dict[str, Any]:
    """The token's claims; raises UnusableAnswer where anything about it is not as it must be, OutsideError of `keys`.

    `keys` gives the login's keys; asked again with `afresh=True` when none of those it had fits.
    """
    try:
        token = _decoded(id_token, keys)
        claims = CodeIDToken(
            token.claims,
            token.header,
            {"iss": {"essential": True, "value": issuer}, "aud": {"essential": True, "value": client_id}},
            {"nonce": nonce, "client_id": client_id, "access_token": access_token},
        )
        claims.validate(leeway=LEEWAY_SECONDS)
    except (JoseError, ValueError, TypeError, RecursionError) as error:
        # Not the error's text: it may quote the token.
        kind, claim = getattr(error, "error", type(error).__name__), getattr(error, "claim", "")
        problem = f"{kind} {claim}".strip()
    else:
        if not storable.payload(token.claims).is_changed:
            return token.claims
        problem = "text that cannot be stored"
    raise UnusableAnswer(f"Its ID token is not valid: {problem}.")


def _decoded(id_token: str, keys: Keys) -> jwt.Token:
    try:
        return jwt.decode(id_token, _key_set(keys()), algorithms=ALGORITHMS)
    except (InvalidKeyIdError, BadSignatureError):
        # The login may have changed its keys within the hour that ours are kept.
        return jwt.decode(id_token, _key_set(keys(afresh=True)), algorithms=ALGORITHMS)


def _key_set(found: list[Any]) -> KeySet:
    """The keys that can verify a signature; others may stand beside them."""
    usable = []
    for data in found:
        if isinstance(data, dict) and data.get("kty") in KEY_TYPES and data.get("use", "sig") == "sig":
            try:
                usable.append(JWKRegistry.import_key(data))
            except (JoseError, ValueError, TypeError):
                continue
    return KeySet(usable)
