import pytest

from tests.sandbox.conftest import LATE

ALL = "/v1/channel/offer/stock-updates/all"
ONE = "/v1/channel/offer/stock-updates"


@pytest.fixture
def set_stock(merchant):
    def send(offer_id, quantity, *more, channel="DEMOSHOP"):
        addresses = [(channel, offer_id, quantity), *more]
        items = [{"channel": c, "sellerId": "S1", "offerId": o, "quantity": q} for c, o, q in addresses]
        merchant("PUT", "/v1/seller/offer/stock", 201, json={"offerList": items})

    return send


def rows(channel, **params):
    answer = channel("GET", ALL, 200, params={**LATE, **params})
    return [(row["offerId"], row["quantity"]) for row in answer["stockUpdateList"]], answer["lastUpdatedAt"]


def test_a_stock_change_is_an_event_and_a_row(linked, offer, set_stock):
    offer(5)
    item = {"sellerId": "S1", "offerId": 5, "listedAt": LATE["updatedAfter"], "channelOfferId": "C5"}
    linked("POST", "/v1/channel/offer/listed", 201, json={"offerList": [item]})
    set_stock(5, "7.50")
    event = linked.events()[-1]
    assert event["type"] == "Seller:Offer.StockUpdate"
    assert event["event"] == {"sellerId": "S1", "offerId": 5, "channelOfferId": "C5", "quantity": "7.50"}
    answer = linked("GET", ALL, 200, params=LATE)
    [row] = answer["stockUpdateList"]
    assert row == {
        "channel": "DEMOSHOP",
        "sellerId": "S1",
        "offerId": 5,
        "channelOfferId": "C5",
        "quantity": 7,
        "updatedAt": answer["lastUpdatedAt"],
    }


def test_the_cursor_excludes_its_moment_and_an_empty_list_echoes_it(linked, set_stock):
    set_stock(5, 1)
    seen, cursor = rows(linked)
    assert seen == [(5, 1)]
    assert rows(linked, updatedAfter=cursor) == ([], cursor)
    set_stock(6, "2")
    seen, later = rows(linked, updatedAfter=cursor)
    assert seen == [(6, 2)]
    assert later > cursor


def test_a_plus_sign_that_was_not_encoded_is_understood(linked, set_stock):
    set_stock(5, "1")
    answer = linked("GET", f"{ONE}?updatedAfter=2024-02-13T06:00:00+00:00&sellerId=S1", 200)
    assert [row["quantity"] for row in answer["stockUpdateList"]] == [1]


def test_seconds_as_precision_repeat_the_last_rows_but_lose_none(scx, linked, set_stock):
    scx.settings(stockTimePrecision="seconds")
    set_stock(5, "1")
    _seen, cursor = rows(linked)
    assert len(cursor) == len("2024-02-13T06:00:00+00:00")
    assert rows(linked, updatedAfter=cursor)[0] in ([(5, 1)], [])
    set_stock(6, "2")
    assert (6, 2) in rows(linked, updatedAfter=cursor)[0]


def test_one_seller_can_be_asked_for(scx, linked, set_stock):
    scx.link("DEMOSHOP", "S2", jtlAccountId=1001)
    set_stock(5, "1")
    assert linked("GET", ONE, 200, params={**LATE, "sellerId": "S2"})["stockUpdateList"] == []
    assert [code for code, _text in linked.refusal("GET", ONE, 400, params=LATE)] == ["VAL100"]
    assert [code for code, _text in linked.refusal("GET", ALL, 400)] == ["VAL100"]


def test_a_channel_that_reads_the_rows_gets_no_stock_events(scx, linked, set_stock):
    scx.channel(featureList={"stockUpdateWithoutEventSupported": True})
    set_stock(5, "1")
    assert linked.events() == []
    assert rows(linked)[0] == [(5, 1)]


def test_rows_without_the_channels_id_can_be_left_out(scx, linked, set_stock):
    set_stock(5, "1")
    scx.settings(stockRowsNeedChannelOfferId=True)
    assert rows(linked)[0] == []


def test_rows_of_an_unlinked_seller_are_not_given(linked, merchant, set_stock):
    set_stock(5, "1")
    merchant("DELETE", "/v1/seller/channel/DEMOSHOP/S1", 202)
    assert rows(linked)[0] == []


def test_of_a_stock_sync_group_one_channel_hears_of_a_sku(scx, merchant, offer, set_stock):
    m_de, m_fr = scx.platform("m-de", "m-fr", group="EU")
    scx.link("plat", "S1", jtlAccountId=1001)
    offer(5, channel="m-de", sku="SAME")
    offer(6, channel="m-fr", sku="SAME")
    set_stock(6, "4", ("m-de", 5, "4"), channel="m-fr")
    assert rows(m_de)[0] == [(5, 4)]
    assert rows(m_fr)[0] == []
    assert [event["type"] for event in m_de.events()] == ["Seller:Offer.New", "Seller:Offer.StockUpdate"]
    assert [event["type"] for event in m_fr.events()] == ["Seller:Offer.New"]
