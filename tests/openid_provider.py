"""A small OpenID provider: what a marketplace's own login is to the portal, honest until a test bends it."""

import base64
import secrets
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from authlib.oauth2.rfc7636 import create_s256_code_challenge
from joserfc import jwt
from joserfc.jwk import ECKey, RSAKey

from tests.outside_server import Question, Reply, System, running_system

CLIENT_ID = "portal"
CLIENT_SECRET = "client-secret-of-the-portal"
# Made once: it takes long.
KEY = RSAKey.generate_key(2048, {"kid": "key-1", "use": "sig", "alg": "RS256"})


class Provider:
    """`claims` and `answer` are laid over the ID token's claims and the token endpoint's answer; None leaves one out.

    `description` is laid over the discovery document, `sign` replaces the signing of the ID token.
    """

    def __init__(self, system: System) -> None:
        self.system = system
        self.keys: list[Any] = [KEY]
        self.claims: dict[str, Any] = {}
        self.answer: dict[str, Any] = {}
        self.description: dict[str, Any] = {}
        self.user: dict[str, Any] | None = None
        self.sign: Callable[[dict[str, Any]], str] = self.signed
        self.status = 200
        # What the browser brings back, laid over code and state.
        self.brings_back: dict[str, Any] = {}
        self.handed_out: list[str] = []
        self._codes: dict[str, dict[str, str]] = {}
        self._access_tokens: set[str] = set()
        system.respond = self._respond

    @property
    def issuer(self) -> str:
        return self.system.url

    def settings(self, **changes: Any) -> dict[str, Any]:
        """The connector settings of a channel whose sellers sign in here."""
        own = {"issuer": self.issuer, "client_id": CLIENT_ID, "client_secret": CLIENT_SECRET}
        return {"openid": {**own, **changes}}

    def sign_in(self, address: str, **changes: Any) -> str:
        """Where the browser is sent back to, once somebody has signed in at the address it was sent to."""
        asked = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
        assert (asked["response_type"], asked["client_id"]) == ("code", CLIENT_ID)
        assert asked["code_challenge_method"] == "S256"
        code = secrets.token_urlsafe(16)
        self._codes[code] = asked
        self.handed_out.append(code)
        query = {"code": code, "state": asked["state"], **changes}
        return (
            f"{asked['redirect_uri']}?{urlencode({name: value for name, value in query.items() if value is not None})}"
        )

    def signed(self, claims: dict[str, Any]) -> str:
        key = self.keys[0]
        return jwt.encode({"alg": key.get("alg"), "kid": key.kid}, claims, key, algorithms=[key.get("alg")])

    def rotate(self) -> None:
        self.keys = [ECKey.generate_key("P-256", {"kid": f"key-{secrets.token_hex(4)}", "use": "sig", "alg": "ES256"})]

    def asked_for(self, path: str) -> list[Question]:
        return [question for question in self.system.asked if question.path == path]

    def _respond(self, question: Question) -> Reply:
        if self.status != 200:
            return Reply({"error": "server_error"}, status=self.status)
        pages = {
            "/.well-known/openid-configuration": self._description,
            "/keys": lambda question: Reply({"keys": [key.as_dict(private=False) for key in self.keys]}),
            "/authorize": self._authorize,
            "/token": self._token,
            "/user": self._user,
        }
        return pages[urlsplit(question.path).path](question)

    def _description(self, question: Question) -> Reply:
        own = {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            "jwks_uri": f"{self.issuer}/keys",
            **({"userinfo_endpoint": f"{self.issuer}/user"} if self.user is not None else {}),
        }
        return Reply(_laid_over(own, self.description))

    def _authorize(self, question: Question) -> Reply:
        return Reply(status=302, headers={"Location": self.sign_in(question.path, **self.brings_back)})

    def _token(self, question: Question) -> Reply:
        form = {name: values[0] for name, values in parse_qs(question.body.decode()).items()}
        if not self._is_client(question, form):
            return Reply({"error": "invalid_client"}, status=401)
        asked = self._codes.pop(form["code"], None)
        is_theirs = asked and create_s256_code_challenge(form["code_verifier"]) == asked["code_challenge"]
        if not asked or not is_theirs or form["redirect_uri"] != asked["redirect_uri"]:
            return Reply({"error": "invalid_grant"}, status=400)
        now = int(time.time())
        own = {"iss": self.issuer, "aud": CLIENT_ID, "sub": "seller-1", "iat": now, "exp": now + 300}
        own |= {"nonce": asked["nonce"], "name": "Müller & Söhne GmbH"}
        access_token = secrets.token_urlsafe(24)
        self._access_tokens.add(access_token)
        id_token = self.sign(_laid_over(own, self.claims))
        self.handed_out += [access_token, id_token]
        tokens = {"access_token": access_token, "token_type": "Bearer", "expires_in": 300, "id_token": id_token}
        return Reply(_laid_over(tokens, self.answer))

    def _is_client(self, question: Question, form: dict[str, str]) -> bool:
        if "client_secret_post" in self.description.get("token_endpoint_auth_methods_supported", []):
            return form.get("client_id") == CLIENT_ID and form.get("client_secret") == CLIENT_SECRET
        expected = base64.b64encode(f"{CLIENT_ID}:{CLIENT_SECRET}".encode()).decode()
        return question.headers.get("authorization") == f"Basic {expected}"

    def _user(self, question: Question) -> Reply:
        token = question.headers.get("authorization", "").removeprefix("Bearer ")
        return Reply(self.user) if token in self._access_tokens else Reply({}, status=401)


def _laid_over(own: dict[str, Any], other: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in {**own, **other}.items() if value is not None}


@contextmanager
def running_provider() -> Iterator[Provider]:
    with running_system() as system:
        yield Provider(system)
