"""Versions of four numbers, compared number by number; what a channel demands has one form."""

import pytest
from django.core.exceptions import ValidationError

from platforms import channels, client_versions
from tests.factories import ChannelFactory, MarketplaceFactory, PlatformFactory


@pytest.mark.parametrize(
    ("older", "newer"),
    [
        ("1.9.0.0", "1.11.0.0"),
        ("1.11.0.5", "1.11.0.10"),
        ("1.11", "1.11.0.1"),
        ("1.99.99.99", "2"),
        ("1_10_0_6", "1.11.0.0"),
        ("1.11.0.0", "1.11.0.0.1"),
    ],
)
def test_versions_are_compared_number_by_number(older, newer):
    assert client_versions.read(older) < client_versions.read(newer)


def test_numbers_that_are_left_out_are_zero():
    assert client_versions.read("1.11") == client_versions.read("1.11.0.0") == (1, 11, 0, 0)


@pytest.mark.parametrize("text", ["", "newest", "1.11-beta", "1..2", "-1.0.0.0", "١.٢.٣.٤", "1.11.0.6 (x64)", "9" * 10])
def test_what_is_no_version_cannot_be_read(text):
    assert client_versions.read(text) is None


@pytest.mark.parametrize("text", ["1.11", "1.11.0", "1.11.0.0.0", "1_11_0_0", "1.11.0.x", "", "1.11.0.100000"])
def test_a_demand_is_four_numbers(text):
    with pytest.raises(ValidationError) as refused:
        client_versions.parse(text)
    assert refused.value.code == "not-a-version"


def test_a_demand_is_kept_in_one_form():
    given = [{"type": "Wawi", "version": " 01.011.0.0 "}]
    assert client_versions.validated(given) == [{"type": "Wawi", "version": "1.11.0.0"}]
    assert client_versions.validated([]) == []


WAWI = {"type": "Wawi", "version": "1.11.0.0"}


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({}, "not-a-list"),
        ("1.11.0.0", "not-a-list"),
        (["1.11.0.0"], "not-an-entry"),
        ([{"type": "Wawi"}], "not-an-entry"),
        ([{**WAWI, "minor": 1}], "not-an-entry"),
        ([{"type": "Wawi", "version": 1}], "not-an-entry"),
        ([{"type": "wawi", "version": "1.11.0.0"}], "unknown-type"),
        ([{"type": "Wawi", "version": "1.11"}], "not-a-version"),
        ([WAWI, {"type": "Wawi", "version": "1.12.0.0"}], "twice"),
    ],
)
def test_each_mistake_has_its_message(given, code):
    with pytest.raises(ValidationError) as refused:
        client_versions.validated(given)
    assert refused.value.code == code
    assert refused.value.messages[0].endswith(".")


def test_a_type_more_needs_no_migration(monkeypatch):
    monkeypatch.setitem(client_versions.TYPES, "Shop", "JTL-Shop")
    given = [WAWI, {"type": "Shop", "version": "5.4.0.0"}]
    assert client_versions.validated(given) == [{"type": "Shop", "version": "5.4.0.0"}, WAWI]
    assert client_versions.shown(given) == "JTL-Shop 5.4.0.0, JTL-Wawi 1.11.0.0"


@pytest.mark.parametrize("key", client_versions.KEYS)
def test_scx_is_understood_in_either_spelling_and_with_numbers_left_out(key):
    assert client_versions.at_scx({key: [{"type": "Wawi", "version": "1.11"}]}) == [WAWI]
    assert client_versions.at_scx({key: None}) == []
    assert client_versions.at_scx({}) == []


def test_what_scx_has_and_nobody_can_read_is_shown_as_it_is():
    strange = [{"type": "Wawi", "version": "newest"}]
    assert client_versions.at_scx({client_versions.KEYS[0]: strange}) == strange
    assert client_versions.shown(strange) == "JTL-Wawi newest"
    assert client_versions.shown([]) == "none"


@pytest.mark.parametrize("make", [ChannelFactory, MarketplaceFactory])
@pytest.mark.django_db
def test_every_way_to_save_a_channel_checks_and_rewrites_its_demand(make):
    channel = make()
    channel.minimum_client_versions = [{"type": "Wawi", "version": "1.011.0.0"}]
    channels.save(channel)
    channel.refresh_from_db()
    assert channel.minimum_client_versions == [WAWI]
    channel.minimum_client_versions = [{"type": "Wawi", "version": "1.11"}]
    with pytest.raises(ValidationError) as refused:
        channels.save(channel)
    assert list(refused.value.message_dict) == ["minimum_client_versions"]


@pytest.mark.django_db
def test_a_platform_is_virtual_and_demands_nothing():
    platform = PlatformFactory()
    platform.minimum_client_versions = [WAWI]
    with pytest.raises(ValidationError, match="its marketplaces carry theirs"):
        channels.save(platform)
