"""What every answer carries, and whom the portal believes about who asks."""

import ipaddress

import pytest
from django.test import RequestFactory

from platforms.middleware import TrustedProxies

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("path", ["/", "/sign-up/nobody/", "/api/v1/channels/"])
def test_public_pages_and_api_have_a_strict_policy(client, path):
    answer = client.get(path)
    policy = answer["Content-Security-Policy"]
    assert "script-src 'self';" in f"{policy};"
    assert "unsafe" not in policy
    assert answer["Referrer-Policy"] in {"same-origin", "no-referrer"}
    assert answer["X-Frame-Options"] == "DENY"
    assert answer["X-Content-Type-Options"] == "nosniff"


def test_the_themes_relaxations_are_for_the_admin_alone(client):
    assert "'unsafe-eval'" in client.get("/admin/login/")["Content-Security-Policy"]


def test_a_request_keeps_a_sound_id_and_gets_one_otherwise(client):
    assert client.get("/", headers={"x-request-id": "abc-12345"})["X-Request-Id"] == "abc-12345"
    forged = "abc\r\nforged line"
    assert client.get("/", headers={"x-request-id": forged})["X-Request-Id"].isalnum()


@pytest.fixture
def asked(settings):
    """Who asks, over which scheme, as the portal sees it behind a proxy at 10.0.0.1."""
    settings.TRUSTED_PROXIES = [ipaddress.ip_network("10.0.0.0/8")]
    seen = {}

    def ask(peer: str, forwarded_for: str = "", scheme: str = "https") -> tuple[str, bool]:
        request = RequestFactory().get(
            "/", REMOTE_ADDR=peer, HTTP_X_FORWARDED_FOR=forwarded_for, HTTP_X_FORWARDED_PROTO=scheme
        )
        TrustedProxies(lambda request: seen.update(who=request.META["REMOTE_ADDR"], https=request.is_secure()))(request)
        return seen["who"], seen["https"]

    return ask


def test_a_trusted_proxy_is_believed(asked):
    assert asked("10.0.0.1", "203.0.113.7") == ("203.0.113.7", True)


def test_what_a_client_wrote_itself_is_not(asked):
    assert asked("203.0.113.7", "198.51.100.1") == ("203.0.113.7", False)
    assert asked("10.0.0.1", "198.51.100.1, 203.0.113.7, 10.0.0.2") == ("203.0.113.7", True)


def test_nonsense_in_the_header_changes_nothing_else(asked):
    assert asked("10.0.0.1", "", "gopher") == ("10.0.0.1", False)
