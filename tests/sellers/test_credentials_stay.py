"""No marketplace credential ever leaves for SCX, by whatever door; and the search that says so finds those that do."""

import base64
import json
from urllib.parse import quote

import pytest
from django.core.exceptions import ValidationError

from listings import reports, results
from listings.handover.base import ListingError, Result
from platforms import gateway
from platforms.jobs import Run
from sellers import settlement, sign_up, unlinking
from sellers.models import LinkSession, Seller
from tests import credentials
from tests.factories import OfferFactory, SellerFactory
from tests.sellers.conftest import CODE, text_of
from tests.sellers.test_update_page import patches, sent, start_update

SECRET = 'gläsern/"Schlüssel"+7'
SPELLINGS = {
    "plain": SECRET,
    "URL": quote(SECRET, safe=""),
    "JSON": json.dumps(SECRET),
    "JSON in JSON": json.dumps({"text": json.dumps({"key": SECRET})}),
    "base64": base64.b64encode(f"acme:{SECRET}:x".encode()).decode(),
}


@pytest.fixture
def seller(browser, shop, account, merchant):
    """Signed up, with credentials of the marketplace."""
    browser.send(browser.form_url(merchant.start_sign_up(shop)), "acme")
    signed_up = Seller.objects.get()
    signed_up.credentials = {"nested": [{"password": SECRET}]}
    signed_up.save()
    return signed_up


@pytest.fixture
def scx(sandbox):
    """The embedded SCX, for tests that send it what must not be sent."""
    yield sandbox
    credentials.forget()


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_the_search_finds_a_credential_however_it_is_spelled(spelling):
    book = {"method": "POST", "path": "/v1/channel/seller", "query": "", "request": {"companyName": "Firma"}}
    leaky = {**book, "request": {"companyName": SPELLINGS[spelling]}}
    places = credentials.found({SECRET}, map(credentials.request_of, [book, leaky]))
    assert places == ["credential 0 in 1: POST /v1/channel/seller"]


@pytest.mark.django_db
def test_the_search_knows_what_sellers_and_accounts_open_with(shop, account, browser, merchant):
    SellerFactory(channel=shop, credentials={"nested": [{"password": SECRET}]})
    browser.send(browser.form_url(merchant.start_sign_up(shop)), "acme", code="a wrong guess")
    assert {SECRET, CODE, "a wrong guess"} <= credentials.used()


@pytest.mark.django_db
@pytest.mark.parametrize(
    "leak",
    [
        pytest.param(
            lambda client: client.sellers.assign(1001, "S1", "mall-de", True, f"Firma {SECRET}"), id="company"
        ),
        pytest.param(lambda client: client.sellers.unlink("S1", f"because of {SECRET}"), id="reason"),
        pytest.param(lambda client: client.sellers.unlink("S1", json.dumps({"token": SECRET})), id="masked"),
        pytest.param(lambda client: client.channel.notify("S1", SECRET), id="notification"),
    ],
)
def test_the_search_finds_what_is_sent_by_any_door(mall, scx, leak):
    SellerFactory(channel=mall.platform, seller_id="S1", credentials={"key": SECRET})
    scx.link(mall.platform, "S1", [mall.de])
    leak(gateway.client(mall.de))
    assert credentials.found_in_books(scx) != []


@pytest.mark.django_db
def test_a_session_of_scx_is_found_anywhere_but_in_its_own_field(shop, account, browser, merchant, scx):
    browser.send(browser.form_url(merchant.start_sign_up(shop)), "acme")
    assert credentials.found_in_books(scx) == []
    browser.form_url(merchant.start_sign_up(shop))
    link = LinkSession.objects.get(state="open")
    gateway.client(shop).sellers.create(link.session, sign_up.seller_id_of(link), f"Firma {link.session}")
    assert credentials.found_in_books(scx) != []


# The doors: a company, a reason, the text of an error. (The fixture `sandbox` searches what each of them sent.)


@pytest.mark.django_db
@pytest.mark.parametrize("told", [SECRET, CODE])
def test_a_company_that_tells_access_data_is_refused_at_its_field(browser, shop, seller, merchant, sandbox, told):
    form_url = browser.form_url(start_update(merchant, shop, seller))
    data = sent(seller, company_name=f"Firma {told}", login="acme", access_code=CODE)
    page = browser.post(form_url, data)
    assert page.status_code == 200
    assert "JTL is told this name. Please leave your access data out of it." in text_of(page)
    seller.refresh_from_db()
    assert seller.company_name == "Müller & Söhne GmbH"
    assert patches(sandbox) == []


@pytest.mark.django_db
def test_an_access_code_entered_as_the_company_alone_is_refused_although_only_its_hash_is_kept(
    browser, shop, seller, merchant, sandbox
):
    page = browser.post(browser.form_url(start_update(merchant, shop, seller)), sent(seller, company_name=CODE))
    assert "JTL is told this name. Please leave your access data out of it." in text_of(page)
    assert patches(sandbox) == []


@pytest.mark.django_db
def test_the_internal_note_of_a_disconnection_stays_here_and_its_public_text_tells_no_credentials(
    shop, seller, sandbox
):
    with pytest.raises(ValidationError) as refused:
        unlinking.request(seller, reason="other", text=f"Login {SECRET} is known to others", note="an internal note")
    assert set(refused.value.message_dict) == {"text"}
    unlinking.request(seller, reason="other", text="Ended by mutual consent", note="an internal note")
    settlement.settle(shop, Run())
    assert "an internal note" in credentials.used()
    assert [row["query"] for row in sandbox.books(method="DELETE")] == ["reason=Ended+by+mutual+consent"]


@pytest.mark.django_db
def test_an_error_that_quotes_credentials_is_reported_without_them(shop, seller, sandbox):
    offer = OfferFactory(channel=shop, seller=seller)
    error = ListingError("AUTH", f"Login with {SECRET} failed", long_message=f"{SECRET} again")
    results.record(offer, Result("failed", errors=(error,)))
    reports.send(shop, Run())
    (report,) = sandbox.reports(shop)
    assert [(each["message"], each["longMessage"]) for each in report["errorList"]] == [
        ("Login with *** failed", "*** again")
    ]
