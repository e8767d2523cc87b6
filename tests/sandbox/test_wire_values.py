"""Tolerance ends where real clients do not go: what is let through here and refused by SCX would be found too late."""

import pytest

AT = "2024-02-13T06:00:00+00:00"
ERROR = {"code": "CHN500", "message": "no picture"}


@pytest.mark.parametrize("channel", ["", "a b", "x" * 51])
def test_a_merchants_events_are_asked_for_by_the_name_of_a_channel(merchant, channel):
    [(code, message)] = merchant.refusal("GET", "/v2/seller/event", 400, params={"channel": channel})
    assert (code, message.partition(":")[0]) == ("VAL100", "channel")


def failed(**values):
    return {"offerList": [{"sellerId": "S1", "offerId": 5, "failedAt": AT, "errorList": [{**ERROR, **values}]}]}


@pytest.mark.parametrize("name", ["code", "message", "longMessage", "recommendedValue"])
def test_a_text_is_no_number(linked, name):
    assert linked.refusal("POST", "/v1/channel/offer/listing-failed", 400, json=failed(**{name: 500})) == [
        ("VAL100", f"offerList[0].errorList[0].{name}: must be a string")
    ]


@pytest.mark.parametrize(
    "at",
    [
        *("2024-02-13T06:00", "2024-02-13T06", "20240213T060000Z", "2024-W07-2T06:00:00Z", "2024-02-13t06:00:00Z"),
        *(" 2024-02-13T06:00:00Z", "2024-02-13T06:00:00 UTC", "2024-02-13T06:00:00,5Z", "2024-02-13T06:00:00.Z"),
    ],
)
def test_a_time_has_one_of_the_documented_forms(linked, at):
    item = {"sellerId": "S1", "offerId": 5, "listedAt": at}
    [(code, message)] = linked.refusal("POST", "/v1/channel/offer/listed", 400, json={"offerList": [item]})
    assert (code, message.partition(":")[0]) == ("VAL100", "offerList[0].listedAt")


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"website": "www.shop.example"}, "website"),
        ({"website": "https://shop example"}, "website"),
        ({"mfaContact": "nobody"}, "mfaContact"),
        ({"mfaContact": "a@b@c"}, "mfaContact"),
        ({"marketplaceList": ["DE", "at"]}, "marketplaceList[1]"),
        ({"currency": "eur"}, "currency"),
    ],
)
def test_channel_data_have_the_form_of_what_they_are(scx, change, path):
    shop = scx.channel(mfaContact="it@shop.example")
    [(code, message)] = shop.refusal("PATCH", "/v1/channel", 400, json={"mfaPin": "1", **change})
    assert (code, message.partition(":")[0]) == ("VAL100", path)
