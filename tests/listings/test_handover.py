import gc
from datetime import timedelta
from decimal import Decimal
from unittest.mock import Mock

import pytest
from django.db import OperationalError, connection
from django.utils import timezone
from django_q.exceptions import TimeoutException

from listings.handover import job
from listings.handover.base import ListingError, Result
from listings.handover.job import hand_over
from listings.models import PARTS_SIZE, ListingReport, Offer
from platforms import batches
from platforms.jobs import Run
from platforms.models import Batch
from sellers.models import Membership, Seller
from stock.models import StockLevel
from tests.factories import (
    NOON,
    ChannelFactory,
    MarketplaceFactory,
    MembershipFactory,
    OfferFactory,
    PlatformFactory,
    SellerFactory,
    StockLevelFactory,
)
from tests.listings.build import happen, listing, offer, variation
from tests.payloads import offer_new

pytestmark = pytest.mark.django_db
State = Offer.State


class Recorder:
    """A connector of a user's own: keeps what it gets and answers what it was told to."""

    def __init__(self):
        self.batches = []
        self.withdrawn = []
        self.answer = lambda offers: []

    def hand_over(self, settings, offers):
        self.settings = settings
        self.batches.append(offers)
        return self.answer(offers)

    def withdraw(self, settings, offers):
        self.withdrawn += [offer.offer_id for offer in offers]

    @property
    def offers(self):
        return [offer for batch in self.batches for offer in batch]


@pytest.fixture
def connector(settings, monkeypatch):
    from listings.handover import job

    recorder = Recorder()
    monkeypatch.setattr(job, "_connector", lambda name: recorder)
    settings.CONNECTORS = {**settings.CONNECTORS, "own": ("", "own")}
    return recorder


@pytest.fixture
def channel(db):
    return ChannelFactory(connector="own", connector_settings={"region": "eu"})


@pytest.fixture
def seller(channel):
    return SellerFactory(channel=channel)


def test_a_connector_gets_the_whole_listing_as_plain_data(channel, seller, connector):
    payload = offer_new(seller.seller_id, 7, variations=2, channelOfferId="M7")
    happen(channel, payload)
    StockLevelFactory(offer_row=offer(seller, 7), quantity=Decimal("508.00"))
    hand_over(channel, Run())

    [data] = connector.offers
    assert connector.settings == {"region": "eu"}
    assert (data.key, data.channel, data.seller) == (offer(seller, 7).pk, channel.code, seller.seller_id)
    assert (data.offer_id, data.revision, data.channel_offer_id) == (7, 1, "M7")
    assert (data.title, data.description, data.gtin) == (payload["title"], payload["description"], payload["gtin"])
    assert (data.quantity, data.tax_percent) == (Decimal(508), Decimal(19))
    assert [picture.source for picture in data.pictures] == payload["pictureList"]
    assert len(data.prices) == 6
    assert [part.offer_id for part in data.variations] == [7001, 7002]
    assert [part.quantity for part in data.variations] == [None, None]
    assert data.variations[0].dimensions[0] == {"id": "size", "value": "37½", "group": None}
    assert (len(data.variations[0].prices), len(data.variations[0].pictures)) == (2, 2)


def test_each_revision_is_handed_over_once(channel, seller, connector):
    happen(channel, listing(seller, 1))
    hand_over(channel, Run())
    hand_over(channel, Run())
    happen(channel, listing(seller, 1, title="New"), 1, "Update")
    hand_over(channel, Run())

    assert [(data.title, data.revision) for data in connector.offers] == [("", 1), ("New", 2)]
    assert offer(seller, 1).handed_over_revision == 2


def test_only_visible_listings_that_wait_are_handed_over(channel, seller, connector):
    happen(channel, listing(seller, 1, variationList=[variation(2), variation(3)]))
    happen(channel, listing(seller, 1, variationList=[variation(2)]), 1, "Update")
    happen(channel, listing(seller, 4), 0, "PriceUpdate")
    happen(channel, listing(seller, 5))
    happen(channel, listing(seller, 5), 1, "End")
    OfferFactory(channel=channel, seller=seller, offer_id=6, state=State.LISTED)
    hand_over(channel, Run())

    assert [data.offer_id for data in connector.offers] == [1]
    assert [part.offer_id for part in connector.offers[0].variations] == [2]


def test_results_are_recorded_with_the_hand_over(channel, seller, connector):
    for number in (1, 2, 3):
        happen(channel, listing(seller, number))
    connector.answer = lambda offers: [
        (offers[0].key, Result("listed", listing_url="https://m.example/1")),
        (offers[1].key, Result("failed", errors=(ListingError("A", "B"),))),
    ]
    run = Run()
    hand_over(channel, run)

    assert dict(Offer.objects.values_list("offer_id", "state")) == {1: "listed", 2: "failed", 3: "pending"}
    assert set(Offer.objects.values_list("handed_over_revision", flat=True)) == {1}
    assert sorted(ListingReport.objects.values_list("offer__offer_id", "kind")) == [(1, "listed"), (2, "failed")]
    assert run.counts == {"handed over": 3, "listed": 1, "failed": 1}


def test_content_that_comes_during_the_call_is_handed_over_again(channel, seller, connector):
    happen(channel, listing(seller, 1))

    def answer(offers):
        if len(connector.batches) == 1:
            happen(channel, listing(seller, 1, title="Meanwhile"), 1, "Update")
        return [(offers[0].key, Result("listed"))]

    connector.answer = answer
    hand_over(channel, Run())
    row = offer(seller, 1)
    assert (row.state, row.revision, row.handed_over_revision) == (State.PENDING, 2, 1)
    hand_over(channel, Run())

    assert offer(seller, 1).state == State.LISTED
    assert list(ListingReport.objects.order_by("pk").values_list("revision", "kind")) == [(1, "listed"), (2, "listed")]


def test_a_connector_is_not_called_inside_a_transaction_of_the_job(channel, seller, connector):
    happen(channel, listing(seller, 1))
    outside = len(connection.savepoint_ids)
    connector.answer = lambda offers: seen.append(len(connection.savepoint_ids)) or []
    seen = []
    hand_over(channel, Run())

    assert seen == [outside]


def test_a_batch_the_connector_cannot_take_stays_due_and_holds_up_no_other(channel, seller, connector, monkeypatch):
    monkeypatch.setattr("listings.handover.job.BATCH", 1)
    for number in (1, 2, 3):
        happen(channel, listing(seller, number))

    def answer(offers):
        if offers[0].offer_id == 2:
            raise RuntimeError("no idea what this is")
        return [(offers[0].key, Result("listed"))]

    connector.answer = answer
    run = Run()
    with pytest.raises(RuntimeError, match="no idea"):
        hand_over(channel, run)

    assert dict(Offer.objects.values_list("offer_id", "state")) == {1: "listed", 2: "pending", 3: "listed"}
    assert offer(seller, 2).handed_over_revision == 0
    assert run.counts == {"handed over": 2, "listed": 2, "not taken": 1}


def test_an_offer_the_connector_cannot_take_costs_itself_only(channel, seller, connector):
    for number in range(1, 9):
        happen(channel, listing(seller, number))

    def answer(offers):
        if any(data.offer_id == 3 for data in offers):
            raise RuntimeError("no idea what this is")
        return [(data.key, Result("listed")) for data in offers]

    connector.answer = answer
    run = Run()
    with pytest.raises(RuntimeError, match="no idea"):
        hand_over(channel, run)

    assert run.counts == {"handed over": 7, "listed": 7, "not taken": 1}
    assert set(Offer.objects.filter(state=State.PENDING).values_list("offer_id", flat=True)) == {3}


def test_a_connector_that_takes_nothing_is_not_asked_for_every_single_offer(channel, seller, connector, monkeypatch):
    monkeypatch.setattr("listings.handover.job.MOST_AT_FAULT", 2)
    for number in range(1, 17):
        happen(channel, listing(seller, number))

    def answer(offers):
        raise RuntimeError("out of order")

    connector.answer = answer
    run = Run()
    with pytest.raises(RuntimeError, match="out of order"):
        hand_over(channel, run)

    assert run.counts == {"not taken": 16}
    assert [len(batch) for batch in connector.batches] == [16, 8, 4, 2, 1, 1]


@pytest.mark.django_db(transaction=True)
def test_a_database_that_goes_away_is_no_fault_of_the_connector_and_leaves_nothing_noted(
    channel, seller, connector, monkeypatch
):
    for _ in range(4):
        OfferFactory(channel=channel, seller=seller, revision=1, content_at=NOON)
    failures = iter([OperationalError("server closed the connection")] * 3)
    real_end = batches.end

    def end(batch):
        for failure in failures:
            raise failure
        real_end(batch)

    def record_all(*args, **kwargs):
        raise OperationalError("server closed the connection")

    monkeypatch.setattr(batches, "end", end)
    with monkeypatch.context() as away:
        away.setattr(job.results, "record_all", record_all)
        with pytest.raises(OperationalError):
            hand_over(channel, Run())
    assert [len(batch) for batch in connector.batches] == [4]
    assert not Batch.objects.exists()

    hand_over(channel, Run())
    assert len(connector.offers) == 8


def test_answers_about_other_offers_and_invalid_ones_are_not_recorded(channel, seller, connector):
    happen(channel, listing(seller, 1))
    foreign = OfferFactory()
    connector.answer = lambda offers: [(foreign.pk, Result("listed")), (offers[0].key, Result("failed"))]
    run = Run()
    hand_over(channel, run)

    assert run.counts == {"handed over": 1, "results invalid": 2}
    assert not ListingReport.objects.exists()


@pytest.mark.parametrize("state", [state for state in Seller.State if state != Seller.State.ACTIVE])
def test_offers_of_sellers_who_do_not_sell_are_parked(channel, seller, connector, state):
    happen(channel, listing(seller, 1))
    Seller.objects.update(state=state)
    hand_over(channel, Run())
    assert connector.offers == []

    Seller.objects.update(state=Seller.State.ACTIVE)
    hand_over(channel, Run())
    assert len(connector.offers) == 1


def test_offers_of_a_marketplace_wait_for_the_membership(connector):
    market = MarketplaceFactory(platform=PlatformFactory(), connector="own")
    seller = SellerFactory(channel=market.platform)
    MembershipFactory(seller=seller, marketplace=market, confirmed=False)
    happen(market, listing(seller, 1))
    hand_over(market, Run())
    assert connector.offers == []

    Membership.objects.update(confirmed=True)
    hand_over(market, Run())
    assert len(connector.offers) == 1


def test_the_manual_connector_leaves_offers_pending(seller):
    shop = ChannelFactory(connector="manual")
    happen(shop, listing(SellerFactory(channel=shop), 1))
    run = Run()
    hand_over(shop, run)

    assert Offer.objects.get().state == State.PENDING
    assert run.counts == {"handed over": 1}


def test_offers_the_connector_cannot_take_hold_up_none_behind_them_however_many(
    channel, seller, connector, monkeypatch
):
    monkeypatch.setattr("listings.handover.job.MOST_AT_FAULT", 2)
    monkeypatch.setattr("listings.handover.job.BATCH", 4)
    for number in range(1, 9):
        happen(channel, listing(seller, number))

    def answer(offers):
        if offers[0].offer_id <= 4:
            raise RuntimeError("no idea what this is")
        return [(data.key, Result("listed")) for data in offers]

    connector.answer = answer
    run = Run()
    with pytest.raises(RuntimeError, match="no idea"):
        hand_over(channel, run)

    assert run.counts == {"not taken": 4, "handed over": 4, "listed": 4}


def test_a_batch_costs_the_same_queries_whatever_its_size(channel, seller, connector, queries_of):
    connector.answer = lambda offers: [(data.key, Result("listed")) for data in offers]
    counts = set()
    for first, last in ((1, 2), (2, 41)):
        for number in range(first, last):
            happen(channel, offer_new(seller.seller_id, number, variations=2, pictures=2, description_chars=10))
            StockLevel.objects.create(
                channel=channel,
                seller_id=seller.seller_id,
                offer_id=number,
                offer_row=offer(seller, number),
                quantity=1,
                updated_at=offer(seller, number).content_at,
                number=number,
            )
        counts.add(queries_of(lambda: hand_over(channel, Run())))

    assert len(counts) == 1


def begun_by_a_killed_process(channel, *offers, deaths=0):
    keys = [offer.pk for offer in offers]
    return Batch.objects.create(job="handover", channel=channel, keys=keys, deaths=deaths, began_at=NOON)


def test_nothing_stays_noted_of_a_hand_over_that_ended(connector, channel):
    OfferFactory(channel=channel)
    hand_over(channel, Run())
    assert not Batch.objects.exists()


def test_a_connector_that_takes_too_long_gets_fewer_offers_after_the_others(connector, channel, monkeypatch):
    offers = [OfferFactory(channel=channel) for _number in range(2)]
    with monkeypatch.context() as patch:
        patch.setattr(job, "_hand_over", Mock(side_effect=TimeoutException))
        with pytest.raises(TimeoutException):
            hand_over(channel, Run())
    Batch.objects.update(began_at=NOON, deaths=2)
    hand_over(channel, Run())
    assert [len(batch) for batch in connector.batches] == [1, 1]
    assert [offer.key for offer in connector.offers] == [offer.pk for offer in offers]


def test_offers_over_which_a_process_was_killed_come_after_the_others_and_soon_alone(connector, channel, monkeypatch):
    offers = [OfferFactory(channel=channel) for _number in range(12)]
    begun_by_a_killed_process(channel, *offers[:10], deaths=1)
    sizes = []
    give = job._hand_over
    monkeypatch.setattr(job, "_hand_over", lambda *args: (sizes.append([o.key for o in args[2]]), give(*args)))
    hand_over(channel, Run())
    keys = [offer.pk for offer in offers]
    assert sizes == [keys[10:], keys[:8], keys[8:10]]
    assert not Batch.objects.exists()


def test_an_offer_that_kills_even_alone_is_shown_to_staff_and_tried_again_a_day_later(connector, channel):
    offer, other = OfferFactory(channel=channel), OfferFactory(channel=channel)
    begun_by_a_killed_process(channel, offer, deaths=4)
    hand_over(channel, Run())
    batch = Batch.objects.get()
    assert (batch.keys, batch.deaths, batch.began_at) == ([offer.pk], 5, None)
    assert timedelta(hours=23) < batch.not_before - timezone.now() < timedelta(hours=25)
    other.refresh_from_db()
    assert other.handed_over_revision == 1
    (finding,) = batches.killers()
    assert (finding.code, finding.channel) == ("killed-processes", channel.code)
    hand_over(channel, Run(ignore_backoff=True))
    assert list(batches.killers()) == []


def test_a_batch_reads_no_more_variations_than_memory_has_room_for(channel, monkeypatch):
    monkeypatch.setattr(job, "LARGEST_BATCH", 5 * PARTS_SIZE)
    listings = [OfferFactory(channel=channel) for _number in range(4)]
    for parent in listings[:2]:
        for _number in range(3):
            OfferFactory(
                channel=channel,
                seller=parent.seller,
                parent=parent,
                content_at=parent.content_at,
                content_event=parent.content_event,
            )
    keys = [each.pk for each in listings]
    assert job._oldest(channel, 0) == keys[:1]
    assert job._oldest(channel, keys[0]) == keys[1:3]


def test_nothing_of_a_batch_stays_in_memory_until_python_looks_for_garbage(channel, monkeypatch, settings):
    monkeypatch.setattr(job, "BATCH", 1)
    seller = SellerFactory(channel=channel)
    for number in range(1, 4):
        happen(channel, listing(seller, number, variationList=[variation(10 * number)]))
    in_memory = []

    class Counter:
        def hand_over(self, settings, offers):
            in_memory.append(sum(type(each) is Offer for each in gc.get_objects()))
            return []

    monkeypatch.setattr(job, "_connector", lambda name: Counter())
    settings.CONNECTORS = {**settings.CONNECTORS, "own": ("", "own")}
    gc.collect()
    gc.disable()
    try:
        hand_over(channel, Run())
    finally:
        gc.enable()

    assert len(in_memory) == 3
    assert len(set(in_memory)) == 1
