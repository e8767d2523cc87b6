from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.db.backends.base.operations import BaseDatabaseOperations
from django.test.utils import CaptureQueriesContext

from listings.handover import job
from platforms.models import Channel
from sellers.models import Seller
from tests.factories import ChannelFactory, SellerFactory
from tests.listings.marketplace import Marketplace


@pytest.fixture
def channel(db: None) -> Channel:
    return ChannelFactory()


@pytest.fixture
def seller(channel: Channel) -> Seller:
    return SellerFactory(channel=channel)


@pytest.fixture
def queries_of(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[], object]], int]:
    """Counts a call's queries for listings, as on a database that takes large statements: SQLite's Django splits."""
    monkeypatch.setattr(connection.features, "max_query_params", None)
    monkeypatch.setattr(type(connection.ops), "bulk_batch_size", BaseDatabaseOperations.bulk_batch_size)

    def count(call: Callable[[], object]) -> int:
        with CaptureQueriesContext(connection) as captured:
            call()
        return sum('"listings_' in query["sql"] for query in captured)

    return count


@pytest.fixture
def marketplace(settings: Any, monkeypatch: pytest.MonkeyPatch) -> Marketplace:
    """What the connector "own" leads to."""
    marketplace = Marketplace()
    monkeypatch.setattr(job, "_connector", lambda name: marketplace)
    settings.CONNECTORS = {**settings.CONNECTORS, "own": ("", "own")}
    return marketplace
