"""Whatever happens in whatever order: once things are quiet, the marketplace shows what it should and nothing else."""

import logging
from typing import Any
from unittest import mock

from django.db import transaction
from django.test import override_settings
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from listings import results
from listings.handover import job
from listings.handover.base import Result
from listings.models import Offer
from platforms.jobs import Run
from platforms.models import Channel
from sellers import rejections
from sellers.models import Membership, Seller
from tests.factories import MarketplaceFactory, MembershipFactory, SellerFactory
from tests.listings.build import happen, listing
from tests.listings.marketplace import Marketplace

STATES = ["active", "inactive", "unlinking", "unlinked", "active"]
SELLERS = st.integers(0, 1)
NUMBERS = st.integers(1, 3)

CHANGES = st.one_of(
    st.tuples(st.just("state"), SELLERS, st.sampled_from(STATES)),
    st.tuples(st.just("wanted"), SELLERS, st.booleans()),
    st.tuples(st.just("confirmed"), SELLERS, st.sampled_from([True, False, None, True])),
    st.tuples(st.just("credentials"), SELLERS, st.booleans()),
    st.tuples(st.just("event"), SELLERS, st.tuples(NUMBERS, st.sampled_from(["New", "Update", "End"]))),
    st.tuples(st.just("result"), SELLERS, st.tuples(NUMBERS, st.sampled_from(["in_progress", "listed"]))),
)
RUNS = st.one_of(
    st.just(("run", None)),
    # Something happens while the connector is called.
    st.tuples(st.just("run"), CHANGES),
    # It takes nothing, or takes all and the process is killed before it has noted so.
    st.just(("down", None)),
    st.just(("killed", None)),
)
STORY = st.lists(st.one_of(CHANGES, CHANGES, RUNS), min_size=1, max_size=14)


class World:
    def __init__(self) -> None:
        self.channel: Channel = MarketplaceFactory(code="market", connector="own")
        self.sellers: list[Seller] = [SellerFactory(channel=self.channel.platform) for _number in range(2)]
        for seller in self.sellers:
            MembershipFactory(seller=seller, marketplace=self.channel)
        self.marketplace = Marketplace()
        self.seconds = 0

    def change(self, what: str, place: int, value: Any) -> None:
        seller = self.sellers[place]
        if what == "state":
            Seller.objects.filter(pk=seller.pk).update(state=value)
        elif what in ("wanted", "confirmed"):
            Membership.objects.filter(seller=seller).update(**{what: value})
        elif what == "credentials":
            (rejections.accept if value else rejections.reject)(seller)
        elif what == "event":
            number, kind = value
            self.seconds += 1
            happen(self.channel, listing(seller, place * 10 + number), self.seconds, kind)
        else:
            number, state = value
            offer = Offer.objects.filter(seller=seller, offer_id=place * 10 + number, revision__gt=0).first()
            if offer:
                results.record(offer, Result(state))
                if offer.withdrawn_at is None:
                    # The marketplace's own system has taken it by itself; it is not handed over any more.
                    self.marketplace.shelf[offer.offer_id] = offer.revision

    def run(self, how: str, meanwhile: Any = None) -> None:
        self.marketplace.on_call = lambda: self._on_call(how, meanwhile)
        try:
            job.hand_over(self.channel, Run(ignore_backoff=True))
        except (ConnectionError, SystemExit):
            pass
        finally:
            self.marketplace.on_call = lambda: None

    def _on_call(self, how: str, meanwhile: Any) -> None:
        self.marketplace.on_call = lambda: None
        if how == "down":
            self.marketplace.on_call = lambda: self._on_call(how, meanwhile)
            raise ConnectionError
        if meanwhile:
            self.change(*meanwhile)

    def kill(self) -> None:
        """The connector does all it is told to, and nothing of it is written down."""
        with (
            mock.patch.object(job.results, "record_all", side_effect=SystemExit),
            mock.patch.object(job.withdrawal, "record", side_effect=SystemExit),
        ):
            self.run("run")

    def expected(self) -> dict[int, int]:
        shown = {}
        for offer in Offer.objects.listings().exclude(state="ended").select_related("seller"):
            membership = Membership.objects.get(seller=offer.seller)
            sells = offer.seller.state == "active" and membership.wanted and membership.confirmed
            if sells:
                shown[offer.offer_id] = offer.revision
        return shown


class Interleaving(TestCase):
    @settings(max_examples=40, deadline=None)
    @given(STORY)
    def test_any_interleaving_ends_with_exactly_the_right_offers_on_the_marketplace(self, story):
        logging.disable(logging.CRITICAL)
        self.addCleanup(logging.disable, logging.NOTSET)
        with transaction.atomic(), override_settings(CONNECTORS={"own": ("", "own")}):
            world = World()
            with mock.patch.object(job, "_connector", return_value=world.marketplace):
                for what, *rest in story:
                    if what == "killed":
                        world.kill()
                    elif what in ("run", "down"):
                        world.run(what, *rest)
                    else:
                        world.change(what, *rest)
                self.quiet(world)
            transaction.set_rollback(True)

    def quiet(self, world: World) -> None:
        for seller in world.sellers:
            rejections.accept(seller)
        for _time in range(2):
            world.run("run")
        assert world.marketplace.shelf == world.expected()
        calls = len(world.marketplace.calls)
        world.run("run")
        assert len(world.marketplace.calls) == calls
        for offer in Offer.objects.listings().exclude(state="ended"):
            assert (offer.withdrawn_at is None) == (offer.offer_id in world.marketplace.shelf)
