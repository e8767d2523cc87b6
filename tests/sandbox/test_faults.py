from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

import pytest
import requests

from tests import payloads
from tests.sandbox.conftest import Party, Scx
from tests.sandbox_process import run_sandbox

ROUTE = "/v1/channel"
EVENTS = "/v1/channel/event"
PRICE = {"priceTypeId": "B2C", "displayName": "Endkunde"}
HOUR = timedelta(hours=1)


def fault(scx, kind, **values):
    return scx.control("POST", "faults", 201, json={"fault": kind, **values})


def listed(scx):
    return scx.control("GET", "faults")["faults"]


def counts(scx):
    [only] = listed(scx)
    return only["seen"], only["played"], only["left"]


def statuses(party, times, route=ROUTE):
    return [party("GET", route).status_code for _request in range(times)]


def ids(page):
    return [event["id"] for event in page]


# Requests and answers


def test_a_status_fault_speaks_german_unless_asked_for_english(scx, shop):
    fault(scx, "status", status=426, count=2)
    english = shop("GET", ROUTE)
    german = shop("GET", ROUTE, headers={"Accept-Language": ""})
    assert (english.status_code, german.status_code) == (426, 426)
    messages = [answer.json()["errorList"][0]["message"] for answer in (english, german)]
    assert messages == ["An internal error occurred.", "Es ist ein interner Fehler aufgetreten."]
    assert scx.books()[-1]["fault"] == "status"


def test_a_throttle_fault_need_not_say_how_long_to_wait(scx, shop):
    fault(scx, "throttle", status=426)
    fault(scx, "throttle", seconds=30)
    silent, kind = shop("GET", ROUTE), shop("GET", ROUTE)
    assert (silent.status_code, silent.headers.get("Retry-After")) == (426, None)
    assert (kind.status_code, kind.headers.get("Retry-After")) == (429, "30")


def test_a_gateway_may_answer_with_a_status_nobody_has_named(scx, shop):
    fault(scx, "html", status=520)
    answer = shop("GET", ROUTE)
    assert (answer.status_code, answer.text.count("520 Error")) == (520, 2)


def test_a_maintenance_page_may_come_as_a_success(scx, shop):
    fault(scx, "html", status=200)
    answer = shop("GET", ROUTE)
    assert (answer.status_code, answer.headers["Content-Type"][:9]) == (200, "text/html")


def test_a_revoked_token_opens_nothing_from_that_very_request_on(scx, shop, merchant):
    fault(scx, "revoke_token", match={"channel": "DEMOSHOP"})
    assert merchant("GET", "/v1/seller").status_code == 200
    assert shop.refusal("GET", ROUTE, 401)[0][0] == "ATH000"
    assert shop("GET", ROUTE).status_code == 401
    assert Party(scx.base_url, shop.refresh_token)("GET", ROUTE).status_code == 200
    [struck] = [book for book in scx.books() if book["fault"]]
    assert (struck["fault"], struck["channel"], struck["status"]) == ("revoke_token", "DEMOSHOP", 401)


def test_a_merchants_tokens_are_revoked_alike(scx, merchant):
    fault(scx, "revoke_token")
    assert merchant("GET", "/v1/seller").status_code == 401
    assert Party(scx.base_url, merchant.refresh_token)("GET", "/v1/seller").status_code == 200


def test_without_a_good_token_there_is_nothing_to_revoke(scx):
    fault(scx, "revoke_token")
    assert requests.get(f"{scx.base_url}{ROUTE}", timeout=30).status_code == 401
    assert requests.get(f"{scx.base_url}/v1/public/channel", timeout=30).status_code == 200
    assert counts(scx) == (0, 0, 1)


@pytest.mark.parametrize("hours", [-48, 48])
def test_a_skewed_clock_dates_the_token_but_does_not_shorten_its_life(scx, shop, hours):
    fault(scx, "clock_skew", seconds=hours * 3600, match={"path": "/v1/auth"})
    answer = requests.post(f"{scx.base_url}/v1/auth", data={"refreshToken": shop.refresh_token}, timeout=30)
    shown = datetime.now(UTC) + timedelta(hours=hours)
    assert abs(parsedate_to_datetime(answer.headers["Date"]) - shown) < HOUR
    assert abs(datetime.fromisoformat(answer.json()["tokenExpireAt"]) - HOUR - shown) < HOUR
    assert answer.json()["expiresIn"] == 3600
    bearer = {"Authorization": f"Bearer {answer.json()['authToken']}"}
    later = requests.get(f"{scx.base_url}{ROUTE}", headers=bearer, timeout=30)
    assert later.status_code == 200
    assert abs(parsedate_to_datetime(later.headers["Date"]) - datetime.now(UTC)) < HOUR


def test_a_skewed_clock_dates_what_the_request_raises(scx, linked, offer):
    fault(scx, "clock_skew", seconds=-7 * 86400, match={"method": "POST", "path": "/v1/seller/offer"})
    offer(1)
    offer(2)
    created = [datetime.fromisoformat(event["createdAt"]) for event in linked.events()]
    assert [abs(datetime.now(UTC) - at) < HOUR for at in created] == [False, True]
    assert abs(created[1] - created[0] - timedelta(days=7)) < HOUR


def test_a_skewed_clock_dates_a_sign_up(scx, shop, merchant):
    fault(scx, "clock_skew", seconds=86400)
    tomorrow, today = (merchant("POST", "/v1/seller/channel/DEMOSHOP", 201)["expiresAt"] for _sign_up in range(2))
    assert abs(tomorrow - today - 86400) < 3600


def test_a_skewed_clock_leaves_leases_and_quotas_alone(scx, shop):
    scx.settings(quotas={"event": [3, 60]})
    fault(scx, "clock_skew", seconds=86400, count=2)
    scx.emit("DEMOSHOP")
    assert [len(shop.events()) for _fetch in range(3)] == [1, 0, 0]
    assert shop("GET", EVENTS).status_code == 429


@pytest.mark.parametrize(
    ("kind", "expected"),
    [("null_errors", None), ("warnings", [("CHN401", "warning", "Only a part of the batch was stored.")])],
)
def test_a_success_may_carry_an_error_list(scx, shop, kind, expected):
    fault(scx, kind, count=3)
    [event_id] = scx.emit("DEMOSHOP")
    with_page = shop("GET", EVENTS, 200)
    assert ids(with_page["eventList"]) == [event_id]
    answers = [
        with_page,
        shop("POST", "/v1/channel/price", 201, json=PRICE),
        shop("DELETE", EVENTS, 200, json={"eventIdList": [event_id]}),
    ]
    for answer in answers:
        errors = answer["errorList"]
        assert (errors and [(each["code"], each["severity"], each["message"]) for each in errors]) == expected
    assert {book["fault"] for book in scx.books(channel="DEMOSHOP") if book["path"] != "/v1/auth"} == {kind}
    assert shop("DELETE", EVENTS, json={"eventIdList": [event_id]}).status_code == 204
    scx.advance(301)
    assert shop.events() == []


def test_only_a_success_gets_a_warning(scx, shop):
    fault(scx, "warnings")
    assert shop("POST", "/v1/channel/price", json={}).status_code == 400
    assert counts(scx) == (0, 0, 1)


# Events


def test_a_duplicated_page_brings_first_copies_then_repeats_and_a_hundred_at_most(scx, shop):
    emitted = scx.emit("DEMOSHOP", 120)
    fault(scx, "duplicate")
    assert ids(shop.events()) == emitted[:50] * 2
    shop("DELETE", EVENTS, 204, json={"eventIdList": emitted[:50]})
    assert ids(shop.events()) == emitted[50:]


def test_a_page_comes_in_reverse_order(scx, shop):
    emitted = scx.emit("DEMOSHOP", 3)
    fault(scx, "out_of_order")
    assert ids(shop.events()) == emitted[::-1]
    shop("DELETE", EVENTS, 204, json={"eventIdList": emitted})
    scx.advance(301)
    assert shop.events() == []


def test_quantities_come_as_numbers(scx, shop):
    payload = payloads.offer_new("S1", 7)
    payload |= {"quantity": "508.00", "description": 'the words "quantity": "1"'}
    scx.emit("DEMOSHOP", 2, type="Seller:Offer.New", event=payload)
    fault(scx, "number_quantity")
    [event, _twin] = shop.events()
    number = event["event"]["quantity"]
    assert (number, type(number)) == (508.0, float)
    assert event["event"]["description"] == payload["description"]
    steps = [step for price in event["event"]["priceList"] for step in price["quantityPriceList"]]
    assert [type(step["amount"]) for step in steps] == [str] * len(steps)


def test_client_versions_are_left_out(scx, shop):
    scx.emit("DEMOSHOP", 2)
    fault(scx, "no_client_version")
    assert [sorted(event) for event in shop.events()] == [["createdAt", "event", "id", "type"]] * 2


def test_creation_times_are_written_with_a_short_offset(scx, shop):
    scx.emit("DEMOSHOP", createdAt="2024-02-13T06:00:00Z")
    fault(scx, "offset_time")
    assert [event["createdAt"] for event in shop.events()] == ["2024-02-13T06:00:00+0000"]


@pytest.mark.parametrize(
    ("kind", "given", "expected"),
    [
        ("unknown_type", {}, "Seller:Future.Thing"),
        ("unknown_type", {"type": "System:Tomorrow"}, "System:Tomorrow"),
        ("empty_payload", {}, "System:Test"),
        ("empty_payload", {"type": "Seller:Offer.New"}, "Seller:Offer.New"),
    ],
)
def test_an_extra_event_is_delivered_and_acknowledged_like_any_other(scx, shop, kind, given, expected):
    fault(scx, kind, **given)
    [event] = shop.events()
    assert event["type"] == expected
    assert (event["event"] == []) is (kind == "empty_payload")
    assert shop.events() == []
    scx.advance(301)
    assert shop.events() == [event]
    shop("DELETE", EVENTS, 204, json={"eventIdList": [event["id"]]})
    scx.advance(301)
    assert shop.events() == []


def test_an_acknowledgement_is_confirmed_and_forgotten(scx, shop):
    emitted = scx.emit("DEMOSHOP", 2)
    fault(scx, "redeliver")
    for expected in (emitted, emitted[:1], []):
        assert ids(shop.events()) == expected
        assert shop("DELETE", EVENTS, json={"eventIdList": emitted[:1]}).status_code == 204
    assert [book["fault"] for book in scx.books(method="DELETE")] == ["redeliver", None, None]


@pytest.mark.parametrize(
    "kind", ["duplicate", "out_of_order", "number_quantity", "no_client_version", "offset_time", "redeliver"]
)
def test_a_fault_of_events_waits_for_a_request_it_can_strike(scx, shop, merchant, kind):
    answer = fault(scx, kind)
    assert answer["strikes"].startswith("a channel's ")
    shop("GET", ROUTE, 200)
    merchant("GET", "/v2/seller/event", 200)
    assert shop.events() == []
    assert shop("DELETE", EVENTS, json={"eventIdList": []}).status_code == 400
    assert counts(scx) == (0, 0, 1)
    emitted = scx.emit("DEMOSHOP", 2)
    shop.events()
    shop("DELETE", EVENTS, 204, json={"eventIdList": emitted})
    assert counts(scx) == (1, 1, 0)
    assert [book["fault"] for book in scx.books() if book["fault"]] == [kind]


# Which requests, and how many


def test_a_fault_fits_by_method_path_and_channel(scx, shop):
    other = scx.channel("OTHER")
    fault(scx, "status", match={"method": "get", "path": "/v1/channel/sel", "channel": "DEMOSHOP"})
    assert other("GET", "/v1/channel/seller/list").status_code == 200
    assert shop("GET", ROUTE).status_code == 200
    assert shop("POST", "/v1/channel/seller", json={}).status_code == 400
    assert counts(scx) == (0, 0, 1)
    assert shop("GET", "/v1/channel/seller/list").status_code == 500


@pytest.mark.parametrize("how", ["data", "files"])
def test_a_channel_is_known_by_its_refresh_token_while_it_fetches_an_access_token(scx, shop, how):
    other = scx.channel("OTHER")
    fault(scx, "status", status=503, match={"channel": "DEMOSHOP", "path": "/v1/auth"})

    def auth(token):
        form = {"refreshToken": token if how == "data" else (None, token)}
        return requests.post(f"{scx.base_url}/v1/auth", **{how: form}, timeout=30).status_code

    assert auth("CHANNEL:unknown") == 400
    assert [auth(party.refresh_token) for party in (other, shop, shop)] == [200, 503, 200]


def test_the_oldest_fault_strikes_first_and_alone(scx, shop):
    fault(scx, "status", status=501)
    fault(scx, "status", status=502, count=2)
    assert statuses(shop, 4) == [501, 502, 502, 200]
    assert [(each["seen"], each["played"], each["left"]) for each in listed(scx)] == [(1, 1, 0), (2, 2, 0)]


def test_a_rate_strikes_the_same_requests_in_each_run(scx):
    runs = []
    for _run in range(2):
        scx.control("POST", "reset", 204, json={})
        shop = scx.channel()
        fault(scx, "status", rate=0.3, match={"path": ROUTE})
        runs.append(statuses(shop, 60))
        assert counts(scx) == (60, runs[-1].count(500), None)
    assert runs[0] == runs[1]
    assert 5 < runs[0].count(500) < 35


def test_a_rate_with_a_count_ends(scx, shop):
    fault(scx, "status", rate=0.5, count=3, match={"path": ROUTE})
    assert statuses(shop, 40).count(500) == 3
    assert counts(scx)[1:] == (3, 0)


def test_a_rate_of_one_strikes_until_it_is_cleared(scx, shop):
    fault(scx, "throttle", rate=1, match={"path": ROUTE})
    assert set(statuses(shop, 5)) == {429}
    scx.control("DELETE", "faults", 204)
    assert statuses(shop, 1) == [200]


@pytest.mark.parametrize("values", [{"count": 25}, {"count": 25, "rate": 0.5}])
def test_a_count_is_exact_however_many_ask_at_once(scx, shop, values):
    fault(scx, "status", status=503, match={"path": ROUTE}, **values)

    def ask(_number):
        party = Party(scx.base_url, shop.refresh_token, server=scx)
        return statuses(party, 15)

    with ThreadPoolExecutor(8) as pool:
        answers = [status for part in pool.map(ask, range(8)) for status in part]
    assert (answers.count(503), answers.count(200)) == (25, 95)
    assert counts(scx)[1:] == (25, 0)


def test_a_fault_of_a_page_is_exact_however_many_fetch_at_once(scx, shop):
    scx.emit("DEMOSHOP", 4000)
    fault(scx, "duplicate", count=10)
    with ThreadPoolExecutor(8) as pool:
        pages = list(pool.map(lambda _fetch: Party(scx.base_url, shop.refresh_token, server=scx).events(), range(40)))
    doubled = [page for page in pages if len(set(ids(page))) == len(page) / 2]
    assert len(doubled) == 10
    assert counts(scx) == (10, 10, 0)
    delivered = [event_id for page in pages for event_id in set(ids(page))]
    assert len(delivered) == len(set(delivered)) == 3500


def test_faults_survive_a_restart_with_what_is_left_of_them(tmp_path):
    def shop_of(base_url):
        return Scx(base_url).channel(refreshToken="CHANNEL:mine")

    with run_sandbox(tmp_path) as base_url:
        fault(Scx(base_url), "status", count=3, match={"path": ROUTE})
        assert statuses(shop_of(base_url), 1) == [500]
    with run_sandbox(tmp_path) as base_url:
        assert statuses(shop_of(base_url), 3) == [500, 500, 200]
        fault(Scx(base_url), "status", rate=1)
    with run_sandbox(tmp_path, arguments=["--reset"]) as base_url:
        assert listed(Scx(base_url)) == []
        assert statuses(shop_of(base_url), 1) == [200]


def test_a_reset_ends_faults(scx):
    fault(scx, "status", rate=1)
    scx.control("POST", "reset", 204, json={})
    assert listed(scx) == []
    assert statuses(scx.channel(), 1) == [200]


def test_one_fault_is_cleared_by_its_number(scx, shop):
    first, second = (fault(scx, "status", status=status, rate=1, match={"path": ROUTE}) for status in (501, 502))
    scx.control("DELETE", f"faults/{first['id']}", 204)
    assert listed(scx) == [second]
    assert statuses(shop, 1) == [502]
    for unknown in (first["id"], 10**30):
        assert str(unknown) in scx.control("DELETE", f"faults/{unknown}", 404)["error"]


def test_a_fault_is_listed_as_it_was_made(scx):
    match = {"method": "GET", "path": "/v1", "channel": "DEMOSHOP"}
    made = fault(scx, "throttle", seconds=1.5, rate=0.25, count=4, match=match)
    assert listed(scx) == [made]
    created = datetime.fromisoformat(made.pop("createdAt"))
    assert abs(datetime.now(UTC) - created) < HOUR
    assert made == {
        "id": made["id"],
        "fault": "throttle",
        "strikes": "any request, before the work",
        "match": match,
        "status": 429,
        "seconds": 1.5,
        "type": None,
        "rate": 0.25,
        "left": 4,
        "seen": 0,
        "played": 0,
    }


@pytest.mark.parametrize(
    ("wish", "words"),
    [
        ({}, "fault"),
        ({"fault": "explode"}, "There are: status, throttle"),
        ({"fault": "delay", "status": 500}, "The fault delay takes no status."),
        ({"fault": "duplicate", "seconds": 1}, "The fault duplicate takes no seconds."),
        ({"fault": "status", "type": "System:Test"}, "The fault status takes no type."),
        ({"fault": "delay", "seconds": -1}, "from 0 to 600"),
        ({"fault": "clock_skew", "seconds": 1e13}, "seconds of the fault clock_skew"),
        ({"fault": "status", "status": 200}, "from 400 to 599"),
        ({"fault": "status", "rate": 0}, "rate"),
        ({"fault": "status", "rate": 1.5}, "rate"),
        ({"fault": "status", "rate": "often"}, "rate"),
        ({"fault": "status", "count": 0}, "count"),
        ({"fault": "status", "match": {"path": "v1"}}, "path"),
        ({"fault": "status", "match": "everything"}, "match"),
    ],
)
def test_a_fault_that_makes_no_sense_is_refused(scx, wish, words):
    assert words in scx.control("POST", "faults", 400, json=wish)["error"]
    assert listed(scx) == []


# Tokens revoked by hand


def test_a_revoked_refresh_token_stays_revoked_until_the_channel_is_set_up_again(scx, shop):
    scx.control("POST", "channels/DEMOSHOP/revoke", 204, json={"refreshToken": True})
    form = {"refreshToken": shop.refresh_token}
    answer = requests.post(f"{scx.base_url}/v1/auth", data=form, timeout=30)
    assert (answer.status_code, answer.json()["errorList"][0]["code"]) == (400, "ATH100")
    assert shop("GET", ROUTE).status_code == 401
    assert scx.control("GET", "channels")["channels"][0]["refreshToken"] is None
    renewed = scx.channel()
    assert renewed.refresh_token != shop.refresh_token
    assert renewed("GET", ROUTE).status_code == 200


def test_access_tokens_alone_are_revoked_without_that_wish(scx, shop):
    scx.control("POST", "channels/DEMOSHOP/revoke", 204, json={})
    assert shop("GET", ROUTE).status_code == 401
    assert Party(scx.base_url, shop.refresh_token)("GET", ROUTE).status_code == 200


def test_a_merchants_tokens_are_revoked_by_hand_too(scx, shop, merchant):
    scx.control("POST", "accounts/1001/revoke", 204, json={})
    assert merchant("GET", "/v1/seller").status_code == 401
    assert Party(scx.base_url, merchant.refresh_token)("GET", "/v1/seller").status_code == 200
    scx.control("POST", "accounts/1001/revoke", 204, json={"refreshToken": True})
    scx.link("DEMOSHOP", "S1", jtlAccountId=1001)
    assert scx.control("GET", "accounts")["accounts"][0]["refreshToken"] is None
    assert scx.merchant(jtlAccountId=1001)("GET", "/v1/seller").status_code == 200


def test_only_what_is_there_can_be_revoked(scx):
    assert "NOWHERE" in scx.control("POST", "channels/NOWHERE/revoke", 400, json={})["error"]
    assert "4711" in scx.control("POST", "accounts/4711/revoke", 400, json={})["error"]
