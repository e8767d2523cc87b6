"""`apply_channels FILE.toml`: all or none, twice is once, errors with file and key, no token in sight."""

import re
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from platforms.channel_file_reading import ALL_KEYS
from platforms.models import Channel, StockSyncGroup
from tests.factories import ChannelFactory, MarketplaceFactory

pytestmark = pytest.mark.django_db

AMAZON = """
[[channel]]
code = "amazon-de"
kind = "marketplace"
platform = "amazon"
currency = "EUR"
languages = ["de"]
stock_sync_group = "AMAZON-EU"
stock_source = "all-sellers"
refresh_token_env = "SCX_TOKEN_AMAZON_DE"

[[channel]]
code = "amazon"
kind = "platform"
display_name = "Amazon"
"""


@pytest.fixture
def apply(tmp_path, monkeypatch):
    """Applies the text as a file; returns what the command printed."""
    monkeypatch.setenv("SCX_TOKEN_AMAZON_DE", "CHANNEL:secret-token")

    def run(text: str, *options: str) -> str:
        path = tmp_path / "channels.toml"
        path.write_text(text)
        out = StringIO()
        call_command("apply_channels", str(path), *options, stdout=out, stderr=out)
        return out.getvalue()

    return run


def test_creates_platform_marketplace_and_group(apply):
    out = apply(AMAZON)
    channel = Channel.objects.get(code="amazon-de")
    assert channel.platform.code == "amazon"
    assert channel.stock_sync_group.label == "AMAZON-EU"
    assert channel.stock_source == "all-sellers"
    assert channel.connector == "manual"
    assert channel.refresh_token == "CHANNEL:secret-token"
    assert "create amazon-de" in out
    assert "secret-token" not in out


def test_a_second_time_changes_nothing(apply):
    apply(AMAZON)
    assert apply(AMAZON) == "0 channels changed.\n"


def test_a_dry_run_shows_the_difference_and_changes_nothing(apply):
    out = apply(AMAZON, "--dry-run")
    assert "    languages: – → de\n" in out
    assert "    refresh_token: – → set\n" in out
    assert out.endswith("2 channels would change.\n")
    assert not Channel.objects.exists()
    assert not StockSyncGroup.objects.exists()


def test_what_the_file_leaves_out_stays(apply):
    apply(AMAZON)
    apply('[[channel]]\ncode = "amazon-de"\nkind = "marketplace"\nplatform = "amazon"\ncurrency = "GBP"\n')
    channel = Channel.objects.get(code="amazon-de")
    assert (channel.currency, channel.languages, channel.has_token) == ("GBP", ["de"], True)


def test_an_empty_group_leaves_it(apply):
    apply(AMAZON)
    apply(AMAZON.replace('"AMAZON-EU"', '""'))
    assert Channel.objects.get(code="amazon-de").stock_sync_group is None


def test_a_token_in_the_file_works_and_is_warned_about(apply):
    out = apply('[[channel]]\ncode = "SHOP1"\nkind = "standalone"\nrefresh_token = "CHANNEL:inline"\n')
    assert Channel.objects.get().refresh_token == "CHANNEL:inline"
    assert "SHOP1: the refresh token stands in the file" in out
    assert "CHANNEL:inline" not in out


def test_a_token_may_stand_in_a_file_of_its_own(apply, tmp_path):
    (tmp_path / "token").write_text("CHANNEL:from-file\n")
    apply(f'[[channel]]\ncode = "SHOP1"\nkind = "standalone"\nrefresh_token_file = "{tmp_path / "token"}"\n')
    assert Channel.objects.get().refresh_token == "CHANNEL:from-file"


def test_a_file_that_holds_no_token_does_not_take_the_stored_one_away(apply, tmp_path):
    shop = ChannelFactory(refresh_token="CHANNEL:stored")
    (tmp_path / "token").write_text("\n")
    with pytest.raises(CommandError, match=f"channels.toml: {shop.code}: refresh_token_file: The file is empty."):
        apply(f'[[channel]]\ncode = "{shop.code}"\nkind = "standalone"\nrefresh_token_file = "token"\n')
    shop.refresh_from_db()
    assert shop.refresh_token == "CHANNEL:stored"


def test_a_token_that_is_to_be_forgotten_is_no_secret_to_warn_about(apply):
    shop = ChannelFactory(refresh_token="CHANNEL:stored")
    out = apply(f'[[channel]]\ncode = "{shop.code}"\nkind = "standalone"\nrefresh_token = ""\n')
    shop.refresh_from_db()
    assert shop.refresh_token == ""
    assert "stands in the file" not in out


def test_minimum_client_versions_are_kept_as_on_their_page(apply):
    versions = 'minimum_client_versions = [{type = "Wawi", version = "1.011.0.0"}]'
    apply(AMAZON.replace('languages = ["de"]', versions))
    wanted = [{"type": "Wawi", "version": "1.11.0.0"}]
    assert Channel.objects.get(code="amazon-de").minimum_client_versions == wanted
    assert apply(AMAZON.replace('languages = ["de"]', versions)) == "0 channels changed.\n"


def test_prune_deactivates_what_the_file_does_not_name(apply):
    other = ChannelFactory()
    assert f"deactivate {other.code}" in apply(AMAZON, "--prune")
    other.refresh_from_db()
    assert not other.is_active


def test_prune_leaves_the_platform_on_that_a_marketplace_of_the_file_names(apply):
    market = MarketplaceFactory()
    one = f'[[channel]]\ncode = "{market.code}"\nkind = "marketplace"\nplatform = "{market.platform.code}"\n'
    assert apply(one, "--prune") == "0 channels changed.\n"
    assert Channel.objects.active().count() == 2


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (("currency =", "curency ="), "channels.toml: amazon-de: curency: is not a key of a channel."),
        (
            ('platform = "amazon"', 'platform = "ebay"'),
            "channels.toml: amazon-de: platform: There is no channel “ebay”.",
        ),
        (
            ('currency = "EUR"', 'currency = "euro"'),
            "channels.toml: amazon-de: currency: A currency is three capital letters",
        ),
        (('languages = ["de"]', 'languages = "de"'), "channels.toml: amazon-de: languages: has the wrong type."),
        (
            ('kind = "marketplace"\nplatform = "amazon"', 'kind = "marketplace"'),
            "channels.toml: amazon-de: platform: is required.",
        ),
        (("SCX_TOKEN_AMAZON_DE", "SCX_TOKEN_MISSING"), "The variable SCX_TOKEN_MISSING is not set."),
        (
            ('display_name = "Amazon"', 'refresh_token = "CHANNEL:x"'),
            "channels.toml: amazon: refresh_token: A platform is virtual; SCX knows it by the tokens",
        ),
        (
            ('languages = ["de"]', 'minimum_client_versions = [{type = "Wawi", version = "1.11"}]'),
            "channels.toml: amazon-de: minimum_client_versions: A version is four numbers with points between them",
        ),
        (
            ('display_name = "Amazon"', 'minimum_client_versions = [{type = "Wawi", version = "1.11.0.0"}]'),
            "channels.toml: amazon: minimum_client_versions: A platform is virtual and demands no client versions",
        ),
        (('code = "amazon"', 'code = ["amazon"]'), "channels.toml: [[channel]] 2: code: is required."),
        (("[[channel]]", "[[chanel]]"), "The file holds [[channel]] tables and nothing else."),
        (('kind = "platform"', 'kind = "platform'), "channels.toml: "),
    ],
)
def test_an_error_names_file_and_key_and_nothing_is_changed(apply, change, message):
    with pytest.raises(CommandError) as error:
        apply(AMAZON.replace(*change))
    assert message in str(error.value)
    assert not Channel.objects.exists()


SHOP = """
[[channel]]
code = "SHOP"
kind = "standalone"
"""


def test_the_branding_of_the_file_keeps_to_the_rules_of_the_form(apply):
    with pytest.raises(CommandError) as caught:
        apply(SHOP + 'branding = { accent = "red", legal = { imprint = "nowhere" }, colour = "x" }')
    lines = str(caught.value).splitlines()
    assert [": ".join(line.split(": ")[1:4]) for line in lines] == [
        "SHOP: branding: accent",
        "SHOP: branding: legal.imprint",
        "SHOP: branding: colour",
    ]
    assert not Channel.objects.exists()

    apply(SHOP + 'branding = { accent = "#e4572e", support = { de = "Hilfe", en = "Help" } }')
    assert Channel.objects.get().branding == {"accent": "#e4572e", "support": {"de": "Hilfe", "en": "Help"}}


def test_what_happens_to_sellers_stands_in_the_file(apply):
    apply(SHOP + "several_sellers_per_account = true\nunlink_rejected_after_days = 14")
    channel = Channel.objects.get()
    assert (channel.several_sellers_per_account, channel.unlink_rejected_after_days) == (True, 14)

    apply(SHOP)
    assert Channel.objects.get().unlink_rejected_after_days == 14

    apply(SHOP + "unlink_rejected_after_days = 0")
    assert Channel.objects.get().unlink_rejected_after_days is None


@pytest.mark.parametrize("line", ['several_sellers_per_account = "yes"', 'unlink_rejected_after_days = "soon"'])
def test_a_wrong_type_there_is_an_error_at_its_key(apply, line):
    with pytest.raises(CommandError) as caught:
        apply(SHOP + line)
    assert f"SHOP: {line.split()[0]}: has the wrong type." in str(caught.value)


class TestTheDifference:
    def test_is_told_key_by_key(self, apply):
        apply(AMAZON + 'feature_flags = { pull = true, push = true }\nbranding = { accent = "#e4572e" }\n')
        out = apply(
            AMAZON.replace('["de"]', '["de", "en"]').replace('currency = "EUR"', 'currency = "GBP"')
            + "feature_flags = { pull = false, push = true }\n"
            + 'branding = { accent = "#e4572e", support = { de = "Hilfe" } }\n'
            + "is_active = false\n"
        )
        assert out.splitlines() == [
            "update amazon",
            "    is_active: yes → no",
            "    feature_flags.pull: yes → no",
            "    branding.support.de: – → Hilfe",
            "update amazon-de",
            "    currency: EUR → GBP",
            "    languages: de → de, en",
            "2 channels changed.",
        ]

    def test_says_of_a_secret_that_it_is_replaced(self, apply, monkeypatch):
        apply(AMAZON)
        monkeypatch.setenv("SCX_TOKEN_AMAZON_DE", "CHANNEL:another-secret")
        out = apply(AMAZON, "--dry-run")
        assert out == "update amazon-de\n    refresh_token: set → replaced\n1 channel would change.\n"
        assert "set → –" in apply(
            AMAZON.replace("refresh_token_env", "refresh_token").replace("SCX_TOKEN_AMAZON_DE", "")
        )

    def test_cuts_what_nobody_would_read(self, apply):
        logo = "data:image/png;base64," + "A" * 20_000
        out = apply(SHOP + f'branding = {{ logo = "{logo}" }}')
        assert "branding.logo: – → data:image/png;base64,AAA" in out
        assert max(map(len, out.splitlines())) < 120


def test_a_dry_run_asks_nothing_of_worker_or_scx(apply, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True) as callbacks:
        apply(AMAZON, "--dry-run")
    assert callbacks == []
    with django_capture_on_commit_callbacks(execute=True) as callbacks:
        apply(AMAZON)
        apply(AMAZON.replace("SCX_TOKEN_AMAZON_DE", "PATH"))
    assert callbacks


def test_the_path_of_a_token_is_relative_to_the_file(apply, tmp_path):
    (tmp_path / "tokens").mkdir()
    (tmp_path / "tokens" / "shop").write_text("CHANNEL:beside\n")
    apply(SHOP + 'refresh_token_file = "tokens/shop"\n')
    assert Channel.objects.get().refresh_token == "CHANNEL:beside"
    with pytest.raises(CommandError, match="SHOP: refresh_token_file: The file cannot be read"):
        apply(SHOP + 'refresh_token_file = "tokens/nowhere"\n')


def test_a_prune_keeps_to_the_rules_and_names_what_breaks_one(apply):
    ChannelFactory(code="OLD", connector="gone")
    with pytest.raises(CommandError, match="OLD: connector: There is no connector “gone”"):
        apply(AMAZON, "--prune")
    assert Channel.objects.get().is_active


def test_a_marketplace_moves_out_before_its_platform_becomes_something_else(apply):
    apply(AMAZON.replace('stock_sync_group = "AMAZON-EU"\n', ""))
    apply("""
[[channel]]
code = "amazon"
kind = "standalone"
[[channel]]
code = "amazon-de"
kind = "marketplace"
platform = "mall"
[[channel]]
code = "mall"
kind = "platform"
""")
    assert Channel.objects.get(code="amazon-de").platform.code == "mall"
    assert Channel.objects.get(code="amazon").kind == "standalone"


def test_new_sellers_are_those_of_a_marketplace(apply):
    apply(AMAZON.replace('languages = ["de"]', 'new_sellers = "always"'))
    assert Channel.objects.get(code="amazon-de").new_sellers == "always"


def test_a_line_that_is_no_toml_is_named(apply):
    with pytest.raises(CommandError, match="at line 5"):
        apply(SHOP + "currency EUR\n")


@pytest.mark.parametrize(
    "line",
    [
        "feature_flags = { since = 2026-01-01 }",
        "feature_flags = { share = nan }",
        'languages = ["de", 1]',
        "is_active = 1",
        "retention_days = true",
        'display_name = "a\\u0000b"',
        'stock_source = "carrier pigeon"',
        "retention_days = -1",
        "waiting_limit_hours = 0",
        "waiting_limit_hours = 40000",
        'in_progress_report = "never"',
        f'stock_sync_group = "{"x" * 101}"',
    ],
)
def test_what_no_channel_can_hold_is_an_error_at_its_key(apply, line):
    text = AMAZON.replace('languages = ["de"]\nstock_sync_group = "AMAZON-EU"\nstock_source = "all-sellers"', line)
    with pytest.raises(CommandError) as caught:
        apply(text)
    assert f"amazon-de: {line.split()[0]}: " in str(caught.value)


def test_every_key_is_in_the_documentation():
    page = (Path(__file__).parents[2] / "docs" / "channels.md").read_text()
    table = page[page.index("| key | type |") : page.index("## The rules")]
    named = {
        name
        for row in table.splitlines()
        if row.startswith("| `")
        for name in re.findall(r"`(\w+)`", row.split("|")[1])
    }
    assert named == ALL_KEYS
