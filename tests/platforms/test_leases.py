import time
from datetime import timedelta

import pytest
from django.db import OperationalError, connection

from listings.models import ListingReport
from platforms import outbox
from platforms.models import OutboxRow
from tests.factories import ListingReportFactory


@pytest.mark.django_db(transaction=True)
def test_a_lease_is_renewed_as_long_as_its_sender_works(monkeypatch):
    if connection.vendor == "sqlite":
        pytest.skip("The suite's SQLite lives in memory, where one connection locks out the other.")
    monkeypatch.setattr(OutboxRow, "LEASE", timedelta(milliseconds=150))
    ListingReportFactory()
    rows = outbox.claim(ListingReport.objects.all(), 1)
    claimed_until = rows[0].leased_until
    give_up = time.monotonic() + 30

    with outbox.kept(rows):
        while ListingReport.objects.get().leased_until == claimed_until:
            assert time.monotonic() < give_up, "nobody renewed the lease"
            time.sleep(0.01)

    assert ListingReport.objects.get().leased_until > claimed_until


@pytest.mark.django_db(transaction=True)
def test_an_answer_is_written_down_when_the_database_is_back():
    tries = []

    def write() -> None:
        tries.append(1)
        if len(tries) < 3:
            raise OperationalError("server closed the connection unexpectedly")

    outbox.persist(write)

    assert len(tries) == 3


@pytest.mark.django_db(transaction=True)
def test_an_answer_that_cannot_be_written_down_is_given_up_at_last(monkeypatch):
    monkeypatch.setattr(outbox, "PERSISTENCE_SECONDS", 0.1)

    def write() -> None:
        raise OperationalError("database or disk is full")

    with pytest.raises(OperationalError, match="disk is full"):
        outbox.persist(write)
