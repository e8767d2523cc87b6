"""Staff decide by hand what waits."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from listings import workbench
from listings.models import ListingReport, Offer
from tests.admin.rows import staff_of, user
from tests.factories import (
    ChannelFactory,
    ErrorTextFactory,
    OfferFactory,
    PriceFactory,
    SellerFactory,
    StockLevelFactory,
)

pytestmark = pytest.mark.django_db
URL = "admin:listings_workbench"


@pytest.fixture
def shop():
    return ChannelFactory(code="SHOP")


@pytest.fixture
def seller(shop):
    return SellerFactory(channel=shop)


@pytest.fixture
def staff():
    client = Client(headers={"Accept-Language": "en"})
    client.force_login(user(is_staff=True, is_superuser=True))
    return client


def waiting(seller, number=1, **fields):
    """Offers that wait, the first for longest; written a moment ago."""
    now = timezone.now()
    usual = {"revision": 1, "handed_over_revision": 1, "updated_at": now - timedelta(seconds=5)}
    return [
        OfferFactory(
            channel=seller.channel,
            seller=seller,
            awaited_since=now - timedelta(hours=number - n),
            **usual | fields,
        )
        for n in range(number)
    ]


def shown(staff, **query):
    return [row["offer"].pk for row in staff.get(reverse(URL), query).context["rows"]]


def decide(staff, decision, *offers, **values):
    body = {"do": decision, "offer": [f"{each.pk}.{each.revision}" for each in offers], **values}
    return staff.post(reverse(URL), body, follow=True)


def states():
    return list(Offer.objects.order_by("pk").values_list("state", flat=True))


def told(answer):
    return [str(message) for message in answer.context["messages"]]


class TestQueue:
    def test_the_longest_waiting_come_first_page_by_page(self, staff, seller, monkeypatch):
        monkeypatch.setattr(workbench, "PAGE", 2)
        rows = waiting(seller, 5)

        first = staff.get(reverse(URL))
        second = staff.get(reverse(URL), {"after": first.context["next"]})
        third = staff.get(reverse(URL), {"after": second.context["next"]})

        seen = [row["offer"].pk for page in (first, second, third) for row in page.context["rows"]]
        assert seen == [row.pk for row in rows]
        assert third.context["next"] == ""

    @pytest.mark.parametrize(
        "fields",
        [
            {"handed_over_revision": 0},
            {"state": "listed", "awaited_since": None},
            {"withdrawn_at": timezone.now()},
            {"seller__state": "inactive"},
        ],
    )
    def test_what_nobody_can_decide_now_is_not_in_it(self, staff, fields):
        usual = {"revision": 1, "handed_over_revision": 1, "awaited_since": timezone.now()}
        OfferFactory(**usual | fields)

        assert shown(staff) == []

    def test_it_is_filtered_by_channel_state_seller_and_sku(self, staff, seller):
        other = SellerFactory(company_name="Other")
        (mine,) = waiting(seller, sku="A-1")
        (theirs,) = waiting(other, state="in_progress", sku="B-1")

        assert shown(staff) in ([mine.pk, theirs.pk], [theirs.pk, mine.pk])
        assert shown(staff, channel="SHOP") == [mine.pk]
        assert shown(staff, state="in_progress") == [theirs.pk]
        assert shown(staff, seller=other.seller_id) == [theirs.pk]
        assert shown(staff, q="A-1") == [mine.pk]
        assert shown(staff, q="nothing") == []

    def test_sellers_are_told_by_how_long_they_wait(self, staff, seller):
        other = SellerFactory(company_name="Other", channel=seller.channel)
        waiting(seller, 2)
        waiting(other, 3)

        sellers = staff.get(reverse(URL)).context["sellers"]

        assert [(each[0], each[2]) for each in sellers] == [(other.seller_id, 3), (seller.seller_id, 2)]

    def test_picture_price_stock_and_variations_are_seen_at_a_glance(self, staff, seller):
        simple, several = waiting(seller, 2)
        PriceFactory(offer=simple, amount="14.65")
        PriceFactory(offer=simple, amount="12.00", quantity=10)
        StockLevelFactory(offer_row=simple, quantity=7, channel=seller.channel)
        for amount in ("30.00", "25.00"):
            same = {"content_at": several.content_at, "content_event": several.content_event}
            variation = OfferFactory(channel=seller.channel, seller=seller, parent=several, **same)
            PriceFactory(offer=variation, amount=amount)

        first, second = staff.get(reverse(URL)).context["rows"]

        assert ("14.65 EUR" in first["price"], first["more_prices"], first["quantity"]) == (True, 1, "7")
        assert (second["price"], second["variations"]) == ("from 25 EUR", 2)

    def test_a_page_costs_the_same_queries_however_many_wait(
        self, staff, seller, django_assert_num_queries, django_assert_max_num_queries
    ):
        waiting(seller, 2)
        with django_assert_max_num_queries(30) as few:
            staff.get(reverse(URL))
        waiting(seller, 20)

        with django_assert_num_queries(len(few)):
            staff.get(reverse(URL))

    @pytest.mark.parametrize(
        "after", ["x", "_", "2026-01-01_1", "9999-99-99T00:00:00Z_1", "2026-01-01T00:00:00Z_" + "9" * 30]
    )
    def test_a_place_that_cannot_be_does_no_harm(self, staff, seller, after):
        (row,) = waiting(seller)

        assert shown(staff, after=after) == [row.pk]

    @pytest.mark.parametrize("limited", [True, False])
    def test_staff_see_and_mark_their_channels_alone(self, seller, limited):
        (row,) = waiting(seller)
        client = Client()
        client.force_login(staff_of(ChannelFactory() if limited else seller.channel))

        assert shown(client) == ([] if limited else [row.pk])
        decide(client, "listed", row)

        assert states() == (["pending"] if limited else ["listed"])

    def test_who_may_only_look_decides_nothing(self, seller):
        (row,) = waiting(seller)
        viewer = user(is_staff=True)
        viewer.user_permissions.add(Permission.objects.get(codename="view_offer"))
        client = Client()
        client.force_login(viewer)

        assert "Mark what is ticked" not in client.get(reverse(URL)).text
        assert decide(client, "listed", row).status_code == 403
        assert states() == ["pending"]


class TestMarking:
    def test_what_is_ticked_is_marked(self, staff, seller):
        first, _second, third = waiting(seller, 3)

        answer = decide(staff, "in_progress", first, third, channel="SHOP")

        assert states() == ["in_progress", "pending", "in_progress"]
        assert told(answer) == ["2 offers were marked; SCX will be told."]
        assert answer.redirect_chain[-1][0] == f"{reverse(URL)}?channel=SHOP"

    def test_a_row_by_its_own_button_with_its_url_and_id(self, staff, seller):
        first, second = waiting(seller, 2)
        values = {f"listing_url_{first.pk}": "https://m.example/1", f"channel_offer_id_{first.pk}": "M-1"}

        # Whatever else is ticked.
        decide(staff, f"listed:{first.pk}.1", second, all="1", **values)

        assert states() == ["listed", "pending"]
        assert ListingReport.objects.get().content == {"channel_offer_id": "M-1", "listing_url": "https://m.example/1"}
        assert ListingReport.objects.get().by.startswith("staff:")

    def test_failed_with_a_code_of_the_catalogue(self, staff, seller):
        ErrorTextFactory(channel=seller.channel, code="E17", language="de", text="Die Farbe fehlt.")
        (row,) = waiting(seller)
        assert "E17" in staff.get(reverse(URL), {"channel": "SHOP"}).text

        decide(staff, "failed", row, known="E17")

        assert Offer.objects.get().errors[0]["code"] == "E17"
        assert Offer.objects.get().errors[0]["message"] == "Die Farbe fehlt."

    def test_failed_with_a_code_of_ones_own(self, staff, seller):
        (row,) = waiting(seller)

        decide(staff, "failed", row, code="BLURRED", message="The picture is blurred.")

        assert Offer.objects.get().errors[0]["message"] == "The picture is blurred."

    @pytest.mark.parametrize(
        ("decision", "values"),
        [
            ("failed", {}),
            ("failed", {"code": "A"}),
            ("sold", {}),
            ("", {}),
            ("listed", {"listing_url": "/relative"}),
        ],
    )
    def test_what_cannot_be_recorded_is_said(self, staff, seller, decision, values):
        (row,) = waiting(seller)
        if "listing_url" in values:
            values = {f"listing_url_{row.pk}": values["listing_url"]}

        answer = decide(staff, decision, row, **values)

        assert states() == ["pending"]
        assert len(told(answer)) == 1

    def test_without_a_tick_nothing_happens(self, staff, seller):
        waiting(seller)

        answer = decide(staff, "listed")

        assert (states(), told(answer)) == (["pending"], ["Tick the offers that this is about."])

    def test_one_that_changed_since_it_was_shown_waits_again(self, staff, seller):
        (row,) = waiting(seller)
        Offer.objects.update(revision=2, handed_over_revision=2)

        answer = decide(staff, "listed", row)

        assert states() == ["pending"]
        assert "1 has changed since you saw it" in told(answer)[0]
        assert ListingReport.objects.get().revision == 1


class TestAllOfAFilter:
    def all(self, staff, decision, shown_at=None, **values):
        return decide(staff, decision, all="1", shown_at=(shown_at or timezone.now()).isoformat(), **values)

    def test_every_offer_of_it_is_marked_on_all_pages(self, staff, seller, monkeypatch):
        monkeypatch.setattr(workbench, "AT_ONCE", 4)
        waiting(seller, 30)
        other = waiting(SellerFactory(), 2)

        answer = self.all(staff, "failed", channel="SHOP", code="A", message="B")

        assert Offer.objects.filter(state="failed").count() == 30
        assert not Offer.objects.filter(pk__in=[row.pk for row in other]).exclude(state="pending").exists()
        assert told(answer) == ["30 offers were marked; SCX will be told."]

    def test_what_is_only_being_worked_on_is_not_met_again(self, staff, seller, monkeypatch):
        monkeypatch.setattr(workbench, "AT_ONCE", 4)
        waiting(seller, 10)

        answer = self.all(staff, "in_progress")

        assert states() == ["in_progress"] * 10
        assert told(answer) == ["10 offers were marked; SCX will be told."]

    def test_what_changed_since_it_was_shown_is_left_alone(self, staff, seller):
        _old, new = waiting(seller, 2)
        shown_at = timezone.now() - timedelta(seconds=1)
        Offer.objects.filter(pk=new.pk).update(updated_at=timezone.now())

        self.all(staff, "listed", shown_at)

        assert states() == ["listed", "pending"]

    def test_a_long_one_shows_how_far_it_is_and_goes_on(self, staff, seller, monkeypatch):
        monkeypatch.setattr(workbench, "AT_ONCE", 4)
        monkeypatch.setattr(workbench, "LONGEST_SECONDS", 0)
        waiting(seller, 10)

        answer = self.all(staff, "listed", q="")
        pages = []
        while "fields" in answer.context:
            pages.append(answer.context["progress"])
            answer = staff.post(reverse(URL), dict(answer.context["fields"]), follow=True)

        assert pages == ["Marked: 4 of 10 offers.", "Marked: 8 of 10 offers."]
        assert told(answer) == ["10 offers were marked; SCX will be told."]
        assert states() == ["listed"] * 10

    @pytest.mark.parametrize("shown_at", ["", "yesterday", "2026-13-45", "2999-01-01T00:00:00+00:00"])
    def test_a_time_that_cannot_be_is_now(self, staff, seller, shown_at):
        waiting(seller)

        decide(staff, "listed", all="1", shown_at=shown_at)

        assert states() == ["listed"]
