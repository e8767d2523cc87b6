"""What happened to an offer, and who did it."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from listings import claims, progress, results, timeline
from listings.handover.base import Result
from listings.handover.job import hand_over
from listings.models import Claim, ListingReport, Offer
from platforms import api_keys
from platforms.jobs import Run
from platforms.models import ApiKey
from tests.admin.rows import user
from tests.api.conftest import Caller
from tests.factories import ChannelFactory, ListingReportFactory, ListingRuleFactory, SellerFactory
from tests.listings.build import happen, listing, offer

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop():
    return ChannelFactory(code="SHOP")


@pytest.fixture
def seller(shop):
    return SellerFactory(channel=shop)


def by():
    return list(ListingReport.objects.order_by("pk").values_list("kind", "by"))


def test_the_systems_of_the_marketplace_are_named_by_their_key(shop, seller):
    happen(shop, listing(seller, 1))
    happen(shop, listing(seller, 2))
    api = Caller(api_keys.make("shop system", ApiKey.Scope.WRITE, [shop])[1])

    api.post(f"offers/{offer(seller, 1).pk}/in-progress/")
    api.post("listing-results/", {"results": [{"offer": offer(seller, 2).pk, "state": "listed"}]})

    assert by() == [("in_progress", "key:shop system"), ("listed", "key:shop system")]


def test_staff_are_named(shop, seller):
    happen(shop, listing(seller, 1))
    person = user(is_staff=True, is_superuser=True)
    client = Client()
    client.force_login(person)
    chosen = {"action": "mark_in_progress", "_selected_action": offer(seller, 1).pk, "confirmed": "1"}

    client.post(
        reverse("admin:listings_offer_changelist"), {**chosen, f"revision_{offer(seller, 1).pk}": "1"}, follow=True
    )

    assert by() == [("in_progress", f"staff:{person.username}")]


def test_the_connector_the_rules_and_the_portal_are_told_apart(shop, seller):
    shop.connector = "demo"
    shop.save()
    ListingRuleFactory(channel=shop, kind="required", field="brand")
    happen(shop, listing(seller, 1))
    happen(shop, listing(seller, 2, brand="Acme"))
    hand_over(shop, Run())
    happen(shop, listing(seller, 3))
    Offer.objects.filter(offer_id=3).update(awaited_since=timezone.now() - timedelta(minutes=6))
    progress.tell(shop)

    assert by() == [("failed", "rules"), ("failed", "connector:demo"), ("in_progress", "portal")]


def test_it_tells_events_revisions_hand_over_answers_and_attempts_in_order(shop, seller):
    happen(shop, listing(seller, 1))
    hand_over(shop, Run())
    happen(shop, listing(seller, 1, title="Mended"), 1, "Update")
    happen(shop, {"sellerId": seller.seller_id, "offerId": 1, **listing(seller, 1)}, 2, "PriceUpdate")
    hand_over(shop, Run())
    claims.take([shop], Claim.Errand.LIST, "worker 1", most=1, lease=timedelta(minutes=1))
    results.record(offer(seller, 1), Result("in_progress"), by="key:worker 1")
    answers = [{"at": (timezone.now() + timedelta(seconds=1)).isoformat(), "status": 503, "error": "Busy"}]
    ListingReport.objects.update(answers=answers)

    told = timeline.of(offer(seller, 1))

    assert [(moment.what, moment.revision) for moment in told] == [
        ("content", 1),
        ("content", 2),
        ("prices", None),
        ("handed_over", 2),
        ("claimed", 2),
        ("in_progress", 2),
        ("attempt", 2),
    ]
    assert told[0].event != told[1].event
    assert (told[4].by, told[5].by, told[6].detail) == ("key:worker 1", "key:worker 1", "503 Busy")


def test_staff_see_it_on_the_offers_page(shop, seller):
    happen(shop, listing(seller, 1))
    row = offer(seller, 1)
    errors = [{"code": "GTIN_MISSING", "message": "No GTIN."}]
    report = ListingReportFactory(offer=row, channel=shop, kind="failed", by="rules", content={"errors": errors})
    client = Client(headers={"Accept-Language": "en"})
    client.force_login(user(is_staff=True, is_superuser=True))

    page = client.get(reverse("admin:listings_offer_change", args=[row.pk])).text

    assert "content from JTL-Wawi" in page
    assert "the channel’s rules" in page
    assert "GTIN_MISSING" in page
    assert reverse("admin:listings_listingreport_change", args=[report.pk]) in page
