"""Offers whose content never came are known by their stock and prices."""

from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from platforms import reconciliation
from platforms.jobs import Run
from platforms.models import Channel, Discrepancy
from stock.comparison import OffersWithoutContent
from tests.factories import ChannelFactory, OfferFactory, SellerFactory, StockLevelFactory

pytestmark = pytest.mark.django_db


def missing(channel: Channel, *, asked: bool = True):
    return [
        (each.subject, each.ours) for each in OffersWithoutContent().differences(channel, Run(ignore_backoff=asked))
    ]


def test_stubs_and_levels_without_an_offer_are_one_row_a_seller():
    channel = ChannelFactory()
    seller = SellerFactory(channel=channel, seller_id="S1")
    OfferFactory(channel=channel, seller=seller, offer_id=1)
    OfferFactory(channel=channel, seller=seller, offer_id=2, content_at=None)
    OfferFactory(channel=channel, seller=seller, offer_id=3, content_at=None, end_at=timezone.now())
    StockLevelFactory(channel=channel, seller_id="S1", offer_id=2)
    StockLevelFactory(channel=channel, seller_id="S1", offer_id=4)
    StockLevelFactory(channel=channel, seller_id="nobody", offer_id=5)
    assert missing(channel) == [("S1", {"number": 2, "offers": [2, 4]})]


def test_content_has_an_hour_to_come():
    channel = ChannelFactory()
    seller = SellerFactory(channel=channel)
    offer = OfferFactory(channel=channel, seller=seller, content_at=None)
    assert missing(channel, asked=False) == []
    offer.created_at = timezone.now() - timedelta(hours=2)
    offer.save()
    assert len(missing(channel, asked=False)) == 1


def test_only_the_seller_can_repair_it():
    channel = ChannelFactory()
    row = Discrepancy.objects.create(
        channel=channel, comparison="offers", kind="without-content", ours={"number": 2, "offers": [1, 2]}
    )
    with pytest.raises(ValidationError, match="2 offers whose content never came"):
        reconciliation.repair(row)
    assert OffersWithoutContent().shown(row.ours) == "1, 2"
