import pytest

from tests.contract import walks
from tests.contract.parties import LATE
from tests.contract.walks import SELLERS

ALL = "/v1/channel/offer/stock-updates/all"
ONE = "/v1/channel/offer/stock-updates"


@pytest.fixture
def set_stock(linked, merchant, seller_id):
    """Sets the stock of one offer of the shop."""

    def send(offer_id, quantity):
        walks.set_stock(merchant, (linked, seller_id, offer_id, quantity))

    return send


@pytest.fixture
def rows(seller_id):
    """Offer ids and quantities of the seller's stock, and the cursor."""

    def read(channel, **params):
        answer = channel("GET", ALL, 200, params={**LATE, **params})
        found = [row for row in answer["stockUpdateList"] if row["sellerId"] == seller_id]
        return [(row["offerId"], row["quantity"]) for row in found], answer["lastUpdatedAt"]

    return read


def test_a_stock_change_is_an_event(linked, seller_id, set_stock):
    set_stock(5, "7.50")
    [event] = linked.received(1)
    assert event["type"] == "Seller:Offer.StockUpdate"
    assert event["event"] == {"sellerId": seller_id, "offerId": 5, "quantity": "7.50"}


def test_a_stock_change_carries_the_channels_own_id_once_that_is_reported(linked, seller_id, offer, set_stock):
    offer(5)
    item = {"sellerId": seller_id, "offerId": 5, "listedAt": "2024-02-13T06:00:00Z", "channelOfferId": "C5"}
    linked("POST", "/v1/channel/offer/listed", 201, json={"offerList": [item]})
    set_stock(5, "7.50")
    assert linked.received(2)[-1]["event"]["channelOfferId"] == "C5"
    answer = linked("GET", ONE, 200, params={**LATE, "sellerId": seller_id})
    assert answer["stockUpdateList"] == [
        {
            "channel": linked.code,
            "sellerId": seller_id,
            "offerId": 5,
            "channelOfferId": "C5",
            "quantity": 7,
            "updatedAt": answer["lastUpdatedAt"],
        }
    ]


@pytest.mark.inferred("whether the cursor excludes its own moment, and what an empty list answers, is not said")
def test_the_cursor_excludes_its_moment_and_an_empty_list_echoes_it(linked, set_stock, rows):
    set_stock(5, 1)
    seen, cursor = rows(linked)
    assert seen == [(5, 1)]
    assert rows(linked, updatedAfter=cursor) == ([], cursor)
    set_stock(6, "2")
    seen, later = rows(linked, updatedAfter=cursor)
    assert seen == [(6, 2)]
    assert later > cursor


def test_each_offer_has_one_row_with_its_last_stock(linked, set_stock, rows):
    for quantity in ("1", "2", "3"):
        set_stock(5, quantity)
    assert rows(linked)[0] == [(5, 3)]


@pytest.mark.inferred("a plus sign that is not percent-encoded is a mistake of clients")
def test_a_plus_sign_that_was_not_encoded_is_understood(linked, seller_id, set_stock):
    set_stock(5, "1")
    answer = linked("GET", f"{ONE}?updatedAfter=2024-02-13T06:00:00+00:00&sellerId={seller_id}", 200)
    assert [row["quantity"] for row in answer["stockUpdateList"]] == [1]


def test_seconds_as_precision_repeat_the_last_rows_but_lose_none(control, linked, set_stock, rows):
    control.settings(stockTimePrecision="seconds")
    set_stock(5, "1")
    _seen, cursor = rows(linked)
    assert len(cursor) == len("2024-02-13T06:00:00+00:00")
    assert rows(linked, updatedAfter=cursor)[0] in ([(5, 1)], [])
    set_stock(6, "2")
    assert (6, 2) in rows(linked, updatedAfter=cursor)[0]


def test_one_seller_can_be_asked_for(linked, merchant, seller_id, set_stock):
    other = f"{seller_id}b"
    walks.sign_up(merchant, linked, other)
    set_stock(5, "1")
    assert linked("GET", ONE, 200, params={**LATE, "sellerId": other})["stockUpdateList"] == []
    answer = linked("GET", ONE, 200, params={**LATE, "sellerId": seller_id})
    assert [row["offerId"] for row in answer["stockUpdateList"]] == [5]
    linked("DELETE", f"{SELLERS}/{other}")


@pytest.mark.parametrize(
    ("path", "params", "missing"), [(ONE, LATE, "sellerId"), (ONE, {"sellerId": "S1"}, "updatedAfter")]
)
def test_one_sellers_stock_needs_a_moment_and_the_seller(shop, path, params, missing):
    assert shop.codes("GET", path, 400, params=params) == [("VAL100", missing)]


def test_all_stock_needs_a_moment(shop):
    assert shop.codes("GET", ALL, 400) == [("VAL100", "updatedAfter")]


def test_a_channel_that_reads_the_rows_gets_no_stock_events(control, linked, set_stock, rows):
    control.channel(featureList={"stockUpdateWithoutEventSupported": True})
    set_stock(5, "1")
    assert linked.events() == []
    assert rows(linked)[0] == [(5, 1)]


def test_rows_without_the_channels_id_can_be_left_out(control, linked, set_stock, rows):
    set_stock(5, "1")
    control.settings(stockRowsNeedChannelOfferId=True)
    assert rows(linked)[0] == []


@pytest.mark.inferred("whether an unlinked seller's rows are left out is not said")
def test_rows_of_an_unlinked_seller_are_not_given(linked, merchant, seller_id, set_stock, rows):
    set_stock(5, "1")
    merchant("DELETE", f"/v1/seller/channel/{linked.code}/{seller_id}", 202)
    assert rows(linked)[0] == []


@pytest.fixture
def pool(control, merchant):
    """Two marketplaces of one stock sync group; the seller S1 offers one SKU on both, as 5 and 6."""
    markets = control.platform("MARKETDE", "MARKETFR", group="EU")
    walks.sign_up(merchant, markets[0], "S1", on="PLATFORM")
    account = walks.sellers_of(markets[0])["S1"]["jtlAccountId"]
    markets[1]("POST", f"{SELLERS}/platform/{account}", 200, json={"sellerId": "S1"})
    entries = [walks.offer_entry(each, "S1", 5 + number, sku="SAME") for number, each in enumerate(markets)]
    merchant("POST", "/v1/seller/offer", 201, json={"offerList": entries})
    for market in markets:
        market.drain()
    return markets


def test_of_a_stock_sync_group_one_channel_hears_of_a_sku(pool, merchant):
    first, second = pool
    walks.set_stock(merchant, (second, "S1", 6, "4"), (first, "S1", 5, "4"))
    assert [event["event"]["offerId"] for event in first.events()] == [5]
    assert second.events() == []
    assert second("GET", ALL, 200, params=LATE)["stockUpdateList"] == []


def test_a_channel_out_of_the_group_hears_of_its_stock_again(control, pool, merchant):
    first, second = pool
    control.channel(second.code, platform="PLATFORM", stockSyncGroup=None)
    walks.set_stock(merchant, (second, "S1", 6, "4"), (first, "S1", 5, "4"))
    assert [[event["event"]["offerId"] for event in market.events()] for market in pool] == [[5], [6]]
