"""Listing rules and error texts through the channel file and the API: the same rules as in the admin."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from listings.models import ErrorText, ListingRule
from platforms import api_keys
from platforms.models import ApiKey
from tests.api.conftest import Caller
from tests.factories import ChannelFactory, ErrorTextFactory, ListingRuleFactory, PlatformFactory

pytestmark = pytest.mark.django_db

SHOP = """
[[channel]]
code = "SHOP"
kind = "standalone"

[[channel.listing_rules]]
kind = "required"
field = "gtin"

[[channel.listing_rules]]
kind = "length"
field = "title"
maximum = 80
category = "Shoes"
code = "E17"

[[channel.error_texts]]
code = "E17"
language = "de"
text = "{sku}: Der Titel ist zu lang."
cure = "Kürzen Sie ihn."
"""


@pytest.fixture
def apply(tmp_path):
    def run(text: str, *options: str) -> str:
        path = tmp_path / "channels.toml"
        path.write_text(text, encoding="utf-8")
        out = StringIO()
        call_command("apply_channels", str(path), *options, stdout=out, stderr=out)
        return out.getvalue()

    return run


def kinds():
    return sorted(ListingRule.objects.values_list("kind", flat=True))


def test_a_file_makes_them_once_and_shows_what_would_change(apply):
    assert "listing_rules: – → kind length, field title, maximum 80, category Shoes, code E17; kind required" in apply(
        SHOP, "--dry-run"
    )
    assert kinds() == []
    apply(SHOP)
    assert kinds() == ["length", "required"]
    assert ErrorText.objects.get().cure == "Kürzen Sie ihn."
    assert "0 channels changed" in apply(SHOP)
    keys = set(ListingRule.objects.values_list("pk", flat=True))
    out = apply(SHOP.replace("80", "60"))
    assert "maximum 80, category Shoes, code E17 → kind length" in out
    assert "required" not in out
    assert ListingRule.objects.get(kind="length").maximum == 60
    assert set(ListingRule.objects.values_list("pk", flat=True)) == keys


def test_what_a_file_leaves_out_stays_and_an_empty_list_takes_all(apply):
    apply(SHOP)
    head = SHOP.split("[[channel.listing_rules]]")[0]
    apply(head)
    assert kinds() == ["length", "required"]
    apply(f"{head}listing_rules = []\n")
    assert (kinds(), ErrorText.objects.count()) == ([], 1)


def test_an_exported_file_changes_nothing(apply):
    channel = ChannelFactory(refresh_token="")
    ListingRuleFactory(channel=channel, is_active=False)
    ListingRuleFactory(channel=channel, kind="picture_size", width=500)
    ErrorTextFactory(channel=channel, text="Größe {value}", cure="a\nb")
    out = StringIO()
    call_command("export_channels", stdout=out)
    assert "0 channels changed" in apply(out.getvalue())
    ListingRule.objects.all().delete()
    apply(out.getvalue())
    assert kinds() == ["picture_size", "required"]
    assert ListingRule.objects.get(kind="required").is_active is False


@pytest.mark.parametrize(
    ("table", "words"),
    [
        ('{kind = "attribute", attribute = "global:ean"}', "no rule may ask for an attribute"),
        ('{kind = "required"}', "field: This kind of rule needs it."),
        ('{kind = "odd"}', "kind: "),
        ('{kind = "gtin", colour = "red"}', "has the wrong type"),
        ('{kind = "pictures", minimum = true}', "has the wrong type"),
        ('{kind = "pictures", minimum = -1}', "minimum: "),
        ('{kind = "gtin"}, {kind = "gtin"}', "stands there twice: gtin"),
    ],
)
def test_a_rule_that_cannot_be_is_named_and_nothing_is_made(apply, table, words):
    with pytest.raises(CommandError) as caught:
        apply(f'[[channel]]\ncode = "SHOP"\nkind = "standalone"\nlisting_rules = [{table}]\n')
    assert "SHOP: listing_rules: " in str(caught.value)
    assert words in str(caught.value)
    assert not ListingRule.objects.exists()


def test_a_platform_has_none(apply):
    with pytest.raises(CommandError, match="its marketplaces have the rules"):
        apply('[[channel]]\ncode = "amazon"\nkind = "platform"\nlisting_rules = [{kind = "gtin"}]\n')


class TestApi:
    @pytest.fixture
    def api(self, db):
        return Caller(api_keys.make("test", ApiKey.Scope.WRITE, [])[1])

    def test_they_are_written_and_told(self, api):
        channel = ChannelFactory()
        rules = [{"kind": "pictures", "minimum": 1}, {"kind": "required", "field": "gtin", "is_active": False}]
        texts = [{"code": "E17", "language": "de", "text": "So nicht."}]
        answer = api.patch(f"channels/{channel.code}/", {"listing_rules": rules, "error_texts": texts})
        assert answer.status_code == 200
        told = api.get(f"channels/{channel.code}/").json()
        assert (told["listing_rules"], told["error_texts"]) == (rules, texts)
        api.patch(f"channels/{channel.code}/", {"display_name": "Shop"})
        assert len(kinds()) == 2

    @pytest.mark.parametrize(
        "rule", [{"kind": "attribute", "attribute": "title"}, {"kind": "gtin", "minimum": 3}, {}, {"kind": 7}]
    )
    def test_one_that_cannot_be_is_refused_at_its_key(self, api, rule):
        channel = ChannelFactory()
        answer = api.patch(f"channels/{channel.code}/", {"listing_rules": [rule]})
        assert answer.status_code == 400
        assert {error["field"].split(".")[0] for error in answer.json()["errors"]} == {"listing_rules"}
        assert kinds() == []

    def test_a_platform_has_none(self, api):
        platform = PlatformFactory()
        answer = api.patch(
            f"channels/{platform.code}/", {"error_texts": [{"code": "A", "language": "de", "text": "B"}]}
        )
        assert answer.status_code == 400
