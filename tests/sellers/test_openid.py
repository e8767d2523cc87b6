"""OpenID Connect against a real provider: the good path, and every way in which an answer may be a forgery."""

import base64
import hashlib
import hmac
import ipaddress
import json
import time
from urllib.parse import parse_qs, urlsplit

import pytest
from django.core.exceptions import ValidationError
from django.utils import translation
from joserfc import jws, jwt
from joserfc.jwk import RSAKey

from platforms import channels, outside
from sellers.identification.base import Identity, SignInFailed
from sellers.identification.oidc import OpenIdSignIn
from sellers.identification.registry import described, identification_of, is_sign_in
from tests.factories import ChannelFactory, MarketplaceFactory, PlatformFactory
from tests.openid_provider import CLIENT_ID, CLIENT_SECRET, KEY, Provider, running_provider

pytestmark = pytest.mark.django_db

BACK = "https://portal.example/signed-in/DEMOSHOP/"
UNAVAILABLE = "Demo Shop cannot confirm who you are at the moment. Nothing was changed."


@pytest.fixture
def provider(settings):
    settings.WEBHOOK_ALLOWED_NETWORKS = [ipaddress.ip_network("127.0.0.0/8")]
    with running_provider() as provider:
        yield provider


@pytest.fixture
def channel(provider: Provider):
    return ChannelFactory(
        code="DEMOSHOP", display_name="Demo Shop", connector="openid", connector_settings=provider.settings()
    )


def begin(channel):
    return OpenIdSignIn().begin(described(channel), redirect_uri=BACK)


def finish(channel, begun, address, **changes):
    answer = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
    return OpenIdSignIn().finish(
        described(channel), **{"redirect_uri": BACK, "answer": answer, "secret": begun.secret, **changes}
    )


def sign_in(channel, provider: Provider, **changes):
    begun = begin(channel)
    return finish(channel, begun, provider.sign_in(begun.url, **changes))


def refusal(channel, provider: Provider, **changes) -> SignInFailed:
    with pytest.raises(SignInFailed) as raised:
        sign_in(channel, provider, **changes)
    return raised.value


# The good path


def test_who_signed_in_is_the_account(channel, provider: Provider):
    assert sign_in(channel, provider) == Identity("seller-1", "Müller & Söhne GmbH", (), is_vouched=True)


def test_the_browser_is_sent_with_a_state_a_nonce_and_a_challenge_of_its_own(channel):
    with translation.override("de"):
        first, second = begin(channel), begin(channel)
    asked = {name: values[0] for name, values in parse_qs(urlsplit(first.url).query).items()}
    assert first.url.startswith(f"{channel.connector_settings['openid']['issuer']}/authorize?")
    assert (asked["scope"], asked["redirect_uri"], asked["ui_locales"]) == ("openid profile", BACK, "de")
    assert (asked["state"], asked["nonce"]) == (first.state, first.secret["nonce"])
    assert first.secret["verifier"] not in first.url
    assert len({first.state, second.state, *first.secret.values(), *second.secret.values()}) == 6


def test_a_login_that_takes_the_secret_in_the_form_only_gets_it_there(channel, provider: Provider):
    provider.description = {"token_endpoint_auth_methods_supported": ["client_secret_post", "private_key_jwt"]}
    assert sign_in(channel, provider).account_login == "seller-1"
    [asked] = provider.asked_for("/token")
    assert "authorization" not in asked.headers


def test_claims_say_account_company_and_marketplaces(provider: Provider):
    claims = {"account_claim": "shop_id", "company_claim": "shop", "marketplaces_claim": "shops"}
    platform = PlatformFactory(connector="openid", connector_settings=provider.settings(**claims))
    for code in ("mall-at", "mall-de"):
        MarketplaceFactory(platform=platform, code=code, display_name=code)
    provider.claims = {"shop_id": 4711, "shop": " Acme\nLtd ", "shops": ["mall-de", "elsewhere", 7]}
    assert sign_in(platform, provider) == Identity("4711", "Acme Ltd", ("mall-de",), is_vouched=True)
    provider.claims["shops"] = None
    assert sign_in(platform, provider).marketplaces == ()


def test_without_a_claim_for_them_all_active_marketplaces_are_allowed(provider: Provider):
    platform = PlatformFactory(connector="openid", connector_settings=provider.settings())
    MarketplaceFactory(platform=platform, code="mall-de")
    MarketplaceFactory(platform=platform, code="mall-old", is_active=False)
    assert sign_in(platform, provider).marketplaces == ("mall-de",)


def test_what_the_token_does_not_say_the_userinfo_endpoint_does(channel, provider: Provider):
    provider.claims = {"name": None}
    provider.user = {"sub": "seller-1", "name": "Acme"}
    assert sign_in(channel, provider).company_name == "Acme"


def test_the_userinfo_endpoint_is_not_asked_for_what_is_known(channel, provider: Provider):
    provider.user = {"sub": "seller-1", "name": "Acme"}
    assert sign_in(channel, provider).company_name == "Müller & Söhne GmbH"
    assert provider.asked_for("/user") == []


def test_a_company_nobody_names_stays_empty(channel, provider: Provider):
    provider.claims = {"name": None}
    assert sign_in(channel, provider) == Identity("seller-1", "", (), is_vouched=True)


def test_description_and_keys_are_asked_for_once_an_hour(channel, provider: Provider):
    for _number in range(3):
        sign_in(channel, provider)
    paths = [question.path for question in provider.system.asked]
    assert (paths.count("/.well-known/openid-configuration"), paths.count("/keys"), paths.count("/token")) == (1, 1, 3)


def test_a_key_that_was_changed_within_the_hour_is_fetched(channel, provider: Provider):
    sign_in(channel, provider)
    provider.rotate()
    assert sign_in(channel, provider).account_login == "seller-1"
    assert len(provider.asked_for("/keys")) == 2


def test_a_login_behind_a_path_is_found(provider: Provider):
    channel = ChannelFactory(
        connector="openid", connector_settings=provider.settings(issuer=f"{provider.issuer}/shop/")
    )
    with pytest.raises(SignInFailed):
        begin(channel)
    assert provider.system.asked[0].path == "/shop/.well-known/openid-configuration"


def test_a_token_hash_that_fits_is_accepted(channel, provider: Provider):
    provider.answer = {"access_token": "the-access-token"}
    half = hashlib.sha256(b"the-access-token").digest()[:16]
    provider.claims = {"at_hash": base64.urlsafe_b64encode(half).rstrip(b"=").decode()}
    assert sign_in(channel, provider).account_login == "seller-1"


# Forgeries and mistakes


def forged(header: dict, claims: dict, key: bytes | None) -> str:
    """What an attacker's own tools sign: by HMAC with the key, or not at all."""
    parts = [base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=") for part in (header, claims)]
    signed = b".".join(parts)
    signature = hmac.digest(key, signed, "sha256") if key else b""
    return b".".join([signed, base64.urlsafe_b64encode(signature).rstrip(b"=")]).decode()


def signed_raw(payload: bytes) -> str:
    return jws.serialize_compact({"alg": "RS256", "kid": "key-1"}, payload, KEY)


STRANGER = RSAKey.generate_key(2048, {"kid": "key-1", "alg": "RS256"})
NOW = int(time.time())

BENT = {
    "another nonce": {"claims": {"nonce": "another"}},
    "no nonce": {"claims": {"nonce": None}},
    "another audience": {"claims": {"aud": "somebody-else"}},
    "another audience as well": {"claims": {"aud": [CLIENT_ID, "somebody-else"]}},
    "another authorised party": {"claims": {"aud": [CLIENT_ID, "somebody-else"], "azp": "somebody-else"}},
    "no audience": {"claims": {"aud": None}},
    "another issuer": {"claims": {"iss": "https://evil.example"}},
    "no issuer": {"claims": {"iss": None}},
    "expired": {"claims": {"exp": NOW - 120}},
    "no expiry": {"claims": {"exp": None}},
    "expiry no number": {"claims": {"exp": "never"}},
    "issued tomorrow": {"claims": {"iat": NOW + 86400, "exp": NOW + 90000}},
    "no time of issue": {"claims": {"iat": None}},
    "no subject": {"claims": {"sub": None}},
    "subject no text": {"claims": {"sub": ["a"]}},
    "empty subject": {"claims": {"sub": ""}},
    "subject too long": {"claims": {"sub": "x" * 101}},
    "text that cannot be stored": {"claims": {"name": "a\x00b"}},
    "hash of another access token": {"claims": {"at_hash": "AAAAAAAAAAAAAAAAAAAAAA"}},
    "alg none": {"sign": lambda claims: forged({"alg": "none"}, claims, None)},
    "alg none with a key id": {"sign": lambda claims: forged({"alg": "none", "kid": "key-1"}, claims, None)},
    "HS256 with the client secret": {
        "sign": lambda claims: forged({"alg": "HS256", "kid": "key-1"}, claims, CLIENT_SECRET.encode())
    },
    "signed by a stranger with our key's id": {
        "sign": lambda claims: jwt.encode({"alg": "RS256", "kid": "key-1"}, claims, STRANGER)
    },
    "no token at all": {"sign": lambda claims: "a.b.c"},
    "nested without end": {"sign": lambda claims: signed_raw(b"[" * 100_000)},
    "no text": {"answer": {"id_token": 5}},
    "no ID token": {"answer": {"id_token": None}},
}


@pytest.mark.parametrize("name", BENT)
def test_a_token_that_is_not_right_in_everything_identifies_nobody(channel, provider: Provider, name, caplog):
    caplog.set_level("DEBUG")
    for attribute, value in BENT[name].items():
        setattr(provider, attribute, value)
    failure = refusal(channel, provider)
    assert (str(failure), failure.is_theirs) == (UNAVAILABLE, True)
    assert "The login of DEMOSHOP cannot be used: " in caplog.text
    assert not [secret for secret in (*provider.handed_out, CLIENT_SECRET) if secret in caplog.text]


def test_the_public_key_is_no_secret_to_sign_with(channel, provider: Provider):
    public = provider.keys[0].as_pem(private=False)
    provider.sign = lambda claims: forged({"alg": "HS256", "kid": "key-1"}, claims, public)
    assert refusal(channel, provider).is_theirs


def test_a_key_nobody_published_is_looked_for_once(channel, provider: Provider):
    sign_in(channel, provider)
    provider.sign = lambda claims: jwt.encode({"alg": "RS256", "kid": "key-9"}, claims, STRANGER)
    assert refusal(channel, provider).is_theirs
    assert len(provider.asked_for("/keys")) == 2


def test_a_little_difference_of_the_clocks_does_not_matter(channel, provider: Provider):
    now = int(time.time())
    provider.claims = {"iat": now + 30, "exp": now - 30}
    assert sign_in(channel, provider).account_login == "seller-1"


def test_a_code_works_once(channel, provider: Provider):
    begun = begin(channel)
    address = provider.sign_in(begun.url)
    finish(channel, begun, address)
    with pytest.raises(SignInFailed, match="took too long or was used before") as raised:
        finish(channel, begun, address)
    assert not raised.value.is_theirs


@pytest.mark.parametrize(
    "change", [{"secret": {"nonce": "n", "verifier": "x" * 43}}, {"redirect_uri": "https://a.example/"}]
)
def test_a_code_is_of_no_use_to_another_sign_in(channel, provider: Provider, change):
    begun = begin(channel)
    with pytest.raises(SignInFailed):
        finish(channel, begun, provider.sign_in(begun.url), **change)


@pytest.mark.parametrize("error", ["access_denied", "login_required", "consent_required"])
def test_who_cancels_is_told_so(channel, provider: Provider, error):
    failure = refusal(channel, provider, code=None, error=error, error_description="<b>x</b>")
    assert str(failure) == "You did not sign in at Demo Shop, or it was cancelled there. Nothing was changed."
    assert not failure.is_theirs
    assert provider.asked_for("/token") == []


@pytest.mark.parametrize("error", ["invalid_scope", "server_error", "<script>", "x" * 500])
def test_another_error_is_the_logins_own(channel, provider: Provider, error, caplog):
    assert refusal(channel, provider, error=error).is_theirs
    assert "<script>" not in caplog.text
    assert provider.asked_for("/token") == []


def test_an_answer_without_a_code_is_none(channel, provider: Provider):
    assert refusal(channel, provider, code=None).is_theirs


def test_an_answer_that_names_another_login_is_a_mix_up(channel, provider: Provider):
    assert refusal(channel, provider, iss="https://evil.example").is_theirs
    assert provider.asked_for("/token") == []
    assert sign_in(channel, provider, iss=provider.issuer).account_login == "seller-1"


def test_a_login_that_says_it_names_itself_must(channel, provider: Provider):
    provider.description = {"authorization_response_iss_parameter_supported": True}
    assert refusal(channel, provider).is_theirs


def test_a_userinfo_answer_about_somebody_else_is_refused(channel, provider: Provider):
    provider.claims = {"name": None}
    provider.user = {"sub": "seller-2", "name": "Acme"}
    assert refusal(channel, provider).is_theirs


@pytest.mark.parametrize(
    "description",
    [
        {"issuer": "https://evil.example"},
        {"issuer": None},
        {"authorization_endpoint": None},
        {"authorization_endpoint": "javascript:alert(1)"},
        {"token_endpoint": "file:///etc/passwd"},
        {"jwks_uri": 5},
    ],
)
def test_a_description_of_no_use_sends_nobody_anywhere(channel, provider: Provider, description):
    provider.description = description
    with pytest.raises(SignInFailed, match="cannot confirm who you are") as raised:
        begin(channel)
    assert raised.value.is_theirs
    provider.description = {}
    assert begin(channel).url


@pytest.mark.parametrize("keys", [[], [None]])
def test_keys_that_are_missing_identify_nobody(channel, provider: Provider, keys, monkeypatch):
    begun = begin(channel)
    address = provider.sign_in(begun.url)
    monkeypatch.setattr("sellers.identification.oidc_provider.keys", lambda *args, **how: keys)
    with pytest.raises(SignInFailed):
        finish(channel, begun, address)


@pytest.mark.parametrize("status", [500, 404, 302])
def test_a_login_out_of_order_is_said_so(channel, provider: Provider, status):
    provider.status = status
    with pytest.raises(SignInFailed) as raised:
        begin(channel)
    assert (str(raised.value), raised.value.is_theirs) == (UNAVAILABLE, True)


def test_a_login_that_refuses_us_is_our_fault_and_not_the_merchants(channel, provider: Provider, caplog):
    channel.connector_settings["openid"]["client_secret"] = "another-secret-of-the-portal"
    assert refusal(channel, provider).is_theirs
    assert "It answered the code with status 401, no error code." not in caplog.text
    assert "invalid_client" in caplog.text
    assert "another-secret" not in caplog.text


def test_a_login_inside_is_asked_only_where_the_operator_allows_it(channel, provider: Provider, settings):
    settings.WEBHOOK_ALLOWED_NETWORKS = []
    with pytest.raises(SignInFailed):
        begin(channel)
    assert provider.system.asked == []


def test_a_slow_login_is_given_up(channel, provider: Provider, monkeypatch):
    monkeypatch.setattr(outside, "READ_SECONDS", 0.2)
    respond = provider.system.respond
    provider.system.respond = lambda question: time.sleep(0.6) or respond(question)
    with pytest.raises(SignInFailed):
        begin(channel)


# Settings and wiring


def test_it_is_a_sign_in_and_its_link_says_where(channel, provider: Provider):
    assert is_sign_in(identification_of(channel))
    assert OpenIdSignIn().button(described(channel)) == "Sign in at Demo Shop"
    channel.connector_settings = provider.settings(name={"de": "Mein Laden", "en": "My Shop"})
    with translation.override("de"):
        assert "Mein Laden" in OpenIdSignIn().button(described(channel))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"issuer": "no address"}, "openid.issuer: Give a whole address"),
        ({"client_id": ""}, "openid.client_id"),
        ({"client_secret": "mit Umlaut ä"}, "openid.client_secret"),
        ({"scope": "profile"}, "openid.scope: The scope must contain “openid”."),
        ({"name": 5}, "openid.name: Give a text"),
        ({"credentials": True}, "openid.credentials: There is no such field here."),
    ],
)
def test_wrong_settings_are_refused_at_their_place(provider: Provider, changes, message):
    channel = ChannelFactory.build(connector="openid", connector_settings=provider.settings(**changes))
    with pytest.raises(ValidationError) as raised:
        channels.save(channel)
    assert message in " ".join(raised.value.message_dict["connector_settings"])
    assert CLIENT_SECRET not in str(raised.value)


def test_right_settings_are_saved(provider: Provider):
    assert channels.save(ChannelFactory.build(connector="openid", connector_settings=provider.settings())).pk
