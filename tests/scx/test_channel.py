import pytest
from pytest_httpserver import HTTPServer

from platforms.scx.channel import ChannelInfo, Reference
from platforms.scx.errors import ErrorItem, ScxProtocolError, ScxRefused

CHANNEL = "/prefix/v1/channel"


def test_the_settings_are_read_as_received(httpserver: HTTPServer, client):
    settings = {"channel": "AMAZONDE", "featureList": [], "stockSyncGroup": None, "somethingNew": 1}
    httpserver.expect_request(CHANNEL).respond_with_json({"isActive": False, "channel": settings})
    assert client.channel.get() == ChannelInfo(is_active=False, settings=settings)


@pytest.mark.parametrize("body", [{}, {"channel": []}, []])
def test_an_answer_without_settings_breaks_the_protocol(httpserver: HTTPServer, client, body):
    httpserver.expect_request(CHANNEL).respond_with_json(body)
    with pytest.raises(ScxProtocolError):
        client.channel.get()


def test_a_pin_is_asked_for_and_goes_with_the_changes(httpserver: HTTPServer, client, sent):
    httpserver.expect_request(f"{CHANNEL}/mfa-pin", method="GET").respond_with_data(status=204)
    httpserver.expect_request(CHANNEL, method="PATCH").respond_with_data(status=200)
    changes = {"signUpUrl": "https://example.com/?session={SESSION}", "updateUrl": None, "vendor": "x"}
    assert client.channel.mfa_pin() == ()
    assert client.channel.patch(" 12345670 ", changes) == ()
    assert sent()[1].get_json() == {**changes, "mfaPin": "12345670"}


@pytest.mark.parametrize(
    ("pin", "changes", "reason"),
    [
        ("1", {"channel": "OTHER"}, "nobody change channel"),
        ("1", {"signUpUrl": "https://example.com/"}, "signUpUrl: the address must contain {SESSION}"),
        (" ", {"vendor": "x"}, "without the pin"),
    ],
)
def test_changes_scx_would_not_take_are_never_sent(client, sent, pin, changes, reason):
    with pytest.raises(ValueError, match=reason):
        client.channel.patch(pin, changes)
    assert sent() == []


@pytest.mark.parametrize("code", ["GHN900", "CHN900", "CHN901", "CHN910"])
def test_a_pin_problem_is_told_by_its_code(httpserver: HTTPServer, client, code):
    httpserver.expect_request(CHANNEL, method="PATCH").respond_with_json(
        {"errorList": [{"code": code, "message": "pin"}]}, status=400
    )
    with pytest.raises(ScxRefused) as caught:
        client.channel.patch("12345670", {"vendor": "x"})
    assert caught.value.codes == {code}


def test_a_price_type_is_created(httpserver: HTTPServer, client, sent):
    httpserver.expect_request(f"{CHANNEL}/price", method="POST").respond_with_data(status=201)
    client.channel.create_price_type("B2C", "Consumers")
    client.channel.create_price_type("B2B", "Companies", "net prices")
    assert [request.get_json() for request in sent()] == [
        {"priceTypeId": "B2C", "displayName": "Consumers"},
        {"priceTypeId": "B2B", "displayName": "Companies", "description": "net prices"},
    ]


def test_a_price_type_without_name_is_never_sent(client, sent):
    with pytest.raises(ValueError, match="needs an id and a display name"):
        client.channel.create_price_type("B2C", "")
    assert sent() == []


def test_a_seller_is_notified_and_warnings_come_back(httpserver: HTTPServer, client, sent):
    httpserver.expect_request(f"{CHANNEL}/notification", method="POST").respond_with_json(
        {"errorList": [{"code": "CHN401", "message": "part", "severity": "warning"}]}, status=201
    )
    warnings = client.channel.notify("4711", "Hello", "ERROR", Reference("OFFER", "7"))
    assert warnings == (ErrorItem("CHN401", "part", "warning"),)
    assert sent()[0].get_json() == {
        "sellerId": "4711",
        "severity": "ERROR",
        "message": "Hello",
        "reference": {"type": "OFFER", "id": "7"},
    }


def test_an_empty_notification_is_never_sent(client, sent):
    with pytest.raises(ValueError, match="cannot be empty"):
        client.channel.notify("4711", "")
    assert sent() == []


@pytest.mark.parametrize(
    "body",
    [
        [{"channel": "A"}, "x"],
        {"channelList": [{"channel": "A"}]},
        {"errorList": None, "total": 1, "salesChannels": [{"channel": "A"}]},
        {"others": [{"channel": "B"}], "channelList": [{"channel": "A"}]},
    ],
)
def test_the_public_list_is_read_whatever_its_wrapper_and_needs_no_token(httpserver: HTTPServer, client, body):
    httpserver.expect_request("/prefix/v1/public/channel").respond_with_json(body)
    assert client.channel.public_list(offset=0, limit=100, marketplace="DE") == [{"channel": "A"}]
    [(request, _)] = httpserver.log
    assert request.args.to_dict() == {"offset": "0", "limit": "100", "marketplace": "DE"}
    assert "Authorization" not in request.headers


def test_a_public_list_without_list_breaks_the_protocol(httpserver: HTTPServer, client):
    httpserver.expect_request("/prefix/v1/public/channel").respond_with_json({"total": 0})
    with pytest.raises(ScxProtocolError, match="without a list of channels"):
        client.channel.public_list()
