"""Spellings that only the guides use: they pass and are noted in the books; strict mode refuses them with VAL100."""

import pytest
import requests

from tests.contract.walks import start_sign_up, start_update

AT = "2024-02-13T06:00:00+00:00"
PATTERN = r"does not match the pattern ^\w{1,50}$"
CHANNEL_PATTERN = r"does not match the pattern ^\w{5,15}$"


class Modes:
    """Makes one call as strict SCX and as the default one; the books tell what deviated."""

    def __init__(self, scx) -> None:
        self.scx = scx

    def refused(self, call, note: str) -> None:
        self.scx.settings(strict=True)
        answer = call()
        assert answer.status_code == 400, answer.text
        assert {error["code"] for error in answer.json()["errorList"]} == {"VAL100"}
        assert note in " ".join(error["message"] for error in answer.json()["errorList"])

    def noted(self, call, *notes: str, status: int = 200) -> None:
        self.scx.settings(strict=False)
        answer = call()
        assert answer.status_code == status, answer.text
        assert self.scx.books()[-1]["deviations"] == list(notes)

    def __call__(self, call, note: str, status: int = 200) -> None:
        self.refused(call, note)
        self.noted(call, note, status=status)


@pytest.fixture
def modes(scx) -> Modes:
    return Modes(scx)


@pytest.mark.parametrize("method", ["POST", "PATCH"])
def test_session_id_in_a_body(modes, linked, merchant, method):
    session = start_sign_up(merchant, "DEMOSHOP") if method == "POST" else start_update(merchant, "DEMOSHOP", "S1")
    body = {"sessionId": session, "sellerId": "S2", "isActive": True}
    call = lambda: linked(method, "/v1/channel/seller", json=body)  # noqa: E731
    modes(call, "sessionId in place of session", 201)


@pytest.mark.parametrize("kind", ["signup", "update"])
def test_session_id_in_a_query(modes, linked, merchant, kind):
    params = {
        "sessionId": start_sign_up(merchant, "DEMOSHOP")
        if kind == "signup"
        else start_update(merchant, "DEMOSHOP", "S1")
    }
    modes(lambda: linked("GET", f"/v1/channel/seller/{kind}-session", params=params), "sessionId in place of session")


def test_unlinking_under_the_guides_path(modes, linked):
    modes(
        lambda: linked("DELETE", "/v1/channel/sellerId/S1"),
        "/v1/channel/sellerId/ in place of /v1/channel/seller/",
        204,
    )


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("minClientsVersionRequired", [{"type": "Wawi", "version": "1.11.0.0"}]),
        ("minWawiVersionRequired", [{"type": "Wawi", "version": "1.11.0.0"}]),
        ("minWawiVersionRequired", "1.11.0.0"),
    ],
)
def test_other_names_of_the_minimum_version(scx, modes, shop, key, value):
    modes.refused(lambda: shop("PATCH", "/v1/channel", json={key: value}), key)
    scx.settings(mfaPinRequired=False)
    modes.noted(
        lambda: shop("PATCH", "/v1/channel", json={key: value}),
        f"{key} in place of minimumClientsVersionRequired",
    )
    shown = shop("GET", "/v1/channel", 200)["channel"]
    assert shown["minimumClientsVersionRequired"] == [{"type": "Wawi", "version": "1.11.0.0"}]


def test_acknowledging_with_patch(scx, modes, shop):
    ids = scx.emit("DEMOSHOP")
    call = lambda: shop("PATCH", "/v1/channel/event", json={"eventIdList": ids})  # noqa: E731
    modes(call, "PATCH in place of DELETE", 204)
    scx.advance(301)
    assert shop.events() == []


@pytest.mark.parametrize(("method", "status"), [("GET", 200), ("DELETE", 204)])
def test_events_in_the_plural(scx, modes, shop, method, status):
    ids = scx.emit("DEMOSHOP")
    call = lambda: shop(method, "/v1/channel/events", json={"eventIdList": ids})  # noqa: E731
    modes(call, "/v1/channel/events in place of /v1/channel/event", status)


def test_two_deviations_of_one_call_are_both_noted(scx, modes, shop):
    ids = scx.emit("DEMOSHOP")
    modes.noted(
        lambda: shop("PATCH", "/v1/channel/events", json={"eventIdList": ids}),
        "/v1/channel/events in place of /v1/channel/event",
        "PATCH in place of DELETE",
        status=204,
    )


def test_merchants_events_under_the_other_version(modes, merchant):
    modes(lambda: merchant("GET", "/v1/seller/event"), "GET /v1/seller/event in place of /v2/seller/event")
    body = {"eventIdList": ["x"]}
    modes(
        lambda: merchant("DELETE", "/v2/seller/event", json=body),
        "DELETE /v2/seller/event in place of /v1/seller/event",
        204,
    )


def test_a_refresh_token_as_multipart(scx, modes, shop):
    form = {"refreshToken": (None, shop.refresh_token)}
    call = lambda: requests.post(  # noqa: E731
        f"{scx.base_url}/v1/auth", files=form, headers={"Accept-Language": "en"}, timeout=30
    )
    modes(call, "multipart/form-data in place of application/x-www-form-urlencoded")


# Assignments


@pytest.fixture
def market(scx, merchant):
    [market, _sibling] = scx.platform("market_de", "market_fr")
    scx.link("plat", "S1", jtlAccountId=1001)
    return market


def assign(market, **body):
    return market("POST", "/v1/channel/seller/platform/1001", json={"sellerId": "S1", **body})


def test_the_reference_form_of_an_assignment_is_no_deviation(scx, modes, market):
    modes.noted(lambda: assign(market, isActive=True, companyName="Neu"))
    scx.settings(strict=True)
    assert assign(market).status_code == 200


def test_the_tokens_own_channel_in_an_assignment_is_noted_and_passes_in_both_modes(scx, modes, market):
    modes.noted(lambda: assign(market, channel="market_de"), "channel in an assignment")
    scx.settings(strict=True)
    assert assign(market, channel="market_de").status_code == 200


@pytest.mark.parametrize("mode", ["honour", "ignore"])
def test_a_sibling_in_an_assignment_is_refused_when_strict(scx, modes, market, mode):
    scx.settings(assignmentChannel=mode)
    modes.refused(lambda: assign(market, channel="market_fr"), "is not the channel of the access token")
    modes.noted(
        lambda: assign(market, channel="market_fr"),
        f"channel market_fr in an assignment with a token of market_de: {mode}d".replace("honourd", "honoured"),
    )


# Names


@pytest.mark.parametrize("seller", ["SELLER-123", "a-b-c"])
def test_seller_ids_with_hyphens(modes, shop, merchant, seller):
    body = {"session": start_sign_up(merchant, "DEMOSHOP"), "sellerId": seller}
    call = lambda: shop("POST", "/v1/channel/seller", json=body)  # noqa: E731
    modes.refused(call, PATTERN)
    modes.noted(call, r"sellerId outside the pattern ^\w{1,50}$", status=201)


@pytest.mark.parametrize("seller", ["S 1", "S/1", "S.1", "x" * 51, "", "ä"])
@pytest.mark.parametrize("strict", [False, True])
def test_other_seller_ids_are_refused_in_both_modes(scx, shop, merchant, seller, strict):
    scx.settings(strict=strict)
    body = {"session": start_sign_up(merchant, "DEMOSHOP"), "sellerId": seller}
    assert shop("POST", "/v1/channel/seller", json=body).status_code == 400


def test_a_hyphen_is_noted_once_for_a_batch_and_wherever_a_seller_is_named(scx, modes, shop, merchant):
    scx.link("DEMOSHOP", "S-1", jtlAccountId=1001)
    note = r"sellerId outside the pattern ^\w{1,50}$"
    items = [{"sellerId": "S-1", "offerId": number, "listedAt": AT} for number in range(1, 4)]
    call = lambda: shop("POST", "/v1/channel/offer/listed", json={"offerList": items})  # noqa: E731
    modes.refused(call, f"offerList[2].sellerId: {PATTERN}")
    modes.noted(call, note, status=201)
    params = {"updatedAfter": AT, "sellerId": "S-1"}
    stock = lambda: shop("GET", "/v1/channel/offer/stock-updates", params=params)  # noqa: E731
    modes.refused(stock, PATTERN)
    modes.noted(stock, note)
    unlink = lambda: shop("DELETE", "/v1/channel/seller/S-1")  # noqa: E731
    modes.refused(unlink, PATTERN)
    modes.noted(unlink, note, status=204)


@pytest.mark.parametrize("code", ["amazon-de", "MDB"])
def test_channel_names_outside_the_pattern(scx, modes, merchant, code):
    scx.channel(code, signUpUrl="https://x.example/?s={SESSION}")
    note = r"channel outside the pattern ^\w{5,15}$"
    call = lambda: merchant("POST", f"/v1/seller/channel/{code}")  # noqa: E731
    modes.refused(call, CHANNEL_PATTERN)
    modes.noted(call, note, status=201)
    scx.link(code, "S1", jtlAccountId=1001)
    item = {"channel": code, "sellerId": "S1", "offerId": 1, "quantity": "1"}
    change = lambda: merchant("PUT", "/v1/seller/offer/stock", json={"offerList": [item]})  # noqa: E731
    modes.refused(change, CHANNEL_PATTERN)
    modes.noted(change, note, status=201)


@pytest.mark.parametrize("code", ["a b", "x" * 51])
def test_other_channel_names_are_refused(merchant, code):
    assert merchant("POST", f"/v1/seller/channel/{code}").status_code == 400


def test_in_strict_mode_the_control_api_names_sellers_by_the_pattern_too(scx, shop):
    scx.settings(strict=True)
    wish = {"channel": "DEMOSHOP", "sellerId": "S-1"}
    headers = {"Accept-Language": "en"}
    assert PATTERN in scx.control("POST", "sellers", 400, json=wish, headers=headers)["error"]


def test_a_call_in_the_reference_form_notes_nothing(scx, linked, merchant):
    scx.settings(strict=True)
    linked("POST", "/v1/channel/price", 201, json={"priceTypeId": "B2C", "displayName": "Retail"})
    linked.events()
    linked(
        "GET", "/v1/channel/seller/update-session", 200, params={"session": start_update(merchant, "DEMOSHOP", "S1")}
    )
    assert [book["deviations"] for book in scx.books()] == [[]] * len(scx.books())
