"""The steps from JTL's token to the first listed offer: each by its facts, in order, at a price that does not grow."""

from datetime import timedelta

import pytest
from cryptography.fernet import Fernet
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from listings.models import ListingReport
from platforms import probes, readiness
from platforms.models import AddressProbe, Channel, ChannelAtScx, Heartbeat, PriceType, QuotaBucket
from platforms.readiness import Step
from sellers.models import Seller
from tests.factories import (
    NOON,
    AccountFactory,
    ChannelFactory,
    EventFactory,
    ListingReportFactory,
    MarketplaceFactory,
    MembershipFactory,
    OfferFactory,
    PlatformFactory,
    SellerFactory,
)

pytestmark = pytest.mark.django_db

OF_A_CHANNEL = [
    *("active", "worker", "token", "clock", "at-scx", "addresses-at-scx", "addresses-reached", "price-type"),
    *("account", "seller", "event", "offer", "listing"),
]


def beat() -> None:
    Heartbeat.objects.update_or_create(cluster="one", defaults={"beat_at": timezone.now()})


def shown_by_scx(channel: Channel, **changes) -> ChannelAtScx:
    values = {"signUpUrl": channel.effective_sign_up_url, "updateUrl": channel.effective_update_url}
    settings = {"channel": channel.code, **values, **changes.pop("settings", {})}
    row = {"is_active": True, "settings": settings, "settings_at": NOON, **changes}
    return ChannelAtScx.objects.update_or_create(channel=channel, defaults=row)[0]


def checked(home: Channel, problem: str = "", detail: str = "") -> None:
    for kind, url in probes.addresses(home).items():
        values = {"url": url, "problem": problem, "detail": detail}
        AddressProbe.objects.update_or_create(channel=home, kind=kind, defaults=values)


def make_ready(channel: Channel) -> Channel:
    """Everything that the steps look for."""
    beat()
    Channel.objects.filter(pk=channel.pk).update(token_succeeded_at=NOON)
    QuotaBucket.objects.create(channel=channel, group="event", clock_offset=1)
    shown_by_scx(channel)
    checked(channel.home)
    PriceType.objects.create(channel=channel, price_type_id="B2C", display_name="Retail", confirmed_at=NOON)
    seller = SellerFactory(channel=channel.home, account=AccountFactory(channel=channel.home))
    if channel.platform:
        MembershipFactory(seller=seller, marketplace=channel)
    EventFactory(channel=channel)
    offer = OfferFactory(channel=channel, seller=seller)
    ListingReportFactory(offer=offer, channel=channel, state=ListingReport.State.SENT, sent_at=NOON)
    channel.refresh_from_db()
    return channel


def step(channel: Channel, code: str) -> Step:
    return next(each for each in readiness.steps(channel) if each.code == code)


@pytest.mark.parametrize("make", [ChannelFactory, MarketplaceFactory])
def test_a_channel_with_all_of_it_is_ready(make):
    channel = make_ready(make())

    assert [each.code for each in readiness.steps(channel)] == OF_A_CHANNEL
    assert {each.state for each in readiness.steps(channel)} == {"done"}
    assert readiness.is_ready(channel)
    assert readiness.next_step(channel) is None


def test_a_bare_channel_has_one_thing_to_do_and_the_rest_for_later():
    channel = ChannelFactory(refresh_token="")
    beat()

    states = {each.code: each.state for each in readiness.steps(channel)}

    assert readiness.next_step(channel).code == "token"
    assert states == dict.fromkeys(OF_A_CHANNEL, "later") | {"active": "done", "worker": "done", "token": "todo"}


# How to take away what a step looks for, what state it then has, and a word of what is said.
FALLS = {
    "active": (lambda channel: Channel.objects.update(is_active=False), "todo", "switched off"),
    "worker": (lambda channel: Heartbeat.objects.update(beat_at=NOON), "todo", "manage.py worker"),
    "token missing": (lambda channel: Channel.objects.update(refresh_token=""), "todo", "Enter the refresh token"),
    "token refused": (
        lambda channel: Channel.objects.update(token_refused_since=NOON, token_refusal="ATH102"),
        "wrong",
        "ATH102",
    ),
    "token new": (lambda channel: Channel.objects.update(token_succeeded_at=None), "unknown", "within a minute"),
    "clock unknown": (lambda channel: QuotaBucket.objects.all().delete(), "unknown", "told the time"),
    "clock behind": (lambda channel: QuotaBucket.objects.update(clock_offset=90), "wrong", "90 seconds behind"),
    "clock ahead": (lambda channel: QuotaBucket.objects.update(clock_offset=-31), "wrong", "31 seconds ahead"),
    "at-scx unknown": (lambda channel: ChannelAtScx.objects.all().delete(), "unknown", "not asked yet"),
    "at-scx other": (lambda channel: shown_by_scx(channel, settings={"channel": "ANOTHER"}), "wrong", "“ANOTHER”"),
    "at-scx off": (lambda channel: shown_by_scx(channel, is_active=False), "wrong", "switched the channel off"),
    "addresses-at-scx other": (
        lambda channel: shown_by_scx(channel, settings={"signUpUrl": "https://old.example/?s={SESSION}"}),
        "wrong",
        "https://old.example/",
    ),
    "addresses-at-scx other update": (
        lambda channel: shown_by_scx(channel, settings={"updateUrl": "https://old.example/?s={SESSION}"}),
        "wrong",
        "other addresses",
    ),
    "addresses-at-scx none": (lambda channel: shown_by_scx(channel, settings={"signUpUrl": ""}), "wrong", "none"),
    "addresses-reached never": (lambda channel: AddressProbe.objects.all().delete(), "todo", "call its own addresses"),
    "addresses-reached once": (
        lambda channel: AddressProbe.objects.filter(kind="update").delete(),
        "todo",
        "call its own addresses",
    ),
    "addresses-reached not": (
        lambda channel: checked(channel.home, "no-answer", "shop.example"),
        "wrong",
        "shop.example does not answer",
    ),
    "price-type none": (lambda channel: PriceType.objects.all().delete(), "todo", "Enter one"),
    "price-type new": (lambda channel: PriceType.objects.update(confirmed_at=None), "unknown", "within a minute"),
    "price-type refused": (
        lambda channel: PriceType.objects.update(confirmed_at=None, is_refused=True, error="no such id"),
        "wrong",
        "no such id",
    ),
    "account": (lambda channel: channel.home.accounts.update(is_active=False), "todo", "Make an account"),
    "seller": (lambda channel: Seller.objects.update(state="inactive"), "todo", "In JTL-Wawi"),
    "event": (lambda channel: channel.events.all().delete(), "todo", "choose an article"),
    "offer": (lambda channel: channel.offers.update(content_at=None), "todo", "No offer has come"),
    "listing": (lambda channel: ListingReport.objects.all().delete(), "todo", "Mark as listed"),
    "listing late": (lambda channel: ListingReport.objects.update(state="pending", sent_at=None), "unknown", "listed"),
    "listing refused": (lambda channel: ListingReport.objects.update(state="refused", sent_at=None), "wrong", "mend"),
    "listing failed": (lambda channel: ListingReport.objects.update(kind="failed"), "todo", "Mark as listed"),
}


@pytest.mark.parametrize("make", [ChannelFactory, MarketplaceFactory])
@pytest.mark.parametrize("fall", FALLS)
def test_what_is_not_so_is_the_next_step(make, fall):
    channel = make_ready(make())
    take_away, state, word = FALLS[fall]

    take_away(channel)
    channel = Channel.objects.get(pk=channel.pk)

    told = readiness.next_step(channel)
    assert (told.code, told.state) == (fall.split()[0], state)
    assert word in told.text
    assert not readiness.is_ready(channel)


def test_an_access_token_proves_the_refresh_token_too():
    channel = make_ready(ChannelFactory(access_token="x", access_token_expires_at=NOON))
    Channel.objects.update(token_succeeded_at=None)

    assert step(Channel.objects.get(), "token").is_done
    assert channel.has_token


def test_a_membership_that_waits_for_scx_is_not_known_yet():
    channel = make_ready(MarketplaceFactory())
    channel.memberships.update(confirmed=None)

    assert readiness.next_step(channel).state == "unknown"


def test_an_address_that_changed_since_it_was_checked_is_not_known(settings):
    channel = make_ready(ChannelFactory())
    settings.PORTAL_URL = "https://moved.example"

    assert [each.code for each in readiness.steps(channel) if not each.is_done] == [
        "addresses-at-scx",
        "addresses-reached",
    ]


def test_accounts_are_asked_for_only_where_merchants_sign_up_with_them():
    assert "account" not in [each.code for each in readiness.steps(ChannelFactory(connector="demo"))]


def test_a_connector_that_is_gone_hides_nothing_else():
    assert readiness.steps(ChannelFactory(connector="gone"))


def test_a_token_that_cannot_be_read_is_to_be_entered_again(settings):
    channel = make_ready(ChannelFactory())
    settings.ENCRYPTION_KEYS = [Fernet.generate_key().decode()]

    told = readiness.next_step(Channel.objects.get())
    assert (told.code, told.state) == ("token", "wrong")
    assert channel.has_token


def test_a_wrong_step_shows_before_its_turn():
    channel = make_ready(ChannelFactory())
    Channel.objects.update(token_succeeded_at=None)
    checked(channel, "session-lost")
    channel = Channel.objects.get()

    assert readiness.next_step(channel).code == "token"
    assert step(channel, "addresses-reached").state == "wrong"


def test_a_platform_is_as_ready_as_its_marketplaces():
    first = make_ready(MarketplaceFactory())
    platform = first.platform

    assert [each.code for each in readiness.steps(platform)] == [
        *("active", "worker", "token", "addresses-at-scx", "addresses-reached", "marketplaces"),
    ]
    assert readiness.is_ready(platform)

    second = MarketplaceFactory(platform=platform, display_name="Second")
    told = readiness.next_step(platform)
    assert (told.code, told.text) == ("marketplaces", "1 of 2 is ready.")
    assert told.url == f"/admin/platforms/channel/{second.pk}/assistant/"

    Channel.objects.filter(pk=second.pk).update(is_active=False)
    assert readiness.is_ready(platform)


def test_a_platform_needs_a_marketplace_with_a_token_that_works():
    beat()
    platform = PlatformFactory()
    MarketplaceFactory(platform=platform, token_succeeded_at=NOON, token_refused_since=NOON)
    MarketplaceFactory(platform=platform, token_succeeded_at=NOON, is_active=False)

    assert readiness.next_step(platform).code == "token"
    MarketplaceFactory(platform=platform, token_succeeded_at=NOON)
    assert step(platform, "token").is_done


def test_a_platform_without_marketplaces_leads_to_the_first():
    platform = PlatformFactory()
    beat()

    told = readiness.next_step(platform)
    assert told.code == "token"
    assert f"kind=marketplace&platform={platform.pk}" in told.url


def test_forty_channels_cost_what_one_costs():
    def queries(channels: list[Channel]) -> int:
        with CaptureQueriesContext(connection) as captured:
            assert len(readiness.summary(channels)) == len(channels)
        return len(captured)

    platform = PlatformFactory()
    make_ready(MarketplaceFactory(platform=platform))
    one = queries(list(Channel.objects.all()))
    MarketplaceFactory.create_batch(20, platform=platform)
    MarketplaceFactory.create_batch(10)
    ChannelFactory.create_batch(10)

    assert queries(list(Channel.objects.all())) == one
    assert one <= 16


def test_a_wrong_finding_of_one_channel_is_not_anothers():
    well, ill = make_ready(ChannelFactory()), ChannelFactory(refresh_token="")

    found = readiness.summary([well, ill])

    assert (found[well.pk].is_ready, found[ill.pk].to_go) == (True, 11)


def test_nothing_is_counted():
    EventFactory.create_batch(3, channel=ChannelFactory())
    with CaptureQueriesContext(connection) as captured:
        readiness.steps(Channel.objects.get())

    assert not [query["sql"] for query in captured if "COUNT(" in query["sql"]]


def test_a_worker_that_beat_lately_is_alive():
    channel = ChannelFactory()
    Heartbeat.objects.create(cluster="one", beat_at=timezone.now() - timedelta(minutes=2))

    assert step(channel, "worker").is_done


def test_no_token_stands_in_the_steps():
    channel = make_ready(ChannelFactory(refresh_token="CHANNEL:top-secret", access_token="top-secret"))

    assert "top-secret" not in str(readiness.steps(channel))
