"""The console: everything the control API does, by hand, on pages that need no script."""

import json
import re

import pytest
import requests
from django.test import RequestFactory

from platforms.sandbox.locality import is_local
from tests.sandbox.conftest import Party, Scx

PAGES = ("", "/channels", "/faults", "/settings", "/events", "/books", "/reports", "/mails")


class Console:
    """A browser without script: reads pages and posts their forms."""

    def __init__(self, base_url: str, language: str = "en") -> None:
        self.base_url = f"{base_url}/console"
        self.session = requests.Session()
        self.session.headers["Accept-Language"] = language

    def get(self, path: str = "", answered: int = 200, /, **params) -> str:
        answer = self.session.get(self.base_url + path, params=params, timeout=30)
        assert answer.status_code == answered
        return answer.text

    def post(self, path: str, action: str, answered: int = 200, /, *, files=None, **fields) -> str:
        """The page after the redirect, or the page with what was refused."""
        token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', self.get(path))
        assert token is not None
        data = {**fields, "action": action, "csrfmiddlewaretoken": token[1]}
        answer = self.session.post(self.base_url + path, data=data, files=files, timeout=30)
        assert answer.status_code == answered, answer.text
        assert len(answer.history) == (1 if answered == 200 else 0)
        return answer.text


@pytest.fixture
def console(scx: Scx) -> Console:
    return Console(scx.base_url)


@pytest.mark.parametrize("language", ["en", "de"])
@pytest.mark.parametrize("path", PAGES)
def test_every_page_answers_empty_and_full(scx, language, path):
    console = Console(scx.base_url, language)
    assert f'<html lang="{language}">' in console.get(path)
    shop = scx.channel(mfaContact="ops@example.com")
    scx.merchant(jtlAccountId=1001)
    scx.link("DEMOSHOP", "S1", jtlAccountId=1001)
    scx.emit("DEMOSHOP")
    shop("GET", "/v1/channel/mfa-pin", 200)
    item = {
        "sellerId": "S1",
        "offerId": 1,
        "failedAt": "2024-02-13T06:00:00Z",
        "errorList": [{"code": "A", "message": "b"}],
    }
    shop("POST", "/v1/channel/offer/listing-failed", 201, json={"offerList": [item]})
    scx.control(
        "POST", "faults", json={"fault": "delay", "rate": 0.5, "match": {"method": "GET", "channel": "DEMOSHOP"}}
    )
    assert "</html>" in console.get(path)


def test_a_call_from_another_machine_is_no_call_from_here(settings):
    settings.ALLOWED_HOSTS = ["localhost"]
    addresses = ["127.0.0.1", "::1", "::ffff:127.0.0.1", "192.0.2.7", "::ffff:192.0.2.7", "2001:db8::1", ""]
    here = {"HTTP_HOST": "localhost"}
    answers = [is_local(RequestFactory().get("/console", REMOTE_ADDR=address, **here)) for address in addresses]
    assert answers == [True, True, True, False, False, False, False]


def test_another_language_is_chosen_on_the_page_one_is_on(scx, console):
    page = console.get("/books?status=4xx")
    token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page)
    back = re.search(r'name="back" value="([^"]+)"', page)
    data = {"csrfmiddlewaretoken": token[1], "back": back[1], "language": "de"}
    answer = console.session.post(f"{scx.base_url}/language", data=data, timeout=30)
    assert answer.url == f"{scx.base_url}/console/books?status=4xx"
    assert '<html lang="de">' in answer.text


def test_a_form_without_its_token_is_not_obeyed(scx, console):
    answer = console.session.post(f"{console.base_url}", data={"action": "reset"}, timeout=30)
    assert answer.status_code == 403


def test_an_action_that_is_none_is_refused_in_words(console):
    assert "There is no such action." in console.post("/faults", "explode", 400)


class TestChannels:
    def test_an_empty_emulator_shows_the_way_of_an_integration(self, scx, console):
        page = console.get("/channels")
        assert "in three steps" in page
        assert f"{scx.base_url}/v1/auth" in page
        page = console.post("/channels", "create", code="MYSHOP", kind="standalone", isActive="on")
        assert "The channel MYSHOP is set up." in page
        token = re.search(r"<pre class=\"whole\">(CHANNEL:[\w-]+)</pre>", page)
        assert token is not None
        assert Party(scx.base_url, token[1]).events() == []

    def test_what_the_form_says_the_channel_has(self, scx, console):
        console.post(
            "/channels",
            "create",
            code="plat",
            kind="platform",
            signUpUrl="https://p.example.com/{SESSION}",
            isActive="on",
        )
        wish = {
            "stockSyncGroup": "EU",
            "countries": "DE, AT",
            "languages": "de",
            "minimumClientsVersionRequired": "1.11.0.0",
        }
        console.post(
            "/channels",
            "create",
            code="plat-de",
            kind="marketplace of plat",
            isActive="on",
            variationsSupported="on",
            **wish,
        )
        child, platform = sorted(scx.control("GET", "channels")["channels"], key=lambda channel: channel["isPlatform"])
        assert (platform["refreshToken"], platform["signUpUrl"]) == (None, "https://p.example.com/{SESSION}")
        assert (child["platform"], child["stockSyncGroup"], child["countries"]) == ("plat", "EU", ["DE", "AT"])
        assert child["minimumClientsVersionRequired"] == [{"type": "Wawi", "version": "1.11.0.0"}]
        assert child["featureList"]["variationsSupported"] is True
        assert "https://p.example.com/{SESSION}" in console.get("/channels/plat-de")

    def test_a_channel_is_changed_and_keeps_its_token(self, scx, shop, console):
        page = console.post("/channels/DEMOSHOP", "change", kind="standalone", displayName="Neu", currency="CHF")
        assert "The channel DEMOSHOP is changed." in page
        [channel] = scx.control("GET", "channels")["channels"]
        assert (channel["displayName"], channel["currency"], channel["isActive"]) == ("Neu", "CHF", False)
        assert (channel["signUpUrl"], channel["refreshToken"]) == ("", shop.refresh_token)

    def test_price_types_are_given_between_commas(self, scx, console):
        console.post("/channels", "create", code="MYSHOP", kind="standalone", priceTypes="B2C, B2B")
        assert scx.control("GET", "channels")["channels"][0]["priceTypes"] == ["B2C", "B2B"]
        assert 'value="B2C, B2B"' in console.get("/channels/MYSHOP")

    @pytest.mark.parametrize(
        ("values", "words"),
        [
            (
                {"kind": "marketplace of plat", "signUpUrl": "https://x.example.com/{SESSION}"},
                "inherits the URLs of its platform",
            ),
            ({"kind": "standalone", "stockSyncGroup": "EU"}, "Only a marketplace can be in a stock sync group."),
            ({"kind": "standalone", "code": "a b"}, "does not match the pattern"),
            ({"kind": "standalone", "code": "x\0y"}, "Null characters are not allowed."),
            ({"kind": "standalone", "currency": "EURO"}, "must have at most 3 characters"),
            ({"kind": "standalone", "minimumClientsVersionRequired": "newest"}, "does not match the pattern"),
            ({"kind": "marketplace of nobody"}, "not one of the available choices"),
        ],
    )
    def test_a_broken_rule_is_told_at_the_form(self, scx, console, values, words):
        scx.platform("plat-de")
        page = console.post("/channels", "create", 400, **{"code": "fresh", **values})
        assert words in page
        assert {each["code"] for each in scx.control("GET", "channels")["channels"]} == {"plat", "plat-de"}

    def test_a_platform_with_marketplaces_stays_one(self, scx, console):
        scx.platform("plat-de")
        assert "must stay a platform" in console.post("/channels/plat", "change", 400, kind="standalone")

    def test_tokens_are_revoked_and_renewed(self, scx, shop, console):
        console.post("/channels/DEMOSHOP", "revoke")
        assert shop("GET", "/v1/channel").status_code == 401
        again = Party(scx.base_url, shop.refresh_token)
        console.post("/channels/DEMOSHOP", "revoke", refreshToken="on")
        assert again("GET", "/v1/channel").status_code == 401
        assert shop.refresh_token not in console.get("/channels/DEMOSHOP")
        console.post("/channels/DEMOSHOP", "renew")
        [channel] = scx.control("GET", "channels")["channels"]
        assert channel["refreshToken"].startswith("CHANNEL:")

    def test_sellers_are_connected_and_disconnected(self, scx, shop, console):
        assert "The seller S1 is connected." in console.post(
            "/channels/DEMOSHOP", "link", sellerId="S1", companyName="Süß"
        )
        assert "already" in console.post("/channels/DEMOSHOP", "link", 400, sellerId="S1")
        assert "sellerId" in console.post("/channels/DEMOSHOP", "link", 400, sellerId="S-1", jtlAccountId="9" * 30)
        console.post("/channels/DEMOSHOP", "unlink", sellerId="S1", permanentlyRemoved="on", reason="gone")
        [event] = shop.events()
        assert (event["event"]["reason"], event["event"]["permanentlyRemoved"]) == ("gone", True)
        assert "There is no seller S1" in console.post("/channels/DEMOSHOP", "unlink", 400, sellerId="S1")

    def test_a_platforms_seller_trades_on_the_marketplaces_ticked(self, scx, console):
        scx.platform("m-de", "m-uk")
        console.post("/channels/plat", "link", sellerId="S1", marketplaces=["m-uk"])
        [seller] = scx.control("GET", "sellers")["sellers"]
        assert [each["channel"] for each in seller["memberships"]] == ["m-uk"]

    def test_a_channel_that_is_none(self, console):
        console.get("/channels/NOBODY", 404)


class TestFaults:
    def test_a_fault_strikes_is_listed_and_cleared(self, scx, shop, console):
        wish = {"fault": "status", "status": "503", "count": "2", "path": "/v1/channel", "channel": "DEMOSHOP"}
        assert "The fault status is in force." in console.post("/faults", "add", **wish)
        scx.misbehaves = True
        assert shop("GET", "/v1/channel").status_code == 503
        page = console.get("/faults")
        assert "struck 1 time" in page
        assert "1 time left" in page
        [fault] = scx.control("GET", "faults")["faults"]
        console.post("/faults", "remove", id=fault["id"])
        assert scx.control("GET", "faults") == {"faults": []}
        assert shop("GET", "/v1/channel").status_code == 200

    def test_all_are_cleared(self, scx, console):
        console.post("/faults", "add", fault="delay", seconds="0,5", rate="0.25")
        [fault] = scx.control("GET", "faults")["faults"]
        assert (fault["seconds"], fault["rate"], fault["left"]) == (0.5, 0.25, None)
        console.post("/faults", "clear")
        assert scx.control("GET", "faults") == {"faults": []}

    def test_every_kind_is_offered_with_its_sentence(self, scx, console):
        page = console.get("/faults")
        for kind in re.findall(r'name="fault" value="(\w+)"', page):
            console.post("/faults", "add", fault=kind)
        offered = [fault["fault"] for fault in scx.control("GET", "faults")["faults"]]
        assert {"status", "throttle", "redeliver", "clock_skew"} <= set(offered)
        assert page.count('type="radio"') == len(offered)

    @pytest.mark.parametrize(
        "wish",
        [
            {"fault": "delay", "status": "503"},
            {"fault": "status", "status": "9" * 5000},
            {"fault": "status", "rate": "2"},
            {"fault": "delay", "seconds": "1e400"},
            {"fault": "delay", "count": "-1"},
            {"fault": "status", "path": "no slash"},
            {"fault": "status", "path": "/\0"},
            {"fault": "nonsense"},
            {},
        ],
    )
    def test_a_fault_that_makes_no_sense_is_refused_in_words(self, scx, console, wish):
        assert 'class="problem"' in console.post("/faults", "add", 400, **wish)
        assert scx.control("GET", "faults") == {"faults": []}

    @pytest.mark.parametrize("number", ["", "7", "x", "9" * 40])
    def test_clearing_a_fault_that_is_none(self, console, number):
        assert 'class="problem"' in console.post("/faults", "remove", 400, id=number)


class TestSettings:
    def test_every_setting_is_shown_and_a_saved_page_changes_nothing(self, scx, console):
        before = scx.control("GET", "settings")
        page = console.get("/settings")
        assert set(re.findall(r'name="shown" value="(\w+)"', page)) == set(before)
        assert "Nothing has changed." in console.post("/settings", "save", shown="tokenSeconds", tokenSeconds="3600")
        assert scx.control("GET", "settings") == before

    def test_strict_is_one_click(self, scx, console):
        console.post("/settings", "save", shown="strict", strict="on")
        assert scx.control("GET", "settings")["strict"] is True
        console.post("/settings", "save", shown="strict")
        assert scx.control("GET", "settings")["strict"] is False

    def test_settings_of_each_kind_change_and_go_back(self, scx, console):
        wish = {
            "retryAfter": "on",
            "sessionErrorStatus": "404",
            "deliveryLimit": "3",
            "redeliverySeconds": "2,5",
            "quotas": '{"event": [5, 60]}',
        }
        console.post("/settings", "save", shown=list(wish), **wish)
        settings = scx.control("GET", "settings")
        assert [settings[name] for name in wish] == [True, 404, 3, 2.5, {"event": [5, 60]}]
        console.post("/settings", "restore", setting="deliveryLimit")
        assert scx.control("GET", "settings")["deliveryLimit"] == 10
        console.post("/settings", "restore")
        assert scx.control("GET", "settings")["quotas"] == {}

    @pytest.mark.parametrize("seconds", [300, 1234567, 0.000025, 86400.125, 10**9])
    def test_what_is_shown_is_saved_as_it_was(self, scx, console, seconds):
        scx.settings(redeliverySeconds=seconds)
        shown = re.search(r'name="redeliverySeconds" value="([^"]+)"', console.get("/settings"))
        assert shown is not None
        page = console.post("/settings", "save", shown="redeliverySeconds", redeliverySeconds=shown[1])
        assert "Nothing has changed." in page

    @pytest.mark.parametrize(
        ("name", "value"),
        [
            ("deliveryLimit", "9" * 5000),
            ("deliveryLimit", "many"),
            ("redeliverySeconds", "NaN"),
            ("redeliverySeconds", "1e999"),
            ("quotas", "{"),
            ("quotas", '{"event": [NaN, 1]}'),
            ("quotas", "[" * 5000),
            ("quotas", '{"a\\u0000\\ud800": 1}'),
            ("quotaProfile", "wild\0"),
        ],
    )
    def test_a_value_that_does_not_fit_is_refused_in_words(self, scx, console, name, value):
        before = scx.control("GET", "settings")
        assert 'class="problem"' in console.post("/settings", "save", 400, shown=name, **{name: value})
        assert scx.control("GET", "settings") == before

    def test_a_setting_that_is_none(self, console):
        assert "There is no setting nonsense" in console.post("/settings", "restore", 400, setting="nonsense")


class TestEvents:
    def test_a_payload_is_sent_under_a_type(self, shop, console):
        page = console.post("/events", "emit", channel="DEMOSHOP", type="Seller:Future.Thing", json='{"a": [1]}')
        assert "1 event is queued." in page
        [event] = shop.events()
        assert (event["type"], event["event"]) == ("Seller:Future.Thing", {"a": [1]})

    def test_events_come_from_a_file(self, shop, console):
        content = json.dumps([{"type": "System:Test", "event": {}}] * 2)
        page = console.post("/events", "emit", channel="DEMOSHOP", files={"file": ("events.json", content)})
        assert "2 events are queued." in page
        assert len(shop.events()) == 2

    @pytest.mark.parametrize(
        "text",
        ["", "{", "NaN", "[" * 5000, "[1]", '{"eventList": 1}', '{"eventList": [{}]}', "[]", '"a\\ud800"', "9" * 5000],
    )
    def test_what_is_no_event_is_refused_in_words(self, scx, shop, console, text):
        assert 'class="problem"' in console.post("/events", "emit", 400, channel="DEMOSHOP", json=text)
        assert scx.control("GET", "events") == {"events": []}

    def test_a_file_that_is_no_text_and_a_channel_that_is_none(self, shop, console):
        page = console.post("/events", "emit", 400, channel="DEMOSHOP", files={"file": ("x", b"\xff\xfe")})
        assert "UTF-8" in page
        assert "not allowed" in console.post("/events", "emit", 400, channel="a\0", type="t", json="{}")
        assert "There is no channel B." in console.post("/events", "emit", 400, channel="B", type="t", json="{}")

    def test_the_queue_is_counted_and_filtered(self, scx, shop, console):
        first, *_rest = scx.emit("DEMOSHOP", 3)
        scx.emit("DEMOSHOP", type="Seller:Future.Thing")
        shop.events(eventTypeFilter="System:Test")
        shop("DELETE", "/v1/channel/event", 204, json={"eventIdList": [first]})
        page = console.get("/events")
        numbers = {
            state: re.search(rf"state={state}\">(\d+)<", page)[1]
            for state in ("waiting", "delivered", "acknowledged", "dead")
        }
        assert numbers == {"waiting": "1", "delivered": "2", "acknowledged": "1", "dead": "0"}
        assert self.shown(console, state="delivered") == 2
        assert self.shown(console, type="Seller:Future.Thing", channel="DEMOSHOP") == 1
        assert self.shown(console, channel="OTHER") == 0

    @pytest.mark.parametrize("odd", ["[]", "\0", "9" * 2000, "²"])
    def test_a_filter_that_makes_no_sense_is_no_failure(self, scx, shop, console, odd):
        scx.emit("DEMOSHOP")
        assert self.shown(console, state=odd, before=odd) == 1
        assert self.shown(console, type=odd, channel=odd) == 0

    def test_pages_lead_to_older_events(self, scx, shop, console):
        scx.emit("DEMOSHOP", 60)
        page = console.get("/events", type="System:Test")
        assert page.count('href="/console/events/') == 50
        older = re.search(r'href="\?([^"]*before=\d+)"', page)
        assert older is not None
        rest = console.get("/events?" + older[1].replace("&amp;", "&"))
        assert rest.count('href="/console/events/') == 10

    def test_one_event_is_shown_dead_after_its_last_delivery(self, scx, shop, console):
        scx.emit("DEMOSHOP")
        path = f"/events/{scx.control('GET', 'events')['events'][0]['seq']}"
        scx.settings(deliveryLimit=1, redeliverySeconds=0)
        assert len(shop.events()) == 1
        assert '<span class="state failed">dead</span>' in console.get(path)

    def test_one_event_is_shown_whole_and_sent_again(self, scx, shop, console):
        [event_id] = scx.emit("DEMOSHOP", event={"sellerId": "<b>\x00\ud800"}, createdAt="2024-01-01T00:00:00Z")
        path = f"/events/{scx.control('GET', 'events')['events'][0]['seq']}"
        page = console.get(path)
        assert "&lt;b&gt;" in page
        assert "2024-01-01T00:00:00+00:00" in page
        console.post(path, "again")
        # Half a character is JSON to some and none to others.
        scx.misbehaves = True
        assert [event["id"] for event in shop.events()] == [event_id] * 2

    @pytest.mark.parametrize("path", ["/events/7", f"/events/{10**30}", "/books/7", f"/books/{10**30}"])
    def test_numbers_that_lead_nowhere(self, console, path):
        console.get(path, 404)

    @staticmethod
    def shown(console: Console, **params) -> int:
        return console.get("/events", **params).count('href="/console/events/')


class TestCapturedEvents:
    """`POST /control/events` takes what SCX itself answers."""

    def test_a_captured_answer_goes_to_the_channel_named_in_the_query(self, scx, shop):
        captured = {
            "id": "5cde84164d811d00144581f8",
            "createdAt": "2024-02-13T06:00:00+0000",
            "type": "System:Test",
            "event": [],
        }
        body = {"eventList": [{**captured, "clientVersion": "1.9"}, captured]}
        ids = scx.control("POST", "events", 201, json=body, params={"channel": "DEMOSHOP"})["ids"]
        assert ids == [captured["id"]] * 2
        first, second = shop.events()
        assert first == {**captured, "createdAt": "2024-02-13T06:00:00+00:00", "clientVersion": "1.9"}
        assert "clientVersion" not in second

    def test_a_lone_captured_event_goes_there_too(self, scx, shop):
        scx.control("POST", "events", 201, json={"type": "System:Test", "event": {}}, params={"channel": "DEMOSHOP"})
        assert len(shop.events()) == 1

    @pytest.mark.parametrize(
        "body", [{"eventList": None}, {"eventList": {}}, {"eventList": [1]}, {"eventList": [{"type": "a"}]}, 7]
    )
    def test_what_is_no_list_of_events_is_refused_with_its_place(self, scx, shop, body):
        answer = scx.control("POST", "events", 400, json=body, params={"channel": "DEMOSHOP"})
        assert "must be" in answer["error"] or "required" in answer["error"]
        assert shop.events() == []


class TestBooks:
    def test_a_request_is_found_by_each_filter(self, scx, shop, console):
        shop("PATCH", "/v1/channel/event", 204, json={"eventIdList": ["x"]})
        scx.control("POST", "faults", json={"fault": "status", "status": 503, "match": {"path": "/v1/channel/seller"}})
        shop("GET", "/v1/channel/seller/list", 503)
        requests.get(f"{scx.base_url}/v1/nowhere", timeout=30)
        assert self.shown(console) == 4
        assert self.shown(console, deviations="1") == 1
        assert self.shown(console, fault="1") == 1
        assert self.shown(console, status="5xx", method="GET") == 1
        assert self.shown(console, status="404") == 1
        assert self.shown(console, path="/v1/channel", channel="DEMOSHOP") == 2
        assert self.shown(console, deviations="1", fault="1") == 0

    @pytest.mark.parametrize("status", ["x", "9" * 5000, "-1", "\0", "²", "6xx"])
    def test_a_status_that_is_none_finds_nothing(self, shop, console, status):
        assert self.shown(console, status=status) == 0

    @pytest.mark.parametrize("before", ["x", "9" * 5000, "-1", "²", "\0"])
    def test_a_place_that_is_none_is_the_beginning(self, shop, console, before):
        assert self.shown(console, before=before) == 1

    def test_an_entry_shows_both_bodies_and_no_secret(self, scx, shop, console):
        shop("POST", "/v1/channel/price", 201, json={"priceTypeId": "B2C", "displayName": "<i>ü"})
        page = console.get(f"/books/{scx.books(path='/v1/channel/price')[0]['id']}")
        assert "&quot;priceTypeId&quot;: &quot;B2C&quot;" in page
        assert "<i>" not in page
        page = console.get(f"/books/{scx.books(path='/v1/auth')[0]['id']}")
        assert "***" in page
        assert shop.refresh_token not in page

    def test_reports_are_found_by_each_filter(self, linked, console):
        items = [{"sellerId": "S1", "offerId": number, "startedAt": "2024-02-13T06:00:00Z"} for number in (1, 2)]
        linked("POST", "/v1/channel/offer/in-progress", 201, json={"offerList": items})
        assert self.reported(console) == 2
        assert self.reported(console, offerId="2", sellerId="S1", channel="DEMOSHOP", state="in_progress") == 1
        for offer_id in ("x", "9" * 5000, "²", "\0"):
            assert self.reported(console, offerId=offer_id) == 0

    @staticmethod
    def shown(console: Console, **params) -> int:
        return console.get("/books", **params).count('href="/console/books/')

    @staticmethod
    def reported(console: Console, **params) -> int:
        return console.get("/reports", **params).count('<td class="time"')


def test_mails_show_the_pin_and_its_end(scx, console):
    shop = scx.channel(mfaContact="ops@example.com")
    shop("GET", "/v1/channel/mfa-pin", 200)
    [mail] = scx.control("GET", "mails")["mails"]
    page = console.get("/mails")
    assert mail["pin"] in page
    assert "ops@example.com" in page
    assert ">good<" in page
    scx.advance(901)
    assert ">expired<" in console.get("/mails")
    shop = scx.channel(mfaContact="ops@example.com")
    shop("GET", "/v1/channel/mfa-pin", 200)
    newest = scx.control("GET", "mails")["mails"][-1]["pin"]
    shop("PATCH", "/v1/channel", json={"displayName": "Neu", "mfaPin": newest})
    assert ">used<" in console.get("/mails")


class TestOverview:
    def test_the_clock_moves_and_comes_back(self, scx, console):
        assert "For SCX it is" in console.post("", "advance", count="1,5", unit="hours")
        assert scx.control("GET", "clock")["offset"] == 5400
        console.post("", "real_time")
        assert scx.control("GET", "clock")["offset"] == 0

    @pytest.mark.parametrize("count", ["", "x", "nan", "inf", "1e300", "9" * 400, "\0"])
    def test_a_time_that_is_none_is_refused_in_words(self, scx, console, count):
        assert 'class="problem"' in console.post("", "advance", 400, count=count, unit="days")
        assert scx.control("GET", "clock")["offset"] == 0

    def test_merchants_are_made_renamed_and_lose_their_tokens(self, scx, console):
        console.post("", "account", companyName="Süß & Söhne", jtlAccountId="1782")
        console.post("", "account", companyName="Süß", jtlAccountId="1782")
        [account] = scx.control("GET", "accounts")["accounts"]
        assert account["companyName"] == "Süß"
        merchant = Party(scx.base_url, account["refreshToken"])
        console.post("", "revoke", jtlAccountId="1782", refreshToken="on")
        assert merchant("GET", "/v1/seller").status_code == 401
        assert "ATH100" in console.get()
        console.post("", "account", jtlAccountId="1782")
        assert "ATH100" not in console.get()

    @pytest.mark.parametrize("number", ["x", "0", "9" * 30, "\0"])
    def test_a_merchant_number_that_is_none(self, console, number):
        assert 'class="problem"' in console.post("", "account", 400, jtlAccountId=number)

    def test_everything_goes_on_demand(self, scx, shop, console):
        assert "The emulator is empty." in console.post("", "reset")
        assert scx.control("GET", "channels") == {"channels": []}

    def test_both_sides_lead_to_each_other(self, scx, console):
        assert 'href="/console"' in requests.get(scx.base_url, timeout=30).text
        assert 'href="/"' in console.get()
