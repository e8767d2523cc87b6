"""Whatever a client sends, the emulator answers with an SCX error, never with a failure of its own."""

import json

import pytest
import requests

from tests.sandbox.conftest import LATE

AT = "2024-02-13T06:00:00Z"
STOCK = "/v1/channel/offer/stock-updates"


@pytest.mark.parametrize(
    "moment",
    ["9999-12-31T23:59:59-23:59", "0001-01-01T00:00:00+10:00", "", "T", "2024-02-30T00:00:00Z", "\x00", "2024-02-13"],
)
def test_moments_that_are_none(shop, moment):
    assert shop("GET", f"{STOCK}/all", params={"updatedAfter": moment}).status_code == 400
    assert shop("GET", "/v1/channel/event", params={"createdAfter": moment}).status_code == 400


@pytest.mark.parametrize("moment", [5, 1.5, True, [], {}, [AT]])
def test_moments_that_are_no_text(linked, moment):
    item = {"sellerId": "S1", "offerId": 5, "listedAt": moment}
    [(code, message)] = linked.refusal("POST", "/v1/channel/offer/listed", 400, json={"offerList": [item]})
    assert (code, message.partition(":")[0]) == ("VAL100", "offerList[0].listedAt")


@pytest.mark.parametrize("offer_id", [0, -1, 2**63, 1.5, True, None, [], {}, "x", "9" * 30])
def test_offer_ids_that_are_none(linked, offer_id):
    item = {"sellerId": "S1", "offerId": offer_id, "listedAt": AT}
    assert linked("POST", "/v1/channel/offer/listed", json={"offerList": [item]}).status_code == 400


@pytest.mark.parametrize("seller", ["S-1", "x" * 51, "", "S1\n", "ä", "\ud800", "a\x00b", [], True])
def test_seller_ids_that_are_none(linked, seller):
    item = {"sellerId": seller, "offerId": 1, "listedAt": AT}
    assert linked("POST", "/v1/channel/offer/listed", json={"offerList": [item]}).status_code == 400


@pytest.mark.parametrize("quantity", ["1e5", "NaN", "", "1,5", float("inf"), None, [], "9" * 16, 1e300])
def test_quantities_that_are_none(linked, merchant, quantity):
    item = {"channel": "DEMOSHOP", "sellerId": "S1", "offerId": 1, "quantity": quantity}
    body = json.dumps({"offerList": [item]})
    headers = {"Content-Type": "application/json"}
    assert merchant("PUT", "/v1/seller/offer/stock", data=body, headers=headers).status_code == 400


@pytest.mark.parametrize("path", ["S%00", "%ff", "S1%2Fx", "x" * 3000, "%F0%9F%8E%A7"])
def test_sellers_in_a_path_that_are_none(linked, path):
    assert linked("DELETE", f"/v1/channel/seller/{path}").status_code == 404


def test_account_ids_that_are_none(scx):
    [m_de] = scx.platform("m-de")
    body = {"sellerId": "S1"}
    assert m_de("POST", f"/v1/channel/seller/platform/{10**30}", json=body).status_code == 400
    assert m_de("POST", "/v1/channel/seller/platform/-1", json=body).status_code == 404


def test_a_get_may_carry_a_json_content_type_and_a_body(linked):
    headers = {"Content-Type": "application/json"}
    assert linked("GET", f"{STOCK}/all", params=LATE, headers=headers, data=b"{").status_code == 200


@pytest.mark.parametrize("query", ["since=x", "limit=x", "status=x", "account=x"])
def test_books_asked_for_oddly(scx, query):
    assert "error" in scx.control("GET", f"books?{query}", 400)


@pytest.mark.parametrize("moment", [["T"], {"T": 1}, 7])
def test_moments_of_another_type(linked, moment):
    item = {"sellerId": "S1", "offerId": 1, "listedAt": moment}
    [error] = linked("POST", "/v1/channel/offer/listed", 400, json={"offerList": [item]})["errorList"]
    assert error["message"].startswith("offerList[0].listedAt: ")


@pytest.mark.parametrize("depth", [150, 900, 990, 50_000])
def test_the_books_show_a_body_however_deep(scx, linked, depth):
    body = '{"a":' * depth + "1" + "}" * depth
    linked("POST", "/v1/channel/price", 400, data=body, headers={"Content-Type": "application/json"})
    answer = requests.get(f"{scx.base_url}/control/books", timeout=30)
    assert answer.json()["books"][-1]["path"] == "/v1/channel/price"


@pytest.mark.parametrize(
    "query", ["expires=²&signature=a", f"expires={'9' * 5000}&signature=a", "expires=1&signature=ä"]
)
def test_picture_links_that_are_none(scx, merchant, query):
    headers = {"Content-Type": "image/png"}
    name = merchant("POST", "/v1/seller/offer/file", 200, data=b"png", headers=headers)["remoteFile"]
    assert requests.get(f"{scx.base_url}/pictures/{name}?{query}", timeout=30).status_code == 403


@pytest.mark.parametrize("body", [[], {"advance": {}}, {"advance": "soon"}, {"advance": float("inf")}, 5])
def test_the_clock_moved_oddly(scx, body):
    headers = {"Content-Type": "application/json"}
    assert "error" in scx.control("POST", "clock", 400, data=json.dumps(body), headers=headers)


def test_a_bare_channel_list_can_carry_no_warning(scx, shop):
    scx.settings(publicListKey="bare")
    scx.control("POST", "faults", 201, json={"fault": "warnings"})
    assert [each["channel"] for each in shop("GET", "/v1/public/channel", 200)] == ["DEMOSHOP"]
    assert "errorList" in shop("GET", "/v1/channel", 200)


def test_a_client_version_that_is_none(scx, merchant):
    scx.channel(minimumClientsVersionRequired=[{"type": "Wawi", "version": "1.11.0.0"}])
    headers = {"User-Agent": f"Wawi/{'9' * 5000}"}
    assert merchant("POST", "/v1/seller/channel/DEMOSHOP", headers=headers).status_code == 201
