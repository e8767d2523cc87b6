"""Failure pages: the reference on the page finds the row, the link session and the log lines."""

import json
import logging
import re
from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.db import OperationalError
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from platforms import logs
from platforms.jobs import Run
from sellers import failures, linking_rules, sign_up, visits
from sellers.models import LinkSession, PageFailure
from sellers.settlement import settle
from tests.admin import rows
from tests.factories import ChannelFactory, MarketplaceFactory
from tests.sellers.conftest import Browser, session_of, text_of

pytestmark = pytest.mark.django_db


def reference_on(answer) -> str:
    return re.search(r'<p class="reference">[^<]*<code>([\w-]+)</code>', answer.content.decode())[1]


@pytest.fixture
def staff() -> Client:
    client = Client()
    client.force_login(User.objects.create_user("staff", is_staff=True, is_superuser=True))
    return client


@pytest.fixture
def lines(caplog):
    """The log as both formats write it."""
    caplog.set_level(logging.INFO)
    caplog.handler.addFilter(logs.CorrelationFilter())

    def written() -> list[tuple[str, dict]]:
        text = logs.TextFormatter("%(correlation_id)s %(name)s: %(message)s")
        as_json = logs.JsonFormatter("%(correlation_id)s %(name)s %(message)s")
        return [(text.format(record), json.loads(as_json.format(record))) for record in caplog.records]

    return written


def test_a_failure_page_leaves_its_reference_in_a_row_and_in_every_line_of_the_log(browser, lines):
    channel = ChannelFactory(code="SHOP1")
    answer = browser.get("/sign-up/SHOP1/")

    row = PageFailure.objects.get()
    assert (row.channel, row.link, row.page, row.status, row.detail) == (channel, None, "no-session", 400, "")
    assert row.reference == reference_on(answer) == answer["X-Request-Id"]
    of_the_request = [(text, line) for text, line in lines() if "sign-up/SHOP1" in text or "Failure page" in text]
    assert {line["name"] for _text, line in of_the_request} >= {"sellers.failures", "portal.access", "django.request"}
    for text, line in of_the_request:
        assert text.startswith(f"{row.reference} ")
        assert line["correlation_id"] == row.reference


@pytest.mark.parametrize(
    ("path", "page", "status"),
    [
        ("/sign-up/SHOP1/?session=", "no-session", 400),
        ("/sign-up/SHOP1/an-unknown-reference/", "other-browser", 410),
        ("/sign-up/market/", "through-platform", 403),
        ("/update/market/", "through-platform", 403),
    ],
)
def test_each_page_is_kept_by_its_name(browser, path, page, status):
    ChannelFactory(code="SHOP1")
    MarketplaceFactory(code="market")
    assert browser.get(path).status_code == status
    assert PageFailure.objects.values_list("page", "status").get() == (page, status)


def test_a_marketplace_keeps_its_pages_with_its_platform(browser):
    marketplace = MarketplaceFactory()
    browser.get(f"/sign-up/{marketplace.code}/")
    assert PageFailure.objects.get().channel == marketplace.platform


def test_a_page_of_no_channel_and_a_page_that_is_no_failure_leave_no_row(browser):
    ChannelFactory(code="SHOP1")
    assert browser.get("/sign-up/nobody/").status_code == 404
    assert browser.get("/brand/SHOP1.css").status_code == 200
    assert not PageFailure.objects.exists()


def test_trouble_with_scx_at_the_form_is_kept_with_the_session_and_why(browser, sandbox, shop, account, merchant):
    form_url = browser.form_url(merchant.start_sign_up(shop))
    sandbox.fault("status", match={"path": "/v1/channel/seller"}, status=503)
    sandbox.fault("status", match={"path": "/v1/channel/seller/list"}, status=503)
    answer = browser.send(form_url, "acme")
    row = PageFailure.objects.get()
    assert answer.status_code == row.status == 503
    assert row.reference == reference_on(answer)
    assert row.link == LinkSession.objects.get()


def test_a_form_that_is_refused_as_a_whole_is_kept_with_what_it_said(browser, shop, account, merchant, monkeypatch):
    form_url = browser.form_url(merchant.start_sign_up(shop))

    def refuse(*args, **kwargs):
        raise linking_rules.AccountTaken

    monkeypatch.setattr(sign_up, "submit", refuse)
    answer = browser.send(form_url, "acme")
    row = PageFailure.objects.get()
    assert (row.page, row.reference) == ("sign-up-form", reference_on(answer))
    assert row.detail in text_of(answer)


def test_an_error_at_a_field_is_no_failure(browser, shop, account, merchant):
    browser.send(browser.form_url(merchant.start_sign_up(shop)), "", code="")
    assert not PageFailure.objects.exists()


def test_no_row_holds_the_session_or_the_access_code(browser, sandbox, shop, account, merchant):
    url = merchant.start_sign_up(shop)
    sandbox.fault("status", match={"path": "/v1/channel/seller/signup-session"}, status=503)
    assert browser.enter(url).status_code == 503
    row = PageFailure.objects.get()
    assert row.page == "no-answer"
    assert row.detail.startswith("Scx")
    assert session_of(url) not in str(vars(row))


def test_a_secret_in_a_detail_is_masked_and_a_long_one_cut(browser, rf):
    channel = ChannelFactory()
    request = rf.get("/")
    request.resolver_match = None
    answer = failures.mark(HttpResponse(), failures.Failure("x", channel, "session=abc\x00" + "y" * 900))
    failures.KeepFailures(lambda request: answer)(request)
    detail = PageFailure.objects.get().detail
    assert "abc" not in detail
    assert len(detail) <= 500


def test_a_crash_of_a_hosted_page_is_a_page_with_a_reference_and_kept(shop, monkeypatch):
    def crash(*args, **kwargs):
        raise RuntimeError("a mistake")

    monkeypatch.setattr(visits, "channel_of", crash)
    browser = Browser(headers={"accept-language": "en"}, raise_request_exception=False)
    answer = browser.get("/sign-up/DEMOSHOP/")
    row = PageFailure.objects.get()
    assert (answer.status_code, row.page, row.channel) == (500, "crashed", shop)
    assert row.reference == reference_on(answer)


def test_a_database_that_takes_no_row_leaves_the_page_as_it_is(browser, monkeypatch, lines):
    ChannelFactory(code="SHOP1")

    def fail(**values):
        raise OperationalError("database is locked")

    monkeypatch.setattr(PageFailure.objects, "create", fail)
    answer = browser.get("/sign-up/SHOP1/")
    assert answer.status_code == 400
    assert "Please start in JTL-Wawi" in answer.content.decode()
    said = "sellers.failures: A failure page left no row: OperationalError"
    assert f"{reference_on(answer)} {said}" in [text for text, _ in lines()]


def test_a_form_from_elsewhere_is_refused_on_a_branded_page_and_kept(shop):
    browser = Browser(headers={"accept-language": "en"}, enforce_csrf_checks=True)
    answer = browser.post("/sign-up/DEMOSHOP/any-reference/", {"login": "acme"})
    html = answer.content.decode()
    row = PageFailure.objects.get()
    assert (answer.status_code, row.page, row.channel) == (403, "form-not-accepted", shop)
    assert row.reference == reference_on(answer)
    assert "<span>Demo Shop</span>" in html


def test_the_admin_refuses_such_a_form_without_keeping_it(client):
    browser = Client(enforce_csrf_checks=True)
    assert browser.post("/admin/login/", {"username": "x"}).status_code == 403
    assert not PageFailure.objects.exists()


def test_a_pasted_reference_finds_the_page_the_session_and_the_seller(staff):
    row = rows.page_failure()
    rows.page_failure()
    for model, found in (("pagefailure", row), ("linksession", row.link), ("seller", row.link.seller)):
        page = staff.get(reverse(f"admin:sellers_{model}_changelist"), {"q": row.reference})
        assert list(page.context["cl"].result_list) == [found]


def rows_of(channel, number: int, **age) -> None:
    at = timezone.now() - timedelta(**age)
    PageFailure.objects.bulk_create(
        PageFailure(reference=f"{index:08}", channel=channel, page="x", status=400, at=at - timedelta(seconds=index))
        for index in range(number)
    )


def test_old_rows_are_forgotten_and_the_newest_ten_thousand_kept(monkeypatch):
    channel, other = ChannelFactory(), ChannelFactory()
    rows_of(channel, 2, days=31)
    rows_of(channel, 3, days=29)
    rows_of(other, 1, days=31)
    assert failures.forget_old(channel) == 2
    assert PageFailure.objects.filter(channel=other).count() == 1
    monkeypatch.setattr(failures, "KEPT_AT_MOST", 2)
    assert failures.forget_old(channel) == 1
    assert set(PageFailure.objects.filter(channel=channel).values_list("reference", flat=True)) == {
        "00000000",
        "00000001",
    }
    assert failures.forget_old(channel) == 0


def test_the_job_forgets_them():
    channel = ChannelFactory()
    rows_of(channel, 2, days=31)
    run = Run()
    settle(channel, run)
    assert run.counts["failure pages forgotten"] == 2
