"""What a pin can change at SCX: just what was chosen, never a URL with a marketplace's token, and read back."""

import ast
from pathlib import Path

import pytest
from django.core.exceptions import ValidationError
from hypothesis import given
from hypothesis import strategies as st

from platforms import at_scx, channel_patch, properties
from platforms.models import Channel, ChannelAtScx
from tests.factories import NOON, ChannelFactory, MarketplaceFactory, PlatformFactory

pytestmark = pytest.mark.django_db

CONTACT = "ops@example.com"
ELSEWHERE = "https://elsewhere.example/?session={SESSION}"
WAWI = [{"type": "Wawi", "version": "1.11.0.0"}]
EVERYTHING = list(properties.BY_NAME)
URLS = {"signUpUrl", "updateUrl"}


def adopted(sandbox, make, **values) -> Channel:
    """A channel of which everything that can differ does."""
    own = {"display_name": "Ours", "currency": "EUR", "countries": ["DE"], "minimum_client_versions": WAWI}
    flags = {"variationsSupported": True, "ofOurOwn": True}
    channel = sandbox.adopt(make(code="SHOP1", feature_flags=flags, **own), mfaContact=CONTACT)
    theirs = {"displayName": "Theirs", "currency": "CHF", "countries": ["AT"], **values}
    sandbox.call("POST", "/control/channels", json={"code": "SHOP1", **theirs})
    return channel


def pin_of(sandbox, channel) -> str:
    channel_patch.request_pin(channel)
    return sandbox.call("GET", "/control/mails")["mails"][-1]["pin"]


def patches(sandbox) -> list[str]:
    return [str(row["request"]) for row in sandbox.books(path="/v1/channel") if row["method"] == "PATCH"]


def differing(channel: Channel) -> set[str]:
    channel.refresh_from_db()
    return {each.name for each in properties.compare(channel, at_scx.of(channel)) if each.differs}


def test_a_standalone_channel_sends_its_urls_and_all_else_in_one_request(sandbox):
    channel = adopted(sandbox, ChannelFactory, signUpUrl=ELSEWHERE, updateUrl=ELSEWHERE)
    channel_patch.read_back(channel)
    wanted = {"display_name", "currency", "countries", "minimum_client_versions", "feature_flags"}
    assert differing(channel) == wanted | {"sign_up_url", "update_url"}
    assert channel_patch.send(channel, pin_of(sandbox, channel), differing(channel)) == []
    assert differing(channel) == set()
    (sent,) = patches(sandbox)
    assert all(name in sent for name in URLS)
    assert "ofOurOwn" not in sent


def test_only_what_was_chosen_is_sent(sandbox):
    channel = adopted(sandbox, ChannelFactory)
    assert channel_patch.send(channel, pin_of(sandbox, channel), ["currency"]) == []
    (sent,) = patches(sandbox)
    assert "currency" in sent
    for other in ("displayName", "marketplaceList", "featureList", "minimumClientsVersionRequired", *URLS):
        assert other not in sent
    assert differing(channel) == {"display_name", "countries", "minimum_client_versions", "feature_flags"}


def test_a_marketplace_sends_no_url_whatever_is_chosen(sandbox):
    channel = adopted(sandbox, MarketplaceFactory)
    sandbox.call("POST", "/control/channels", json={"code": channel.platform.code, "signUpUrl": ELSEWHERE})
    left = channel_patch.send(channel, pin_of(sandbox, channel), EVERYTHING)
    (sent,) = patches(sandbox)
    assert not [name for name in URLS if name in sent]
    assert "sign_up_url" in left
    assert not set(left) & {each.name for each in properties.patchable(channel)}


@given(names=st.sets(st.sampled_from(EVERYTHING)), url=st.sampled_from(["", ELSEWHERE]))
def test_no_choice_makes_a_marketplace_say_a_url(names, url):
    platform = Channel(code="plat1", kind="platform", sign_up_url=url)
    channel = Channel(code="SHOP1", kind="marketplace", platform=platform, currency="EUR")
    known = ChannelAtScx(channel=channel, settings={"featureList": {"signUpUrl": False}})
    sent: dict[str, object] = {}
    for each in properties.patchable(channel):
        sent |= properties.on_the_wire(each, channel, known) if each.name in names else {}
    assert not URLS & sent.keys()
    assert properties.patchable(platform) == []


def test_one_place_alone_patches_channels():
    root = Path(__file__).resolve().parents[2]
    callers = {
        path.name
        for app in ("platforms", "sellers", "listings", "stock")
        for path in (root / app).rglob("*.py")
        if "sandbox" not in path.parts
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Attribute) and node.attr == "patch" and "channel" in ast.unparse(node.value)
    }
    assert callers == {"channel_patch.py"}


def test_a_feature_that_scx_leaves_out_is_at_its_default_there():
    flags = {"variationsSupported": True, "allowCombineOrders": False, "ourOwn": 1}
    channel = ChannelFactory(feature_flags=flags)
    known = ChannelAtScx(channel=channel, settings={"featureList": {"priceUpdatesSupported": True}}, settings_at=NOON)
    row = next(each for each in properties.compare(channel, known) if each.name == "feature_flags")
    assert (row.ours, row.theirs, row.differs) == ({"variationsSupported": True}, {"variationsSupported": False}, True)
    sent = {"priceUpdatesSupported": True, "variationsSupported": True, "allowCombineOrders": False}
    assert properties.on_the_wire(row.about, channel, known) == {"featureList": sent}


def test_features_not_named_here_are_sent_as_scx_has_them(sandbox):
    channel = adopted(sandbox, ChannelFactory, featureList={"priceUpdatesSupported": True})
    assert channel_patch.send(channel, pin_of(sandbox, channel), ["feature_flags"]) == []
    shown = ChannelAtScx.objects.get(channel=channel).settings["featureList"]
    assert (shown["priceUpdatesSupported"], shown["variationsSupported"]) == (True, True)
    assert shown["invoiceDocumentTransfer"] == "not-supported"
    assert "invoiceDocumentTransfer" in patches(sandbox)[0]


@pytest.mark.parametrize("names", [[], ["languages"], ["sign_up_url"]])
def test_nothing_is_sent_where_nothing_can_be(names):
    with pytest.raises(ValidationError, match="Choose what to send"):
        channel_patch.send(MarketplaceFactory(), "12345678", names)


def test_a_pin_works_once_and_only_the_right_one(sandbox):
    channel = adopted(sandbox, ChannelFactory)
    with pytest.raises(ValidationError, match="wrong, was used before") as refused:
        channel_patch.send(channel, "00000000", ["currency"])
    assert list(refused.value.message_dict) == ["pin"]
    pin = pin_of(sandbox, channel)
    channel_patch.send(channel, pin, ["currency"])
    with pytest.raises(ValidationError, match="wrong, was used before"):
        channel_patch.send(channel, pin, ["display_name"])


def test_a_value_scx_refuses_is_said_and_stays_here(sandbox):
    channel = adopted(sandbox, ChannelFactory)
    Channel.objects.filter(pk=channel.pk).update(countries=["Germany"])
    pin = pin_of(sandbox, channel)
    with pytest.raises(ValidationError, match=r"SCX refused.*marketplaceList") as refused:
        channel_patch.send(channel, pin, ["countries"])
    assert pin not in str(refused.value)
    channel.refresh_from_db()
    assert channel.countries == ["Germany"]


def test_an_answer_that_was_lost_is_read_back(sandbox):
    channel = adopted(sandbox, ChannelFactory)
    pin = pin_of(sandbox, channel)
    sandbox.fault("drop_after", match={"method": "PATCH", "path": "/v1/channel"})
    assert channel_patch.send(channel, pin, ["currency", "countries"]) == []
    assert "currency" not in differing(channel)


@pytest.mark.parametrize(("fault", "values"), [("drop_before", {}), ("status", {"status": 500})])
def test_what_was_not_done_is_no_success(sandbox, fault, values):
    channel = adopted(sandbox, ChannelFactory)
    pin = pin_of(sandbox, channel)
    sandbox.fault(fault, match={"method": "PATCH", "path": "/v1/channel"}, **values)
    with pytest.raises(ValidationError, match="did not answer as it should"):
        channel_patch.send(channel, pin, ["currency"])
    assert channel_patch.send(channel, pin, ["currency"]) == []


def test_that_it_could_not_be_read_back_is_no_failure(sandbox):
    channel = adopted(sandbox, ChannelFactory)
    pin = pin_of(sandbox, channel)
    sandbox.fault("status", match={"method": "GET", "path": "/v1/channel"}, status=500)
    assert channel_patch.send(channel, pin, ["currency"]) is None


def test_a_platform_has_nothing_to_send_and_no_token(sandbox):
    with pytest.raises(ValidationError, match="Choose what to send"):
        channel_patch.send(PlatformFactory(), "12345678", EVERYTHING)
    assert sandbox.books() == []
