"""The same form sent twice at the same moment: the second waits for the first and shows its page."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection, connections
from django.http import HttpResponse
from django.utils import timezone

from sellers import waiting
from sellers.models import LinkSession, Seller
from tests.factories import AccountFactory
from tests.sellers.conftest import Browser, text_of

pytestmark = pytest.mark.django_db(transaction=True)

CREATE = {"method": "POST", "path": "/v1/channel/seller"}


@pytest.fixture(autouse=True)
def database_for_threads(transactional_db, tmp_path) -> Iterator[None]:
    """SQLite in memory has one connection for all threads to share; a file has one each, as in real life."""
    if connection.vendor != "sqlite" or not connection.is_in_memory_db():
        yield
        return
    path = tmp_path / "threads.sqlite3"
    with connection.cursor() as cursor:
        cursor.execute("VACUUM INTO %s", [str(path)])
    memory, name = connections["default"], connections.settings["default"]["NAME"]
    connections.settings["default"]["NAME"] = str(path)
    connections["default"] = connections.create_connection("default")
    try:
        yield
    finally:
        connections["default"].close()
        connections.settings["default"]["NAME"] = name
        connections["default"] = memory


def send_at_once(
    browser: Browser, form_urls: list[str], logins: tuple[str, str] = ("acme", "acme")
) -> list[HttpResponse]:
    """The answers to two forms, sent from two windows of one browser at the same moment."""

    def send(url: str, login: str) -> HttpResponse:
        window = Browser(headers={"accept-language": "en"})
        window.cookies = browser.cookies
        try:
            data = {"login": login, "access_code": "open sesame", "marketplaces": ["mall-de", "mall-at", "mall-uk"]}
            return window.post(url, data, follow=True)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(2) as pool:
        return list(pool.map(send, form_urls, logins))


def creations(sandbox) -> list[int]:
    books = sandbox.books(path="/v1/channel/seller", method="POST")
    return [row["status"] for row in books if row["path"] == "/v1/channel/seller"]


def test_both_windows_show_the_success_and_scx_heard_of_it_once(browser, shop, account, merchant, sandbox):
    form_url = browser.form_url(merchant.start_sign_up(shop))
    sandbox.fault("delay", match=CREATE, seconds=1)
    answers = send_at_once(browser, [form_url, form_url])
    assert [answer.status_code for answer in answers] == [200, 200]
    assert all("You are connected" in text_of(answer) for answer in answers)
    assert creations(sandbox) == [201]
    assert Seller.objects.get().state == "active"


def test_both_windows_show_the_refusal(browser, shop, account, merchant, sandbox):
    form_url = browser.form_url(merchant.start_sign_up(shop))
    sandbox.fault("delay", match=CREATE, seconds=1)
    sandbox.advance(3601)
    answers = send_at_once(browser, [form_url, form_url])
    assert [answer.status_code for answer in answers] == [410, 410]
    assert not Seller.objects.exists()


def test_both_windows_may_send_again_when_scx_is_down(browser, shop, account, merchant, sandbox):
    form_url = browser.form_url(merchant.start_sign_up(shop))
    sandbox.fault("delay", match=CREATE, seconds=1)
    shop.refresh_token, shop.access_token = "CHANNEL:revoked", ""
    shop.save()
    answers = send_at_once(browser, [form_url, form_url])
    assert [answer.status_code for answer in answers] == [503, 503]
    assert LinkSession.objects.get().state == "open"


def test_two_sessions_of_one_account_at_once_make_one_seller(browser, shop, account, merchant, sandbox):
    form_urls = [browser.form_url(merchant.start_sign_up(shop)) for _tab in range(2)]
    answers = send_at_once(browser, form_urls)
    assert sorted(answer.status_code for answer in answers) == [200, 409]
    assert Seller.objects.get().state == "active"
    assert creations(sandbox) == [201]


def test_who_waits_too_long_is_told_that_the_sign_up_is_under_way(
    browser, shop, account, merchant, sandbox, monkeypatch
):
    monkeypatch.setattr(waiting, "WAIT_SECONDS", 0.3)
    form_url = browser.form_url(merchant.start_sign_up(shop))
    sandbox.fault("delay", match=CREATE, seconds=2)
    answers = send_at_once(browser, [form_url, form_url])
    assert sorted(answer.status_code for answer in answers) == [200, 503]
    told = next(answer for answer in answers if answer.status_code == 503)
    assert "We are waiting for JTL’s confirmation" in text_of(told)
    assert "You are connected" in text_of(browser.get(form_url))


def test_who_looks_at_a_sign_up_under_way_does_not_hold_a_thread_for_long(
    browser, shop, account, merchant, sandbox, monkeypatch
):
    monkeypatch.setattr(waiting, "LOOK_SECONDS", 0.3)
    form_url = browser.form_url(merchant.start_sign_up(shop))
    browser.send(form_url, "acme")
    LinkSession.objects.update(state="submitted", submitted_at=timezone.now())
    began = time.monotonic()
    page = browser.get(form_url)
    assert (page.status_code, "We are waiting for JTL’s confirmation" in text_of(page)) == (503, True)
    assert time.monotonic() - began < waiting.WAIT_SECONDS / 4


def test_two_merchants_at_once_do_not_disturb_each_other(browser, mall, sandbox):
    form_urls = []
    for number in range(2):
        AccountFactory(channel=mall.platform, login=f"account-{number}")
        form_urls.append(browser.form_url(sandbox.merchant().start_sign_up(mall.platform)))
    answers = send_at_once(browser, form_urls, ("account-0", "account-1"))
    assert [answer.status_code for answer in answers] == [200, 200]
    assert Seller.objects.filter(state="active").count() == 2
