"""Do the addresses lead to the portal? Asked over real HTTP, with other servers on the way."""

import ipaddress
import time
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from platforms import probes
from platforms.models import AddressProbe, Channel
from tests.factories import ChannelFactory, MarketplaceFactory, PlatformFactory
from tests.outside_server import Reply, running_system
from tests.sandbox_process import free_port

Problem = AddressProbe.Problem

LOOPBACK = "127.0.0.0/8"
NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


@pytest.fixture
def portal(live_server, settings) -> str:
    """The portal, served at PORTAL_URL."""
    settings.PORTAL_URL = live_server.url
    settings.DEBUG = True
    return live_server.url


@pytest.fixture
def site(settings):
    """The marketplace's own site, which the portal may call."""
    settings.WEBHOOK_ALLOWED_NETWORKS = [ipaddress.ip_network(LOOPBACK)]
    with running_system() as system:
        yield system


def redirect(url: str, status: int = 302) -> Reply:
    return Reply(status=status, headers={"Location": url})


def problem_of(url: str, **values) -> AddressProbe:
    row, *_others = probes.check(ChannelFactory(sign_up_url=url, **values))
    return row


pytestmark = pytest.mark.django_db(transaction=True)


def test_the_computed_addresses_reach_the_portal(portal):
    channel = ChannelFactory()

    rows = probes.check(channel)

    assert [(row.kind, row.problem, row.detail) for row in rows] == [
        ("sign-up", "", "localhost"),
        ("update", "", "localhost"),
    ]
    assert rows[0].url == f"{portal}/sign-up/{channel.code}/?session={{SESSION}}"
    assert probes.told(rows[0]) == ""


def test_a_marketplaces_addresses_are_its_platforms_and_are_kept_there(portal):
    market = MarketplaceFactory()

    probes.check(market)
    probes.check(market)

    assert set(AddressProbe.objects.values_list("channel", "kind", "problem")) == {
        (market.platform_id, "sign-up", ""),
        (market.platform_id, "update", ""),
    }


def test_a_site_that_forwards_with_the_session_is_followed(portal, site):
    site.respond = lambda question: redirect(f"{portal}/sign-up/SHOP/?session={question.path.partition('=')[2]}")

    assert problem_of(f"{site.url}/join?s={{SESSION}}", code="SHOP").problem == ""


def test_an_address_without_an_update_of_its_own_is_called_once(portal, site):
    site.respond = lambda question: redirect(f"{portal}/sign-up/SHOP/?session={question.path.partition('=')[2]}")

    rows = probes.check(ChannelFactory(code="SHOP", sign_up_url=f"{site.url}/?s={{SESSION}}"))

    assert [row.problem for row in rows] == ["", ""]
    assert len(site.asked) == 1


def test_a_site_that_drops_the_session_is_told(portal, site):
    site.respond = lambda question: redirect(f"{portal}/sign-up/SHOP/")
    row = problem_of(f"{site.url}/?s={{SESSION}}", code="SHOP")

    assert row.problem == Problem.SESSION_LOST
    assert "drops the query" in probes.told(row)


def test_another_channels_page_is_told(portal):
    ChannelFactory(code="OTHER")
    row = problem_of(f"{portal}/sign-up/OTHER/?session={{SESSION}}")

    assert (row.problem, row.detail) == (Problem.OTHER_CHANNEL, "OTHER")


def test_another_site_is_told(portal, site):
    site.respond = lambda question: Reply(b"<h1>Welcome</h1>", headers={"Content-Type": "text/html"})
    row = problem_of(f"{site.url}/?s={{SESSION}}")

    assert (row.problem, row.detail) == (Problem.OTHER_PAGE, "127.0.0.1: 200")
    assert "127.0.0.1: 200" in probes.told(row)


def test_an_answer_that_was_kept_on_the_way_is_not_taken_for_ours(portal, site):
    channel = ChannelFactory(code="SHOP")
    value = probes._signer().sign_object({"nonce": "old"})
    kept = Client().get(f"/sign-up/{channel.code}/", {"session": value}).content
    site.respond = lambda question: Reply(kept)
    Channel.objects.filter(pk=channel.pk).update(sign_up_url=f"{site.url}/?s={{SESSION}}")
    channel.refresh_from_db()

    assert probes.check(channel)[0].problem == Problem.OTHER_PAGE


def test_a_loop_of_redirects_ends(portal, site):
    site.respond = lambda question: redirect(question.path)
    row = problem_of(f"{site.url}/?s={{SESSION}}")

    assert row.problem == Problem.REDIRECTS
    assert len(site.asked) == probes.REDIRECTS_AT_MOST + 1


def test_a_dead_host_is_told(portal, site):
    row = problem_of(f"http://127.0.0.1:{free_port()}/?s={{SESSION}}")

    assert (row.problem, row.detail) == (Problem.NO_ANSWER, "127.0.0.1")


def test_an_https_that_no_browser_accepts_is_told(portal, site):
    row = problem_of(f"https://127.0.0.1:{site.port}/?s={{SESSION}}")

    assert row.problem == Problem.CERTIFICATE
    assert "127.0.0.1" in probes.told(row)


def test_only_the_portals_own_place_may_be_private(portal, settings):
    with running_system() as system:
        direct = problem_of(f"{system.url}/?s={{SESSION}}")
        settings.PORTAL_URL = "http://127.0.0.1:1"
        beside = problem_of(f"{system.url}/?s={{SESSION}}")

    assert {direct.problem, beside.problem} == {Problem.NOT_ALLOWED}
    assert system.asked == []


def test_a_redirect_into_the_private_network_is_not_followed(portal, site):
    site.respond = lambda question: redirect("http://169.254.169.254/latest/meta-data/")
    row = problem_of(f"{site.url}/?s={{SESSION}}")

    assert (row.problem, row.detail) == (Problem.NOT_ALLOWED, "169.254.169.254")


@pytest.mark.parametrize("kind", ["sign-up", "update"])
def test_the_page_answers_a_probe_and_leaves_nothing_behind(kind, django_assert_num_queries):
    value = probes._signer().sign_object({"nonce": "x"})
    client = Client()

    with django_assert_num_queries(0):
        answer = client.get(reverse(kind, args=["any"]), {"session": value})

    assert answer.status_code == 200
    assert answer["Content-Type"] == "text/plain; charset=utf-8"
    assert "no-store" in answer["Cache-Control"]
    assert not answer.cookies


def test_a_forged_or_old_probe_is_a_session_like_any_other():
    with time_machine.travel(NOON, tick=False):
        value = probes._signer().sign_object({"nonce": "x"})
    url = reverse("sign-up", args=["nothing"])

    def answer(session: str, after: timedelta) -> int:
        with time_machine.travel(NOON + after, tick=False):
            return Client().get(url, {"session": session}, headers={probes.HEADER: session}).status_code

    assert answer(value, probes.VALID_FOR) == 200
    assert answer(value, probes.VALID_FOR + timedelta(seconds=1)) == 404
    assert answer(value[:-3] + "AAA", timedelta()) == 404


def test_a_slow_site_does_not_hold_up_for_long(portal, site, monkeypatch):
    monkeypatch.setattr(probes, "SECONDS_AT_MOST", 0.1)
    site.respond = lambda question: time.sleep(0.15) or redirect(question.path)

    assert problem_of(f"{site.url}/?s={{SESSION}}").problem == Problem.NO_ANSWER
    assert len(site.asked) == 1


def test_a_platform_has_addresses_to_check(portal):
    assert [row.problem for row in probes.check(PlatformFactory())] == ["", ""]
