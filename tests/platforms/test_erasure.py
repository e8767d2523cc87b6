"""Deleting personal data piece by piece, by several processes at once."""

from concurrent.futures import ThreadPoolExecutor
from time import sleep

import pytest
from django.db import connection, transaction

from platforms import erasure
from platforms.models import Event
from tests.factories import ChannelFactory, EventFactory


@pytest.mark.django_db(transaction=True)
def test_a_piece_that_another_process_deletes_is_not_taken_for_the_last(monkeypatch):
    if connection.vendor != "postgresql":
        pytest.skip("SQLite has one writer at a time.")
    monkeypatch.setattr(erasure, "BATCH", 1)
    channel = ChannelFactory()
    EventFactory(channel=channel)
    EventFactory(channel=channel)
    events = Event.objects.order_by("pk")

    def delete() -> dict[str, int]:
        try:
            return erasure.delete(events)
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            assert erasure.delete(events) == {"events": 1}
            other = pool.submit(delete)
            sleep(0.5)
        assert other.result() == {"events": 1}
    assert not events.exists()
