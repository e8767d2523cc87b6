"""What keeps the emulator small in long runs."""

import requests

AT = "2024-02-13T06:00:00Z"


def test_listing_reports_and_merchants_events_beyond_those_kept_are_forgotten(scx, linked, merchant):
    scx.settings(reportsKept=20)
    for number in range(1, 41):
        body = {"offerList": [{"sellerId": "S1", "offerId": number, "listedAt": AT}]}
        linked("POST", "/v1/channel/offer/listed", 201, json=body)
    reported = [report["offerId"] for report in scx.control("GET", "reports")["reports"]]
    told = [event["event"]["offerId"] for event in merchant("GET", "/v2/seller/event", 200)["eventList"]]
    for offers in (reported, told):
        assert 20 <= len(offers) < 40
        assert offers == list(range(41 - len(offers), 41))


def test_a_quota_in_use_is_remembered_however_many_others_call(scx):
    scx.settings(quotas={"default": [1, 86400]})
    with requests.Session() as session:

        def status(token: str) -> int:
            return session.post(f"{scx.base_url}/v1/auth", data={"refreshToken": token}, timeout=30).status_code

        assert [status("mine"), status("mine")] == [400, 429]
        assert {status(f"other{number}") for number in range(520)} == {400}
        assert status("mine") == 429
