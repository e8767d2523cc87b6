"""Two who together would break a rule: the one who comes second waits for the first, and is told."""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction

from platforms import channels
from platforms.models import Channel
from tests.factories import ChannelFactory, EventFactory, MarketplaceFactory, PlatformFactory, StockSyncGroupFactory

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _needs_two_writers(db) -> None:
    if connection.vendor != "postgresql":
        pytest.skip("SQLite has one writer at a time.")


def elsewhere(pool: ThreadPoolExecutor, work: Callable[[], object]) -> Future[object]:
    """The work in a transaction of its own, on another connection."""

    def run() -> object:
        try:
            with transaction.atomic():
                return work()
        finally:
            connection.close()

    return pool.submit(run)


def second(first: Callable[[], object], then: Callable[[], object]) -> object:
    """What becomes of `then`, begun while the transaction of `first` is open."""
    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            first()
            waiting = elsewhere(pool, then)
            with suppress(TimeoutError):
                waiting.result(timeout=0.5)
            assert not waiting.done()
        return waiting.result(timeout=10)


def into_a_standalone_channel(platform: Channel) -> Callable[[], object]:
    def convert() -> object:
        channel = Channel.objects.get(pk=platform.pk)
        channel.kind, channel.currency = Channel.Kind.STANDALONE, "EUR"
        return channels.save(channel)

    return convert


def a_marketplace_of(platform: Channel) -> Callable[[], object]:
    return lambda: channels.save(MarketplaceFactory.build(platform=platform))


def test_a_platform_that_gets_a_marketplace_stays_one():
    platform = PlatformFactory()
    with pytest.raises(ValidationError, match="The kind stays"):
        second(a_marketplace_of(platform), into_a_standalone_channel(platform))


def test_a_channel_that_is_no_platform_any_more_gets_no_marketplace():
    platform = PlatformFactory()
    with pytest.raises(ValidationError, match="is not a platform"):
        second(into_a_standalone_channel(platform), a_marketplace_of(platform))


def test_a_group_that_moves_takes_no_marketplace_of_its_old_platform():
    group, other = StockSyncGroupFactory(), PlatformFactory()
    market = MarketplaceFactory(platform=group.platform)

    def move() -> object:
        group.platform = other
        return channels.save_group(group)

    def join() -> object:
        joining = Channel.objects.get(pk=market.pk)
        joining.stock_sync_group_id = group.pk
        return channels.save(joining)

    with pytest.raises(ValidationError, match="belongs to another platform"):
        second(move, join)


class TestWithoutTheFunction:
    """The database alone."""

    def test_a_channel_whose_first_event_is_being_stored_becomes_no_platform(self):
        channel = ChannelFactory(refresh_token="")
        with pytest.raises(IntegrityError, match="There are some here"):
            second(
                lambda: EventFactory(channel=channel),
                lambda: Channel.objects.filter(pk=channel.pk).update(kind="platform"),
            )

    def test_a_channel_that_becomes_a_platform_gets_no_event_meanwhile(self):
        channel = ChannelFactory(refresh_token="")
        with pytest.raises(IntegrityError, match="Events belong to"):
            second(
                lambda: Channel.objects.filter(pk=channel.pk).update(kind="platform"),
                lambda: EventFactory(channel=channel),
            )


def test_events_are_stored_while_channels_are_saved():
    channel = ChannelFactory()
    with ThreadPoolExecutor(1) as pool, transaction.atomic():
        channels.save(channel)
        elsewhere(pool, lambda: EventFactory(channel=channel)).result(timeout=5)
