def test_a_channel_reads_its_own_data(scx, shop):
    answer = shop("GET", "/v1/channel", 200)
    assert answer["isActive"] is True
    assert answer["channel"]["channel"] == "DEMOSHOP"
    assert answer["channel"]["updateUrl"] == answer["channel"]["signUpUrl"]
    assert answer["channel"]["featureList"]["stockUpdateWithoutEventSupported"] is False
    assert answer["channel"]["stockSyncGroup"] is None


def test_changing_channel_data_needs_a_mailed_pin_that_works_once(scx):
    shop = scx.channel(mfaContact="ops@example.com")
    assert shop("GET", "/v1/channel/mfa-pin").text == ""
    [mail] = scx.control("GET", "mails")["mails"]
    assert (mail["to"], len(mail["pin"])) == ("ops@example.com", 8)
    change = {"mfaPin": mail["pin"], "displayName": "Neu", "minimumClientsVersionRequired": None}
    shop("PATCH", "/v1/channel", 200, json=change)
    assert shop("GET", "/v1/channel", 200)["channel"]["displayName"] == "Neu"
    assert [code for code, _text in shop.refusal("PATCH", "/v1/channel", 400, json=change)] == ["CHN901"]
    assert mail["pin"] not in str(scx.books())


def test_pins_are_missing_expired_or_have_nowhere_to_go(scx, shop):
    assert [code for code, _text in shop.refusal("GET", "/v1/channel/mfa-pin", 400)] == ["CHN910"]
    assert [code for code, _text in shop.refusal("PATCH", "/v1/channel", 400, json={})] == ["CHN900"]
    scx.channel(mfaContact="ops@example.com")
    shop("GET", "/v1/channel/mfa-pin", 200)
    pin = scx.control("GET", "mails")["mails"][0]["pin"]
    scx.advance(901)
    assert [code for code, _text in shop.refusal("PATCH", "/v1/channel", 400, json={"mfaPin": pin})] == ["CHN901"]


def test_a_marketplace_cannot_set_urls(scx):
    scx.platform("m-de")
    m_de = scx.channel("m-de", platform="plat", mfaContact="ops@example.com")
    m_de("GET", "/v1/channel/mfa-pin", 200)
    change = {"mfaPin": scx.control("GET", "mails")["mails"][0]["pin"], "signUpUrl": "https://x"}
    assert [code for code, _text in m_de.refusal("PATCH", "/v1/channel", 400, json=change)] == ["VAL100"]
    m_de("PATCH", "/v1/channel", 200, json={**change, "signUpUrl": ""})


def test_a_notification_reaches_the_merchant(linked, merchant):
    body = {"sellerId": "S1", "severity": "WARNING", "message": "Bitte prüfen"}
    assert linked("POST", "/v1/channel/notification", 201, json=body) == {"errorList": None}
    [event] = merchant("GET", "/v2/seller/event", 200)["eventList"]
    assert event["event"] == {**body, "channel": "DEMOSHOP"}


def test_an_unknown_route_and_an_unknown_method_are_scx_errors(shop):
    assert [code for code, _text in shop.refusal("GET", "/v1/nothing", 404)] == ["GEN404"]
    assert [code for code, _text in shop.refusal("PUT", "/v1/channel", 405)] == ["GEN405"]
