"""The form of stock sync groups: a group stays with its platform while marketplaces are in it."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from platforms.models import StockSyncGroup
from tests.factories import MarketplaceFactory, PlatformFactory, StockSyncGroupFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def group() -> StockSyncGroup:
    group = StockSyncGroupFactory(label="EU")
    MarketplaceFactory(platform=group.platform, stock_sync_group=group)
    return group


def edit(browser: Client, group: StockSyncGroup, **changes: Any) -> Any:
    members = list(group.channels.values_list("pk", flat=True))
    values = {"platform": group.platform_id, "label": group.label, "channels": members, "confirmed": "yes", **changes}
    return browser.post(reverse("admin:platforms_stocksyncgroup_change", args=[group.pk]), values)


def errors(answer: Any) -> dict[str, list[str]]:
    assert answer.status_code == 200
    return {field: list(texts) for field, texts in answer.context["adminform"].form.errors.items()}


def test_a_group_gets_another_label(browser: Client, group):
    assert edit(browser, group, label="EUROPE").status_code == 302
    group.refresh_from_db()
    assert group.label == "EUROPE"


def test_a_group_with_marketplaces_stays_with_its_platform(browser: Client, group):
    found = errors(edit(browser, group, platform=PlatformFactory().pk))
    assert found == {
        "platform": ["The group stays with its platform while marketplaces are in it: take them out first."]
    }


def test_an_empty_group_moves(browser: Client):
    group, other = StockSyncGroupFactory(), PlatformFactory()
    assert edit(browser, group, platform=other.pk).status_code == 302


@pytest.mark.parametrize("label", ["", "  "])
def test_a_group_has_a_label(browser: Client, group, label):
    assert list(errors(edit(browser, group, label=label))) == ["label"]


def test_a_label_stands_once_in_a_platform(browser: Client, group):
    other = StockSyncGroupFactory(platform=group.platform)
    assert "a stock sync group with this label already" in str(errors(edit(browser, other, label="EU")))


@pytest.mark.parametrize("language", ["en", "de"])
def test_a_group_with_marketplaces_is_not_deleted(browser: Client, group, language):
    address = reverse("admin:platforms_stocksyncgroup_delete", args=[group.pk])
    page = browser.post(address, {"post": "yes"}, headers={"Accept-Language": language}).content.decode()
    assert group.channels.get().code in page
    assert StockSyncGroup.objects.filter(pk=group.pk).exists()
