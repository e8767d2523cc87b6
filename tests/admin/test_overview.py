"""The overview of platforms and marketplaces: what it shows of whom, where its links lead, what it costs."""

import re
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from platforms import dear
from platforms.findings import Finding
from platforms.models import Channel, ChannelAtScx, Event, Heartbeat
from platforms.overview import Health
from platforms.overview_numbers import Column
from tests.admin import overview_world, rows
from tests.factories import ChannelFactory, EventFactory, MarketplaceFactory, PlatformFactory, StockSyncGroupFactory

pytestmark = pytest.mark.django_db

URL = "/admin/platforms/overview/"


@pytest.fixture(autouse=True)
def _alive_and_never_dear(db, monkeypatch) -> None:
    """A slow machine keeps no count that a test wants fresh."""
    monkeypatch.setattr(dear, "DEAR_SECONDS", float("inf"))
    Heartbeat.objects.create(cluster="one", beat_at=timezone.now())


@pytest.fixture
def mall() -> Channel:
    """mall-de and mall-fr share stock, mall-us has its own; SHOP stands alone."""
    group = StockSyncGroupFactory(label="MALL-EU", platform__code="mall", platform__display_name="The Mall")
    for name, pool in (("fr", group), ("de", group), ("us", None)):
        MarketplaceFactory(
            platform=group.platform, code=f"mall-{name}", display_name=f"Mall {name.upper()}", stock_sync_group=pool
        )
    ChannelFactory(code="SHOP", display_name="Überall-Shop")
    return group.platform


def tree_of(answer: Any) -> list[tuple[str, list[tuple[str, list[str]]]]]:
    """Each platform with its pools and their marketplaces, as they are shown."""
    return [
        (
            branch.platform.code,
            [
                (pool.group.label if pool.group else "", [line.channel.code for line in pool.lines])
                for pool in branch.pools
            ],
        )
        for branch in answer.context["tree"].branches
    ]


def alone(answer: Any) -> list[str]:
    return [line.channel.code for line in answer.context["tree"].standalone]


def line_of(answer: Any, code: str) -> Any:
    tree = answer.context["tree"]
    lines = [line for branch in tree.branches for line in [branch.line, *branch.lines] if line] + tree.standalone
    return next(line for line in lines if line.channel.code == code)


def health_of_platform(browser: Client) -> str:
    """What stands of the health of the platform itself, above its marketplaces."""
    html = html_of(browser)
    return html[html.index("platform with") : html.index("<table")]


def html_of(browser: Client, **query: str) -> str:
    return browser.get(URL, query).content.decode()


def test_marketplaces_stand_below_their_platform_by_stock_sync_group_and_lone_channels_last(browser: Client, mall):
    answer = browser.get(URL)

    assert tree_of(answer) == [("mall", [("MALL-EU", ["mall-de", "mall-fr"]), ("", ["mall-us"])])]
    assert alone(answer) == ["SHOP"]
    html = answer.content.decode()
    assert "2 marketplaces share stock" in html
    assert "platform with 3 marketplaces" in html
    assert html.index("MALL-EU") < html.index("In no stock sync group") < html.index("Standalone channels")


def test_the_head_names_the_page(browser: Client, mall):
    head = re.findall(r"<h1.*?</h1>", html_of(browser), re.DOTALL)[0]
    assert re.sub(r"<.*?>", "", head).strip() == "Platforms and marketplaces"


def test_it_is_found_from_the_sidebar_and_from_the_list_of_channels(browser: Client, mall):
    for page in (reverse("admin:index"), reverse("admin:platforms_channel_changelist")):
        assert f'href="{URL}"' in browser.get(page).content.decode()


def test_each_number_leads_to_the_list_of_just_these_rows(browser: Client):
    market = overview_world.marketplace()
    overview_world.fill(market)
    line = line_of(browser.get(URL), market.code)
    numbers = [number for column, those in line.numbers.items() if column != Column.HEALTH for number in those]
    (way,) = line.numbers[Column.HEALTH]

    assert "to go" in way.text
    assert way.url == reverse("admin:platforms_channel_assistant", args=[market.pk])
    assert [number.text for number in numbers] == [
        *("2 connected", "2 listed", "1 failed", "6 in all"),
        *("1 offer to hand over", "2 offers unanswered"),
        *("1 event given up", "1 event failed", "2 events to apply", "1 event of an unknown seller"),
        *("1 connection to confirm", "1 connection refused"),
        *("1 report to send", "1 report refused", "2 stock levels without offer"),
    ]
    for number in numbers:
        shown = browser.get(number.url).context["cl"].result_list
        assert (number.text, len(shown)) == (number.text, int(number.text.split()[0]))


def test_the_sellers_of_a_platform_and_of_a_standalone_channel_are_the_active_ones(browser: Client):
    market = overview_world.marketplace()
    overview_world.fill(market)

    (number,) = line_of(browser.get(URL), market.platform.code).numbers["sellers"]

    assert number.text == "3 connected"
    assert len(browser.get(number.url).context["cl"].result_list) == 3


def test_every_link_of_the_page_opens(browser: Client, mall):
    market = overview_world.marketplace()
    overview_world.fill(market)
    html = html_of(browser)
    links = {link.replace("&amp;", "&") for link in re.findall(r'href="(/admin/[^"]+)"', html.split("<h1", 1)[1])}

    assert len(links) > 20
    for link in links:
        assert browser.get(link).status_code == 200, link


def test_health_is_the_findings_of_the_channel_the_worst_first(browser: Client, mall):
    now = timezone.now()
    Channel.objects.filter(code="mall-de").update(token_refused_since=now, token_refusal="ATH003 is <b>bold</b>")
    EventFactory(channel=Channel.objects.get(code="mall-de"), state=Event.State.DEAD)
    Channel.objects.filter(code="mall-us").update(is_active=False, refresh_token="")
    answer = browser.get(URL)
    html = answer.content.decode()

    health = line_of(answer, "mall-de").health
    assert (health.errors, health.warnings) == (2, 0)
    assert "2 errors" in html
    assert "<b>bold</b>" not in html
    assert "switched off" in html
    assert "Token: " in html.split("mall-us")[1]
    # The other marketplace and the lone channel.
    assert html.count("all well") == 2


def test_a_platform_is_not_well_while_one_of_its_marketplaces_is_not(browser: Client, mall):
    assert "all well" in health_of_platform(browser)
    for number, code in enumerate(("mall-de", "mall-us"), 1):
        EventFactory(channel=Channel.objects.get(code=code), state=Event.State.DEAD)
        told = health_of_platform(browser)
        assert "all well" not in told
        assert f"{number} marketplace{'s need' if number > 1 else ' needs'} attention" in told
        (link,) = re.findall(r'href="([^"]*trouble=on[^"]*)"', told)
        assert tree_of(browser.get(link.replace("&amp;", "&")))[0][0] == "mall"


def test_what_is_wrong_with_the_whole_portal_stands_above_all_channels(browser: Client, mall):
    assert "For all channels:" not in html_of(browser)
    Heartbeat.objects.all().delete()

    html = html_of(browser)

    assert html.index("For all channels:") < html.index("No worker is alive") < html.index("The Mall")


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("The stock of Amazon.de is late. Ask again.", "The stock of Amazon.de is late."),
        ("One sentence without a stop", "One sentence without a stop"),
        ("No worker lives! Start “manage.py worker” now.", "No worker lives! Start “manage.py worker” now."),
        ("", ""),
    ],
)
def test_of_the_worst_finding_the_first_sentence_is_shown(text, sentence):
    assert Health([Finding("late", text)]).first_sentence == sentence


def test_a_group_that_scx_shows_otherwise_is_told(browser: Client, mall):
    for code, label in (("mall-de", "MALL-EU"), ("mall-fr", "OLD"), ("mall-us", "")):
        ChannelAtScx.objects.create(channel=Channel.objects.get(code=code), stock_sync_group=label)
    html = html_of(browser)

    assert html.count("SCX shows") == 1
    assert "SCX shows the stock sync group OLD." in html


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("mall-fr", ["mall-fr"]),
        ("MALL FR", ["mall-fr"]),
        ("mall-eu", ["mall-de", "mall-fr"]),
        ("the mall", ["mall-de", "mall-fr", "mall-us"]),
        ("uberall", ["SHOP"]),
        ("nothing of the kind", []),
        ("\x00", ["SHOP", "mall-de", "mall-fr", "mall-us"]),
    ],
)
def test_the_filter_finds_by_name_code_and_group(browser: Client, mall, text, shown):
    answer = browser.get(URL, {"q": text})
    found = [line.channel.code for branch in answer.context["tree"].branches for line in branch.lines]

    assert sorted(found + alone(answer)) == shown
    assert ("No channel is called so." in answer.content.decode()) == (not shown)


def test_a_filtered_pool_still_says_how_many_share_it(browser: Client, mall):
    assert "2 marketplaces share stock" in html_of(browser, q="mall-fr")


def test_only_trouble_leaves_out_what_is_well(browser: Client, mall):
    assert "Nothing is wrong with what you look for." in html_of(browser, trouble="on")
    EventFactory(channel=Channel.objects.get(code="mall-fr"), state=Event.State.FAILED)

    answer = browser.get(URL, {"trouble": "on"})

    assert tree_of(answer) == [("mall", [("MALL-EU", ["mall-fr"])])]
    assert alone(answer) == []


def test_without_a_channel_it_says_what_to_do_first(browser: Client):
    html = html_of(browser)

    assert f'href="{reverse("admin:platforms_channel_add")}"' in html
    assert "apply_channels" in html


def test_a_platform_without_marketplaces_is_shown_as_such(browser: Client):
    PlatformFactory(code="empty")

    assert "This platform has no marketplace yet" in html_of(browser)


def test_staff_of_one_marketplace_see_it_below_its_platform_and_nothing_else(browser_of, mall):
    us = Channel.objects.get(code="mall-us")
    overview_world.fill(us)
    answer = browser_of(rows.staff_of(us)).get(URL)
    html = answer.content.decode()

    assert tree_of(answer) == [("mall", [("", ["mall-us"])])]
    assert alone(answer) == []
    assert answer.context["tree"].branches[0].line is None
    assert reverse("admin:platforms_channel_change", args=[mall.pk]) not in html
    for hidden in ("mall-de", "MALL-EU", "SHOP", "platform with 3"):
        assert hidden not in html


def test_staff_without_a_right_to_see_channels_are_refused(browser_of):
    assert browser_of(rows.user(is_staff=True)).get(URL).status_code == 403
    assert Client().get(URL).status_code == 302


def test_a_list_that_the_user_may_not_open_is_not_linked(browser_of):
    market = overview_world.marketplace()
    overview_world.fill(market)
    user = rows.user(is_staff=True)
    user.user_permissions.add(*Permission.objects.filter(codename__in=["view_channel", "view_event"]))
    html = browser_of(user).get(URL).content.decode()

    assert "2 events to apply" in html
    assert reverse("admin:platforms_event_changelist") in html
    assert "1 report refused" in html
    for page in ("listings_offer", "listings_listingreport", "sellers_membership", "stock_stocklevel"):
        assert reverse(f"admin:{page}_changelist") not in html
    assert reverse("admin:platforms_channel_add") not in html


def test_forty_marketplaces_in_trouble_cost_as_many_queries_as_ten(browser: Client):
    def grow(number: int) -> None:
        for _ in range(number):
            overview_world.trouble(overview_world.marketplace(platform))

    def queries() -> int:
        browser.get(URL)
        with CaptureQueriesContext(connection) as captured:
            browser.get(URL)
        return len(captured)

    platform = PlatformFactory()
    grow(10)
    ten = queries()
    grow(30)

    assert queries() == ten


def nothing(channels: Any) -> Any:
    raise RuntimeError("no count today")


def test_a_source_that_fails_costs_the_others_nothing(browser: Client, mall, settings, caplog):
    EventFactory(channel=Channel.objects.get(code="mall-de"))
    settings.PORTAL_OVERVIEW = (f"{__name__}.nothing", "platforms.overview_facts.events")
    html = html_of(browser)

    assert "1 event to apply" in html
    assert "Some numbers could not be counted" in html
    assert "no count today" in caplog.text


def test_what_is_dear_to_count_is_kept_for_a_while_in_each_language(browser: Client, mall, monkeypatch):
    event = EventFactory(channel=Channel.objects.get(code="mall-de"))
    monkeypatch.setattr(dear, "DEAR_SECONDS", -1.0)
    assert "kept for a minute" not in html_of(browser)
    Event.objects.filter(pk=event.pk).update(state=Event.State.DONE)

    again = html_of(browser)

    assert "1 event to apply" in again
    assert "kept for a minute" in again
    for language, is_kept in (("de", False), ("en", True)):
        browser.post(reverse("set_language"), {"language": language, "next": URL})
        assert ("1 event to apply" in html_of(browser)) == is_kept
    assert "1 event to apply" not in html_of(browser, again="")
    assert "1 event to apply" not in html_of(browser)
