"""What is told to be late on the way to the connector and to SCX."""

from datetime import timedelta

import pytest
from django.utils import timezone

from listings import finders
from listings.models import ListingReport, Offer
from tests.factories import ListingReportFactory, MarketplaceFactory, MembershipFactory, OfferFactory, SellerFactory

pytestmark = pytest.mark.django_db


def ago(minutes):
    return timezone.now() - timedelta(minutes=minutes)


def report(offer, minutes, **values):
    row = ListingReportFactory(offer=offer, channel=offer.channel, **values)
    ListingReport.objects.filter(pk=row.pk).update(created_at=ago(minutes))


def test_reports_that_wait_for_long_are_told_until_they_are_sent():
    offer = OfferFactory(channel__code="SHOP")
    report(offer, 5)
    assert list(finders.late_reports()) == []
    ListingReport.objects.update(created_at=ago(15))

    (finding,) = finders.late_reports()

    assert (finding.code, finding.channel) == ("reports-late", "SHOP")
    assert finding.since < ago(14)
    ListingReport.objects.update(state="sent")
    assert list(finders.late_reports()) == []


def test_reports_of_a_seller_who_left_are_not_late():
    report(OfferFactory(seller__state="unlinked"), 15)

    assert list(finders.late_reports()) == []


def test_offers_the_connector_does_not_take_are_told_until_it_does():
    seller = SellerFactory(channel__code="SHOP")
    OfferFactory(channel=seller.channel, seller=seller, revision=2, handed_over_revision=1, content_at=ago(20))
    Offer.objects.update(updated_at=ago(20))

    (finding,) = finders.late_handover()

    assert (finding.code, finding.channel) == ("handover-late", "SHOP")
    assert finding.text.startswith("1 offer of")
    Offer.objects.update(handed_over_revision=2)
    assert list(finders.late_handover()) == []


def test_offers_of_a_marketplace_wait_for_the_seller_to_be_confirmed_there():
    market = MarketplaceFactory()
    seller = SellerFactory(channel=market.platform)
    membership = MembershipFactory(seller=seller, marketplace=market, confirmed=None)
    OfferFactory(channel=market, seller=seller, revision=1, content_at=ago(20))
    Offer.objects.update(updated_at=ago(20))
    assert list(finders.late_handover()) == []

    membership.confirmed = True
    membership.save()

    assert [finding.code for finding in finders.late_handover()] == ["handover-late"]
