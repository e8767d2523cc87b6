"""The way to the marketplace's login and back: bound to the browser, good for one time, and leaving no trace."""

import ipaddress
from urllib.parse import urlsplit

import pytest

from platforms import channels, hiding
from sellers import identities
from sellers.identification.base import Identity
from sellers.models import LinkSession, Seller
from tests.factories import ChannelFactory
from tests.openid_provider import CLIENT_SECRET, Provider, running_provider
from tests.sellers.conftest import Browser, text_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def provider(settings):
    settings.WEBHOOK_ALLOWED_NETWORKS = [ipaddress.ip_network("127.0.0.0/8")]
    with running_provider() as provider:
        yield provider


@pytest.fixture
def shop(shop, provider: Provider):
    """The demo shop, whose sellers sign in at its own login."""
    shop.connector, shop.connector_settings = "openid", provider.settings()
    return channels.save(shop)


@pytest.fixture
def form_url(browser, shop, merchant):
    return browser.form_url(merchant.start_sign_up(shop))


def link() -> LinkSession:
    return LinkSession.objects.get()


def to_login(browser, form_url) -> str:
    """Where the link on the form leads."""
    answer = browser.get(f"{form_url}sign-in/")
    assert answer.status_code == 302, answer.content.decode()
    return answer["Location"]


def come_back(browser, address):
    parts = urlsplit(address)
    return browser.get(f"{parts.path}?{parts.query}")


def failure_page(browser, answer):
    """The page behind the answer's redirect."""
    assert answer.status_code == 302
    assert "?" not in answer["Location"]
    return browser.get(answer["Location"])


def test_who_signed_in_is_kept_with_the_session_which_goes_on_at_its_form(browser, form_url, provider: Provider):
    answer = come_back(browser, provider.sign_in(to_login(browser, form_url)))
    assert (answer.status_code, answer["Location"]) == (302, form_url)
    assert identities.stored(link()) == Identity("seller-1", "Müller & Söhne GmbH", (), is_vouched=True)
    assert (link().state, link().sign_in, link().sign_in_hash) == ("open", {}, "")
    assert not Seller.objects.exists()


def test_the_login_gets_one_fixed_address_to_come_back_to(browser, form_url, settings):
    settings.PORTAL_URL = "https://portal.example"
    assert "redirect_uri=https%3A%2F%2Fportal.example%2Fsigned-in%2FDEMOSHOP%2F&" in to_login(browser, form_url)


def test_what_the_answer_is_checked_with_lies_encrypted(browser, form_url):
    state = to_login(browser, form_url).partition("state=")[2].partition("&")[0]
    raw = LinkSession.objects.extra(select={"raw": "sign_in"}).values_list("raw", "sign_in_hash").get()
    secret = link().sign_in["secret"]
    assert not [value for value in (state, *secret.values()) if value in "".join(raw)]


def test_no_answer_on_the_way_is_cached_or_tells_where_it_came_from(browser, form_url, provider: Provider):
    to = browser.get(f"{form_url}sign-in/")
    back = come_back(browser, provider.sign_in(to["Location"]))
    for answer in (to, back):
        assert answer["Referrer-Policy"] == "no-referrer"
        assert "no-store" in answer["Cache-Control"]


def test_a_state_works_once(browser, form_url, provider: Provider):
    address = provider.sign_in(to_login(browser, form_url))
    come_back(browser, address)
    before = len(provider.system.asked)
    page = failure_page(browser, come_back(browser, address))
    assert (page.status_code, "This sign-in is over" in text_of(page)) == (410, True)
    assert len(provider.system.asked) == before
    assert identities.stored(link()).account_login == "seller-1"


def test_a_state_that_was_refused_works_no_more_either(browser, form_url, provider: Provider):
    address = provider.sign_in(to_login(browser, form_url), iss="https://evil.example")
    assert come_back(browser, address)["Location"] == f"{form_url}sign-in/failed/"
    assert come_back(browser, address)["Location"] == "/signed-in/DEMOSHOP/"


@pytest.mark.parametrize("changed", ["?code=x&state=unknown", "?code=x", "?state="])
def test_an_answer_nobody_waits_for_is_over(browser, form_url, changed):
    to_login(browser, form_url)
    page = failure_page(browser, browser.get(f"/signed-in/DEMOSHOP/{changed}"))
    assert page.status_code == 410
    assert link().identity == {}


def test_another_browser_cannot_bring_the_answer(browser, form_url, provider: Provider, merchant, shop):
    address = provider.sign_in(to_login(browser, form_url))
    stranger = Browser()
    assert failure_page(stranger, come_back(stranger, address)).status_code == 410
    stranger.form_url(merchant.start_sign_up(shop))
    assert failure_page(stranger, come_back(stranger, address)).status_code == 410
    assert not any(LinkSession.objects.values_list("identity", flat=True))
    assert provider.asked_for("/token") == []
    # It did not use the state up for whom it belongs to.
    assert come_back(browser, address)["Location"] == form_url


def test_another_browser_cannot_begin(form_url, provider: Provider):
    page = Browser().get(f"{form_url}sign-in/")
    assert (page.status_code, "belongs to another browser" in text_of(page)) == (410, True)
    assert provider.system.asked == []


def test_the_answer_of_one_channel_is_none_of_another(browser, form_url, provider: Provider):
    ChannelFactory(code="OTHER", connector="openid", connector_settings=provider.settings())
    address = provider.sign_in(to_login(browser, form_url)).replace("/DEMOSHOP/", "/OTHER/")
    assert failure_page(browser, come_back(browser, address)).status_code == 410


def test_the_newer_of_two_sign_ins_counts(browser, form_url, provider: Provider):
    first, second = (to_login(browser, form_url) for _number in range(2))
    assert failure_page(browser, come_back(browser, provider.sign_in(first))).status_code == 410
    assert come_back(browser, provider.sign_in(second))["Location"] == form_url


def test_who_cancels_may_sign_in_once_more(browser, form_url, provider: Provider):
    address = provider.sign_in(to_login(browser, form_url), code=None, error="access_denied")
    page = failure_page(browser, come_back(browser, address))
    assert page.status_code == 403
    assert "You did not sign in at Demo Shop, or it was cancelled there. Nothing was changed." in text_of(page)
    assert f'href="{form_url}sign-in/"' in page.content.decode()
    assert "Reference for the support:" in text_of(page)
    assert come_back(browser, provider.sign_in(to_login(browser, form_url)))["Location"] == form_url


def test_a_login_out_of_order_is_a_page_that_says_what_to_do(browser, form_url, provider: Provider):
    provider.status = 500
    page = failure_page(browser, browser.get(f"{form_url}sign-in/"))
    assert (page.status_code, page["Retry-After"]) == (503, "60")
    assert "Demo Shop cannot confirm who you are at the moment." in text_of(page)
    assert link().state == "open"


def test_the_reference_of_a_failure_finds_its_line_in_the_log(browser, form_url, provider: Provider, caplog):
    caplog.set_level("INFO")
    address = provider.sign_in(to_login(browser, form_url), iss="https://evil.example")
    page = failure_page(browser, come_back(browser, address))
    assert f"Reference for the support: {page['X-Request-Id']}" in text_of(page)
    said = [record.getMessage() for record in caplog.records if record.name.startswith("sellers.")]
    assert said == [
        "The login of DEMOSHOP cannot be used: The answer came from another login than the one that was asked.",
        f"The sign-in of session {link().pk} failed.",
        "Failure page sign-in-failed (503) of DEMOSHOP: -",
    ]


def test_a_failure_can_be_read_in_the_other_language(browser, form_url, provider: Provider):
    answer = come_back(browser, provider.sign_in(to_login(browser, form_url), code=None, error="access_denied"))
    assert browser.post(answer["Location"], {"language": "de"}).status_code == 302
    assert '<html lang="de"' in browser.get(answer["Location"]).content.decode()


def test_without_a_failure_its_page_leads_to_the_form(browser, form_url):
    assert browser.get(f"{form_url}sign-in/failed/")["Location"] == form_url
    assert Browser().get(f"{form_url}sign-in/failed/").status_code == 410


def test_a_session_that_is_over_is_sent_to_its_outcome(browser, form_url, provider: Provider):
    address = provider.sign_in(to_login(browser, form_url))
    LinkSession.objects.update(state="failed", session="", sign_in={}, outcome="ended")
    assert browser.get(f"{form_url}sign-in/")["Location"] == form_url
    assert come_back(browser, address)["Location"] == "/signed-in/DEMOSHOP/"
    assert provider.asked_for("/token") == []


def test_a_channel_without_a_login_has_no_way_there(browser, shop, form_url):
    shop.connector, shop.connector_settings = "manual", {}
    channels.save(shop)
    assert browser.get(f"{form_url}sign-in/")["Location"] == form_url


def test_a_link_checker_does_not_begin(browser, form_url):
    assert browser.head(f"{form_url}sign-in/").status_code == 405
    assert link().sign_in_hash == ""


@pytest.mark.parametrize(
    "path", ["/signed-in/nowhere/", "/sign-up/nowhere/abc/sign-in/", "/sign-up/nowhere/abc/sign-in/failed/"]
)
def test_an_unknown_channel_is_a_404_page(browser, db, path):
    assert browser.get(path).status_code == 404


def test_a_query_for_an_unknown_channel_does_not_stay_in_the_address(browser, db):
    assert browser.get("/signed-in/nowhere/?code=x&state=y")["Location"] == "/signed-in/nowhere/"


@pytest.mark.parametrize("bend", ["", "invalid token", "cancelled"])
def test_no_secret_of_a_sign_in_is_in_a_log_or_a_page(browser, form_url, provider: Provider, caplog, bend):
    caplog.set_level("DEBUG")
    hiding.forget()
    if bend == "invalid token":
        provider.claims = {"nonce": "another"}
    to = to_login(browser, form_url)
    secret = dict(link().sign_in["secret"])
    changes = {"code": None, "error": "access_denied"} if bend == "cancelled" else {}
    back = provider.sign_in(to, **changes)
    state = back.partition("state=")[2].partition("&")[0]
    answer = come_back(browser, back)
    page = browser.get(answer["Location"]) if bend else None
    seen = caplog.text + answer["Location"] + (page.content.decode() if page else "")
    assert not [value for value in (state, CLIENT_SECRET, *secret.values(), *provider.handed_out) if value in seen]


def test_the_page_leads_to_the_login_and_then_connects(browser, form_url, provider: Provider, sandbox):
    page = browser.get(form_url)
    assert f'href="{form_url}sign-in/"' in page.content.decode()
    assert 'name="login"' not in page.content.decode()

    come_back(browser, provider.sign_in(to_login(browser, form_url)))
    assert "Signed in as seller-1 · Müller &amp; Söhne GmbH" in text_of(browser.get(form_url))
    assert browser.post(form_url, {"step": "connect"}).status_code == 302

    seller = Seller.objects.get()
    assert (seller.state, seller.account.login, seller.company_name) == ("active", "seller-1", "Müller & Söhne GmbH")
    assert [row["sellerId"] for row in sandbox.sellers()] == [seller.seller_id]


def test_a_form_of_another_connector_is_not_taken(browser, form_url):
    assert browser.post(form_url, {"login": "acme", "access_code": "open sesame"}).status_code == 302
    assert not Seller.objects.exists()


def test_an_update_takes_the_account_that_signed_in_when_it_is_saved(browser, form_url, shop, merchant, provider):
    come_back(browser, provider.sign_in(to_login(browser, form_url)))
    browser.post(form_url, {"step": "connect"})
    seller = Seller.objects.get()
    path = f"/v1/seller/channel/{shop.code}"
    update_url = browser.form_url(merchant.call("PATCH", path, params={"sellerId": seller.seller_id})["updateUrl"])
    ref = update_url.split("/")[-2]

    sign_in_url = f"/sign-up/{shop.code}/{ref}/"
    assert f'href="{sign_in_url}sign-in/"' in browser.get(update_url).content.decode()
    provider.claims = {"sub": "seller-2"}
    answer = come_back(browser, provider.sign_in(to_login(browser, sign_in_url)))
    assert answer["Location"] == update_url
    assert "Signed in as seller-2" in text_of(browser.get(update_url))
    seller.refresh_from_db()
    assert seller.account.login == "seller-1"

    browser.post(update_url, {"company_name": seller.company_name})
    seller.refresh_from_db()
    assert seller.account.login == "seller-2"
