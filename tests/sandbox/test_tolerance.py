"""What real clients send, in both modes: other types for the same value, other forms of the same time."""

import pytest

from tests.contract.walks import start_update

AT = "2024-02-13T06:00:00+00:00"
FORMS = [
    "2024-02-13T06:00:00Z",
    "2024-02-13T06:00:00+00:00",
    "2024-02-13T06:00:00+0000",
    "2024-02-13T06:00:00+00",
    "2024-02-13T06:00:00",
    "2024-02-13T06:00:00.000Z",
    "2024-02-13T07:00:00+01:00",
    "2024-02-13T07:00:00+0100",
    "2024-02-13T07:00:00+01",
]
STOCK = "/v1/channel/offer/stock-updates"


@pytest.fixture(params=["lenient", "strict"], autouse=True)
def _mode(scx, request) -> None:
    scx.settings(strict=request.param == "strict")


@pytest.fixture(autouse=True)
def _no_deviations(scx, _mode):
    """Tolerance is about values; none of it is a guide's spelling."""
    yield
    assert [book["deviations"] for book in scx.books() if book["deviations"]] == []


@pytest.mark.parametrize("form", FORMS)
def test_times_in_bodies(scx, linked, form):
    item = {"sellerId": "S1", "offerId": 5, "listedAt": form}
    linked("POST", "/v1/channel/offer/listed", 201, json={"offerList": [item]})
    assert [each["at"] for each in scx.control("GET", "reports")["reports"]] == [AT]


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("encoded", [True, False], ids=["encoded", "plain"])
def test_times_in_queries_with_and_without_an_encoded_plus(linked, form, encoded):
    text = form.replace("+", "%2B") if encoded else form
    answer = linked("GET", f"{STOCK}?updatedAfter={text}&sellerId=S1", 200)
    assert answer == {"stockUpdateList": [], "lastUpdatedAt": AT}


@pytest.mark.parametrize("form", FORMS)
def test_times_that_filter_events(scx, shop, form):
    scx.emit("DEMOSHOP", createdAt=AT)
    [later] = scx.emit("DEMOSHOP", createdAt="2024-02-13T06:00:01Z")
    answer = shop("GET", f"/v1/channel/event?createdAfter={form}", 200)
    assert [event["id"] for event in answer["eventList"]] == [later]


@pytest.mark.parametrize(
    ("given", "meant"),
    [(True, True), ("1", True), (1, True), ("true", True), (False, False), ("", False), ("0", False), (0, False)],
)
def test_booleans(linked, merchant, given, meant):
    body = {"session": start_update(merchant, "DEMOSHOP", "S1"), "isActive": given}
    linked("PATCH", "/v1/channel/seller", 201, json=body)
    [seller] = linked("GET", "/v1/channel/seller/list", 200)["sellerList"]
    assert seller["isActiveByChannel"] is meant


@pytest.mark.parametrize("given", ["yes", 2, None, [], 1.5])
def test_what_is_no_boolean(linked, merchant, given):
    body = {"session": start_update(merchant, "DEMOSHOP", "S1"), "isActive": given}
    assert linked("PATCH", "/v1/channel/seller", json=body).status_code == 400


def test_ids_as_strings_and_as_numbers(scx, linked, merchant):
    scx.link("DEMOSHOP", "4711", jtlAccountId=1001)
    item = {"sellerId": 4711, "offerId": "5", "listedAt": AT, "channelOfferId": 900}
    linked("POST", "/v1/channel/offer/listed", 201, json={"offerList": [item]})
    [report] = scx.control("GET", "reports")["reports"]
    assert (report["sellerId"], report["offerId"], report["channelOfferId"]) == ("4711", 5, "900")
    change = {"channel": "DEMOSHOP", "sellerId": "4711", "offerId": "5", "quantity": 7}
    merchant("PUT", "/v1/seller/offer/stock", 201, json={"offerList": [change]})
    assert linked.events()[-1]["event"] == {"sellerId": "4711", "offerId": 5, "quantity": "7"}


def test_an_acknowledgement_with_unknown_ids(scx, shop):
    [known] = scx.emit("DEMOSHOP")
    ids = ["5cde84164d811d00144581f8", known, "nonsense"]
    shop("DELETE", "/v1/channel/event", 204, json={"eventIdList": ids})
    shop("DELETE", "/v1/channel/event", 204, json={"eventIdList": ids})
    assert shop.events() == []


@pytest.mark.parametrize("body", [b"", b"{}", b"null", b"{", b"\xff"])
@pytest.mark.parametrize("path", ["/v1/channel", "/v1/channel/event", "/v1/channel/seller/list", "/v1/public/channel"])
def test_a_get_with_a_json_content_type_and_a_body(shop, path, body):
    assert shop("GET", path, headers={"Content-Type": "application/json"}, data=body).status_code == 200


def test_unknown_keys_and_nulls_in_a_body(shop):
    body = {"priceTypeId": "B2C", "displayName": "Retail", "description": None, "colour": "blue"}
    shop("POST", "/v1/channel/price", 201, json=body)
