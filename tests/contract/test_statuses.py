"""The numbers of the statuses that stand for success: few are published, each test is one of them."""

import pytest

from tests.contract import walks
from tests.contract.walks import SELLERS

AT = "2024-02-13T06:00:00+00:00"
SILENT = "the number of this success is in no source"


def status(party, method, path, **kwargs):
    return party(method, path, **kwargs).status_code


@pytest.mark.inferred(SILENT)
def test_starting_a_sign_up_is_201(shop, merchant):
    assert status(merchant, "POST", f"/v1/seller/channel/{shop.code}") == 201


@pytest.mark.inferred(SILENT)
def test_finishing_a_sign_up_is_201(shop, merchant, seller_id):
    body = {"session": walks.start_sign_up(merchant, shop.code), "sellerId": seller_id}
    assert status(shop, "POST", SELLERS, json=body) == 201


@pytest.mark.inferred(SILENT)
def test_starting_an_update_is_200(linked, merchant, seller_id):
    path, params = f"/v1/seller/channel/{linked.code}", {"sellerId": seller_id}
    assert status(merchant, "PATCH", path, params=params) == 200


def test_finishing_an_update_is_201(linked, merchant, seller_id):
    body = {"session": walks.start_update(merchant, linked.code, seller_id), "isActive": True}
    assert status(linked, "PATCH", SELLERS, json=body) == 201


@pytest.mark.inferred(SILENT)
def test_a_channels_unlinking_is_204(linked, seller_id):
    assert status(linked, "DELETE", f"{SELLERS}/{seller_id}") == 204


def test_a_merchants_unlinking_is_202(linked, merchant, seller_id):
    assert status(merchant, "DELETE", f"/v1/seller/channel/{linked.code}/{seller_id}") == 202


@pytest.mark.inferred(SILENT)
@pytest.mark.parametrize(
    ("path", "fields"),
    [
        ("in-progress", {"startedAt": AT}),
        ("listed", {"listedAt": AT}),
        ("listing-failed", {"failedAt": AT, "errorList": [{"code": "X", "message": "x"}]}),
    ],
)
def test_a_report_is_201(linked, seller_id, path, fields):
    body = {"offerList": [{"sellerId": seller_id, "offerId": 1, **fields}]}
    assert status(linked, "POST", f"/v1/channel/offer/{path}", json=body) == 201


@pytest.mark.inferred(SILENT)
def test_naming_a_price_type_is_201(shop):
    assert status(shop, "POST", "/v1/channel/price", json={"priceTypeId": "B2C", "displayName": "B2C"}) == 201


def test_a_notification_is_201(linked, seller_id):
    body = {"sellerId": seller_id, "severity": "INFO", "message": "Hallo"}
    assert status(linked, "POST", "/v1/channel/notification", json=body) == 201


def test_acknowledging_is_204(shop):
    body = {"eventIdList": ["5cde84164d811d00144581f8"]}
    assert status(shop, "DELETE", "/v1/channel/event", json=body) == 204


def test_creating_offers_is_201(linked, merchant, seller_id):
    body = {"offerList": [walks.offer_entry(linked, seller_id, 1)]}
    assert status(merchant, "POST", "/v1/seller/offer", json=body) == 201


@pytest.mark.inferred(SILENT)
def test_replacing_offers_is_201(linked, merchant, seller_id):
    body = {"offerList": [walks.offer_entry(linked, seller_id, 1)]}
    assert status(merchant, "PUT", "/v1/seller/offer", json=body) == 201


@pytest.mark.inferred(SILENT)
def test_ending_offers_is_200(linked, merchant, seller_id, offer):
    offer(1)
    body = {"offerList": [{"channel": linked.code, "sellerId": seller_id, "offerId": 1}]}
    assert status(merchant, "DELETE", "/v1/seller/offer/end", json=body) == 200


@pytest.mark.inferred(SILENT)
def test_uploading_a_file_is_200(merchant):
    headers = {"Content-Type": "text/plain"}
    assert status(merchant, "POST", "/v1/seller/offer/file", data=b"Hallo", headers=headers) == 200
