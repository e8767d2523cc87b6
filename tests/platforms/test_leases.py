import time
from datetime import timedelta

import pytest
from django.db import connection

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
