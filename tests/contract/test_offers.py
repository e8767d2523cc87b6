import pytest

from tests import payloads
from tests.contract import described
from tests.contract.walks import SELLERS, offer_entry, start_update

OFFERS = "/v1/seller/offer"
PATH = "offerList[0].salesChannelOfferList[0]"


@pytest.mark.inferred("that pictures with an address stay as they are is not said")
def test_a_new_offer_reaches_the_channel_at_full_width(linked, merchant, seller_id):
    payload = payloads.offer_new(seller_id, 5)
    merchant("POST", OFFERS, 201, json={"offerList": [payloads.seller_offer(linked.code, payload)]})
    [event] = linked.received(1)
    assert event["type"] == "Seller:Offer.New"
    # null means the same as a key that is not there.
    for variation in payload["variationList"]:
        if variation["gtin"] is None:
            del variation["gtin"]
    assert event["event"] == payload


@pytest.mark.inferred("how product and channel text are merged is not said")
def test_product_texts_stand_in_for_what_the_channel_offer_leaves_empty(linked, merchant, seller_id):
    entry = offer_entry(linked, seller_id, 5, title="Kanal")
    entry["product"] |= {"title": "Produkt", "subTitle": "Produkt", "gtin": "4006381333931", "brand": None}
    merchant("PUT", OFFERS, 201, json={"offerList": [entry]})
    [event] = linked.received(1)
    assert event["type"] == "Seller:Offer.Update"
    assert (event["event"]["title"], event["event"]["subTitle"]) == ("Kanal", "Produkt")
    assert event["event"]["gtin"] == "4006381333931"
    assert "description" not in event["event"]
    assert "brand" not in event["event"]


def test_uploaded_files_become_links_that_end_after_seven_days(control, linked, merchant, seller_id):
    headers = {"Content-Type": "image/png"}
    uploaded = merchant("POST", f"{OFFERS}/file", 200, data=b"\x89PNG picture", headers=headers)
    entry = offer_entry(linked, seller_id, 5, mainPicture=uploaded["remoteFile"])
    merchant("POST", OFFERS, 201, json={"offerList": [entry]})
    link = linked.events()[0]["event"]["mainPicture"].removeprefix(control.base_url)
    picture = linked("GET", link)
    assert (picture.content, picture.headers["Content-Type"]) == (b"\x89PNG picture", "image/png")
    control.advance(7 * 24 * 3600 - 10)
    assert linked("GET", link).status_code == 200
    control.advance(10)
    assert linked("GET", link).status_code == 403


@pytest.mark.inferred("whether one bad offer refuses the batch, and with which codes, is not said")
def test_bad_offers_are_refused_whole_with_their_paths(linked, merchant, seller_id):
    good = offer_entry(linked, seller_id, 5)
    bad = offer_entry(linked, seller_id, 6, title="x" * 513, priceList=[])
    foreign = offer_entry(linked, "nobody", 7)
    assert merchant.codes("POST", OFFERS, 400, json={"offerList": [good, bad]}) == [
        ("VAL100", "offerList[1].salesChannelOfferList[0].priceList"),
        ("VAL100", "offerList[1].salesChannelOfferList[0].title"),
    ]
    errors = merchant.codes("POST", OFFERS, 400, json={"offerList": [good, foreign]})
    assert errors == [("GEN700", "offerList[1].salesChannelOfferList[0].sellerId")]
    assert linked.events() == []


@pytest.mark.inferred("how a price of an unknown type is refused is not said")
def test_only_price_types_the_channel_has_named_pass(linked, merchant, seller_id):
    linked("POST", "/v1/channel/price", 201, json={"priceTypeId": "GOLD", "displayName": "Gold"})
    prices = [{"id": kind, "quantityPriceList": [{"amount": "1", "currency": "EUR"}]} for kind in ("GOLD", "LEAD")]
    entry = offer_entry(linked, seller_id, 5, priceList=prices)
    errors = merchant.codes("POST", OFFERS, 400, json={"offerList": [entry]})
    assert errors == [("VAL100", f"{PATH}.priceList[1].id")]


def test_prices_change_by_an_event_of_their_own(linked, merchant, seller_id, offer):
    offer(5)
    item = {"channel": linked.code, "sellerId": seller_id, "offerId": 5, "priceList": payloads.price_list(2)}
    merchant("PUT", f"{OFFERS}/price", 201, json={"offerList": [item]})
    event = linked.received(2)[-1]
    assert event["type"] == "Seller:Offer.PriceUpdate"
    assert event["event"] == {"sellerId": seller_id, "offerId": 5, "priceList": payloads.price_list(2)}


@pytest.mark.inferred("which warnings come back is printed in samples, not specified")
def test_ending_keeps_what_it_can_and_warns_of_the_rest(linked, merchant, seller_id, offer):
    offer(5)
    items = [{"channel": linked.code, "sellerId": seller, "offerId": 5} for seller in (seller_id, "nobody")]
    errors = merchant("DELETE", f"{OFFERS}/end", 200, json={"offerList": items})["errorList"]
    assert [(error["code"], error["severity"], error["hint"]) for error in errors] == [
        ("CHN401", "warning", None),
        ("GEN700", "warning", "5"),
    ]
    assert [event["type"] for event in linked.received(2)] == ["Seller:Offer.New", "Seller:Offer.End"]


def test_an_ended_offer_is_told_with_the_channels_own_id(linked, merchant, seller_id, offer):
    offer(5)
    listed = {"sellerId": seller_id, "offerId": 5, "listedAt": "2024-02-13T06:00:00Z", "channelOfferId": "C5"}
    linked("POST", "/v1/channel/offer/listed", 201, json={"offerList": [listed]})
    item = {"channel": linked.code, "sellerId": seller_id, "offerId": 5}
    merchant("DELETE", f"{OFFERS}/end", 200, json={"offerList": [item]})
    event = linked.received(2)[-1]
    assert event["event"] == {"sellerId": seller_id, "offerId": 5, "channelOfferId": "C5"}


def test_what_the_merchant_does_arrives_as_the_documented_payloads(linked, merchant, seller_id):
    address = {"channel": linked.code, "sellerId": seller_id, "offerId": 5}
    merchant("POST", OFFERS, 201, json={"offerList": [payloads.seller_offer(linked.code, payload(seller_id))]})
    merchant("PUT", OFFERS, 201, json={"offerList": [offer_entry(linked, seller_id, 5)]})
    merchant("PUT", f"{OFFERS}/stock", 201, json={"offerList": [{**address, "quantity": "3"}]})
    prices = {"priceList": payloads.price_list()}
    merchant("PUT", f"{OFFERS}/price", 201, json={"offerList": [{**address, **prices}]})
    merchant("DELETE", f"{OFFERS}/end", 200, json={"offerList": [address]})
    merchant("DELETE", f"/v1/seller/channel/{linked.code}/{seller_id}", 202)
    events = linked.received(6)
    assert [described.payload_differences(event["event"], PAYLOADS[event["type"]]) for event in events] == [[]] * 6


PAYLOADS = {
    "Seller:Offer.New": "OfferPayload",
    "Seller:Offer.Update": "OfferPayload",
    "Seller:Offer.StockUpdate": "StockPayload",
    "Seller:Offer.PriceUpdate": "PricePayload",
    "Seller:Offer.End": "EndPayload",
    "Seller:Channel.Unlinked": "UnlinkedPayload",
}


def payload(seller_id):
    return payloads.offer_new(seller_id, 5, pictures=3, description_chars=500)


@pytest.fixture
def unlinked(linked, merchant, seller_id, offer):
    """The shop, after the merchant with an offer 5 has left it."""
    offer(5)
    merchant("DELETE", f"/v1/seller/channel/{linked.code}/{seller_id}", 202)
    linked.received(2)
    return linked


@pytest.mark.inferred("neither the status nor the code that refuses an unlinked seller's data is published")
@pytest.mark.parametrize("path", ["", "/stock", "/price"])
def test_an_unlinked_seller_can_send_nothing(unlinked, merchant, seller_id, path):
    item = {"channel": unlinked.code, "sellerId": seller_id, "offerId": 5, "quantity": "1"}
    item |= {"priceList": payloads.price_list(1)}
    entry = item if path else offer_entry(unlinked, seller_id, 5)
    [(code, _path)] = merchant.codes("PUT", OFFERS + path, 400, json={"offerList": [entry]})
    assert code == "GEN700"
    assert unlinked.events() == []


@pytest.mark.inferred("neither the status nor the code that refuses an unlinked seller's data is published")
@pytest.mark.parametrize(
    ("path", "fields"),
    [
        ("in-progress", {"startedAt": "2024-02-13T06:00:00Z"}),
        ("listed", {"listedAt": "2024-02-13T06:00:00Z"}),
        ("listing-failed", {"failedAt": "2024-02-13T06:00:00Z", "errorList": [{"code": "X", "message": "x"}]}),
    ],
)
def test_nothing_can_be_reported_for_an_unlinked_seller(unlinked, seller_id, path, fields):
    body = {"offerList": [{"sellerId": seller_id, "offerId": 5, **fields}]}
    errors = unlinked.codes("POST", f"/v1/channel/offer/{path}", 400, json=body)
    assert errors == [("GEN700", "offerList[0].sellerId")]


@pytest.mark.inferred("neither the status nor the code that refuses an unlinked seller's data is published")
def test_an_unlinked_seller_cannot_be_notified(unlinked, seller_id):
    body = {"sellerId": seller_id, "severity": "INFO", "message": "Hallo"}
    [(code, _message)] = unlinked.refusal("POST", "/v1/channel/notification", 400, json=body)
    assert code == "GEN700"


def test_an_update_lets_an_unlinked_seller_send_again(unlinked, merchant, seller_id):
    session = start_update(merchant, unlinked.code, seller_id)
    unlinked("PATCH", SELLERS, 201, json={"session": session, "isActive": True})
    merchant("PUT", OFFERS, 201, json={"offerList": [offer_entry(unlinked, seller_id, 5)]})
    assert [event["type"] for event in unlinked.received(1)] == ["Seller:Offer.Update"]
