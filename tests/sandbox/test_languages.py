"""SCX answers in German, and in English to whom asks for it: every error in both."""

import pytest

from tests.contract.walks import start_sign_up

AT = "2024-02-13T06:00:00Z"
REPORTS = "/v1/channel/offer/listed"
ITEM = {"sellerId": "S1", "offerId": 5, "listedAt": AT}
BY_CHANNEL = {
    "GEN404 no route": ("GET", "/v1/nothing", None),
    "GEN405": ("PUT", "/v1/channel", None),
    "GEN404 seller": ("DELETE", "/v1/channel/seller/S9", None),
    "GEN403": ("POST", "/v1/channel/seller/platform/1001", {"sellerId": "S1"}),
    "GEN700": ("POST", REPORTS, {"offerList": [{**ITEM, "sellerId": "S9"}]}),
    "CHN900": ("PATCH", "/v1/channel", {}),
    "CHN901": ("PATCH", "/v1/channel", {"mfaPin": "00000000"}),
    "CHN910": ("GET", "/v1/channel/mfa-pin", None),
    "VAL100 no JSON": ("POST", REPORTS, None),
    "VAL100 no object": ("POST", REPORTS, []),
    "VAL100 required": ("POST", REPORTS, {}),
    "VAL100 no array": ("POST", REPORTS, {"offerList": 1}),
    "VAL100 too few": ("POST", REPORTS, {"offerList": []}),
    "VAL100 too many": ("POST", REPORTS, {"offerList": [ITEM] * 1001}),
    "VAL100 pattern": ("POST", REPORTS, {"offerList": [{**ITEM, "sellerId": "S 1"}]}),
    "VAL100 no string": ("POST", REPORTS, {"offerList": [{**ITEM, "sellerId": []}]}),
    "VAL100 no number": ("POST", REPORTS, {"offerList": [{**ITEM, "offerId": "x"}]}),
    "VAL100 no time": ("POST", REPORTS, {"offerList": [{**ITEM, "listedAt": "x"}]}),
    "VAL100 too long": ("POST", REPORTS, {"offerList": [{**ITEM, "channelOfferId": "x" * 101}]}),
    "VAL100 choice": ("POST", "/v1/channel/notification", {"sellerId": "S1", "severity": "X", "message": "x"}),
    "VAL100 session": ("POST", "/v1/channel/seller", {"session": "x", "sellerId": "S2"}),
}
BY_MERCHANT = {
    "GEN404 channel": ("POST", "/v1/seller/channel/NOSUCH", None),
    "GEN404 own seller": ("DELETE", "/v1/seller/channel/DEMOSHOP/S9", None),
    "GEN404 update": ("PATCH", "/v1/seller/channel/DEMOSHOP?sellerId=S9", None),
    "SLR204": ("POST", "/v1/seller/channel/market_de", None),
    "ATH000": ("GET", "/v1/channel", None),
    "VAL100 decimal": ("PUT", "/v1/seller/offer/stock", {"offerList": [{"quantity": "x"}]}),
}


def said(party, language, method, path, body):
    answer = party(method, path, json=body, headers={"Accept-Language": language})
    assert answer.status_code >= 400
    return [(error["code"], error["message"]) for error in answer.json()["errorList"]]


def in_both(party, code, call):
    german, english = said(party, "de", *call), said(party, "en", *call)
    assert [each for each, _message in german] == [each for each, _message in english]
    assert {each for each, _message in english} == {code.partition(" ")[0]}
    assert all(one != other for (_code, one), (_same, other) in zip(german, english, strict=True))
    assert said(party, "", *call) == german


@pytest.mark.parametrize("code", BY_CHANNEL)
def test_errors_of_the_channels_side(linked, code):
    in_both(linked, code, BY_CHANNEL[code])


@pytest.mark.parametrize("code", BY_MERCHANT)
def test_errors_of_the_merchants_side(scx, linked, merchant, code):
    scx.platform("market_de")
    in_both(merchant, code, BY_MERCHANT[code])


def test_an_old_client(scx, merchant):
    scx.channel(minimumClientsVersionRequired=[{"type": "Wawi", "version": "99"}])
    in_both(merchant, "SLR202", ("POST", "/v1/seller/channel/DEMOSHOP", None))


def test_an_unlinked_seller(scx, linked):
    scx.settings(permanentlyRemovedByChannel=False)
    linked("DELETE", "/v1/channel/seller/S1", 204)
    in_both(linked, "CHN204", ("DELETE", "/v1/channel/seller/S1", None))


def test_a_seller_id_in_use(linked, merchant):
    in_both(
        linked,
        "VAL100",
        ("POST", "/v1/channel/seller", {"session": start_sign_up(merchant, "DEMOSHOP"), "sellerId": "S1"}),
    )


def test_a_spelling_that_strict_mode_refuses(scx, shop):
    scx.settings(strict=True)
    in_both(shop, "VAL100", ("GET", "/v1/channel/events", None))


def test_a_used_up_quota(scx, shop):
    scx.settings(quotas={"channel": [1, 600]})
    shop("GET", "/v1/channel", 200)
    in_both(shop, "GEN429", ("GET", "/v1/channel", None))
