"""The address JTL-Wawi opens: the session goes in, a reference of ours comes out, or a page that says what to do."""

import hashlib
from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from sellers import sessions
from sellers.models import LinkSession
from tests.factories import ChannelFactory
from tests.sellers.conftest import Browser, session_of, text_of

pytestmark = pytest.mark.django_db

DEAD = "This link no longer works"


def test_the_session_is_kept_here_encrypted_and_the_browser_gets_our_reference(browser, shop, merchant):
    url = merchant.start_sign_up(shop)
    answer = browser.enter(url)

    link = LinkSession.objects.get()
    assert answer["Location"] == f"/sign-up/DEMOSHOP/{link.ref}/"
    assert "no-store" in answer["Cache-Control"]
    assert link.session == session_of(url)
    assert link.session_hash == hashlib.sha256(session_of(url).encode()).hexdigest()
    assert (link.kind, link.state, link.jtl_account_id) == ("sign-up", "open", merchant.jtl_account_id)
    raw = LinkSession.objects.extra(select={"raw": "session"}).values_list("raw", flat=True).get()
    assert session_of(url) not in raw


def test_the_cookie_is_for_this_browser_alone(browser, shop, merchant):
    cookie = browser.enter(merchant.start_sign_up(shop)).cookies["sign_up_browser"]
    assert (cookie["httponly"], cookie["samesite"], cookie["secure"]) == (True, "Lax", "")
    assert LinkSession.objects.get().browser_hash == hashlib.sha256(cookie.value.encode()).hexdigest()


def test_the_cookie_is_secure_where_the_portal_is(browser, shop, merchant, settings):
    url = merchant.start_sign_up(shop)
    settings.HTTPS = True
    assert browser.enter(url).cookies["sign_up_browser"]["secure"] is True


def test_the_same_session_in_the_same_browser_reuses_its_row(browser, shop, merchant):
    url = merchant.start_sign_up(shop)
    assert browser.form_url(url) == browser.form_url(url)
    assert LinkSession.objects.count() == 1


def test_the_same_session_in_another_browser_is_a_row_of_its_own(browser, shop, merchant):
    url = merchant.start_sign_up(shop)
    assert browser.form_url(url) != Browser().form_url(url)


@pytest.mark.parametrize("names", [("session", "expiresAt"), ("sid", "expires")])
def test_both_spellings_of_the_parameters_are_understood(browser, shop, merchant, names):
    session = session_of(merchant.start_sign_up(shop))
    answer = browser.get("/sign-up/DEMOSHOP/", {names[0]: session, names[1]: "1893456000"})
    assert answer.status_code == 302
    assert LinkSession.objects.get().expires_at == datetime(2030, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1893456000", datetime(2030, 1, 1, tzinfo=UTC)),
        ("2030-01-01T00:00:00+0000", datetime(2030, 1, 1, tzinfo=UTC)),
        ("2030-01-01T00:00:00Z", datetime(2030, 1, 1, tzinfo=UTC)),
        ("", None),
        ("soon", None),
        ("-5", None),
        ("999999999999", None),
        ("9" * 400, None),
        ("٣", None),
    ],
)
def test_an_expiry_is_unix_or_iso_and_anything_else_no_hint(text, expected):
    assert sessions.parse_expiry(text) == expected


def test_the_hint_is_shown_and_nothing_more(browser, shop, merchant):
    session = session_of(merchant.start_sign_up(shop))
    soon = int((timezone.now() + timedelta(minutes=12, seconds=30)).timestamp())
    page = browser.get(browser.get("/sign-up/DEMOSHOP/", {"session": session, "expiresAt": soon})["Location"])
    assert "works for about 12 more minutes." in text_of(page)


def test_a_hint_in_the_past_does_not_close_a_session_that_scx_keeps_open(browser, shop, merchant):
    session = session_of(merchant.start_sign_up(shop))
    page = browser.get(browser.get("/sign-up/DEMOSHOP/", {"session": session, "expiresAt": "1"})["Location"])
    assert page.status_code == 200
    assert "more minute" not in text_of(page)


@pytest.mark.parametrize("url", ["/sign-up/nowhere/", "/sign-up/nowhere/?session=x", "/sign-up/nowhere/abc/"])
def test_an_unknown_channel_is_a_404_page(browser, db, url):
    answer = browser.get(url)
    assert answer.status_code == 404
    assert "This page does not exist" in text_of(answer)


def test_an_inactive_channel_is_unknown(browser, db):
    ChannelFactory(code="CLOSED", is_active=False)
    assert browser.get("/sign-up/CLOSED/?session=x").status_code == 404


def test_a_marketplace_says_that_sign_up_goes_through_its_platform(browser, mall, sandbox):
    answer = browser.get("/sign-up/mall-de/?session=whatever")
    assert answer.status_code == 403
    assert "Please sign up with The Mall" in text_of(answer)
    assert "Mall DE belongs to The Mall." in text_of(answer)
    assert "novalidate" not in answer.content.decode()
    assert sandbox.books(path="/v1/channel/seller") == []


def test_without_a_session_the_page_says_to_start_in_jtl_wawi(browser, shop):
    answer = browser.get("/sign-up/DEMOSHOP/")
    assert answer.status_code == 400
    assert "This page is opened from JTL-Wawi." in text_of(answer)


@pytest.mark.parametrize("session", ["unknown", "with space", "nul\x00", "x" * 5000, "ü", "<script>"])
def test_a_session_that_scx_does_not_know_is_gone(browser, shop, session):
    answer = browser.get("/sign-up/DEMOSHOP/", {"session": session})
    assert answer.status_code == 410
    assert DEAD in text_of(answer)
    assert "novalidate" not in answer.content.decode()
    assert session not in answer.content.decode() or session == "unknown"
    assert not LinkSession.objects.exists()


@pytest.mark.parametrize("status", [400, 404])
def test_an_expired_session_is_gone_whatever_status_scx_says_it_with(browser, shop, merchant, sandbox, status):
    sandbox.settings(sessionErrorStatus=status)
    url = merchant.start_sign_up(shop)
    sandbox.advance(3601)
    assert browser.enter(url).status_code == 410


def test_a_session_that_expired_since_it_was_opened_is_wiped_when_opened_again(browser, shop, merchant, sandbox):
    url = merchant.start_sign_up(shop)
    form_url = browser.form_url(url)
    sandbox.advance(3601)
    assert browser.enter(url).status_code == 410
    link = LinkSession.objects.get()
    assert (link.state, link.session) == ("failed", "")
    page = browser.get(form_url)
    assert page.status_code == 410
    assert "The sign-up could not be completed" in text_of(page)


def test_scx_not_answering_is_a_503_page_with_a_way_to_try_again(browser, shop, merchant, sandbox):
    url = merchant.start_sign_up(shop)
    sandbox.fault("status", match={"path": "/v1/channel/seller/signup-session"}, status=500)
    answer = browser.enter(url)
    assert (answer.status_code, answer["Retry-After"]) == (503, "30")
    assert '<a class="button" href="">Try again</a>' in answer.content.decode()
    assert session_of(url) not in answer.content.decode()
    assert answer["Referrer-Policy"] == "no-referrer"
    assert browser.enter(url).status_code == 302


def test_a_throttled_channel_says_when_to_try_again(browser, shop, merchant, sandbox):
    url = merchant.start_sign_up(shop)
    sandbox.fault("throttle", match={"path": "/v1/channel/seller/signup-session"}, seconds=17)
    answer = browser.enter(url)
    assert (answer.status_code, answer["Retry-After"]) == (503, "17")


@pytest.mark.parametrize(
    ("fault", "values"),
    [("status", {"status": 500}), ("throttle", {}), ("drop_before", {}), ("html", {"status": 502}), ("truncate", {})],
)
def test_a_platform_asks_with_the_next_marketplaces_token(browser, mall, merchant, sandbox, fault, values):
    url = merchant.start_sign_up(mall.platform)
    sandbox.fault(fault, match={"path": "/v1/channel/seller/signup-session"}, **values)
    assert browser.enter(url).status_code == 302
    asked = sandbox.books(path="/v1/channel/seller/signup-session")
    assert [row["channel"] for row in asked] == ["mall-at", "mall-de"]


def test_a_marketplace_whose_token_is_refused_does_not_stop_the_sign_up(browser, mall, merchant):
    mall.at.refresh_token, mall.at.access_token = "CHANNEL:revoked", ""
    mall.at.save()
    assert browser.enter(merchant.start_sign_up(mall.platform)).status_code == 302


def test_a_refused_session_is_not_asked_for_with_another_token(browser, mall, sandbox):
    assert browser.get("/sign-up/themall/?session=unknown").status_code == 410
    assert len(sandbox.books(path="/v1/channel/seller/signup-session")) == 1


def test_a_platform_without_a_token_cannot_ask(browser, mall, merchant):
    url = merchant.start_sign_up(mall.platform)
    for marketplace in mall.all:
        marketplace.refresh_token = ""
        marketplace.save()
    assert browser.enter(url).status_code == 503


def test_every_failure_page_has_a_reference_that_is_in_the_log(browser, shop, caplog):
    caplog.set_level("INFO", logger="portal.access")
    answer = browser.get("/sign-up/DEMOSHOP/?session=unknown")
    assert f"Reference for the support: {answer['X-Request-Id']}" in text_of(answer)
    assert "unknown" not in caplog.text
    assert "/sign-up/DEMOSHOP/ 410" in caplog.text


def test_a_link_checker_does_not_use_the_session_up(browser, shop, merchant):
    url = merchant.start_sign_up(shop)
    assert Browser().head(url.partition("8000")[2]).status_code == 302
    assert browser.enter(url).status_code == 302
