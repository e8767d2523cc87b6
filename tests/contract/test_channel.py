import pytest

from tests.contract import walks

CONTACT = "ops@example.com"


@pytest.fixture
def pin(control):
    """Has a pin mailed to a channel; gives it from the outbox."""

    def mailed(channel):
        channel("GET", "/v1/channel/mfa-pin", 200)
        return control.control("GET", "mails")["mails"][-1]["pin"]

    return mailed


def codes_of(channel, method, path, **body):
    return [code for code, _path in channel.codes(method, path, 400, json=body)]


def test_a_channel_reads_its_own_data(shop):
    answer = shop("GET", "/v1/channel", 200)
    assert answer["isActive"] is True
    assert answer["channel"]["channel"] == shop.code
    assert "stockUpdateWithoutEventSupported" in answer["channel"]["featureList"]


def test_without_an_update_url_the_sign_up_url_serves_both(control, shop):
    channel = shop("GET", "/v1/channel", 200)["channel"]
    assert channel["updateUrl"] == channel["signUpUrl"]


def test_a_marketplace_inherits_the_urls_of_its_platform(control, markets):
    channel = markets[0]("GET", "/v1/channel", 200)["channel"]
    assert channel["signUpUrl"] == "https://platform.example.com/?session={SESSION}"
    assert (channel["platform"], channel["isPlatform"]) == ("PLATFORM", False)


def test_changing_channel_data_needs_a_mailed_pin_that_works_once(control, pin):
    shop = control.channel(mfaContact=CONTACT)
    assert shop("GET", "/v1/channel/mfa-pin").text == ""
    [mail] = control.control("GET", "mails")["mails"]
    assert (mail["to"], len(mail["pin"])) == (CONTACT, 8)
    change = {"mfaPin": mail["pin"], "displayName": "Neu", "minimumClientsVersionRequired": None}
    shop("PATCH", "/v1/channel", 200, json=change)
    assert shop("GET", "/v1/channel", 200)["channel"]["displayName"] == "Neu"
    assert codes_of(shop, "PATCH", "/v1/channel", **change) == ["CHN901"]
    assert mail["pin"] not in str(control.books())


def test_a_change_leaves_alone_what_it_does_not_name(control, pin):
    shop = control.channel(mfaContact=CONTACT, vendor="Alt", featureList={"variationsSupported": True})
    shop("PATCH", "/v1/channel", 200, json={"mfaPin": pin(shop), "featureList": {"allowCombineOrders": True}})
    channel = shop("GET", "/v1/channel", 200)["channel"]
    assert channel["vendor"] == "Alt"
    assert channel["featureList"]["variationsSupported"] is channel["featureList"]["allowCombineOrders"] is True


@pytest.mark.inferred("the change log prints GHN900, and no source a status")
def test_a_change_without_a_pin_is_chn900(shop):
    assert codes_of(shop, "PATCH", "/v1/channel", displayName="Neu") == ["CHN900"]


def test_a_wrong_pin_is_chn901(control, shop):
    assert codes_of(shop, "PATCH", "/v1/channel", mfaPin="00000000") == ["CHN901"]


def test_a_pin_expires_with_chn901(control, pin):
    shop = control.channel(mfaContact=CONTACT)
    mailed = pin(shop)
    control.advance(901)
    assert codes_of(shop, "PATCH", "/v1/channel", mfaPin=mailed) == ["CHN901"]


def test_a_pin_with_nowhere_to_go_is_chn910(control, shop):
    assert codes_of(shop, "GET", "/v1/channel/mfa-pin") == ["CHN910"]


def test_a_marketplace_cannot_set_urls(control, pin):
    [market] = control.platform("MARKETDE")
    control.channel("MARKETDE", platform="PLATFORM", mfaContact=CONTACT)
    change = {"mfaPin": pin(market), "signUpUrl": "https://x/{SESSION}"}
    assert codes_of(market, "PATCH", "/v1/channel", **change) == ["VAL100"]
    market("PATCH", "/v1/channel", 200, json={**change, "signUpUrl": ""})


def test_a_price_type_needs_an_id_and_a_name(shop):
    errors = shop.codes("POST", "/v1/channel/price", 400, json={"description": "x"})
    assert errors == [("VAL100", "priceTypeId"), ("VAL100", "displayName")]


@pytest.mark.inferred("no source names the merchant's event of a notification")
def test_a_notification_reaches_the_merchant(linked, merchant, seller_id):
    body = {"sellerId": seller_id, "severity": "WARNING", "message": "Bitte prüfen"}
    linked("POST", "/v1/channel/notification", 201, json=body)
    [event] = [each for each in merchant.own_events() if each["event"].get("sellerId") == seller_id]
    assert event["type"] == "Channel:Notification"
    assert event["event"] == {**body, "channel": linked.code}


@pytest.mark.parametrize("severity", ["INFO", "WARNING", "ERROR"])
def test_a_notification_has_one_of_three_severities(linked, seller_id, severity):
    body = {"sellerId": seller_id, "message": "Hallo", "reference": {"type": "OFFER", "id": "5"}}
    linked("POST", "/v1/channel/notification", 201, json={**body, "severity": severity})
    linked("POST", "/v1/channel/notification", 400, json={**body, "severity": severity.lower()})


@pytest.mark.inferred("no source says how an unknown seller is refused here")
def test_a_notification_for_an_unknown_seller_is_gen700(shop, seller_id):
    body = {"sellerId": seller_id, "severity": "INFO", "message": "Hallo"}
    assert shop.codes("POST", "/v1/channel/notification", 400, json=body) == [("GEN700", "sellerId")]


@pytest.mark.inferred("no source says how an unknown route or method is refused")
def test_an_unknown_route_and_an_unknown_method_are_scx_errors(shop):
    assert [code for code, _path in shop.codes("GET", "/v1/nothing", 404)] == ["GEN404"]
    assert [code for code, _path in shop.codes("PUT", "/v1/channel", 405)] == ["GEN405"]


def test_the_public_list_needs_no_token_and_leaves_marketplaces_out(markets, shop):
    shop.session.headers.pop("Authorization")
    channels = {each["channel"]: each for each in shop("GET", "/v1/public/channel", 200)["channelList"]}
    platform = walks.platform_of(markets[0])
    assert {shop.code, platform} <= set(channels)
    assert not {market.code for market in markets} & set(channels)
    assert channels[platform]["isPlatform"] is True


@pytest.mark.inferred("the shape of a platform's marketplaces is described, not printed")
def test_the_public_list_names_a_platforms_marketplaces_with_their_groups_null_included(control, shop):
    control.platform("MARKETDE", "MARKETFR", group="EU")
    control.channel("MARKETUK", platform="PLATFORM")
    [platform] = [each for each in shop("GET", "/v1/public/channel", 200)["channelList"] if each["isPlatform"]]
    assert [(each["channel"], each["stockSyncGroup"]) for each in platform["marketplaceChannelList"]] == [
        ("MARKETDE", "EU"),
        ("MARKETFR", "EU"),
        ("MARKETUK", None),
    ]


def test_the_public_list_is_paged_and_filtered_by_country(control, shop):
    control.channel("ALPSHOP", countries=["AT"])

    def names(**params):
        answer = shop("GET", "/v1/public/channel", 200, params=params)
        return [each["channel"] for each in answer["channelList"]]

    assert names(marketplace="AT") == ["ALPSHOP"]
    assert (names(limit=1), names(offset=1, limit=1)) == (["ALPSHOP"], ["DEMOSHOP"])
    assert [code for code, _path in shop.codes("GET", "/v1/public/channel", 400, params={"limit": "x"})] == ["VAL100"]
