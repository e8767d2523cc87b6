"""A marketplace's own login by OpenID Connect: where it is, its keys, and what it says of who signed in."""

import hashlib
import logging
import re
from collections.abc import Callable
from typing import Any

from authlib.oauth2.auth import ClientAuth
from authlib.oauth2.rfc6749.parameters import prepare_token_request
from django.conf import settings
from django.core.cache import cache

from platforms import hiding, outside
from platforms.outside import OutsideAnswer, OutsideError, UnusableAnswer

logger = logging.getLogger(__name__)

KEPT_SECONDS = 3600
ENDPOINTS = ("authorization_endpoint", "token_endpoint", "jwks_uri")
_TOKEN = re.compile(r"[\x21-\x7e]+")
_ERROR_CODE = re.compile(r"[a-z_]{1,40}")


class CodeRefused(OutsideError):
    """The login does not take the code: too late, or for the second time."""


def metadata(issuer: str) -> dict[str, Any]:
    """What the login says of itself, at most an hour old; raises OutsideError."""
    return _kept(f"{issuer.rstrip('/')}/.well-known/openid-configuration", lambda found: _check(found, issuer))


def keys(jwks_uri: str, *, afresh: bool = False) -> list[Any]:
    """The keys that the login signs with, at most an hour old, or asked for `afresh`; raises OutsideError."""
    found = _kept(jwks_uri, _check_keys, afresh=afresh)
    return list(found["keys"])


def redeem(
    login: dict[str, Any], openid: dict[str, Any], *, code: str, verifier: str, redirect_uri: str
) -> dict[str, Any]:
    """The answer of the token endpoint, with an `id_token`; raises CodeRefused or another OutsideError."""
    auth = ClientAuth(openid["client_id"], openid["client_secret"], _auth_method(login))
    form = prepare_token_request("authorization_code", redirect_uri=redirect_uri, code=code, code_verifier=verifier)
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    url, headers, form = auth.prepare("POST", login["token_endpoint"], headers, form)
    answer = _call("POST", url, body=form, headers=headers)
    if not answer.is_success:
        raise _refusal(answer)
    tokens = answer.mapping()
    for name in ("id_token", "access_token", "refresh_token"):
        hiding.remember(str(tokens.get(name, "")))
    if not isinstance(tokens.get("id_token"), str):
        raise UnusableAnswer("Its answer to the code has no ID token.")
    return tokens


def user_info(login: dict[str, Any], access_token: Any, subject: str) -> dict[str, Any]:
    """The claims of the userinfo endpoint, {} where there is none; raises OutsideError."""
    url = login.get("userinfo_endpoint")
    if not url or not isinstance(access_token, str) or not _TOKEN.fullmatch(access_token):
        return {}
    answer = _call("GET", str(url), headers={"Authorization": f"Bearer {access_token}"})
    if not answer.is_success:
        raise UnusableAnswer(f"Its userinfo endpoint answered with status {answer.status}.")
    claims = answer.mapping()
    if claims.get("sub") != subject:
        raise UnusableAnswer("Its userinfo endpoint speaks of somebody else.")
    return claims


def _refusal(answer: OutsideAnswer) -> OutsideError:
    try:
        error = answer.mapping().get("error")
    except UnusableAnswer:
        error = None
    if error == "invalid_grant":
        return CodeRefused("It does not take the code (any more).")
    known = error if isinstance(error, str) and _ERROR_CODE.fullmatch(error) else "no error code"
    return UnusableAnswer(f"It answered the code with status {answer.status}, {known}.")


def _auth_method(login: dict[str, Any]) -> str:
    """How the login wants to be told who we are; the specification's default where it does not say."""
    offered = login.get("token_endpoint_auth_methods_supported")
    takes_post_only = (
        isinstance(offered, list) and "client_secret_post" in offered and "client_secret_basic" not in offered
    )
    return "client_secret_post" if takes_post_only else "client_secret_basic"


def _kept(url: str, check: Callable[[dict[str, Any]], None], *, afresh: bool = False) -> dict[str, Any]:
    name = f"openid:{hashlib.sha256(url.encode()).hexdigest()}"
    found: dict[str, Any] | None = None if afresh else cache.get(name)
    if found is None:
        answer = _call("GET", url)
        if not answer.is_success:
            raise UnusableAnswer(f"It answered with status {answer.status} where its description should be.")
        found = answer.mapping()
        check(found)
        cache.set(name, found, KEPT_SECONDS)
    return found


def _check(found: dict[str, Any], issuer: str) -> None:
    if found.get("issuer") != issuer:
        raise UnusableAnswer("Its description is of another issuer than the settings name.")
    if any(not _is_address(found.get(name)) for name in ENDPOINTS):
        raise UnusableAnswer("Its description lacks an endpoint.")


def _is_address(value: Any) -> bool:
    """Whether it is an address to call or to send a browser to; without TLS only where the operator allows networks."""
    if not isinstance(value, str) or outside.address_problem(value):
        return False
    return value.startswith("https://") or bool(settings.WEBHOOK_ALLOWED_NETWORKS)


def _check_keys(found: dict[str, Any]) -> None:
    if not isinstance(found.get("keys"), list):
        raise UnusableAnswer("There are no keys where its description says.")


def _call(method: str, url: str, **arguments: Any) -> OutsideAnswer:
    return outside.call(method, url, allowed=settings.WEBHOOK_ALLOWED_NETWORKS, **arguments)
