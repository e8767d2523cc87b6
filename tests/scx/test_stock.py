from datetime import UTC, datetime
from decimal import Decimal

import pytest
from pytest_httpserver import HTTPServer

from platforms.scx.errors import ScxProtocolError
from platforms.scx.stock import StockPage, StockRow

STOCK = "/prefix/v1/channel/offer/stock-updates"
START = "1970-01-01T00:00:00Z"
ROW = {
    "channel": "AMAZONDE",
    "sellerId": "4711",
    "offerId": 7,
    "channelOfferId": "XCD",
    "quantity": 3,
    "updatedAt": "2026-11-22T15:57:35+0000",
}
READ = StockRow("AMAZONDE", "4711", 7, "XCD", Decimal(3), datetime(2026, 11, 22, 15, 57, 35, tzinfo=UTC))


def polled(httpserver: HTTPServer, client, **body) -> StockPage:
    httpserver.expect_request(f"{STOCK}/all").respond_with_json(body)
    return client.offers.stock_updates_all(START)


def test_one_sellers_stock_is_asked_for_with_an_encoded_plus(httpserver: HTTPServer, client, sent, quota):
    httpserver.expect_request(STOCK).respond_with_json({"stockUpdateList": [], "lastUpdatedAt": START})
    client.offers.stock_updates("4711", "2026-11-22T15:57:35+00:00")
    assert sent()[0].query_string == b"updatedAfter=2026-11-22T15%3A57%3A35%2B00%3A00&sellerId=4711"
    assert quota.acquired[-1] == "offer"


def test_all_sellers_stock_is_read_and_its_cursor_kept_as_received(httpserver: HTTPServer, client, sent, quota):
    page = polled(httpserver, client, stockUpdateList=[ROW], lastUpdatedAt="2026-11-22T15:57:35.123+00")
    assert page == StockPage([READ], "2026-11-22T15:57:35.123+00", [])
    assert sent()[0].args.to_dict() == {"updatedAfter": START}
    assert quota.acquired[-1] == "stock-updates-all"


@pytest.mark.parametrize(("quantity", "read"), [(0, "0"), ("2.50", "2.50"), (1.5, "1.5"), (-1, "-1")])
def test_quantities_are_read_as_number_or_string(httpserver: HTTPServer, client, quantity, read):
    page = polled(httpserver, client, stockUpdateList=[{**ROW, "quantity": quantity}], lastUpdatedAt=START)
    assert [str(row.quantity) for row in page.rows] == [read]


def test_channel_and_channel_offer_id_may_be_missing(httpserver: HTTPServer, client):
    bare = {name: value for name, value in ROW.items() if not name.startswith("channel")}
    page = polled(httpserver, client, stockUpdateList=[bare], lastUpdatedAt=START)
    assert (page.rows[0].channel, page.rows[0].channel_offer_id) == (None, None)


def test_rows_that_cannot_be_used_cost_only_themselves(httpserver: HTTPServer, client):
    bad = [
        "x",
        {**ROW, "sellerId": None},
        {**ROW, "offerId": 0},
        {**ROW, "quantity": "many"},
        {**ROW, "updatedAt": "soon"},
    ]
    page = polled(httpserver, client, stockUpdateList=[*bad, ROW], lastUpdatedAt=START)
    assert page.rows == [READ]
    assert page.malformed == [
        "stockUpdateList[0]: it is no object.",
        "stockUpdateList[1]: it has no sellerId.",
        "stockUpdateList[2]: seller 4711: it has no usable offerId.",
        "stockUpdateList[3]: seller 4711, offer 7: it has no usable quantity.",
        "stockUpdateList[4]: seller 4711, offer 7: it has no usable updatedAt.",
    ]


@pytest.mark.parametrize("missing", [{}, {"lastUpdatedAt": None}, {"lastUpdatedAt": "soon"}])
def test_without_a_cursor_the_newest_row_or_the_old_cursor_is_it(httpserver: HTTPServer, client, missing):
    older = {**ROW, "updatedAt": "2026-11-22T15:00:00Z"}
    page = polled(httpserver, client, stockUpdateList=[ROW, older], **missing)
    assert page.last_updated_at == "2026-11-22T15:57:35+0000"
    httpserver.clear()
    httpserver.expect_request("/prefix/v1/auth").respond_with_json({"authToken": "t"})
    assert polled(httpserver, client, stockUpdateList=[], **missing).last_updated_at == START


def test_a_204_leaves_the_cursor_where_it_is(httpserver: HTTPServer, client):
    httpserver.expect_request(f"{STOCK}/all").respond_with_data(status=204)
    assert client.offers.stock_updates_all(START) == StockPage([], START, [])


def test_an_answer_without_the_list_breaks_the_protocol(httpserver: HTTPServer, client):
    with pytest.raises(ScxProtocolError, match="without a usable stockUpdateList"):
        polled(httpserver, client, lastUpdatedAt=START)
