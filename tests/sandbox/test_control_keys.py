"""A mistyped key of a control call is refused, so that it cannot widen what the call does."""

import pytest

CALLS = [
    ("faults", {"fault": "status", "match": {"chanel": "X"}}, "match.chanel", "channel, method, path"),
    (
        "faults",
        {"fault": "status", "cuont": 2},
        "cuont",
        "count, fault, match, rate, seconds, status, type",
    ),
    ("accounts", {"company": "X"}, "company", "companyName, jtlAccountId, refreshToken"),
    ("accounts", {"company": None}, "company", "companyName, jtlAccountId, refreshToken"),
    ("clock", {"advance": 1, "by": 2}, "by", "advance"),
    (
        "sellers",
        {"channel": "DEMOSHOP", "sellerId": "S1", "marketplace": ["X"]},
        "marketplace",
        "channel, companyName, jtlAccountId, marketplaces, sellerId",
    ),
    (
        "sellers/unlink",
        {"channel": "DEMOSHOP", "sellerId": "S1", "permanently": True},
        "permanently",
        "channel, permanentlyRemoved, reason, sellerId",
    ),
    ("channels/DEMOSHOP/revoke", {"refresh": True}, "refresh", "refreshToken"),
    (
        "events",
        {"channel": "DEMOSHOP", "type": "System:Test", "event": {}, "created": "x"},
        "[0].created",
        "channel, clientVersion, createdAt, event, id, raw, type",
    ),
    (
        "channels",
        {"code": "OTHER", "minimumClientsVersionRequired": [{"type": "Wawi", "version": "1.11", "minor": 1}]},
        "minimumClientsVersionRequired[0].minor",
        "type, version",
    ),
]


@pytest.mark.parametrize(("route", "body", "key", "known"), CALLS)
def test_an_unknown_key_is_refused_with_those_that_are_known(scx, shop, route, body, key, known):
    refused = scx.control("POST", route, 400, json=body)
    assert f"{key}: is not known; known are {known}" in refused["error"]


@pytest.mark.parametrize(
    "body", [{"code": "OTHER", "signupUrl": "x"}, {"code": "OTHER", "featureList": {"fast": True}}]
)
def test_a_channel_with_an_unknown_key_is_not_made(scx, body):
    assert "is not known; known are" in scx.control("POST", "channels", 400, json=body)["error"]
    assert scx.control("GET", "channels")["channels"] == []


def test_a_captured_event_may_have_keys_that_only_the_other_scx_knows(scx, shop):
    captured = {"eventList": [{"channel": "DEMOSHOP", "type": "System:Test", "event": {}, "traceId": "7"}]}
    assert len(scx.control("POST", "events", 201, json=captured)["ids"]) == 1


def test_scx_itself_passes_over_unknown_keys(shop):
    shop("POST", "/v1/channel/price", 201, json={"priceTypeId": "B2C", "displayName": "B2C", "more": 1})
