"""Every switch of `/control/settings`: what holds by default, and what each other value changes."""

import re

import pytest
import requests

from tests import payloads
from tests.contract.walks import session_of, start_sign_up
from tests.sandbox.conftest import LATE, Party

AT = "2024-02-13T06:00:00+00:00"
ALL = "/v1/channel/offer/stock-updates/all"
ONE = "/v1/channel/offer/stock-updates"
OFFER = "/v1/channel/offer/"


def listed(offer_id: int = 5, seller: str = "S1", **more):
    return {"sellerId": seller, "offerId": offer_id, "listedAt": AT, **more}


def report(channel, route: str, status: int, *items, **kwargs):
    return channel("POST", OFFER + route, status, json={"offerList": list(items)}, **kwargs)


def set_stock(merchant, offer_id: int, quantity: str, seller: str = "S1", **more):
    item = {"channel": "DEMOSHOP", "sellerId": seller, "offerId": offer_id, "quantity": quantity, **more}
    merchant("PUT", "/v1/seller/offer/stock", 201, json={"offerList": [item]})


def rows(channel, **params):
    return channel("GET", ALL, 200, params={**LATE, **params})["stockUpdateList"]


def codes(channel, method: str, path: str, status: int, **kwargs):
    return [code for code, _message in channel.refusal(method, path, status, **kwargs)]


# The control API


def test_settings_are_changed_in_part_and_null_is_the_default_again(scx):
    before = scx.control("GET", "settings")
    changed = scx.control("POST", "settings", 200, json={"tokenSeconds": 360, "strict": True})
    assert changed == {**before, "tokenSeconds": 360, "strict": True}
    assert scx.control("POST", "settings", 200, json={"strict": None}) == {**before, "tokenSeconds": 360}
    assert scx.control("DELETE", "settings", 200) == before


def test_the_clock_stays_when_the_settings_go_back(scx):
    scx.advance(50)
    scx.control("DELETE", "settings", 200)
    assert scx.control("GET", "clock")["offset"] == 50


@pytest.mark.parametrize(
    ("values", "error"),
    [
        ({"strict": 1}, "strict must be true or false, not 1."),
        ({"tokenSeconds": "60"}, "tokenSeconds must be a number of seconds from 0 to 1000000000, not '60'."),
        ({"tokenSeconds": -1}, "tokenSeconds must be a number of seconds from 0 to 1000000000, not -1."),
        ({"tokenSeconds": True}, "tokenSeconds must be a number of seconds from 0 to 1000000000, not True."),
        ({"pinDigits": 9}, "pinDigits must be a whole number from 4 to 8, not 9."),
        ({"emptyEvents": "none"}, "emptyEvents must be one of list, no-content, no-key, not 'none'."),
        ({"authThrottleStatus": "429"}, "authThrottleStatus must be one of 429, 426, not '429'."),
        ({"emptyEvents": ["list"]}, "emptyEvents must be one of list, no-content, no-key, not ['list']."),
        ({"errorStatuses": {"SLR202": 200}}, "errorStatuses takes a status from 400 to 499 for 'SLR202', not 200."),
        ({"successStatuses": {"GET /": 200}}, "successStatuses has no 'GET /'; it has PATCH /v1/channel, "),
        (
            {"successStatuses": [201]},
            "successStatuses must be a JSON object of a status from 200 to 299 by name, not [201].",
        ),
        ({"quotas": {"event": [0, 60]}}, "quotas takes [requests, seconds] for 'event', not [0, 60]."),
        ({"reportEventNames": {"listed": ""}}, "reportEventNames takes a name for 'listed', not ''."),
        ({"session_seconds": 1}, "There is no setting session_seconds. There are: assignmentChannel, "),
        ([], "Settings are an object of switches by name"),
        ("strict", "Settings are an object of switches by name"),
    ],
)
def test_a_setting_that_does_not_fit_is_refused_in_words(scx, values, error):
    before = scx.control("GET", "settings")
    assert scx.control("POST", "settings", 400, json=values)["error"].startswith(error)
    assert scx.control("GET", "settings") == before


def test_one_bad_setting_leaves_the_others_unchanged(scx):
    scx.control("POST", "settings", 400, json={"strict": True, "pinDigits": 1})
    assert scx.control("GET", "settings")["strict"] is False


# Tolerance


@pytest.mark.parametrize(("form", "zone"), [(None, "+00:00"), ("+0000", "+0000"), ("+00", "+00"), ("Z", "Z")])
def test_time_form(scx, linked, form, zone):
    scx.settings(timeForm=form)
    scx.emit("DEMOSHOP", createdAt=AT)
    assert linked.events()[0]["createdAt"] == f"2024-02-13T06:00:00{zone}"
    assert linked("GET", ALL, 200, params=LATE)["lastUpdatedAt"] == f"1970-01-01T00:00:00{zone}"
    form_data = {"refreshToken": linked.refresh_token}
    token = requests.post(f"{scx.base_url}/v1/auth", data=form_data, timeout=30).json()
    assert re.fullmatch(r"[\d-]+T[\d:]+" + re.escape(zone), token["tokenExpireAt"])


@pytest.mark.parametrize(
    ("fallback", "asked", "word"),
    [
        ("de", "fr", "Zugriffstoken"),
        ("en", "fr", "access token"),
        ("en", "fr;q=0.9, it", "access token"),
        ("en", "fr, de;q=0.5", "Zugriffstoken"),
        ("en", "de-AT", "Zugriffstoken"),
        ("en", None, "Zugriffstoken"),
    ],
)
def test_fallback_language(scx, fallback, asked, word):
    scx.settings(fallbackLanguage=fallback)
    headers = {"Accept-Language": asked} if asked else {}
    answer = requests.get(f"{scx.base_url}/v1/channel", headers=headers, timeout=30)
    assert word in answer.json()["errorList"][0]["message"]


def test_historic_routes(scx, linked):
    item = {"sellerId": "S1", "offerId": 5, "startedAt": AT}
    assert linked("POST", OFFER + "received", 404, json={"offerList": [item]})["errorList"][0]["code"] == "GEN404"
    scx.settings(historicRoutes=True)
    report(linked, "received", 201, item)
    assert [each["state"] for each in scx.control("GET", "reports")["reports"]] == ["in_progress"]
    assert scx.books()[-1]["deviations"] == ["/v1/channel/offer/received in place of /v1/channel/offer/in-progress"]


def test_success_statuses(scx, linked, merchant):
    price = {"priceTypeId": "B2C", "displayName": "Retail"}
    linked("POST", "/v1/channel/price", 201, json=price)
    scx.settings(
        successStatuses={
            "POST /v1/channel/price": 200,
            "DELETE /v1/channel/seller/{sellerId}": 202,
            "DELETE /v1/seller/offer/end": 207,
            "POST /v1/seller/login": 204,
            "POST /v1/channel/offer/listed": 202,
        }
    )
    linked("POST", "/v1/channel/price", 200, json=price)
    report(linked, "listed", 202, listed())
    end = {"offerList": [{"channel": "DEMOSHOP", "sellerId": "S1", "offerId": 5}]}
    merchant("DELETE", "/v1/seller/offer/end", 207, json=end)
    assert merchant("POST", "/v1/seller/login").content == b""
    linked("DELETE", "/v1/channel/seller/S1", 202)
    assert codes(linked, "DELETE", "/v1/channel/seller/S1", 404) == ["GEN404"]


def test_every_operation_of_success_statuses_is_a_route(scx, linked, merchant):
    named = scx.control("POST", "settings", 400, json={"successStatuses": {"": 200}})["error"]
    operations = named.partition("it has ")[2].rstrip(".").split(", ")
    assert len(operations) > 10
    for operation in operations:
        method, path = operation.split(" ")
        path = path.format(sellerId="S9", jtlAccountId="1", channel="DEMOSHOP")
        party = merchant if path.startswith("/v1/seller") else linked
        answer = party(method, path)
        assert not (answer.status_code == 404 and "no such route" in answer.text), operation
        assert answer.status_code != 405, operation


def test_error_statuses(scx, linked, merchant):
    scx.settings(errorStatuses={"CHN900": 403, "VAL100": 422})
    assert codes(linked, "PATCH", "/v1/channel", 403, json={}) == ["CHN900"]
    assert codes(linked, "POST", "/v1/channel/price", 422, json={}) == ["VAL100"] * 2
    scx.settings(errorStatuses={"CHN900": 403})
    assert codes(linked, "POST", "/v1/channel/price", 400, json={}) == ["VAL100"] * 2


# Events


def test_redelivery_seconds_and_delivery_limit(scx, shop):
    scx.settings(redeliverySeconds=10, deliveryLimit=2)
    scx.emit("DEMOSHOP")
    for _delivery in range(2):
        assert len(shop.events()) == 1
        scx.advance(10)
    assert shop.events() == []


@pytest.mark.parametrize(
    ("form", "status", "body"),
    [
        (None, 200, '{"eventList":[]}'),
        ("list", 200, '{"eventList":[]}'),
        ("no-content", 204, ""),
        ("no-key", 200, "{}"),
    ],
)
def test_empty_events(scx, shop, merchant, form, status, body):
    scx.settings(emptyEvents=form)
    for party, path in ((shop, "/v1/channel/event"), (merchant, "/v2/seller/event")):
        answer = party("GET", path)
        assert (answer.status_code, answer.text) == (status, body)
    scx.emit("DEMOSHOP")
    assert len(shop.events()) == 1


def test_event_limit_parameter(scx, shop):
    ids = scx.emit("DEMOSHOP", 110)
    scx.settings(eventLimitParameter="honour")
    assert [event["id"] for event in shop.events(limit=3)] == ids[:3]
    assert len(shop.events(limit=1000)) == 100
    assert codes(shop, "GET", "/v1/channel/event", 400, params={"limit": "0"}) == ["VAL100"]
    scx.settings(eventLimitParameter="ignore")
    assert [event["id"] for event in shop.events(limit="nonsense")] == ids[103:]


@pytest.mark.parametrize(
    ("form", "version"), [(None, "1.11.0.6"), ("word", "1_11_0_6"), ("absent", None)], ids=["dotted", "word", "absent"]
)
def test_client_version_form(scx, shop, form, version):
    scx.settings(clientVersionForm=form)
    scx.emit("DEMOSHOP")
    [event] = shop.events()
    assert event.get("clientVersion") == version
    assert ("clientVersion" in event) is (version is not None)


@pytest.mark.parametrize(("purges", "left"), [(False, ["Seller:Offer.New"] * 2), (True, ["Seller:Offer.New"])])
def test_unlink_purges_events(scx, linked, merchant, offer, purges, left):
    scx.settings(unlinkPurgesEvents=purges)
    scx.link("DEMOSHOP", "S2", jtlAccountId=1001)
    offer(5)
    offer(6, seller="S2")
    merchant("DELETE", "/v1/seller/channel/DEMOSHOP/S1", 202)
    assert [event["type"] for event in linked.events()] == [*left, "Seller:Channel.Unlinked"]


def test_a_purge_passes_over_events_that_are_odd(scx, linked, merchant):
    scx.settings(unlinkPurgesEvents=True)
    # Half a character is JSON to some and none to others.
    scx.misbehaves = True
    for event in ("[]", '{"sellerId": "a\\u0000\\ud800"}', '{"sellerId": {"a": 1}}', "5", '{"sellerId": "S1"}'):
        body = f'{{"channel": "DEMOSHOP", "type": "System:Test", "event": {event}}}'
        scx.control("POST", "events", 201, data=body, headers={"Content-Type": "application/json"})
    merchant("DELETE", "/v1/seller/channel/DEMOSHOP/S1", 202)
    assert [event["type"] for event in linked.events()] == ["System:Test"] * 4 + ["Seller:Channel.Unlinked"]


def test_report_event_names(scx, linked, merchant):
    scx.settings(reportEventNames={"listed": "Channel:Offer.Listed"})
    report(linked, "listed", 201, listed())
    report(linked, "in-progress", 201, {"sellerId": "S1", "offerId": 5, "startedAt": AT})
    events = merchant("GET", "/v2/seller/event", 200)["eventList"]
    assert [event["type"] for event in events] == ["Channel:Offer.Listed", "Channel:Offer.InProgress"]


# Sessions and sign-up


def test_session_seconds(scx, shop, merchant):
    scx.settings(sessionSeconds=60)
    session = start_sign_up(merchant, "DEMOSHOP")
    scx.advance(60)
    assert shop("GET", "/v1/channel/seller/signup-session", params={"session": session}).status_code == 400


@pytest.mark.parametrize(
    ("form", "pattern"), [(None, r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"), ("token", r"\w{64}")]
)
def test_session_format(scx, shop, merchant, form, pattern):
    scx.settings(sessionFormat=form)
    session = start_sign_up(merchant, "DEMOSHOP")
    assert re.fullmatch(pattern, session)
    shop("POST", "/v1/channel/seller", 201, json={"session": session, "sellerId": "S1"})


@pytest.mark.parametrize(("status", "code"), [(400, "VAL100"), (404, "GEN404")])
def test_session_error_status(scx, shop, status, code):
    scx.settings(sessionErrorStatus=status)
    params = {"session": "unknown"}
    assert codes(shop, "GET", "/v1/channel/seller/signup-session", status, params=params) == [code]


@pytest.mark.parametrize(("expiry", "tail"), [(None, "&expiresAt={0}"), ("expires", "&expires={0}"), ("none", "")])
def test_sign_up_url_expiry(scx, linked, merchant, expiry, tail):
    scx.settings(signUpUrlExpiry=expiry)
    opened = merchant("POST", "/v1/seller/channel/DEMOSHOP", 201)
    session = session_of(opened["signUpUrl"])
    end = tail.format(opened["expiresAt"])
    assert opened["signUpUrl"] == f"https://shop.example.com/join?session={session}{end}"
    opened = merchant("PATCH", "/v1/seller/channel/DEMOSHOP", 200)
    assert opened["updateUrl"].endswith(tail.format(opened["expiresAt"]))


@pytest.mark.parametrize(
    ("template", "url"),
    [
        ("https://x.example/join/{SESSION}", "https://x.example/join/SID?expiresAt=END"),
        ("https://x.example/?a=1&sid={SESSION}#top", "https://x.example/?a=1&sid=SID&expiresAt=END#top"),
        ("https://x.example/{SESSION}?again={SESSION}", "https://x.example/SID?again=SID&expiresAt=END"),
    ],
)
def test_the_session_goes_where_the_template_wants_it(scx, merchant, template, url):
    shop = scx.channel(signUpUrl=template)
    opened = merchant("POST", "/v1/seller/channel/DEMOSHOP", 201)
    session = re.search(r"[0-9a-f-]{36}", opened["signUpUrl"])[0]
    assert opened["signUpUrl"] == url.replace("SID", session).replace("END", str(opened["expiresAt"]))
    assert shop("GET", "/v1/channel/seller/signup-session", params={"session": session}).status_code == 200


def with_pin(scx, channel, **change):
    channel("GET", "/v1/channel/mfa-pin", 200)
    return {"mfaPin": scx.control("GET", "mails")["mails"][-1]["pin"], **change}


def test_url_self_service(scx):
    shop = scx.channel(mfaContact="ops@example.com")
    url = "https://moved.example.com/?session={SESSION}"
    shop("PATCH", "/v1/channel", 200, json=with_pin(scx, shop, signUpUrl=url))
    assert shop("GET", "/v1/channel", 200)["channel"]["signUpUrl"] == url
    scx.settings(urlSelfService=False)
    change = with_pin(scx, shop, updateUrl="https://other.example.com/?session={SESSION}")
    assert shop.refusal("PATCH", "/v1/channel", 400, json=change) == [
        ("VAL100", "updateUrl: can be changed by JTL only")
    ]
    shop("PATCH", "/v1/channel", 200, json=with_pin(scx, shop, displayName="Neu"))


# Sellers


@pytest.fixture
def markets(scx, merchant):
    """Marketplaces m-de and m-fr; the merchant is signed up on their platform as S1 and trades nowhere yet."""
    markets = scx.platform("m-de", "m-fr")
    scx.link("plat", "S1", jtlAccountId=1001, marketplaces=[])
    return markets


def assign(market, status: int = 200, **body):
    market("POST", "/v1/channel/seller/platform/1001", status, json={"sellerId": "S1", **body})


def test_platform_sign_up_links_token_channel(scx, merchant):
    [m_de] = scx.platform("m-de")
    for links, channels in ((True, ["plat", "m-de"]), (False, ["plat"])):
        scx.settings(platformSignUpLinksTokenChannel=links)
        body = {"session": start_sign_up(merchant, "plat"), "sellerId": f"S_{links}"}
        m_de("POST", "/v1/channel/seller", 201, json=body)
        own = merchant("GET", "/v1/seller", 200)["sellerList"]
        assert [each["channel"] for each in own if each["sellerId"] == f"S_{links}"] == channels


@pytest.mark.parametrize(
    ("mode", "status", "told"), [(None, 200, "m-fr"), ("ignore", 200, "m-de"), ("refuse", 400, None)]
)
def test_assignment_channel(scx, markets, mode, status, told):
    scx.settings(assignmentChannel=mode)
    assign(markets[0], status, channel="m-fr")
    [seller] = scx.control("GET", "sellers")["sellers"]
    assert [each["channel"] for each in seller["memberships"]] == ([told] if told else [])


def test_assignment_precondition(scx, markets):
    m_de, m_fr = markets
    scx.settings(assignmentPrecondition="sibling")
    assign(m_fr, 404)
    scx.settings(assignmentPrecondition="platform-or-sibling")
    assign(m_de)
    scx.settings(assignmentPrecondition="sibling")
    assign(m_fr)


@pytest.mark.parametrize(("removed", "left"), [(True, []), (False, ["S1"])])
def test_permanently_removed_by_channel(scx, linked, removed, left):
    scx.settings(permanentlyRemovedByChannel=removed)
    linked("DELETE", "/v1/channel/seller/S1", 204)
    assert linked.events()[0]["event"]["permanentlyRemoved"] is removed
    assert [each["sellerId"] for each in linked("GET", "/v1/channel/seller/list", 200)["sellerList"]] == left


# Channel data


def test_mfa_pin_required(scx, shop):
    assert codes(shop, "PATCH", "/v1/channel", 400, json={"displayName": "Neu"}) == ["CHN900"]
    scx.settings(mfaPinRequired=False)
    shop("PATCH", "/v1/channel", 200, json={"displayName": "Neu"})
    assert shop("GET", "/v1/channel", 200)["channel"]["displayName"] == "Neu"
    assert codes(shop, "PATCH", "/v1/channel", 400, json={"mfaPin": "00000000"}) == ["CHN901"]


def test_missing_pin_code(scx, shop):
    scx.settings(missingPinCode="GHN900")
    assert codes(shop, "PATCH", "/v1/channel", 400, json={}) == ["GHN900"]


def test_pin_seconds_and_digits(scx):
    shop = scx.channel(mfaContact="ops@example.com")
    scx.settings(pinSeconds=60, pinDigits=4)
    change = with_pin(scx, shop, displayName="Neu")
    assert re.fullmatch(r"\d{4}", change["mfaPin"])
    scx.advance(61)
    assert codes(shop, "PATCH", "/v1/channel", 400, json=change) == ["CHN901"]


def public_list(scx, **kwargs):
    return requests.get(f"{scx.base_url}/v1/public/channel", timeout=30, **kwargs)


def test_public_list_needs_token(scx, shop, merchant):
    assert public_list(scx).status_code == 200
    scx.settings(publicListNeedsToken=True)
    assert public_list(scx).status_code == 401
    assert shop("GET", "/v1/public/channel").status_code == 200
    assert merchant("GET", "/v1/public/channel").status_code == 200


@pytest.mark.parametrize("key", [None, "channels", "salesChannelList", "bare"])
def test_public_list_key(scx, shop, key):
    scx.settings(publicListKey=key)
    answer = public_list(scx).json()
    channels = answer if key == "bare" else answer[key or "channelList"]
    assert [channel["channel"] for channel in channels] == ["DEMOSHOP"]


def test_marketplace_channel_list_form_and_marketplace_channels_shown(scx):
    scx.platform("m-de", group="EU")
    scx.channel("m-ch", platform="plat")
    [platform] = public_list(scx).json()["channelList"]
    assert [(each["channel"], each["stockSyncGroup"]) for each in platform["marketplaceChannelList"]] == [
        ("m-ch", None),
        ("m-de", "EU"),
    ]
    assert "marketplaceChannels" not in platform
    scx.settings(marketplaceChannelListForm="names", marketplaceChannelsShown=True)
    [platform] = public_list(scx).json()["channelList"]
    assert platform["marketplaceChannelList"] == ["m-ch", "m-de"]
    assert [each["platform"] for each in platform["marketplaceChannels"]] == ["plat", "plat"]
    assert platform["marketplaceChannels"][0]["signUpUrl"] == platform["signUpUrl"]


# Stock


@pytest.mark.parametrize(("form", "given"), [(None, 7), ("integer", 7), ("string", "7.5")])
def test_stock_updates_quantity(scx, linked, merchant, form, given):
    scx.settings(stockUpdatesQuantity=form)
    set_stock(merchant, 5, "7.50")
    assert [row["quantity"] for row in rows(linked)] == [given]


@pytest.mark.parametrize(("quantity", "given"), [("100", "100"), ("-3", "0"), ("0.00", "0")])
def test_stock_quantities_as_strings_are_plain_and_not_negative(scx, linked, merchant, quantity, given):
    scx.settings(stockUpdatesQuantity="string")
    set_stock(merchant, 5, quantity)
    assert [row["quantity"] for row in rows(linked)] == [given]


def test_stock_rows_carry_channel(scx, linked, merchant):
    set_stock(merchant, 5, "1")
    assert rows(linked)[0]["channel"] == "DEMOSHOP"
    scx.settings(stockRowsCarryChannel=False)
    assert "channel" not in rows(linked)[0]


def test_stock_rows_need_channel_offer_id(scx, linked, merchant):
    set_stock(merchant, 5, "1")
    set_stock(merchant, 6, "1", channelOfferId="C6")
    assert [row["offerId"] for row in rows(linked)] == [5, 6]
    scx.settings(stockRowsNeedChannelOfferId=True)
    assert [row["offerId"] for row in rows(linked)] == [6]


def test_stock_query_required(scx, linked, merchant):
    set_stock(merchant, 5, "1")
    assert codes(linked, "GET", ONE, 400) == ["VAL100"]
    assert codes(linked, "GET", ONE, 400, params=LATE) == ["VAL100"]
    assert codes(linked, "GET", ALL, 400) == ["VAL100"]
    scx.settings(stockQueryRequired=False)
    assert [row["offerId"] for row in linked("GET", ONE, 200)["stockUpdateList"]] == [5]
    assert [row["offerId"] for row in linked("GET", ALL, 200)["stockUpdateList"]] == [5]
    assert linked("GET", ONE, 200, params={"sellerId": "S2"})["stockUpdateList"] == []


def test_stock_rows_most_never_makes_the_cursor_pass_a_row_over(scx, linked, merchant):
    items = [{"channel": "DEMOSHOP", "sellerId": "S1", "offerId": number, "quantity": "1"} for number in (1, 2, 3)]
    merchant("PUT", "/v1/seller/offer/stock", 201, json={"offerList": items})
    set_stock(merchant, 4, "1")
    set_stock(merchant, 5, "1")
    scx.settings(stockRowsMost=2)
    cursor, pages = LATE["updatedAfter"], []
    for _page in range(3):
        answer = linked("GET", ALL, 200, params={"updatedAfter": cursor})
        cursor = answer["lastUpdatedAt"]
        pages.append([row["offerId"] for row in answer["stockUpdateList"]])
    assert pages == [[1, 2, 3], [4, 5], []]


def test_stock_row_days(scx, linked, merchant):
    scx.settings(stockRowDays=2)
    set_stock(merchant, 5, "1")
    scx.advance(86_400)
    later = Party(scx.base_url, linked.refresh_token)
    assert [row["offerId"] for row in rows(later)] == [5]
    scx.advance(86_401)
    assert rows(Party(scx.base_url, linked.refresh_token)) == []


def test_stock_cursor_inclusive(scx, linked, merchant):
    set_stock(merchant, 5, "1")
    cursor = linked("GET", ALL, 200, params=LATE)["lastUpdatedAt"]
    assert rows(linked, updatedAfter=cursor) == []
    scx.settings(stockCursorInclusive=True)
    assert [row["offerId"] for row in rows(linked, updatedAfter=cursor)] == [5]


@pytest.mark.parametrize(("precision", "length"), [(None, 29), ("seconds", 25)])
def test_stock_time_precision(scx, linked, merchant, precision, length):
    scx.settings(stockTimePrecision=precision)
    set_stock(merchant, 5, "1")
    assert len(rows(linked)[0]["updatedAt"]) == length


# Offers, reports and prices


def test_offers_per_request(scx, linked, merchant):
    entries = [payloads.seller_offer("DEMOSHOP", payloads.offer_small("S1", number)) for number in (1, 2)]
    scx.settings(offersPerRequest=1)
    assert merchant.refusal("POST", "/v1/seller/offer", 400, json={"offerList": entries}) == [
        ("VAL100", "offerList: must have at most 1 items")
    ]
    scx.settings(offersPerRequest=None)
    merchant("POST", "/v1/seller/offer", 201, json={"offerList": entries})


def test_unknown_seller_in_report(scx, linked, merchant):
    items = [listed(5), listed(6, seller="S9")]
    refused = report(linked, "listed", 400, *items)["errorList"]
    assert [(error["code"], error["severity"]) for error in refused] == [("GEN700", "error")]
    scx.settings(unknownSellerInReport="warn-item")
    warned = report(linked, "listed", 201, *items)["errorList"]
    assert [(error["code"], error["severity"], error["hint"]) for error in warned] == [
        ("CHN401", "warning", None),
        ("GEN700", "warning", "6"),
    ]
    assert [each["offerId"] for each in scx.control("GET", "reports")["reports"]] == [5]
    assert len(merchant("GET", "/v2/seller/event", 200)["eventList"]) == 1
    assert linked("POST", OFFER + "listed", json={"offerList": [listed(7)]}).content == b""


def test_channel_offer_id_length(scx, linked):
    report(linked, "listed", 201, listed(channelOfferId="C" * 100))
    report(linked, "listed", 400, listed(channelOfferId="C" * 101))
    scx.settings(channelOfferIdLength=50)
    report(linked, "listed", 201, listed(channelOfferId="C" * 50))
    report(linked, "listed", 400, listed(channelOfferId="C" * 51))


@pytest.mark.parametrize("errors", [[], [{"code": "X", "message": "x" * 251}], [{"code": "X", "message": "x"}] * 251])
def test_listing_error_limits(scx, linked, errors):
    item = {"sellerId": "S1", "offerId": 5, "failedAt": AT, "errorList": errors}
    report(linked, "listing-failed", 400, item)
    scx.settings(listingErrorLimits=False)
    report(linked, "listing-failed", 201, item)


def test_price_type_repost(scx, shop):
    price = {"priceTypeId": "B2C", "displayName": "Retail"}
    for _time in range(2):
        shop("POST", "/v1/channel/price", 201, json=price)
    scx.settings(priceTypeRepost="refuse")
    assert shop.refusal("POST", "/v1/channel/price", 400, json=price) == [
        ("VAL100", "priceTypeId: is in use on this channel")
    ]
    shop("POST", "/v1/channel/price", 201, json={**price, "priceTypeId": "VIP"})


# Auth and quota


def swap(scx, party):
    return requests.post(f"{scx.base_url}/v1/auth", data={"refreshToken": party.refresh_token}, timeout=30)


def test_token_seconds(scx, shop):
    scx.settings(tokenSeconds=360)
    assert swap(scx, shop).json()["expiresIn"] == 360
    party = Party(scx.base_url, shop.refresh_token)
    scx.advance(361)
    assert party("GET", "/v1/channel").status_code == 401


def test_channel_scope(scx, shop, merchant):
    assert swap(scx, shop).json()["scope"] == "CHANNEL"
    scx.settings(channelScope="CHAN")
    assert swap(scx, shop).json()["scope"] == "CHAN"
    assert swap(scx, merchant).json()["scope"] == "SELLER"
    assert Party(scx.base_url, shop.refresh_token)("GET", "/v1/channel").status_code == 200


@pytest.mark.parametrize("status", [429, 426])
def test_auth_throttle_status(scx, shop, status):
    scx.settings(quotas={"default": [1, 60]}, authThrottleStatus=status)
    assert swap(scx, shop).status_code == status


@pytest.mark.parametrize(("profile", "limit"), [("sandbox", "6000"), ("production", "60")])
def test_quota_profile(scx, shop, profile, limit):
    scx.settings(quotaProfile=profile)
    assert shop("GET", "/v1/channel").headers["X-RateLimit-Limit"] == limit


@pytest.mark.parametrize(("per", "status"), [("channel", 429), ("token", 200)])
def test_quota_per(scx, shop, per, status):
    scx.settings(quotas={"channel": [1, 60]}, quotaPer=per)
    shop("GET", "/v1/channel", 200)
    assert shop("GET", "/v1/channel").status_code == 429
    assert Party(scx.base_url, shop.refresh_token)("GET", "/v1/channel").status_code == status


def until_window(scx, interval: int, seconds: int) -> None:
    """Move the emulator's clock to so many seconds before its next window begins."""
    now = requests.get(f"{scx.base_url}/control/clock", timeout=30).json()["now"]
    minute, second = int(now[14:16]), int(now[17:19])
    scx.advance((-(minute * 60 + second) - seconds) % interval)


@pytest.mark.parametrize(("window", "status"), [("sliding", 429), ("fixed", 200)])
def test_quota_window(scx, shop, window, status):
    scx.settings(quotas={"channel": [1, 1800]}, quotaWindow=window)
    until_window(scx, 1800, 300)
    party = Party(scx.base_url, shop.refresh_token)
    assert [party("GET", "/v1/channel").status_code for _call in range(2)] == [200, 429]
    scx.advance(310)
    assert party("GET", "/v1/channel").status_code == status


def test_quota_headers_on_429_and_retry_after(scx, shop):
    scx.settings(quotas={"channel": [1, 60]})
    shop("GET", "/v1/channel", 200)
    refused = shop("GET", "/v1/channel").headers
    assert refused["X-RateLimit-Remaining"] == "0"
    assert "Retry-After" not in refused
    scx.settings(quotaHeadersOn429=False, retryAfter=True)
    refused = shop("GET", "/v1/channel").headers
    assert not [name for name in refused if name.startswith("X-RateLimit")]
    assert 1 <= int(refused["Retry-After"]) <= 60


# Books


def test_body_limit(scx, shop):
    scx.settings(bodyLimit=10)
    shop("GET", "/v1/channel", 200)
    assert scx.books()[-1]["answer"] == '{"isActive'


def test_books_kept(scx, shop):
    scx.settings(booksKept=5)
    for _call in range(210):
        shop("GET", "/v1/channel/mfa-pin", 400)
    assert len(scx.books(limit=1000)) < 100
