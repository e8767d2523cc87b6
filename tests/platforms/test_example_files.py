"""The channel files that are shipped as examples, row by row."""

from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command

from platforms import channel_file, pools
from platforms.demo import marketplace
from platforms.demo.wawi import Scx
from platforms.models import Channel, Discrepancy

pytestmark = pytest.mark.django_db
EXAMPLES = Path(__file__).resolve().parents[2] / "docs" / "examples"

# code: (kind, currency, languages, countries, stock sync group)
AMAZON = {
    "amazon": ("platform", "", ["de", "en"], [], ""),
    "amazon-de": ("marketplace", "EUR", ["de"], ["DE"], "AMAZON-EU"),
    "amazon-fr": ("marketplace", "EUR", ["fr"], ["FR"], "AMAZON-EU"),
    "amazon-es": ("marketplace", "EUR", ["es"], ["ES"], "AMAZON-EU"),
    "amazon-us": ("marketplace", "USD", ["en"], ["US"], "AMAZON-US"),
}
COUNTRIES = {
    "mall": ("platform", "", ["de", "en"], [], ""),
    "mall-de": ("marketplace", "EUR", ["de"], ["DE"], "MALL-EU"),
    "mall-uk": ("marketplace", "GBP", ["en"], ["GB"], ""),
    "mall-es": ("marketplace", "EUR", ["es"], ["ES"], "MALL-EU"),
}


@pytest.fixture
def applied(settings, monkeypatch):
    settings.PORTAL_URL = "https://portal.example"

    def apply(name: str, codes) -> dict[str, Channel]:
        for code in codes:
            monkeypatch.setenv(f"SCX_TOKEN_{code.upper().replace('-', '_')}", f"CHANNEL:token-of-{code}")
        channel_file.apply(EXAMPLES / name, test_tokens=False)
        return {channel.code: channel for channel in Channel.objects.select_related("platform", *pools.RELATED)}

    return apply


@pytest.mark.parametrize(("name", "rows"), [("amazon.toml", AMAZON), ("three-countries.toml", COUNTRIES)])
def test_each_row_is_as_it_stands_there(applied, name, rows):
    found = applied(name, rows)
    home = next(iter(rows))
    assert {
        code: (
            channel.kind,
            channel.currency,
            channel.languages,
            channel.countries,
            channel.stock_sync_group.label if channel.stock_sync_group else "",
        )
        for code, channel in found.items()
    } == rows
    for channel in found.values():
        assert channel.effective_sign_up_url == f"https://portal.example/sign-up/{home}/?session={{SESSION}}"
        assert channel.effective_update_url == f"https://portal.example/update/{home}/?session={{SESSION}}"
        if not channel.is_platform:
            assert channel.platform == found[home]
            assert channel.refresh_token == f"CHANNEL:token-of-{channel.code}"
            assert [row.price_type_id for row in channel.price_types.all()] == ["B2C"]


def test_applied_twice_it_changes_nothing(applied):
    applied("amazon.toml", AMAZON)
    assert channel_file.apply(EXAMPLES / "amazon.toml", test_tokens=False).changes == []


@pytest.mark.parametrize(
    ("code", "pool"),
    [
        ("amazon-de", ["amazon-de", "amazon-es", "amazon-fr"]),
        ("amazon-fr", ["amazon-de", "amazon-es", "amazon-fr"]),
        ("amazon-es", ["amazon-de", "amazon-es", "amazon-fr"]),
        ("amazon-us", ["amazon-us"]),
    ],
)
def test_who_of_the_guides_example_receives_stock_updates(applied, code, pool):
    """JTL-Wawi tells the stock of a SKU to one channel of the pool, and it holds for all of these."""
    found = applied("amazon.toml", AMAZON)
    assert sorted(channel.code for channel in pools.members(found[code])) == pool


def test_the_demo_differs_from_its_scx_in_nothing(sandbox, settings, monkeypatch, tmp_path):
    for name, token in marketplace.set_up_scx(Scx(sandbox.base_url), settings.PORTAL_URL).items():
        monkeypatch.setenv(name, token)
    (tmp_path / "shop.toml").write_text(marketplace.STANDALONE_FILE, encoding="utf-8")
    for path in (marketplace.EXAMPLE, tmp_path / "shop.toml"):
        channel_file.apply(path)
    call_command("sync", "reconcile", stdout=StringIO())
    assert Channel.objects.exclude(kind="platform").filter(reconciled_at=None).count() == 0
    assert list(Discrepancy.objects.values_list("channel__code", "kind")) == []
