import pytest

SESSION = "session: The session is unknown, has expired or has been used."


def session_of(url: str) -> str:
    return (url.partition("ession=")[2] or url.partition("?s=")[2]).partition("&")[0]


def sign_up(merchant, channel: str = "DEMOSHOP") -> str:
    return session_of(merchant("POST", f"/v1/seller/channel/{channel}", 201)["signUpUrl"])


def start_update(merchant, channel: str = "DEMOSHOP", seller: str = "S1") -> str:
    answer = merchant("PATCH", f"/v1/seller/channel/{channel}", 200, params={"sellerId": seller})
    assert seller not in answer["updateUrl"]
    return session_of(answer["updateUrl"])


def test_a_sign_up_links_the_seller(scx, shop, merchant):
    opened = merchant("POST", "/v1/seller/channel/DEMOSHOP", 201)
    session = session_of(opened["signUpUrl"])
    assert opened["signUpUrl"] == f"https://shop.example.com/join?session={session}&expiresAt={opened['expiresAt']}"
    assert shop("GET", "/v1/channel/seller/signup-session", 200, params={"session": session}) == {"jtlAccountId": 1001}
    assert shop("POST", "/v1/channel/seller", 201, json={"session": session, "sellerId": "S1"}) is None
    [seller] = shop("GET", "/v1/channel/seller/list", 200)["sellerList"]
    assert (seller["sellerId"], seller["jtlAccountId"]) == ("S1", 1001)
    assert seller["isActiveByJTL"] is seller["isActiveByChannel"] is True
    [own] = merchant("GET", "/v1/seller", 200)["sellerList"]
    assert (own["sellerId"], own["channel"], own["isActive"], own["reason"]) == ("S1", "DEMOSHOP", True, None)


def test_a_session_is_good_once(shop, merchant):
    session = sign_up(merchant)
    shop("POST", "/v1/channel/seller", 201, json={"session": session, "sellerId": "S1"})
    again = {"json": {"session": session, "sellerId": "S2"}}
    assert shop.refusal("POST", "/v1/channel/seller", 400, **again) == [("VAL100", SESSION)]
    params = {"session": session}
    assert shop.refusal("GET", "/v1/channel/seller/signup-session", 400, params=params) == [("VAL100", SESSION)]


def test_a_refused_sign_up_leaves_the_session_usable(shop, merchant):
    session = sign_up(merchant)
    [(code, message)] = shop.refusal("POST", "/v1/channel/seller", 400, json={"session": session, "sellerId": "S 1"})
    assert (code, message) == ("VAL100", r"sellerId: does not match the pattern ^[\w-]{1,50}$")
    shop("POST", "/v1/channel/seller", 201, json={"session": session, "sellerId": "S1"})


def test_a_session_expires_and_its_status_is_a_switch(scx, shop, merchant):
    session = sign_up(merchant)
    scx.advance(1801)
    scx.settings(sessionErrorStatus=404)
    params = {"session": session}
    assert shop.refusal("GET", "/v1/channel/seller/signup-session", 404, params=params) == [("GEN404", SESSION)]


def test_a_session_is_of_no_use_to_another_channel(scx, shop, merchant):
    params = {"session": sign_up(merchant)}
    other = scx.channel("OTHER")
    assert other("GET", "/v1/channel/seller/signup-session", params=params).status_code == 400


def test_a_known_seller_id_cannot_sign_up_again(linked, merchant):
    body = {"session": sign_up(merchant), "sellerId": "S1"}
    assert linked.refusal("POST", "/v1/channel/seller", 400, json=body) == [
        ("VAL100", "sellerId: is in use on this channel")
    ]


def test_the_guides_session_id_passes_unless_strict(scx, shop, merchant):
    session = sign_up(merchant)
    scx.settings(strict=True)
    assert shop("POST", "/v1/channel/seller", json={"sessionId": session, "sellerId": "S1"}).status_code == 400
    both = {"session": session, "sessionId": session}
    assert shop("GET", "/v1/channel/seller/signup-session", params=both).status_code == 200
    scx.settings(strict=False)
    shop("POST", "/v1/channel/seller", 201, json={"sessionId": session, "sellerId": "S1"})
    assert scx.books(method="POST", status=201, channel="DEMOSHOP")[-1]["deviations"] == [
        "sessionId in place of session"
    ]


@pytest.mark.parametrize(
    ("version", "status"),
    [("1.11.0.0", 201), ("1.11", 201), ("1.11.0.1", 201), ("2.0", 201), ("1.9.9.9", 400), ("1.10.99.0", 400)],
)
def test_an_old_wawi_cannot_sign_up(scx, merchant, version, status):
    scx.channel(minimumClientsVersionRequired=[{"type": "Wawi", "version": "1.11.0.0"}])
    answer = merchant("POST", "/v1/seller/channel/DEMOSHOP", status, headers={"User-Agent": f"Wawi/{version}"})
    assert "signUpUrl" in answer or answer["errorList"][0]["code"] == "SLR202"


def test_an_update_session_gives_the_seller_and_ends_with_the_patch(linked, merchant):
    session = start_update(merchant)
    path = "/v1/channel/seller/update-session"
    assert linked("GET", path, 200, params={"session": session}) == {"sellerId": "S1"}
    assert linked("GET", path, 200, params={"sessionId": session}) == {"sellerId": "S1"}
    linked("PATCH", "/v1/channel/seller", 201, json={"session": session, "isActive": "", "companyName": "Neu"})
    [seller] = linked("GET", "/v1/channel/seller/list", 200)["sellerList"]
    assert (seller["isActiveByChannel"], seller["companyName"]) == (False, "Neu")
    assert linked("GET", path, params={"session": session}).status_code == 400


def test_a_merchant_who_unlinks_is_kept_and_revived_by_an_update(scx, linked, merchant):
    merchant("DELETE", "/v1/seller/channel/DEMOSHOP/S1", 202)
    [event] = linked.events()
    assert event["type"] == "Seller:Channel.Unlinked"
    assert (event["event"]["sellerId"], event["event"]["permanentlyRemoved"]) == ("S1", False)
    [seller] = linked("GET", "/v1/channel/seller/list", 200)["sellerList"]
    assert seller["isActiveByJTL"] is False
    linked("PATCH", "/v1/channel/seller", 201, json={"session": start_update(merchant), "isActive": True})
    [seller] = linked("GET", "/v1/channel/seller/list", 200)["sellerList"]
    assert (seller["isActiveByJTL"], seller["isActiveByChannel"]) == (True, True)


def test_a_channel_that_unlinks_makes_scx_forget_the_seller(linked):
    linked("DELETE", "/v1/channel/seller/S1", 204, params={"reason": "contract ended"})
    [event] = linked.events()
    assert (event["event"]["reason"], event["event"]["permanentlyRemoved"]) == ("contract ended", True)
    assert linked("GET", "/v1/channel/seller/list", 200) == {"sellerList": []}
    assert [code for code, _text in linked.refusal("DELETE", "/v1/channel/seller/S1", 404)] == ["GEN404"]


def test_unlinking_twice_is_chn204_while_scx_remembers(scx, linked):
    scx.settings(permanentlyRemovedByChannel=False)
    linked("DELETE", "/v1/channel/seller/S1", 204)
    assert linked.refusal("DELETE", "/v1/channel/seller/S1", 400) == [("CHN204", "The seller is already unlinked.")]
    assert linked("DELETE", "/v1/channel/sellerId/S1").status_code == 400
    assert scx.books()[-1]["deviations"] == ["/v1/channel/sellerId/ in place of /v1/channel/seller/"]
