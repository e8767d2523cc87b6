"""Identification at the marketplace's own login by OpenID Connect: authorization code flow with PKCE.

Nothing that the login hands out is kept but who signed in: no code, no token.
"""

import logging
import secrets
from typing import Any

from authlib.oauth2.rfc6749.parameters import prepare_grant_uri
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext as _

from platforms import hiding
from platforms.connector_fields import in_language
from platforms.outside import OutsideError, UnusableAnswer
from sellers.identification import oidc_provider
from sellers.identification.base import Identity, SignInFailed, SignInRequest, SignUpChannel
from sellers.identification.oidc_settings import openid_settings
from sellers.identification.oidc_tokens import claims_of

logger = logging.getLogger(__name__)

LONGEST_ACCOUNT = 100
LONGEST_COMPANY = 200
# What the login answers where the merchant, not the login, is why nobody signed in.
BY_THE_MERCHANT = {
    "access_denied",
    "account_selection_required",
    "consent_required",
    "interaction_required",
    "login_required",
}


class OpenIdSignIn:
    @staticmethod
    def check_settings(connector_settings: dict[str, Any]) -> None:
        """Raises ValidationError that names each wrong one."""
        openid_settings(connector_settings, is_saving=True)

    def button(self, channel: SignUpChannel) -> str:
        return _("Sign in at %(name)s") % {"name": _name(channel)}

    def begin(self, channel: SignUpChannel, *, redirect_uri: str) -> SignInRequest:
        openid = openid_settings(channel.settings)
        try:
            login = oidc_provider.metadata(openid["issuer"])
        except OutsideError as error:
            raise _theirs(channel, error) from None
        state, nonce, verifier = (secrets.token_urlsafe(32) for _number in range(3))
        url = prepare_grant_uri(
            login["authorization_endpoint"],
            openid["client_id"],
            "code",
            redirect_uri=redirect_uri,
            scope=openid["scope"],
            state=state,
            nonce=nonce,
            code_challenge=create_s256_code_challenge(verifier),
            code_challenge_method="S256",
            ui_locales=translation.get_language() or settings.LANGUAGE_CODE,
        )
        return SignInRequest(url, state, {"nonce": nonce, "verifier": verifier})

    def finish(
        self, channel: SignUpChannel, *, redirect_uri: str, answer: dict[str, str], secret: dict[str, Any]
    ) -> Identity:
        openid = openid_settings(channel.settings)
        try:
            login = oidc_provider.metadata(openid["issuer"])
            code = _code(channel, openid, login, answer)
            tokens = oidc_provider.redeem(
                login, openid, code=code, verifier=secret["verifier"], redirect_uri=redirect_uri
            )
            return _identity(channel, openid, _claims(login, openid, tokens, secret["nonce"]))
        except oidc_provider.CodeRefused as refusal:
            logger.info("A seller of %s came back from the login too late: %s", channel.code, refusal)
            text = _("The sign-in at %(name)s took too long or was used before. Nothing was changed.")
            raise SignInFailed(text % {"name": _name(channel)}) from None
        except OutsideError as error:
            raise _theirs(channel, error) from None


def _code(channel: SignUpChannel, openid: dict[str, Any], login: dict[str, Any], answer: dict[str, str]) -> str:
    """The code in the query that came back; raises SignInFailed or UnusableAnswer."""
    is_named = "iss" in answer or login.get("authorization_response_iss_parameter_supported") is True
    if is_named and answer.get("iss") != openid["issuer"]:
        raise UnusableAnswer("The answer came from another login than the one that was asked.")
    error = answer.get("error")
    if error in BY_THE_MERCHANT:
        logger.info("A seller of %s came back from the login without signing in: %s", channel.code, error)
        text = _("You did not sign in at %(name)s, or it was cancelled there. Nothing was changed.")
        raise SignInFailed(text % {"name": _name(channel)})
    code = answer.get("code", "")
    if error or not code:
        known = error if error and error.isascii() and error.isidentifier() else "no code"
        raise UnusableAnswer(f"It sent the seller back with {known[:40]}.")
    hiding.remember(code)
    return code


def _claims(login: dict[str, Any], openid: dict[str, Any], tokens: dict[str, Any], nonce: str) -> dict[str, Any]:
    """What the ID token says, and the userinfo endpoint where that does not say all; raises OutsideError."""
    claims = claims_of(
        tokens["id_token"],
        lambda **how: oidc_provider.keys(login["jwks_uri"], **how),
        issuer=openid["issuer"],
        client_id=openid["client_id"],
        nonce=nonce,
        access_token=tokens.get("access_token"),
    )
    wanted = {openid["account_claim"], openid["company_claim"], openid.get("marketplaces_claim", "sub")}
    if wanted <= claims.keys():
        return claims
    return {**oidc_provider.user_info(login, tokens.get("access_token"), claims["sub"]), **claims}


def _identity(channel: SignUpChannel, openid: dict[str, Any], claims: dict[str, Any]) -> Identity:
    account = claims.get(openid["account_claim"])
    login = str(account).strip() if isinstance(account, str | int) and not isinstance(account, bool) else ""
    if not 0 < len(login) <= LONGEST_ACCOUNT:
        raise UnusableAnswer("It does not say an account of 1 to 100 characters.")
    company = claims.get(openid["company_claim"])
    name = " ".join(company.split())[:LONGEST_COMPANY] if isinstance(company, str) else ""
    return Identity(login, name, _allowed(channel, openid, claims), is_vouched=True)


def _allowed(channel: SignUpChannel, openid: dict[str, Any], claims: dict[str, Any]) -> tuple[str, ...]:
    """All active marketplaces where no claim is named for them, else those of them that the claim lists."""
    if "marketplaces_claim" not in openid:
        return channel.marketplaces
    named = claims.get(openid["marketplaces_claim"])
    listed = named if isinstance(named, list) else [named]
    return tuple(code for code in channel.marketplaces if code in listed)


def _name(channel: SignUpChannel) -> str:
    name = openid_settings(channel.settings).get("name")
    return in_language(name) if name else channel.display_name


def _theirs(channel: SignUpChannel, error: OutsideError) -> SignInFailed:
    logger.warning("The login of %s cannot be used: %s", channel.code, error)
    text = _("%(name)s cannot confirm who you are at the moment. Nothing was changed.")
    return SignInFailed(text % {"name": _name(channel)}, is_theirs=True)
