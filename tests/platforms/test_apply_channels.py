"""`apply_channels FILE.toml`: all or none, twice is once, errors with file and key, no token in sight."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from platforms.models import Channel, StockSyncGroup
from tests.factories import ChannelFactory

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
    assert "languages:  → ['de']" in out.replace("–", "")
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


def test_prune_deactivates_what_the_file_does_not_name(apply):
    other = ChannelFactory()
    assert f"deactivate {other.code}" in apply(AMAZON, "--prune")
    other.refresh_from_db()
    assert not other.is_active


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
            "A platform has no platform, no stock sync group and no token.",
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
