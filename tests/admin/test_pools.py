"""Stock sync groups as pools: who shares, who was told last; moving asks first and tells what changes."""

from decimal import Decimal
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.contrib.messages import get_messages
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from platforms import pools
from platforms.models import Channel, ChannelAtScx, StaffAccess, StockSyncGroup
from stock import intake, levels
from tests.admin import rows
from tests.admin.test_channels import edit as edit_channel
from tests.factories import (
    MarketplaceFactory,
    MembershipFactory,
    OfferFactory,
    PlatformFactory,
    SellerFactory,
    StockLevelFactory,
    StockSyncGroupFactory,
)
from tests.stock.pool import at

pytestmark = pytest.mark.django_db


@pytest.fixture
def amazon():
    """JTL's example: three marketplaces of one warehouse, one of another."""
    platform = PlatformFactory(code="amazon")
    europe = StockSyncGroupFactory(platform=platform, label="AMAZON-EU")
    states = StockSyncGroupFactory(platform=platform, label="AMAZON-US")
    for code, country in (("amazon-de", "DE"), ("amazon-fr", "FR"), ("amazon-es", "ES")):
        MarketplaceFactory(platform=platform, code=code, countries=[country], stock_sync_group=europe)
    MarketplaceFactory(platform=platform, code="amazon-us", currency="USD", countries=["US"], stock_sync_group=states)
    return platform


def group(label: str = "AMAZON-EU") -> StockSyncGroup:
    return StockSyncGroup.objects.get(label=label)


def place(code: str) -> Channel:
    return Channel.objects.select_related("platform", *pools.RELATED).get(code=code)


def address(label: str = "AMAZON-EU") -> str:
    return reverse("admin:platforms_stocksyncgroup_change", args=[group(label).pk])


def sent(browser, codes: list[str], label: str = "AMAZON-EU", **more: Any) -> Any:
    chosen = list(Channel.objects.filter(code__in=codes).values_list("pk", flat=True))
    values = {"platform": group(label).platform_id, "label": label, "channels": chosen, **more}
    return browser.post(address(label), values)


class TestThePage:
    def test_tells_what_wawi_does_with_the_guides_example(self, browser, amazon):
        page = browser.get(address()).content.decode()
        assert "AMAZON-EU: one update per SKU, to one of amazon-de, amazon-es, amazon-fr." in page
        assert "AMAZON-US: one update per SKU to amazon-us, which shares with nobody yet." in page
        assert "waiting for JTL" not in page

    def test_shows_each_marketplace_with_sellers_and_who_was_told_last(self, browser, amazon):
        seller = SellerFactory(channel=amazon)
        for code in ("amazon-de", "amazon-fr"):
            MembershipFactory(seller=seller, marketplace=place(code))
        for seconds, code in enumerate(("amazon-fr", "amazon-de")):
            offer = OfferFactory(channel=place(code), seller=seller, sku="X")
            update = levels.Update(
                seller.seller_id, offer.offer_id, Decimal(1), at(seconds), levels.version(at(seconds)), "event"
            )
            with transaction.atomic():
                intake.record(place(code), [update])
        pool = browser.get(address()).context["pool"]
        assert [(each.channel.code, each.sellers) for each in pool["places"]] == [
            ("amazon-de", 1),
            ("amazon-es", 0),
            ("amazon-fr", 1),
        ]
        assert [each.channel.code for each in pool["last"]] == ["amazon-de"]
        # The group has levelled its offer since, and it was told all the same.
        assert [each.told_at for each in pool["places"]] == [at(1), None, at(0)]

    def test_says_that_a_group_waits_for_jtl_and_has_the_text_ready(self, browser, amazon):
        ChannelAtScx.objects.create(channel=place("amazon-es"), stock_sync_group="")
        page = browser.get(address()).content.decode()
        assert "waiting for JTL" in page
        assert "Separately, each its own updates: amazon-es." in page
        assert "stockSyncGroup: AMAZON-EU" in page
        assert "waiting for JTL" in browser.get(reverse("admin:platforms_stocksyncgroup_changelist")).content.decode()

    def test_costs_the_same_for_forty_marketplaces(self, browser, amazon):
        def queries() -> int:
            with CaptureQueriesContext(
                connection,
            ) as captured:
                browser.get(address())
            return len(captured)

        browser.get(address())
        few = queries()
        for _number in range(36):
            MarketplaceFactory(platform=amazon, stock_sync_group=group())
        assert queries() == few

    def test_shows_limited_staff_their_marketplaces_only(self, browser_of, amazon):
        user = rows.user(is_staff=True)
        user.user_permissions.set(Permission.objects.filter(codename__in=["view_stocksyncgroup", "view_channel"]))
        StaffAccess.objects.create(user=user).channels.set([place("amazon-de")])
        answer = browser_of(user).get(address())
        assert [each.channel.code for each in answer.context["pool"]["places"]] == ["amazon-de"]
        assert "amazon-fr" not in answer.content.decode()
        assert "Only the marketplaces that you may see are counted." in answer.content.decode()


class TestMoving:
    def test_asks_first_and_tells_what_changes(self, browser, amazon):
        seller = SellerFactory(channel=amazon)
        for code, quantity, version in (("amazon-de", 7, "2026-01-02"), ("amazon-us", 3, "2026-01-01")):
            offer = OfferFactory(channel=place(code), seller=seller, sku="TEAPOT")
            StockLevelFactory(
                channel=offer.channel,
                seller_id=seller.seller_id,
                offer_id=offer.offer_id,
                offer_row=offer,
                quantity=quantity,
                version=version,
            )
        page = sent(browser, ["amazon-de", "amazon-fr", "amazon-us"]).content.decode()
        assert "amazon-es leaves AMAZON-EU: its stock is kept, and is its own from then on." in page
        assert "amazon-us leaves AMAZON-US" in page
        assert "amazon-us joins AMAZON-EU: from then on its stock is that of the group." in page
        assert "1 stock level of 1 sellers will change." in page
        assert place("amazon-us").stock_sync_group == group("AMAZON-US")

    def test_moves_once_confirmed_and_has_levels_follow(self, browser, amazon, django_capture_on_commit_callbacks):
        with django_capture_on_commit_callbacks() as callbacks:
            assert sent(browser, ["amazon-de", "amazon-us"], confirmed="yes").status_code == 302
        members = Channel.objects.filter(stock_sync_group=group()).values_list("code", flat=True)
        assert sorted(members) == ["amazon-de", "amazon-us"]
        assert callbacks

    def test_without_a_change_of_channels_there_is_nothing_to_ask(self, browser, amazon):
        assert sent(browser, ["amazon-de", "amazon-fr", "amazon-es"]).status_code == 302

    def test_another_label_is_told_as_such(self, browser, amazon):
        chosen = [place(code).pk for code in ("amazon-de", "amazon-fr", "amazon-es")]
        values = {"platform": amazon.pk, "label": "EUROPE", "channels": chosen}
        page = browser.post(address(), values).content.decode()
        assert "amazon-de stays in the group, which is called EUROPE from then on" in page

    def test_a_marketplace_of_another_platform_is_no_choice(self, browser, amazon):
        other = MarketplaceFactory()
        answer = sent(browser, ["amazon-de", other.code])
        assert "channels" in answer.context["adminform"].form.errors

    def test_the_channels_own_page_tells_it_after_saving(self, browser, amazon):
        channel = place("amazon-es")
        answer = edit_channel(browser, channel, platform=amazon.pk, stock_sync_group="", new_sellers="if-picked")
        assert answer.status_code == 302
        assert any("amazon-es leaves AMAZON-EU" in str(text) for text in get_messages(answer.wsgi_request))


def test_who_makes_a_group_goes_on_to_choose_its_marketplaces(browser, amazon):
    answer = browser.post(reverse("admin:platforms_stocksyncgroup_add"), {"platform": amazon.pk, "label": "AMAZON-JP"})
    assert answer["Location"] == address("AMAZON-JP")
