import pytest

from tests import payloads
from tests.contract.walks import SELLERS, set_stock

EVENTS = "/v1/channel/event"


@pytest.fixture
def raise_stock_events(linked, merchant, seller_id):
    """So many events for the shop, of offers 1, 2, 3 and so on."""

    def send(count, first=1):
        set_stock(merchant, *((linked, seller_id, number, "1") for number in range(first, first + count)))

    return send


def ids(events):
    return [event["id"] for event in events]


def numbers(events):
    return [event["event"]["offerId"] for event in events]


def test_nothing_to_deliver_is_an_empty_list(shop):
    assert shop("GET", EVENTS, 200) == {"eventList": []}


def test_events_come_in_order_a_hundred_a_page(linked, raise_stock_events):
    raise_stock_events(150)
    events = linked.received(150)
    assert numbers(events) == list(range(1, 151))
    assert linked.events() == []


def test_a_page_holds_a_hundred_events(control, shop):
    control.emit("DEMOSHOP", 150)
    assert [len(shop.events()) for _page in range(3)] == [100, 50, 0]


@pytest.mark.inferred("the ids of events are opaque; that the client's version is told is dated, not specified")
def test_the_envelope_carries_id_time_type_and_version(linked, raise_stock_events):
    raise_stock_events(1)
    [event] = linked.received(1)
    assert set(event) == {"id", "createdAt", "type", "clientVersion", "event"}
    assert (event["type"], event["clientVersion"]) == ("Seller:Offer.StockUpdate", "1.11.0.3")
    assert len(event["id"]) == 24


def test_any_event_can_be_raised_and_arrives_as_it_was_given(control, shop):
    payload = payloads.offer_new("S1", 7)
    wish = {"type": "Seller:Offer.New", "event": payload, "createdAt": "2024-02-13T06:00:00Z", "clientVersion": "1.2"}
    [event_id] = control.emit("DEMOSHOP", **wish)
    assert shop.events() == [
        {
            "id": event_id,
            "createdAt": "2024-02-13T06:00:00+00:00",
            "type": "Seller:Offer.New",
            "clientVersion": "1.2",
            "event": payload,
        }
    ]


def test_a_delivered_event_is_leased_and_comes_back_until_it_is_acknowledged(control, linked, raise_stock_events):
    raise_stock_events(1)
    assert len(linked.events()) == 1
    control.advance(299)
    assert linked.events() == []
    control.advance(1)
    assert len(linked.events()) == 1


def test_after_ten_deliveries_an_event_is_a_dead_letter(control, shop):
    control.emit("DEMOSHOP")
    for _delivery in range(10):
        assert len(shop.events()) == 1
        control.advance(300)
    assert shop.events() == []
    assert [event["state"] for event in control.control("GET", "events")["events"]] == ["dead"]


def test_an_acknowledged_event_never_comes_back(control, shop):
    first, second = control.emit("DEMOSHOP", 2)
    shop.events()
    shop("DELETE", EVENTS, 204, json={"eventIdList": [first]})
    control.advance(301)
    assert ids(shop.events()) == [second]
    states = {event["id"]: event["state"] for event in control.control("GET", "events")["events"]}
    assert states == {first: "acknowledged", second: "delivered"}


@pytest.mark.inferred("what becomes of unknown ids in an acknowledgement is not said")
def test_an_acknowledgement_may_name_unknown_ids(linked, raise_stock_events):
    raise_stock_events(1)
    answer = linked("DELETE", EVENTS, json={"eventIdList": [*ids(linked.received(1)), "5cde84164d811d00144581f8"]})
    assert answer.status_code == 204


@pytest.mark.parametrize("count", [0, 101])
def test_an_acknowledgement_takes_one_to_a_hundred_ids(shop, count):
    errors = shop.codes("DELETE", EVENTS, 400, json={"eventIdList": ["5cde84164d811d00144581f8"] * count})
    assert errors == [("VAL100", "eventIdList")]


@pytest.mark.inferred("how several types are written is documented for the Seller API only")
def test_events_are_filtered_by_type(linked, merchant, seller_id, offer):
    offer(1)
    set_stock(merchant, (linked, seller_id, 1, "2"))
    types = "Seller:Offer.StockUpdate,Seller:Offer.End"
    assert [event["type"] for event in linked.events(eventTypeFilter=types)] == ["Seller:Offer.StockUpdate"]
    assert [event["type"] for event in linked.events()] == ["Seller:Offer.New"]


@pytest.mark.parametrize("after", ["2024-01-01T00:00:00+00:00", "2024-01-01T00:00:00Z", "2024-01-01T00:00:00"])
def test_events_are_filtered_by_time(control, shop, after):
    control.emit("DEMOSHOP", createdAt="2024-01-01T00:00:00Z")
    [later] = control.emit("DEMOSHOP", createdAt="2024-01-01T00:00:01Z")
    assert ids(shop.events(createdAfter=after)) == [later]


def test_a_channel_sees_its_own_events_only(markets, linked, raise_stock_events):
    raise_stock_events(1)
    assert [market.events() for market in markets] == [[], []]
    assert len(linked.received(1)) == 1


def test_an_event_may_carry_an_empty_list_no_version_and_what_no_database_holds(control, shop):
    control.emit("DEMOSHOP", event=[], clientVersion=None)
    control.emit("DEMOSHOP", event={"sellerId": "a\x00"}, id="same")
    control.emit("DEMOSHOP", event={"sellerId": "a\x00"}, id="same")
    first, *twins = shop.events()
    assert first["event"] == []
    assert "clientVersion" not in first
    assert twins[0]["clientVersion"] == "1.11.0.6"
    assert [(twin["id"], twin["event"]) for twin in twins] == [("same", {"sellerId": "a\x00"})] * 2


def test_guide_spellings_pass_and_are_noted_but_strict_mode_refuses_them(control, shop):
    [event_id] = control.emit("DEMOSHOP")
    shop("PATCH", EVENTS, 204, json={"eventIdList": [event_id]})
    shop("GET", "/v1/channel/events", 200)
    assert [book["deviations"] for book in control.books(path=EVENTS)] == [
        ["PATCH in place of DELETE"],
        ["/v1/channel/events in place of /v1/channel/event"],
    ]
    control.settings(strict=True)
    shop("GET", "/v1/channel/events", 400)


@pytest.mark.inferred("only a diagram hints at the merchant's events of listing reports")
def test_merchants_hear_of_listing_reports_and_acknowledge_them(linked, merchant, seller_id):
    item = {"sellerId": seller_id, "offerId": 1, "listedAt": "2024-02-13T06:00:00Z", "channelOfferId": "C1"}
    linked("POST", "/v1/channel/offer/listed", 201, json={"offerList": [item]})
    [event] = [each for each in merchant.own_events(channel=linked.code) if each["event"]["sellerId"] == seller_id]
    assert event["type"] == "Channel:Offer.Successful"
    assert event["event"]["channelOfferId"] == "C1"
    merchant("DELETE", "/v1/seller/event", 204, json={"eventIdList": [event["id"]]})


def test_a_merchants_events_are_leased_and_acknowledged_too(control, linked, merchant, seller_id):
    body = {"sellerId": seller_id, "severity": "INFO", "message": "Hallo"}
    linked("POST", "/v1/channel/notification", 201, json=body)
    [event] = merchant.own_events()
    assert merchant.own_events() == []
    control.advance(300)
    assert merchant.own_events() == [event]
    merchant("DELETE", "/v1/seller/event", 204, json={"eventIdList": [event["id"]]})
    control.advance(300)
    assert merchant.own_events() == []


def test_an_unlinked_seller_still_has_its_events_delivered(control, linked, seller_id, raise_stock_events):
    raise_stock_events(1)
    linked("DELETE", f"{SELLERS}/{seller_id}", 204)
    assert [event["type"] for event in linked.events()] == ["Seller:Offer.StockUpdate", "Seller:Channel.Unlinked"]
