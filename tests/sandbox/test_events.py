from tests import payloads


def test_events_come_in_order_a_hundred_a_page(scx, shop):
    ids = scx.emit("DEMOSHOP", 150)
    assert ids == sorted(ids)
    assert [event["id"] for event in shop.events()] == ids[:100]
    assert [event["id"] for event in shop.events()] == ids[100:]
    assert shop.events() == []


def test_the_envelope_is_that_of_the_contract(scx, shop):
    payload = payloads.offer_new("S1", 7)
    wish = {
        "type": "Seller:Offer.New",
        "event": payload,
        "createdAt": "2024-02-13T06:00:00Z",
        "clientVersion": "1.11.0.6",
    }
    [event_id] = scx.emit("DEMOSHOP", **wish)
    assert shop.events() == [
        {
            "id": event_id,
            "createdAt": "2024-02-13T06:00:00+00:00",
            "type": "Seller:Offer.New",
            "clientVersion": "1.11.0.6",
            "event": payload,
        }
    ]
    assert len(event_id) == 24


def test_an_unacknowledged_event_comes_back_after_its_lease_ten_times_at_most(scx, shop):
    scx.emit("DEMOSHOP")
    for _delivery in range(10):
        assert len(shop.events()) == 1
        assert shop.events() == []
        scx.advance(300)
    assert shop.events() == []
    assert [event["state"] for event in scx.control("GET", "events")["events"]] == ["dead"]


def test_an_acknowledged_event_never_comes_back(scx, shop):
    first, second = scx.emit("DEMOSHOP", 2)
    shop.events()
    assert shop("DELETE", "/v1/channel/event", json={"eventIdList": [first, "unknown"]}).status_code == 204
    scx.advance(301)
    assert [event["id"] for event in shop.events()] == [second]
    states = {event["id"]: event["state"] for event in scx.control("GET", "events")["events"]}
    assert states == {first: "acknowledged", second: "delivered"}


def test_an_acknowledgement_takes_one_to_a_hundred_ids(shop):
    for ids in ([], ["x"] * 101):
        errors = shop.refusal("DELETE", "/v1/channel/event", 400, json={"eventIdList": ids})
        assert [code for code, _message in errors] == ["VAL100"]


def test_events_are_filtered_by_type_and_time(scx, shop):
    scx.emit("DEMOSHOP", createdAt="2024-01-01T00:00:00+00")
    [stock] = scx.emit("DEMOSHOP", type="Seller:Offer.StockUpdate", event=payloads.stock_update("S1", 1))
    assert [e["id"] for e in shop.events(eventTypeFilter="Seller:Offer.StockUpdate,Seller:Offer.End")] == [stock]
    scx.advance(301)
    assert [e["id"] for e in shop.events(createdAfter="2024-01-01T00:00:00+0000")] == [stock]


def test_a_channel_sees_its_own_events_only(scx, shop):
    scx.channel("OTHER")
    scx.emit("OTHER")
    assert shop.events() == []


def test_an_event_may_carry_an_empty_list_no_version_and_what_no_database_holds(scx, shop):
    scx.emit("DEMOSHOP", event=[], clientVersion=None)
    scx.emit("DEMOSHOP", event={"sellerId": "a\x00\ud800"}, id="same")
    scx.emit("DEMOSHOP", event={"sellerId": "a\x00\ud800"}, id="same")
    first, *twins = shop.events()
    assert first["event"] == []
    assert "clientVersion" not in first
    assert twins[0]["clientVersion"] == "1.11.0.6"
    assert [(twin["id"], twin["event"]) for twin in twins] == [("same", {"sellerId": "a\x00\ud800"})] * 2


def test_guide_spellings_pass_and_are_noted_but_strict_mode_refuses_them(scx, shop):
    [event_id] = scx.emit("DEMOSHOP")
    assert shop("PATCH", "/v1/channel/event", json={"eventIdList": [event_id]}).status_code == 204
    assert shop("GET", "/v1/channel/events").status_code == 200
    assert [book["deviations"] for book in scx.books(path="/v1/channel/event")] == [
        ["PATCH in place of DELETE"],
        ["/v1/channel/events in place of /v1/channel/event"],
    ]
    scx.settings(strict=True)
    assert shop("GET", "/v1/channel/events").status_code == 400


def test_merchants_hear_of_listing_reports_and_acknowledge_them(scx, linked, merchant):
    item = {"sellerId": "S1", "offerId": 1, "listedAt": "2024-02-13T06:00:00Z", "channelOfferId": "C1"}
    linked("POST", "/v1/channel/offer/listed", 201, json={"offerList": [item]})
    [event] = merchant("GET", "/v2/seller/event", 200, params={"channel": "DEMOSHOP"})["eventList"]
    assert event["type"] == "Channel:Offer.Successful"
    assert event["event"]["channelOfferId"] == "C1"
    merchant("DELETE", "/v1/seller/event", 204, json={"eventIdList": [event["id"]]})
    scx.advance(301)
    assert merchant("GET", "/v1/seller/event", 200)["eventList"] == []
