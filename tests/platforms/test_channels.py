"""The rules of channels, each with its message: in the row, and among the rows."""

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from platforms import channels
from platforms.models import Channel
from tests.factories import (
    ChannelFactory,
    EventFactory,
    MarketplaceFactory,
    PlatformFactory,
    StockSyncGroupFactory,
)

pytestmark = pytest.mark.django_db


def problem(channel: Channel) -> dict[str, list[str]]:
    with pytest.raises(ValidationError) as error:
        channels.save(channel)
    return error.value.message_dict


@pytest.mark.parametrize(
    ("factory", "values"),
    [
        (PlatformFactory, {"refresh_token": "CHANNEL:x"}),
        (PlatformFactory, {"kind": "something"}),
        (MarketplaceFactory, {"sign_up_url": "https://a.example/?s={SESSION}"}),
        (MarketplaceFactory, {"update_url": "https://a.example/?s={SESSION}"}),
        (MarketplaceFactory, {"platform": None}),
        (MarketplaceFactory, {"currency": ""}),
        (ChannelFactory, {"currency": ""}),
    ],
)
def test_the_database_refuses_a_row_that_breaks_a_rule(factory, values):
    channel = factory()
    with pytest.raises(IntegrityError), transaction.atomic():
        Channel.objects.filter(pk=channel.pk).update(**values)


class TestUrls:
    def test_are_computed_where_none_are_set(self, settings):
        settings.PORTAL_URL = "https://portal.example"
        channel = ChannelFactory(code="SHOP")
        assert channel.effective_sign_up_url == "https://portal.example/sign-up/SHOP/?session={SESSION}"
        assert channel.effective_update_url == "https://portal.example/update/SHOP/?session={SESSION}"

    def test_update_falls_back_to_a_sign_up_url_that_was_set(self):
        channel = ChannelFactory(sign_up_url="https://a.example/?s={SESSION}")
        assert channel.effective_update_url == "https://a.example/?s={SESSION}"

    def test_a_marketplace_has_its_platforms_at_once(self):
        marketplace = MarketplaceFactory()
        marketplace.platform.sign_up_url = "https://a.example/?s={SESSION}"
        assert marketplace.effective_sign_up_url == "https://a.example/?s={SESSION}"

    @pytest.mark.parametrize(
        "url", ["https://a.example/sign-up", "http://a.example/?s={SESSION}", "javascript:{SESSION}"]
    )
    def test_must_be_https_and_carry_the_session(self, url):
        assert "sign_up_url" in problem(PlatformFactory.build(sign_up_url=url))


class TestRulesAcrossRows:
    def test_only_a_platform_has_marketplaces(self):
        assert "is not a platform" in problem(MarketplaceFactory.build(platform=ChannelFactory()))["platform"][0]

    def test_a_platform_stays_one_while_marketplaces_belong_to_it(self):
        platform = MarketplaceFactory().platform
        platform.kind, platform.currency = Channel.Kind.STANDALONE, "EUR"
        assert problem(platform)["kind"] == ["The kind stays while these belong to the channel: marketplaces."]

    def test_a_channel_with_events_cannot_become_a_platform(self):
        channel = EventFactory().channel
        channel.kind, channel.currency, channel.refresh_token = Channel.Kind.PLATFORM, "", ""
        assert problem(channel)["kind"] == ["The kind stays while these belong to the channel: events."]

    def test_a_stock_sync_group_is_of_the_same_platform(self):
        marketplace = MarketplaceFactory()
        marketplace.stock_sync_group = StockSyncGroupFactory()
        assert "another platform" in problem(marketplace)["stock_sync_group"][0]

    @pytest.mark.parametrize("code", ["a", "with space", "ümlaut", "x" * 31, "a\n"])
    def test_a_code_is_one_scx_can_have(self, code):
        assert "code" in problem(ChannelFactory.build(code=code))

    def test_an_unknown_connector_names_the_known_ones(self):
        assert "demo, manual" in problem(ChannelFactory.build(connector="nothing"))["connector"][0]
