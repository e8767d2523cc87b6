"""What holds for every registered model: its pages answer, cost the same however many rows, and leak no secret."""

import pytest
from django.contrib import admin
from django.db import connection
from django.db.models import Model
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from platforms.fields import encrypted_fields
from tests.admin.rows import MAKERS

pytestmark = pytest.mark.django_db

REGISTERED = sorted(admin.site._registry, key=lambda model: model._meta.label)
every_model = pytest.mark.parametrize("model", REGISTERED, ids=lambda model: model._meta.label)
ADDABLE = {
    "ErrorText",
    "ListingRule",
    "Channel",
    "StockSyncGroup",
    "StaffAccess",
    "ApiKey",
    "WebhookEndpoint",
    "Account",
    "Membership",
    "User",
    "Group",
}
PORTAL_APPS = {"platforms", "sellers", "listings", "stock"}


def url(model: type[Model], page: str, *args: object) -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{page}", args=args)


def test_every_model_of_the_portal_is_registered():
    from django.apps import apps

    assert {m for m in apps.get_models() if m._meta.app_label in PORTAL_APPS} <= set(REGISTERED)
    assert set(REGISTERED) == set(MAKERS)


@every_model
def test_its_add_page_answers_where_people_may_add(browser: Client, model):
    expected = 200 if model.__name__ in ADDABLE else 403

    assert browser.get(url(model, "add")).status_code == expected


@pytest.mark.parametrize("model", [model for model in REGISTERED if admin.site._registry[model].search_fields])
def test_its_search_answers(browser: Client, model):
    MAKERS[model]()

    for text in ("٤٢", "9" * 30, "Müller & Söhne GmbH"):
        assert browser.get(url(model, "changelist"), {"q": text}).status_code == 200


@every_model
def test_its_list_costs_the_same_for_one_row_and_for_twenty(browser: Client, model):
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert browser.get(url(model, "changelist")).status_code == 200
        return len(captured)

    MAKERS[model]()
    queries()
    one = queries()
    for _ in range(19):
        MAKERS[model]()

    assert queries() == one


@every_model
def test_its_pages_answer_and_show_no_secret(browser: Client, model):
    row = MAKERS[model]()
    secret = "known-secret-value"
    fields = encrypted_fields(model)
    for field in fields:
        setattr(row, field, {"password": secret} if isinstance(getattr(row, field), dict) else secret)
    if fields:
        row.save()
        stored = model.objects.get(pk=row.pk)
        assert all(secret in str(getattr(stored, field)) for field in fields)

    for page in (url(model, "change", row.pk), url(model, "changelist"), url(model, "history", row.pk)):
        answer = browser.get(page)
        text = answer.content.decode()
        assert answer.status_code == 200
        assert secret not in text
        for field in (*fields, "hash", "access_code_hash", "session_hash", "browser_hash", "password"):
            value = getattr(row, field, "")
            assert not value or str(value) not in text
        assert "<script>alert(1)" not in text
        assert 'href="javascript:' not in text


@pytest.mark.parametrize("model", [m for m in REGISTERED if admin.site._registry[m].show_full_result_count is False])
def test_a_large_list_is_never_counted(browser: Client, model):
    MAKERS[model]()

    with CaptureQueriesContext(connection) as captured:
        browser.get(url(model, "changelist"))

    assert not [query for query in captured.captured_queries if "COUNT(" in query["sql"]]


def test_the_large_tables_are_listed_as_such():
    large = {model.__name__ for model, page in admin.site._registry.items() if getattr(page, "is_large", False)}

    assert large == {
        "Claim",
        "Event",
        "IdempotentCall",
        "Offer",
        "Price",
        "Picture",
        "PictureFile",
        "ListingReport",
        "Revision",
        "StockCursor",
        "SellerNews",
        "StockDifference",
        "StockLevel",
        "StockMinute",
        "StockUpdate",
        "WebhookDelivery",
    }


def test_a_large_list_has_pages_without_a_count(browser: Client):
    from platforms.models import Event
    from tests.factories import ChannelFactory, EventFactory

    EventFactory.create_batch(60, channel=ChannelFactory())
    first = browser.get(url(Event, "changelist"))
    second = browser.get(url(Event, "changelist"), {"p": 2})

    assert (len(first.context["cl"].result_list), len(second.context["cl"].result_list)) == (50, 10)
    assert 'rel="next"' in first.content.decode()
    assert 'rel="next"' not in second.content.decode()
    assert 'rel="prev"' in second.content.decode()


@pytest.mark.parametrize("page", ["0", "-1", "999999999999999999999999", "x"])
def test_a_page_that_cannot_be_does_no_harm(browser: Client, page):
    from platforms.models import Event

    MAKERS[Event]()

    assert browser.get(url(Event, "changelist"), {"p": page}, follow=True).status_code == 200
