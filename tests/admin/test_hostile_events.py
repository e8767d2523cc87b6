"""Events as deep, long or many as nobody would send them are shown all the same."""

import json

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from platforms import inbox, storable
from platforms.models import Event
from platforms.scx import documents
from platforms.scx.events import ScxEvent
from tests.factories import NOON, ChannelFactory, EventFactory

pytestmark = pytest.mark.django_db

DEEP = '{"deep":' + '{"in":[' * 5_000 + "]}" * 5_000 + "}"


@pytest.mark.parametrize(
    "raw",
    [DEEP, json.dumps({"k" * 200_000: "v" * 200_000}), json.dumps({f"k{number}": number for number in range(20_000)})],
    ids=["deep", "long", "many keys"],
)
def test_its_page_shows_it(browser: Client, raw):
    payload = documents.parse(raw.encode())
    inbox.store(ChannelFactory(), [ScxEvent("e1", "System:Test", NOON, "", payload, "")])
    event = Event.objects.get()
    page = browser.get(reverse("admin:platforms_event_change", args=[event.pk]))
    assert page.status_code == 200
    assert (storable.TOO_DEEP in page.content.decode()) == (raw == DEEP)


def test_the_list_reads_no_payloads(browser: Client):
    EventFactory(payload={"sellerId": "S1"})
    with CaptureQueriesContext(connection) as queries:
        assert "S1" in browser.get(reverse("admin:platforms_event_changelist")).content.decode()
    assert not [query for query in queries if '"payload"' in query["sql"]]
