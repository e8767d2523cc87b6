import pytest

from tests.contract import walks
from tests.contract.walks import SELLERS, own_sellers, sellers_of, start_sign_up, start_update

SIGN_UP = f"{SELLERS}/signup-session"
UPDATE = f"{SELLERS}/update-session"


def codes_of(party, method, path, status, **kwargs):
    return [code for code, _path in party.codes(method, path, status, **kwargs)]


def test_a_sign_up_links_the_seller(shop, merchant, seller_id):
    session = start_sign_up(merchant, shop.code)
    account = shop("GET", SIGN_UP, 200, params={"session": session})["jtlAccountId"]
    shop("POST", SELLERS, 201, json={"session": session, "sellerId": seller_id, "companyName": "Süß KG"})
    seller = sellers_of(shop)[seller_id]
    assert (seller["jtlAccountId"], seller["companyName"]) == (account, "Süß KG")
    assert seller["isActiveByJTL"] is seller["isActiveByChannel"] is True
    own = own_sellers(merchant)[shop.code, seller_id]
    assert (own["isActive"], own["reason"]) == (True, None)


def test_the_channels_url_template_carries_the_session(control, merchant):
    control.channel(signUpUrl="https://shop.example.com/join?a=1&session={SESSION}#top")
    url = merchant("POST", "/v1/seller/channel/DEMOSHOP", 201)["signUpUrl"]
    assert url.startswith("https://shop.example.com/join?a=1&session=")
    assert "{" not in url
    assert walks.session_of(url)


def test_an_update_goes_to_the_update_url(control, merchant):
    shop = control.channel(updateUrl="https://shop.example.com/settings?session={SESSION}")
    walks.sign_up(merchant, shop, "S1")
    answer = merchant("PATCH", "/v1/seller/channel/DEMOSHOP", 200)
    assert answer["updateUrl"].startswith("https://shop.example.com/settings?session=")
    assert answer["sellerId"] == "S1"


def test_without_an_update_url_the_update_goes_to_the_sign_up_url(control, linked, merchant):
    url = merchant("PATCH", "/v1/seller/channel/DEMOSHOP", 200)["updateUrl"]
    assert url.startswith("https://shop.example.com/join?session=")


@pytest.mark.inferred("neither the status nor the code of a used session is published")
def test_a_session_is_good_once(shop, merchant, seller_id):
    session = start_sign_up(merchant, shop.code)
    shop("POST", SELLERS, 201, json={"session": session, "sellerId": seller_id})
    again = {"session": session, "sellerId": f"{seller_id}b"}
    assert shop.codes("POST", SELLERS, 400, json=again) == [("VAL100", "session")]
    assert shop.codes("GET", SIGN_UP, 400, params={"session": session}) == [("VAL100", "session")]


@pytest.mark.parametrize("path", [SIGN_UP, UPDATE])
@pytest.mark.inferred("neither the status nor the code of an unknown session is published")
def test_an_unknown_session_is_refused(shop, path):
    assert shop.codes("GET", path, 400, params={"session": "0" * 36}) == [("VAL100", "session")]
    assert shop.codes("GET", path, 400) == [("VAL100", "session")]


def test_a_session_of_one_kind_does_not_open_the_other(linked, merchant, seller_id):
    sign_up, update = start_sign_up(merchant, linked.code), start_update(merchant, linked.code, seller_id)
    assert not linked("GET", UPDATE, params={"session": sign_up}).ok
    assert not linked("GET", SIGN_UP, params={"session": update}).ok
    assert not linked("POST", SELLERS, json={"session": update, "sellerId": f"{seller_id}b"}).ok


@pytest.mark.inferred("whether a refused sign-up spends its session is not said")
def test_a_refused_sign_up_leaves_the_session_usable(shop, merchant, seller_id):
    session = start_sign_up(merchant, shop.code)
    errors = shop.codes("POST", SELLERS, 400, json={"session": session, "sellerId": "no blanks"})
    assert errors == [("VAL100", "sellerId")]
    shop("POST", SELLERS, 201, json={"session": session, "sellerId": seller_id})


def test_a_session_expires(control, shop, merchant):
    session = start_sign_up(merchant, shop.code)
    control.advance(1799)
    shop("GET", SIGN_UP, 200, params={"session": session})
    control.advance(2)
    shop("GET", SIGN_UP, 400, params={"session": session})


def test_the_status_of_a_bad_session_is_a_switch(control, shop):
    control.settings(sessionErrorStatus=404)
    assert codes_of(shop, "GET", SIGN_UP, 404, params={"session": "none"}) == ["GEN404"]


def test_a_session_is_of_no_use_to_another_channel(control, shop, merchant):
    params = {"session": start_sign_up(merchant, shop.code)}
    assert control.channel("OTHER")("GET", SIGN_UP, params=params).status_code == 400


@pytest.mark.inferred("no source says how a seller id in use is refused")
def test_a_known_seller_id_cannot_sign_up_again(linked, merchant, seller_id):
    body = {"session": start_sign_up(merchant, linked.code), "sellerId": seller_id}
    assert linked.codes("POST", SELLERS, 400, json=body) == [("VAL100", "sellerId")]


def test_the_guides_session_id_passes_unless_strict(control, shop, merchant):
    session = start_sign_up(merchant, shop.code)
    control.settings(strict=True)
    shop("POST", SELLERS, 400, json={"sessionId": session, "sellerId": "S1"})
    shop("GET", SIGN_UP, 200, params={"session": session, "sessionId": session})
    control.settings(strict=False)
    shop("POST", SELLERS, 201, json={"sessionId": session, "sellerId": "S1"})
    [deviation] = control.books(method="POST", status=201, path=SELLERS)[-1]["deviations"]
    assert "sessionId" in deviation


@pytest.mark.parametrize(
    ("version", "status"),
    [("1.11.0.0", 201), ("1.11", 201), ("1.11.0.1", 201), ("2.0", 201), ("1.9.9.9", 400), ("1.10.99.0", 400)],
)
def test_an_old_wawi_cannot_sign_up_and_is_told_slr202(control, merchant, version, status):
    control.channel(minimumClientsVersionRequired=[{"type": "Wawi", "version": "1.11.0.0"}])
    answer = merchant("POST", "/v1/seller/channel/DEMOSHOP", status, headers={"User-Agent": f"Wawi/{version}"})
    assert "signUpUrl" in answer or answer["errorList"][0]["code"] == "SLR202"


def test_sellers_that_are_there_are_not_asked_for_their_version(control, linked, merchant):
    control.channel(minimumClientsVersionRequired=[{"type": "Wawi", "version": "99.0"}])
    merchant("PATCH", f"/v1/seller/channel/{linked.code}", 200)


@pytest.mark.inferred("no source says how a sign-up on an unknown channel is refused")
def test_a_sign_up_needs_a_channel_there_is(merchant):
    assert codes_of(merchant, "POST", "/v1/seller/channel/NOWHERE", 404) == ["GEN404"]


def test_an_update_session_gives_the_seller_and_ends_with_the_patch(linked, merchant, seller_id):
    session = start_update(merchant, linked.code, seller_id)
    assert linked("GET", UPDATE, 200, params={"session": session}) == {"sellerId": seller_id}
    linked("PATCH", SELLERS, 201, json={"session": session, "isActive": False, "companyName": "Neu"})
    seller = sellers_of(linked)[seller_id]
    assert (seller["isActiveByChannel"], seller["companyName"]) == (False, "Neu")
    assert not linked("GET", UPDATE, params={"session": session}).ok


@pytest.mark.inferred("that an unlinked seller stays in the list with isActiveByJTL false is not said")
def test_a_merchant_who_unlinks_is_kept_and_revived_by_an_update(linked, merchant, seller_id):
    merchant("DELETE", f"/v1/seller/channel/{linked.code}/{seller_id}", 202)
    [event] = linked.received(1)
    assert event["type"] == "Seller:Channel.Unlinked"
    assert (event["event"]["sellerId"], event["event"]["permanentlyRemoved"]) == (seller_id, False)
    assert sellers_of(linked)[seller_id]["isActiveByJTL"] is False
    session = start_update(merchant, linked.code, seller_id)
    linked("PATCH", SELLERS, 201, json={"session": session, "isActive": True})
    seller = sellers_of(linked)[seller_id]
    assert (seller["isActiveByJTL"], seller["isActiveByChannel"]) == (True, True)


@pytest.mark.inferred("the reason of the event after a channel's own unlink is not published")
def test_a_channel_that_unlinks_makes_scx_forget_the_seller(linked, seller_id):
    linked("DELETE", f"{SELLERS}/{seller_id}", 204, params={"reason": "contract ended"})
    [event] = linked.received(1)
    assert event["type"] == "Seller:Channel.Unlinked"
    assert (event["event"]["reason"], event["event"]["permanentlyRemoved"]) == ("contract ended", True)
    assert seller_id not in sellers_of(linked)


def test_unlinking_an_unknown_seller_is_gen404(shop, seller_id):
    assert codes_of(shop, "DELETE", f"{SELLERS}/{seller_id}", 404) == ["GEN404"]


def test_unlinking_twice_is_chn204_while_scx_remembers(control, linked, seller_id):
    control.settings(permanentlyRemovedByChannel=False)
    linked("DELETE", f"{SELLERS}/{seller_id}", 204)
    assert codes_of(linked, "DELETE", f"{SELLERS}/{seller_id}", 400) == ["CHN204"]


def test_a_merchant_cannot_unlink_a_stranger(control, linked, seller_id):
    stranger = control.merchant()
    assert codes_of(stranger, "DELETE", f"/v1/seller/channel/{linked.code}/{seller_id}", 404) == ["GEN404"]
    assert own_sellers(stranger) == {}


def test_the_guides_path_of_unlinking_passes_and_is_noted(control, linked, seller_id):
    linked("DELETE", f"{SELLERS}Id/{seller_id}", 204)
    assert control.books()[-1]["deviations"] == ["/v1/channel/sellerId/ in place of /v1/channel/seller/"]
