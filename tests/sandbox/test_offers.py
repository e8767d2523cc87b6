from tests import payloads


def test_a_new_offer_reaches_the_channel_at_full_width(scx, linked, merchant):
    payload = payloads.offer_new("S1", 5, base_url=f"{scx.base_url}/pictures")
    merchant("POST", "/v1/seller/offer", 201, json={"offerList": [payloads.seller_offer("DEMOSHOP", payload)]})
    [event] = linked.events()
    assert (event["type"], event["clientVersion"]) == ("Seller:Offer.New", "1.11.0.3")
    received = event["event"]
    # null means the same as a key that is not there.
    for variation in payload["variationList"]:
        if variation["gtin"] is None:
            del variation["gtin"]
    assert received == payload


def test_product_texts_stand_in_for_what_the_channel_offer_leaves_empty(linked, merchant):
    entry = payloads.seller_offer("DEMOSHOP", payloads.offer_minimal("S1", 5))
    entry["salesChannelOfferList"][0]["title"] = "Kanal"
    entry["product"] |= {"title": "Produkt", "subTitle": "Produkt", "gtin": "4006381333931", "brand": None}
    merchant("PUT", "/v1/seller/offer", 201, json={"offerList": [entry]})
    [event] = linked.events()
    assert event["type"] == "Seller:Offer.Update"
    assert (event["event"]["title"], event["event"]["subTitle"]) == ("Kanal", "Produkt")
    assert event["event"]["gtin"] == "4006381333931"
    assert "description" not in event["event"]
    assert "brand" not in event["event"]


def test_uploaded_files_become_links_that_end_after_seven_days(scx, linked, merchant):
    headers = {"Content-Type": "image/png"}
    uploaded = merchant("POST", "/v1/seller/offer/file", 200, data=b"\x89PNG picture", headers=headers)
    entry = payloads.seller_offer("DEMOSHOP", payloads.offer_minimal("S1", 5, mainPicture=uploaded["remoteFile"]))
    merchant("POST", "/v1/seller/offer", 201, json={"offerList": [entry]})
    link = linked.events()[0]["event"]["mainPicture"].removeprefix(scx.base_url)
    picture = linked("GET", link)
    assert (picture.content, picture.headers["Content-Type"]) == (b"\x89PNG picture", "image/png")
    scx.advance(7 * 24 * 3600)
    assert linked("GET", link).status_code == 403


def test_bad_offers_are_refused_whole_with_their_paths(scx, linked, merchant):
    good = payloads.seller_offer("DEMOSHOP", payloads.offer_minimal("S1", 5))
    bad = payloads.seller_offer("DEMOSHOP", payloads.offer_minimal("S1", 6, title="x" * 513, priceList=[]))
    foreign = payloads.seller_offer("DEMOSHOP", payloads.offer_minimal("S9", 7))
    assert merchant.refusal("POST", "/v1/seller/offer", 400, json={"offerList": [good, bad]}) == [
        ("VAL100", "offerList[1].salesChannelOfferList[0].priceList: must have at least 1 items"),
        ("VAL100", "offerList[1].salesChannelOfferList[0].title: must have at most 512 characters"),
    ]
    [(code, message)] = merchant.refusal("POST", "/v1/seller/offer", 400, json={"offerList": [good, foreign]})
    assert (code, message.partition(":")[0]) == ("GEN700", "offerList[1].salesChannelOfferList[0].sellerId")
    assert linked.events() == []


def test_only_price_types_the_channel_has_named_pass(linked, merchant):
    linked("POST", "/v1/channel/price", 201, json={"priceTypeId": "GOLD", "displayName": "Gold"})
    entry = payloads.seller_offer("DEMOSHOP", payloads.offer_minimal("S1", 5))
    errors = merchant.refusal("POST", "/v1/seller/offer", 400, json={"offerList": [entry]})
    path = "offerList[0].salesChannelOfferList[0].priceList"
    text = "is not a price type of the channel"
    assert errors == [("VAL100", f"{path}[0].id: {text}"), ("VAL100", f"{path}[1].id: {text}")]


def test_prices_change_by_an_event_of_their_own(linked, merchant, offer):
    offer(5)
    item = {"channel": "DEMOSHOP", "sellerId": "S1", "offerId": "5", "priceList": payloads.price_list(2)}
    merchant("PUT", "/v1/seller/offer/price", 201, json={"offerList": [item]})
    event = linked.events()[-1]
    assert event["type"] == "Seller:Offer.PriceUpdate"
    assert event["event"] == {"sellerId": "S1", "offerId": 5, "priceList": payloads.price_list(2)}


def test_ending_keeps_what_it_can_and_warns_of_the_rest(scx, linked, merchant, offer):
    offer(5)
    items = [{"channel": "DEMOSHOP", "sellerId": seller, "offerId": 5} for seller in ("S1", "S9")]
    errors = merchant("DELETE", "/v1/seller/offer/end", 200, json={"offerList": items})["errorList"]
    assert [(error["code"], error["severity"], error["hint"]) for error in errors] == [
        ("CHN401", "warning", None),
        ("GEN700", "warning", "5"),
    ]
    assert [event["type"] for event in linked.events()] == ["Seller:Offer.New", "Seller:Offer.End"]
    assert [each["state"] for each in scx.control("GET", "offers")["offers"]] == ["ended"]


def test_an_unlinked_seller_can_send_nothing(linked, merchant, offer):
    offer(5)
    linked("DELETE", "/v1/channel/seller/S1", 204)
    entry = payloads.seller_offer("DEMOSHOP", payloads.offer_minimal("S1", 6))
    assert merchant("POST", "/v1/seller/offer", json={"offerList": [entry]}).status_code == 400
    item = {"channel": "DEMOSHOP", "sellerId": "S1", "offerId": 5, "quantity": "1"}
    assert merchant("PUT", "/v1/seller/offer/stock", json={"offerList": [item]}).status_code == 400
