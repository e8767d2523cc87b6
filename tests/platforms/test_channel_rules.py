"""Every rule of channels at every door - the admin's form, the channel file, the API - in both languages."""

from collections.abc import Callable
from dataclasses import dataclass, field
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
import tomlkit
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext

from platforms import api_keys, channel_values, kind_rules
from platforms.models import Channel, StockSyncGroup
from tests.admin import rows
from tests.factories import (
    ChannelFactory,
    MarketplaceFactory,
    MembershipFactory,
    OfferFactory,
    PlatformFactory,
    SellerFactory,
    StockSyncGroupFactory,
)

pytestmark = pytest.mark.django_db

OWN_URL = "https://a.example/?s={SESSION}"
NEW_MARKETPLACE = {"kind": "marketplace", "platform": "mall", "currency": "EUR"}
NEW_STANDALONE = {"kind": "standalone", "currency": "EUR"}
NEW_PLATFORM = {"kind": "platform"}
VERSIONS = [{"type": "Wawi", "version": "1.11.0.0"}]
OF_THE_FORM = {"retention_days": 90, "in_progress_report": "late", "waiting_limit_hours": 48}
FIELDS_OF_THE_FORM = {"refresh_token": "new_refresh_token", "connector_settings": "new_connector_settings"}


@dataclass
class Case:
    """Saving `values` as the channel `code` - of the world below, or a new one - is refused at `field` with `text`."""

    name: str
    code: str
    values: dict[str, Any]
    field: str
    text: Callable[[], str]
    # By doors that say it in words of their own, or cannot be told such a thing (None).
    elsewhere: dict[str, Callable[[], str] | None] = field(default_factory=dict)


def of_kind(kind: str, name: str, table: dict[str, dict[str, Any]] = kind_rules.NOT_FOR_KIND) -> Callable[[], str]:
    return lambda: str(table[kind][name])


def said(text: str, **names: str) -> Callable[[], str]:
    return lambda: gettext(text) % names if names else gettext(text)


def belonging(text: str, *things: str) -> Callable[[], str]:
    return lambda: gettext(text) % {"things": ", ".join(map(gettext, things))}


# The form offers platforms and groups that exist; Django says that another choice is none.
ANY = said("")
NO_FIELD = {"admin": None}
KIND_STAYS = "The kind stays while these belong to the channel: %(things)s."
PLATFORM_STAYS = "The marketplace stays with its platform while these belong to it: %(things)s."
NO_ADDRESS = "Write a whole address, such as https://shop.example/sign-up?session={SESSION}."
NO_SESSION = said("The URL must contain {SESSION}: SCX puts the session there.")

CASES = [
    *(
        Case(f"{kind} has no {name}", "NEW", {**new, name: value}, name, of_kind(kind, name), elsewhere)
        for kind, new, name, value, elsewhere in (
            ("platform", NEW_PLATFORM, "platform", "bazaar", {}),
            ("platform", NEW_PLATFORM, "stock_sync_group", "POOL", {}),
            ("platform", NEW_PLATFORM, "stock_buffer", 2, {}),
            ("platform", NEW_PLATFORM, "stock_minimum", 2, {}),
            ("platform", NEW_PLATFORM, "refresh_token", "CHANNEL:x", {}),
            ("platform", NEW_PLATFORM, "minimum_client_versions", VERSIONS, NO_FIELD),
            ("platform", NEW_PLATFORM, "new_sellers", "always", NO_FIELD),
            ("marketplace", NEW_MARKETPLACE, "sign_up_url", OWN_URL, {}),
            ("marketplace", NEW_MARKETPLACE, "update_url", OWN_URL, {}),
            ("marketplace", NEW_MARKETPLACE, "several_sellers_per_account", True, {}),
            ("marketplace", NEW_MARKETPLACE, "unlink_rejected_after_days", 3, {}),
            ("standalone", NEW_STANDALONE, "platform", "mall", {}),
            ("standalone", NEW_STANDALONE, "new_sellers", "never", NO_FIELD),
        )
    ),
    Case(
        "standalone has no stock sync group",
        "NEW",
        {**NEW_STANDALONE, "stock_sync_group": "POOL"},
        "stock_sync_group",
        of_kind("standalone", "stock_sync_group"),
    ),
    *(
        Case(
            f"{new['kind']} has {name}",
            "NEW",
            {**new, name: value},
            name,
            of_kind(new["kind"], name, kind_rules.NEEDED_BY_KIND),
        )
        for new in (NEW_MARKETPLACE, NEW_STANDALONE)
        for name, value in (("currency", ""), ("languages", []))
    ),
    Case(
        "a marketplace has a platform",
        "NEW",
        {**NEW_MARKETPLACE, "platform": ""},
        "platform",
        of_kind("marketplace", "platform", kind_rules.NEEDED_BY_KIND),
        {"file": said("is required.")},
    ),
    Case("a URL has a session", "mall", {"sign_up_url": "https://a.example/"}, "sign_up_url", NO_SESSION),
    Case("an update URL too", "SHOP", {"update_url": "https://a.example/"}, "update_url", NO_SESSION),
    Case(
        "a URL is https",
        "mall",
        {"sign_up_url": "http://a.example/?s={SESSION}"},
        "sign_up_url",
        said("The URL must start with https://."),
    ),
    *(
        Case(f"{url} is an address", "mall", {name: url}, name, said(NO_ADDRESS))
        for name in ("sign_up_url", "update_url")
        for url in ("https://{SESSION}", "https:///sign-up/{SESSION}", "https://a.example/my shop/?s={SESSION}")
    ),
    Case(
        "a port is a number",
        "SHOP",
        {"sign_up_url": "https://a.example:port/{SESSION}"},
        "sign_up_url",
        said(NO_ADDRESS),
    ),
    *(
        Case(
            f"{word} is no language",
            "mall-de",
            {"languages": ["de", word]},
            "languages",
            said("“%(word)s” is no code of a language, such as de or en.", word=word),
        )
        for word in ("German", "DE", "d")
    ),
    *(
        Case(
            f"{word} is no country",
            "mall-de",
            {"countries": ["DE", word]},
            "countries",
            said("“%(word)s” is no code of a country, such as DE or AT.", word=word),
        )
        for word in ("Germany", "de")
    ),
    Case(
        "a currency is three capital letters",
        "SHOP",
        {"currency": "eur"},
        "currency",
        said("A currency is three capital letters, such as EUR."),
    ),
    Case(
        "a code is as in SCX",
        "no spaces",
        NEW_STANDALONE,
        "code",
        said("A code is 2 to 30 letters, digits, hyphens or underscores, as SCX has it."),
    ),
    Case(
        "a connector is known",
        "SHOP",
        {"connector": "unknown"},
        "connector",
        said("There is no connector “%(connector)s”. Known: %(known)s.", connector="unknown", known="demo, manual"),
        {"admin": ANY},
    ),
    Case(
        "versions are four numbers",
        "mall-de",
        {"minimum_client_versions": [{"type": "Wawi", "version": "1.11"}]},
        "minimum_client_versions",
        said("A version is four numbers with points between them, such as 1.11.0.0."),
        NO_FIELD,
    ),
    Case(
        "the platform exists",
        "NEW",
        {**NEW_MARKETPLACE, "platform": "ebay"},
        "platform",
        said("There is no channel “%(code)s”.", code="ebay"),
        {"admin": ANY},
    ),
    Case(
        "the platform is one",
        "NEW",
        {**NEW_MARKETPLACE, "platform": "SHOP"},
        "platform",
        said("“%(channel)s” is not a platform.", channel="SHOP"),
        {"admin": ANY},
    ),
    Case(
        "no channel is both",
        "empty-mall",
        {**NEW_MARKETPLACE, "platform": "empty-mall"},
        "platform",
        said("A channel is not its own platform."),
    ),
    Case(
        "a platform stays one while it has marketplaces",
        "mall",
        {"kind": "standalone", "currency": "EUR"},
        "kind",
        belonging(KIND_STAYS, "marketplaces", "stock sync groups", "sellers"),
    ),
    Case(
        "a channel with sellers stays what it is",
        "SHOP",
        {**NEW_MARKETPLACE},
        "kind",
        belonging(KIND_STAYS, "sellers", "offers"),
    ),
    Case(
        "a channel with offers becomes no platform",
        "SHOP",
        {**NEW_PLATFORM, "refresh_token": ""},
        "kind",
        belonging(KIND_STAYS, "sellers", "offers"),
    ),
    Case(
        "a marketplace with sellers stays with its platform",
        "mall-de",
        {"platform": "bazaar", "stock_sync_group": ""},
        "platform",
        belonging(PLATFORM_STAYS, "memberships"),
    ),
    Case(
        "a group is of the same platform",
        "mall-fr",
        {"platform": "bazaar"},
        "stock_sync_group",
        said("The stock sync group “%(group)s” belongs to another platform.", group="POOL"),
    ),
    Case(
        "the code of a channel with sellers stays",
        "SHOP",
        {"code": "SHOP2"},
        "code",
        belonging(
            "SCX knows the channel by its code: it stays while these belong to the channel: %(things)s.",
            "sellers",
            "offers",
        ),
        # Another code is another channel, and an address that cannot be changed.
        {"file": None, "api": said("There is no such field here.")},
    ),
]


@pytest.fixture(autouse=True)
def world(settings) -> None:
    settings.CONNECTORS = {name: settings.CONNECTORS[name] for name in ("demo", "manual")}
    mall = PlatformFactory(code="mall")
    pool = StockSyncGroupFactory(platform=mall, label="POOL")
    market = MarketplaceFactory(code="mall-de", platform=mall, stock_sync_group=pool)
    MarketplaceFactory(code="mall-fr", platform=mall, stock_sync_group=pool)
    MembershipFactory(seller=SellerFactory(channel=mall), marketplace=market)
    PlatformFactory(code="bazaar")
    PlatformFactory(code="empty-mall", currency="EUR")
    OfferFactory(channel=ChannelFactory(code="SHOP"))


def whole(code: str, values: dict[str, Any]) -> dict[str, Any]:
    """The values together with those that the channel has, as a form and a file of all keys say them."""
    stored = Channel.objects.filter(code=code).first()
    present = channel_values.values_of(stored) if stored else {}
    return {"code": code} | {key: present[key] for key in present if present[key] is not None} | values


def by_admin(code: str, values: dict[str, Any], tmp_path: Path, language: str) -> dict[str, list[str]]:
    entered = whole(code, values)
    choices = {
        "platform": lambda text: getattr(Channel.objects.filter(code=text).first(), "pk", 4711 if text else ""),
        "stock_sync_group": lambda text: getattr(StockSyncGroup.objects.filter(label=text).first(), "pk", ""),
        "languages": ", ".join,
        "countries": ", ".join,
    }
    defaults = {"display_name": code, "languages": "de, en", "stock_source": "events", "connector": "manual"}
    # The secrets are those that were entered, not those that are there.
    body = {
        FIELDS_OF_THE_FORM.get(key, key): choices.get(key, lambda same: same)(value)
        for key, value in entered.items()
        if key in values or key not in {*channel_values.SECRET, "branding", "feature_flags"}
    }
    body = {key: value for key, value in body.items() if value is not False}
    stored = Channel.objects.filter(code=code).first()
    address = (
        reverse("admin:platforms_channel_change", args=[stored.pk])
        if stored
        else reverse("admin:platforms_channel_add")
    )
    if stored and values.get("refresh_token") == "":
        body["forget_refresh_token"] = "on"
    client = Client(headers={"Accept-Language": language})
    client.force_login(rows.user(is_staff=True, is_superuser=True))
    answer = client.post(address, {**OF_THE_FORM, **defaults, **body})
    assert answer.status_code == 200, "it was saved"
    errors = answer.context["adminform"].form.errors
    names = {shown: name for name, shown in FIELDS_OF_THE_FORM.items()}
    return {names.get(name, name): [str(text) for text in texts] for name, texts in errors.items()}


def by_file(code: str, values: dict[str, Any], tmp_path: Path, language: str) -> dict[str, list[str]]:
    stored = Channel.objects.filter(code=code).first()
    place = {"kind": stored.kind, "platform": stored.platform.code if stored.platform else ""} if stored else {}
    path = tmp_path / "channels.toml"
    path.write_text(tomlkit.dumps({"channel": [{"code": code, **place, **values}]}), encoding="utf-8")
    with translation.override(language), pytest.raises(CommandError) as error:
        call_command("apply_channels", str(path), stdout=StringIO(), stderr=StringIO())
    found: dict[str, list[str]] = {}
    for line in str(error.value).splitlines():
        file, channel, key, text = line.split(": ", 3)
        assert (file, channel) == ("channels.toml", code)
        found.setdefault(key, []).append(text)
    return found


def by_api(code: str, values: dict[str, Any], tmp_path: Path, language: str) -> dict[str, list[str]]:
    client = Client(headers={"Authorization": f"Bearer {api_keys.make('test', 'write')[1]}"})
    if Channel.objects.filter(code=code).exists():
        call, address = client.patch, f"/api/v1/channels/{code}/"
    else:
        call, address, values = client.post, "/api/v1/channels/", {"code": code, **values}
    body = {key: None if value == "" and key in channel_values.REFERENCES else value for key, value in values.items()}
    answer = call(address, body, content_type="application/json", headers={"Accept-Language": language})
    assert (answer.status_code, answer["Content-Type"]) == (400, "application/problem+json")
    found: dict[str, list[str]] = {}
    for error in answer.json()["errors"]:
        found.setdefault(error["field"], []).append(error["message"])
    return found


DOORS = {"admin": by_admin, "file": by_file, "api": by_api}


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_rule_is_told_at_its_field_in_both_languages(case: Case, door: str, tmp_path):
    text = case.elsewhere.get(door, case.text)
    if text is None:
        pytest.skip("This door cannot be told such a thing.")
    before = list(Channel.objects.order_by("pk").values())
    told = {}
    for language in ("en", "de"):
        errors = DOORS[door](case.code, case.values, tmp_path, language)
        assert list(errors) == [case.field]
        with translation.override(language):
            told[language] = text() if text is not ANY else errors[case.field][0]
        assert errors[case.field] == [told[language]]
    assert told["en"] != told["de"]
    assert list(Channel.objects.order_by("pk").values()) == before


def test_every_rule_of_a_kind_has_a_case():
    tested = {(case.values.get("kind"), case.field) for case in CASES}
    ruled = {
        (kind, name)
        for table in (kind_rules.NOT_FOR_KIND, kind_rules.NEEDED_BY_KIND)
        for kind, names in table.items()
        for name in names
    }
    assert ruled <= tested
