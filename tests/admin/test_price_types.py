"""Price types on their channel's page: entered there, told to SCX by the worker."""

from typing import Any

import pytest
from django.urls import reverse

from platforms.models import Channel, PriceType
from tests.admin.test_channels import form
from tests.factories import ChannelFactory, PlatformFactory

pytestmark = pytest.mark.django_db


def page_of(channel: Channel) -> str:
    return reverse("admin:platforms_channel_change", args=[channel.pk])


def sent(channel: Channel, *rows: dict[str, Any]) -> dict[str, Any]:
    data = form(code=channel.code, display_name=channel.display_name)
    known = sum("id" in row for row in rows)
    data |= {"price_types-TOTAL_FORMS": len(rows), "price_types-INITIAL_FORMS": known}
    for number, row in enumerate(rows):
        data |= {f"price_types-{number}-{name}": value for name, value in row.items()}
        data[f"price_types-{number}-channel"] = channel.pk
    return data


def test_one_is_entered_changed_and_removed_on_the_channels_page(browser):
    channel = ChannelFactory()
    answer = browser.post(page_of(channel), sent(channel, {"price_type_id": "B2C", "display_name": "Everybody"}))
    assert answer.status_code == 302
    row = PriceType.objects.get()
    PriceType.objects.update(confirmed_at=row.not_before)
    assert "known to SCX" in browser.get(page_of(channel)).content.decode()

    changed = {"id": row.pk, "price_type_id": "B2C", "display_name": "All"}
    assert browser.post(page_of(channel), sent(channel, changed)).status_code == 302
    row.refresh_from_db()
    assert (row.display_name, row.confirmed_at) == ("All", None)

    assert browser.post(page_of(channel), sent(channel, changed | {"DELETE": "on"})).status_code == 302
    assert not PriceType.objects.exists()


def test_what_is_wrong_stands_at_its_row(browser):
    channel = ChannelFactory()
    answer = browser.post(page_of(channel), sent(channel, {"price_type_id": "B2C", "display_name": ""}))
    assert answer.status_code == 200
    assert not PriceType.objects.exists()


def test_a_platform_shows_none(browser):
    assert "price_types-TOTAL_FORMS" not in browser.get(page_of(PlatformFactory())).content.decode()


def test_staff_tell_scx_again_and_mark_as_known(browser):
    row = PriceType.objects.create(channel=ChannelFactory(), price_type_id="B2C", display_name="All", is_refused=True)
    changelist = reverse("admin:platforms_pricetype_changelist")
    chosen = {"_selected_action": [row.pk]}
    browser.post(changelist, chosen | {"action": "tell_again"})
    row.refresh_from_db()
    assert not row.is_refused
    assert "confirmed" in browser.post(changelist, chosen | {"action": "mark_as_known"}).content.decode()
    browser.post(changelist, chosen | {"action": "mark_as_known", "confirmed": "on"})
    row.refresh_from_db()
    assert row.confirmed_at
