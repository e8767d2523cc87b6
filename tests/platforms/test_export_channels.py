"""`export_channels`: the file of what is there, which tells `apply_channels` nothing new and holds no secret."""

import tomllib
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from platforms import channel_export, channels
from platforms.models import Channel, StockSyncGroup
from tests.factories import ChannelFactory, MarketplaceFactory, PlatformFactory, StockSyncGroupFactory

pytestmark = pytest.mark.django_db

SETTINGS = {"password": "open-sesame"}


def export(*arguments: Any) -> str:
    out = StringIO()
    call_command("export_channels", *map(str, arguments), stdout=out)
    return out.getvalue()


def apply(path: Path, text: str, *options: str) -> str:
    path.write_text(text, encoding="utf-8")
    out = StringIO()
    call_command("apply_channels", str(path), *options, stdout=out, stderr=out)
    return out.getvalue()


@pytest.fixture
def guide() -> None:
    platform = PlatformFactory(code="amazon", display_name="Amazon", sign_up_url="https://a.example/?s={SESSION}")
    group = StockSyncGroupFactory(platform=platform, label="AMAZON-EU")
    market = {"platform": platform, "stock_sync_group": group, "new_sellers": "always"}
    MarketplaceFactory(code="amazon-de", refresh_token="CHANNEL:top-secret", connector_settings=SETTINGS, **market)
    ChannelFactory(code="SHOP", refresh_token="", is_active=False, branding={"support": {"de": "Hilfe"}})


def test_the_file_names_what_is_not_as_in_a_new_channel(guide):
    assert export() == (
        "[[channel]]\n"
        'code = "amazon"\n'
        'kind = "platform"\n'
        'display_name = "Amazon"\n'
        'languages = ["de", "en"]\n'
        'countries = ["DE"]\n'
        'sign_up_url = "https://a.example/?s={SESSION}"\n'
        "\n"
        "[[channel]]\n"
        'code = "amazon-de"\n'
        'kind = "marketplace"\n'
        'platform = "amazon"\n'
        'display_name = "Amazon-De"\n'
        'currency = "EUR"\n'
        'languages = ["de", "en"]\n'
        'countries = ["DE"]\n'
        'stock_sync_group = "AMAZON-EU"\n'
        'new_sellers = "always"\n'
        '# refresh_token_env = "SCX_TOKEN_AMAZON_DE"\n'
        "# connector_settings: secret, and not in this file.\n"
        "\n"
        "[[channel]]\n"
        'code = "SHOP"\n'
        'kind = "standalone"\n'
        'display_name = "Shop"\n'
        "is_active = false\n"
        'currency = "EUR"\n'
        'languages = ["de", "en"]\n'
        'countries = ["DE"]\n'
        'branding = {support = {de = "Hilfe"}}\n'
    )


def test_to_apply_it_changes_nothing(guide, tmp_path):
    assert apply(tmp_path / "channels.toml", export(), "--prune") == "0 channels changed.\n"
    kept = Channel.objects.get(code="amazon-de")
    assert (kept.refresh_token, kept.connector_settings) == ("CHANNEL:top-secret", SETTINGS)


def test_the_token_comes_back_by_the_variable_it_names(guide, tmp_path, monkeypatch):
    text = export().replace("# refresh_token_env", "refresh_token_env")
    Channel.objects.filter(code="amazon-de").update(refresh_token="")
    monkeypatch.setenv("SCX_TOKEN_AMAZON_DE", "CHANNEL:another")
    assert "refresh_token: – → set" in apply(tmp_path / "channels.toml", text)


def test_a_platform_is_exported_with_its_marketplaces(guide, tmp_path):
    path = tmp_path / "amazon.toml"
    assert export(path, "--channel", "amazon") == f"2 channels written to {path}.\n"
    assert [entry["code"] for entry in tomllib.loads(path.read_text())["channel"]] == ["amazon", "amazon-de"]


def test_a_channel_that_is_not_there_is_an_error(guide):
    with pytest.raises(CommandError, match="no channel EBAY"):
        export("--channel", "EBAY")


def test_what_toml_has_no_word_for_is_said(guide):
    Channel.objects.filter(code="SHOP").update(feature_flags={"pull": None})
    assert "# feature_flags: cannot be written in this file." in export("--channel", "SHOP")


TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), min_size=1, max_size=30)
PLAIN = st.booleans() | st.integers(-(2**53), 2**53) | st.floats(allow_nan=False, allow_infinity=False) | TEXT
DATA = st.recursive(PLAIN, lambda part: st.lists(part, max_size=2) | st.dictionaries(TEXT, part, max_size=2))
URLS = st.sampled_from(["", "https://a.example/?s={SESSION}", "https://b.example/ü?x='\"&s={SESSION}"])
ANY_KIND = {
    "display_name": TEXT,
    "languages": st.lists(st.sampled_from(["de", "en", "pt-BR"]), min_size=1, max_size=3),
    "countries": st.lists(st.sampled_from(["DE", "AT", "BR"]), max_size=3),
    "feature_flags": st.dictionaries(TEXT, DATA, max_size=3),
    "connector": st.sampled_from(["manual", "demo"]),
    "branding": st.sampled_from([{}, {"accent": "#1f5fbf", "legal": {"imprint": {"de": "https://a.example"}}}]),
    "retention_days": st.integers(0, 10_000),
    "is_active": st.booleans(),
}
HOME = {
    "sign_up_url": URLS,
    "update_url": URLS,
    "several_sellers_per_account": st.booleans(),
    "unlink_rejected_after_days": st.none() | st.integers(1, 1000),
}
REAL = {
    "currency": st.sampled_from(["EUR", "GBP"]),
    "stock_source": st.sampled_from(Channel.StockSource.values),
    "stock_buffer": st.integers(0, 1_000_000),
    "stock_minimum": st.integers(0, 1_000_000),
    "minimum_client_versions": st.sampled_from([[], [{"type": "Wawi", "version": "1.11.0.0"}]]),
}
PLATFORM = st.fixed_dictionaries({**ANY_KIND, **HOME})
MARKETPLACE = st.fixed_dictionaries(
    {**ANY_KIND, **REAL, "new_sellers": st.sampled_from(Channel.NewSellers.values), "group": st.none() | TEXT}
)
STANDALONE = st.fixed_dictionaries({**ANY_KIND, **HOME, **REAL})


def make(platform: dict[str, Any], marketplaces: list[dict[str, Any]], shop: dict[str, Any]) -> None:
    home = channels.save(Channel(code="mall", kind="platform", **platform))
    for number, values in enumerate(marketplaces):
        label = values.pop("group")
        group = StockSyncGroup.objects.get_or_create(platform=home, label=label)[0] if label else None
        market = Channel(code=f"mall-{number}", kind="marketplace", platform=home, stock_sync_group=group, **values)
        channels.save(market)
    channels.save(Channel(code="shop", kind="standalone", **shop))


def all_written() -> str:
    return channel_export.written(Channel.objects.select_related("platform", "stock_sync_group"))


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(platform=PLATFORM, marketplaces=st.lists(MARKETPLACE, max_size=2), shop=STANDALONE)
def test_an_empty_portal_that_applies_it_exports_the_same(tmp_path, platform, marketplaces, shop):
    with transaction.atomic():
        make(platform, marketplaces, shop)
        text = all_written()
        assert apply(tmp_path / "channels.toml", text) == "0 channels changed.\n"
        transaction.set_rollback(True)
    assert not Channel.objects.exists()
    with transaction.atomic():
        apply(tmp_path / "channels.toml", text)
        assert all_written() == text
        transaction.set_rollback(True)
