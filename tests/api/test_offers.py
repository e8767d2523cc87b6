from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import transaction

from listings.models import Offer
from platforms import inbox
from platforms.models import Event
from tests import payloads
from tests.api.conftest import fields
from tests.factories import (
    NOON,
    ChannelFactory,
    EventFactory,
    ListingReportFactory,
    MarketplaceFactory,
    OfferFactory,
    PictureFactory,
    PictureFileFactory,
    PriceFactory,
    SellerFactory,
    StockLevelFactory,
)


def take_in(channel, payload, event_type="Seller:Offer.New", **event):
    """Apply one event as the inbox does."""
    row = EventFactory(channel=channel, type=event_type, payload=payload, **event)
    with transaction.atomic():
        inbox.handle(channel, [row])
    return row


def ids(answer):
    return [row["id"] for row in answer.json()["results"]]


@pytest.fixture
def channel(db):
    return ChannelFactory(code="SHOP")


def test_an_offer_is_told_whole(api, channel):
    SellerFactory(channel=channel, seller_id="S1")
    payload = payloads.offer_new("S1", 42, variations=2, pictures=50)
    take_in(channel, payload)

    (offer,) = api.get("offers/").json()["results"]

    assert (offer["channel"], offer["seller"], offer["offer_id"], offer["parent_offer_id"]) == ("SHOP", "S1", 42, None)
    assert (offer["state"], offer["revision"], offer["listing_url"], offer["errors"]) == ("pending", 1, "", [])
    assert offer["description"] == payload["description"]
    assert len(offer["description"]) == 50_000
    assert (offer["title"], offer["sub_title"], offer["sku"]) == (
        payload["title"],
        payload["subTitle"],
        payload["sku"],
    )
    assert (offer["tax_percent"], offer["quantity"]) == ("19", "508")
    assert offer["recommended_price"] == {"amount": "129.95", "currency": "EUR"}
    assert len(offer["pictures"]) == 50
    assert offer["pictures"][0] == {
        "url": None,
        "source": payload["mainPicture"],
        "state": "pending",
        "position": 0,
        "deadline": "2026-01-08T12:00:00Z",
        "name": payload["mainPicture"].rsplit("/", 1)[-1].partition("?")[0],
        "width": None,
        "height": None,
    }
    told = [(price["price_type"], Decimal(price["quantity"]), Decimal(price["amount"])) for price in offer["prices"]]
    assert sorted(told) == sorted(
        (prices["id"], Decimal(step["quantity"]), Decimal(step["amount"]))
        for prices in payload["priceList"]
        for step in prices["quantityPriceList"]
    )
    assert len(offer["attributes"]) == len(payload["channelAttributeList"])
    assert offer["product_attributes"] == payload["productAttributeList"]
    assert [variation["offer_id"] for variation in offer["variations"]] == [42001, 42002]
    assert {variation["parent_offer_id"] for variation in offer["variations"]} == {42}
    assert "variations" not in offer["variations"][0]


def test_the_fields_are_those_of_the_interface(api):
    OfferFactory()

    (offer,) = api.get("offers/").json()["results"]

    assert {
        *("id", "channel", "seller", "offer_id", "parent_offer_id", "channel_offer_id", "revision", "state", "sku"),
        *("gtin", "mpn", "isbn", "brand", "title", "sub_title", "description", "category", "tax_percent"),
        *("recommended_price", "quantity", "prices", "attributes", "pictures", "variations", "listing_url", "errors"),
        *("updated_at", "cursor"),
    } <= set(offer)


def test_decimals_are_plain_text_and_times_are_utc(api):
    offer = OfferFactory(tax_percent=Decimal("19.0000"), updated_at=NOON)
    PriceFactory(offer=offer, amount=Decimal("100.0000"), quantity=Decimal("0.5"))
    StockLevelFactory(channel=offer.channel, offer_row=offer, quantity=Decimal("1200"))

    told = api.get(f"offers/{offer.pk}/").json()

    assert (told["tax_percent"], told["quantity"], told["updated_at"]) == ("19", "1200", "2026-01-01T12:00:00Z")
    assert told["prices"] == [{"price_type": "B2C", "quantity": "0.5", "amount": "100", "currency": "EUR"}]


def test_without_stock_the_quantity_is_null(api):
    offer = OfferFactory()

    assert api.get(f"offers/{offer.pk}/").json()["quantity"] is None


def test_a_fetched_picture_has_an_absolute_url_and_its_size(api, settings):
    settings.PORTAL_URL = "https://portal.example"
    content = PictureFileFactory(sha256="ab" * 32, width=800, height=600)
    offer = PictureFactory(content=content).offer

    (picture,) = api.get(f"offers/{offer.pk}/").json()["pictures"]

    assert picture["url"] == f"https://portal.example/pictures/{'ab' * 32}.jpg"
    assert (picture["state"], picture["width"], picture["height"]) == ("fetched", 800, 600)


def test_stubs_are_hidden_and_variations_stand_in_their_offer(api):
    offer = OfferFactory()
    variation = OfferFactory(
        channel=offer.channel,
        seller=offer.seller,
        parent=offer,
        content_at=offer.content_at,
        content_event=offer.content_event,
    )
    dropped = OfferFactory(channel=offer.channel, seller=offer.seller, parent=offer, content_at=NOON - timedelta(1))
    stub = OfferFactory(content_at=None, content_event="")

    (told,) = api.get("offers/").json()["results"]

    assert (told["id"], [row["id"] for row in told["variations"]]) == (offer.pk, [variation.pk])
    assert api.get(f"offers/{variation.pk}/").json()["variations"] == []
    assert api.get(f"offers/{dropped.pk}/").status_code == 404
    assert api.get(f"offers/{stub.pk}/").status_code == 404


def test_offers_are_filtered(api):
    market = MarketplaceFactory()
    first = OfferFactory(channel=market, sku="A", state=Offer.State.LISTED)
    second = OfferFactory(sku="B")
    OfferFactory(
        channel=second.channel,
        seller=second.seller,
        parent=second,
        sku="B-1",
        content_at=second.content_at,
        content_event=second.content_event,
    )

    assert ids(api.get("offers/")) == [first.pk, second.pk]
    assert ids(api.get("offers/", channel=market.code)) == [first.pk]
    assert ids(api.get("offers/", channel=market.platform.code)) == [first.pk]
    assert ids(api.get("offers/", seller=second.seller.seller_id)) == [second.pk]
    assert ids(api.get("offers/", state="listed")) == [first.pk]
    assert ids(api.get("offers/", sku="A")) == [first.pk]
    assert ids(api.get("offers/", sku="B-1")) == [second.pk]
    assert ids(api.get("offers/", sku="C")) == []


def test_updated_after_takes_a_cursor_or_a_time(api):
    first = OfferFactory(updated_at=NOON)
    second = OfferFactory(updated_at=NOON + timedelta(hours=1))
    cursor = api.get(f"offers/{first.pk}/").json()["cursor"]

    assert cursor == first.number
    assert ids(api.get("offers/", updated_after=cursor)) == [second.pk]
    assert ids(api.get("offers/", updated_after="2026-01-01T12:00:00Z")) == [second.pk]
    assert ids(api.get("offers/", updated_after="2026-01-01T13:00:00+02:00")) == [first.pk, second.pk]
    assert fields(api.get("offers/", updated_after="2026-01-01T13:00:00")) == {"updated_after": "offset"}


def test_a_change_of_a_variation_shows_its_offer_again(api, channel):
    SellerFactory(channel=channel, seller_id="S1")
    take_in(channel, payloads.offer_new("S1", 42, variations=1))
    cursor = api.get("offers/").json()["results"][0]["cursor"]
    steps = [{"id": "B2C", "quantityPriceList": [{"amount": "1.10", "currency": "EUR", "quantity": "1"}]}]
    later = {"created_at": NOON + timedelta(minutes=1)}

    take_in(channel, {"sellerId": "S1", "offerId": 42001, "priceList": steps}, "Seller:Offer.PriceUpdate", **later)

    (offer,) = api.get("offers/", updated_after=cursor).json()["results"]
    assert offer["offer_id"] == 42
    assert offer["variations"][0]["prices"] == [
        {"price_type": "B2C", "quantity": "1", "amount": "1.1", "currency": "EUR"}
    ]


def test_the_timeline_tells_content_prices_reports_and_end_in_order(api):
    offer = OfferFactory(price_at=NOON + timedelta(minutes=1), end_at=NOON + timedelta(minutes=9))
    ListingReportFactory(offer=offer, kind="in_progress", at=NOON + timedelta(minutes=2), state="superseded")
    ListingReportFactory(
        offer=offer, at=NOON + timedelta(minutes=3), state="sent", sent_at=NOON + timedelta(minutes=4), attempts=2
    )

    told = api.get(f"offers/{offer.pk}/timeline/").json()["results"]

    assert [(entry["what"], entry["at"]) for entry in told] == [
        ("content", "2026-01-01T12:00:00Z"),
        ("prices", "2026-01-01T12:01:00Z"),
        ("in_progress", "2026-01-01T12:02:00Z"),
        ("listed", "2026-01-01T12:03:00Z"),
        ("ended", "2026-01-01T12:09:00Z"),
    ]
    assert told[0] == {
        "at": "2026-01-01T12:00:00Z",
        "what": "content",
        "revision": 1,
        "report": None,
        "by": "",
        "event": offer.content_event,
        "detail": "",
    }
    assert told[3]["report"] == {"state": "sent", "sent_at": "2026-01-01T12:04:00Z", "attempts": 2, "error": ""}


def test_events_keep_what_the_offer_was_made_from(api, channel):
    SellerFactory(channel=channel, seller_id="S1")
    row = take_in(channel, payloads.offer_small("S1", 7))

    assert Event.objects.get(pk=row.pk).state == "done"
    assert api.get(f"events/{row.pk}/").json()["payload"]["offerId"] == 7


def test_an_offer_says_since_when_it_must_be_off_the_marketplace(api):
    offer = OfferFactory(withdrawn_at=NOON)
    assert api.get(f"offers/{offer.pk}/").json()["withdrawn_at"] == "2026-01-01T12:00:00Z"
    moments = api.get(f"offers/{offer.pk}/timeline/").json()["results"]
    assert "withdrawn" in [moment["what"] for moment in moments]
    assert api.get(f"offers/{OfferFactory().pk}/").json()["withdrawn_at"] is None
