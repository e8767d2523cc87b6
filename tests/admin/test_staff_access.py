"""Staff limited to channels see their own rows only: in lists, on pages, in choices, actions and autocompletion."""

from collections.abc import Callable

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from listings.models import ListingReport, Offer, Picture, Price
from platforms.models import Channel, Event, JobStatus, QuotaBucket, StaffAccess
from sellers.models import Account, LinkSession, Membership, Seller
from stock.models import SellerNews, StockCursor, StockDifference, StockLevel, StockMinute
from tests.admin import rows
from tests.factories import (
    AccountFactory,
    ChannelFactory,
    EventFactory,
    ListingReportFactory,
    MarketplaceFactory,
    MembershipFactory,
    OfferFactory,
    PlatformFactory,
    PriceFactory,
    SellerFactory,
    StockLevelFactory,
    StockUpdateFactory,
)
from tests.stock.pool import market, offer, platform, told

pytestmark = pytest.mark.django_db
HIDDEN = ["platforms_apikey", "platforms_staffaccess", "auth_user", "auth_group", "django_q_ormq"]
BrowserOf = Callable[[User], Client]


def listed(browser: Client, model: type) -> set[int]:
    url = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
    return {row.pk for row in browser.get(url).context["cl"].result_list}


def rows_of(channel: Channel) -> dict[type, int]:
    """One row of each model that belongs to a channel."""
    seller = SellerFactory(channel=channel)
    offer = OfferFactory(channel=channel, seller=seller)
    made = [
        channel,
        seller,
        offer,
        EventFactory(channel=channel),
        AccountFactory(channel=channel),
        PriceFactory(offer=offer),
        rows.picture(offer),
        ListingReportFactory(offer=offer),
        StockLevelFactory(channel=channel),
        (cursor := StockCursor.objects.create(channel=channel)),
        StockDifference.objects.create(
            cursor=cursor, kind="missed", seller_id="S1", offer_id=1, theirs=5, theirs_at=rows.NOON
        ),
        StockUpdateFactory(channel=channel),
        StockMinute.objects.create(channel=channel, at=rows.NOON),
        SellerNews.objects.create(seller=seller, last_at=rows.NOON),
        QuotaBucket.objects.create(channel=channel, group="offer"),
        JobStatus.objects.create(channel=channel, job="apply"),
        LinkSession.objects.create(ref=channel.code, channel=channel, kind="sign-up"),
    ]
    return {type(row): row.pk for row in made}


def test_staff_of_one_channel_see_its_rows_and_no_others(browser_of: BrowserOf):
    mine, theirs = ChannelFactory(), ChannelFactory()
    my_rows, their_rows = rows_of(mine), rows_of(theirs)
    browser = browser_of(rows.staff_of(mine))

    for model, pk in my_rows.items():
        assert listed(browser, model) == {pk}
        names = f"admin:{model._meta.app_label}_{model._meta.model_name}_change"
        assert browser.get(reverse(names, args=[pk])).status_code == 200
        assert browser.get(reverse(names, args=[their_rows[model]])).status_code == 302


def test_stock_is_fetched_and_explained_for_their_channels_only(browser_of: BrowserOf):
    platform({"mine": "EU", "other": "EU"})
    offer("mine", 1), offer("other", 2)
    told("other", 2, quantity=17, seconds=1)
    level = StockLevel.objects.get(channel__code="mine")
    browser = browser_of(rows.staff_of(market("mine")))

    page = browser.get(reverse("admin:stock_stocklevel_change", args=[level.pk])).content.decode()
    cursors = browser.get(reverse("admin:stock_stockcursor_changelist")).content.decode()
    fetched = browser.post(reverse("admin:stock_stockcursor_fetch"), {"channel": "other"}, follow=True)

    assert "Nothing was said of it" in page
    assert '<option value="mine">' in cursors
    assert '<option value="other">' not in cursors
    assert "Choose the channel" in fetched.content.decode()
    assert not StockCursor.objects.exists()


def test_two_members_of_staff_see_different_channels(browser_of: BrowserOf):
    one, other = ChannelFactory(), ChannelFactory()
    EventFactory(channel=one)
    event = EventFactory(channel=other)

    assert listed(browser_of(rows.staff_of(one)), Channel) == {one.pk}
    assert listed(browser_of(rows.staff_of(other)), Channel) == {other.pk}
    assert listed(browser_of(rows.staff_of(other)), Event) == {event.pk}


def test_a_platform_means_its_marketplaces(browser_of: BrowserOf):
    market = MarketplaceFactory()
    MarketplaceFactory()
    event = EventFactory(channel=market)

    browser = browser_of(rows.staff_of(market.platform))

    assert listed(browser, Channel) == {market.pk, market.platform.pk}
    assert listed(browser, Event) == {event.pk}


def test_a_marketplaces_staff_see_its_sellers_and_their_membership_there_only(browser_of: BrowserOf):
    platform = PlatformFactory()
    mine, other = MarketplaceFactory(platform=platform), MarketplaceFactory(platform=platform)
    seller = SellerFactory(channel=platform, company_name="Anna")
    membership = MembershipFactory(seller=seller, marketplace=mine)
    MembershipFactory(seller=seller, marketplace=other)
    MembershipFactory(seller=SellerFactory(channel=platform), marketplace=other)
    browser = browser_of(rows.staff_of(mine))

    page = browser.get(reverse("admin:sellers_seller_change", args=[seller.pk])).content.decode()

    assert listed(browser, Seller) == {seller.pk}
    assert listed(browser, Membership) == {membership.pk}
    assert mine.code in page
    assert other.code not in page


def test_without_a_row_staff_see_everything_and_with_an_empty_one_nothing(browser_of: BrowserOf):
    channel = ChannelFactory()

    assert listed(browser_of(rows.user(is_staff=True, is_superuser=True)), Channel) == {channel.pk}
    assert listed(browser_of(rows.staff_of()), Channel) == set()


def test_an_action_leaves_the_rows_of_other_channels_alone(browser_of: BrowserOf):
    mine, theirs = EventFactory(state=Event.State.DEAD), EventFactory(state=Event.State.DEAD)
    browser = browser_of(rows.staff_of(mine.channel))

    browser.post(
        reverse("admin:platforms_event_changelist"), {"action": "replay", "_selected_action": [mine.pk, theirs.pk]}
    )

    assert Event.objects.get(pk=mine.pk).state == Event.State.PENDING
    assert Event.objects.get(pk=theirs.pk).state == Event.State.DEAD


def test_filters_and_choices_name_no_other_channel(browser_of: BrowserOf):
    mine, theirs = ChannelFactory(), ChannelFactory()
    account = AccountFactory(channel=mine)
    browser = browser_of(rows.staff_of(mine, ChannelFactory()))

    for url in (
        reverse("admin:platforms_event_changelist"),
        reverse("admin:sellers_account_add"),
        reverse("admin:sellers_account_change", args=[account.pk]),
    ):
        page = browser.get(url).content.decode()
        assert mine.code in page
        assert theirs.code not in page


def test_a_form_cannot_put_a_row_into_another_channel(browser_of: BrowserOf):
    mine, theirs = ChannelFactory(), ChannelFactory()
    form = {"channel": theirs.pk, "login": "anna", "new_access_code": "open sesame", "is_active": "on"}

    answer = browser_of(rows.staff_of(mine)).post(reverse("admin:sellers_account_add"), form)

    assert answer.status_code == 200
    assert "channel" in answer.context["adminform"].form.errors
    assert not Account.objects.exists()


def test_autocompletion_offers_no_rows_of_other_channels(browser_of: BrowserOf):
    mine, theirs = PlatformFactory(), PlatformFactory()
    seller = SellerFactory(channel=mine, company_name="Anna")
    SellerFactory(channel=theirs, company_name="Anna")
    query = {"term": "Anna", "app_label": "sellers", "model_name": "membership", "field_name": "seller"}

    answer = browser_of(rows.staff_of(mine)).get(reverse("admin:autocomplete"), query)

    assert [row["id"] for row in answer.json()["results"]] == [str(seller.pk)]


@pytest.mark.parametrize("page", HIDDEN)
def test_limited_staff_do_not_see_what_belongs_to_no_channel(browser_of: BrowserOf, page):
    browser = browser_of(rows.staff_of(ChannelFactory()))

    assert browser.get(reverse(f"admin:{page}_changelist")).status_code == 403
    assert reverse(f"admin:{page}_changelist") not in browser.get(reverse("admin:index")).content.decode()


def test_limited_staff_cannot_widen_their_limits(browser_of: BrowserOf):
    mine = ChannelFactory()
    limited = rows.staff_of(mine)
    browser = browser_of(limited)

    assert browser.get(reverse("admin:platforms_channel_add")).status_code == 403
    browser.post(reverse("admin:platforms_staffaccess_delete", args=[limited.channel_access.pk]), {"post": "yes"})
    page = browser.get(reverse("admin:platforms_channel_change", args=[mine.pk])).content.decode()

    assert StaffAccess.objects.filter(user=limited).exists()
    assert 'name="code"' not in page
    assert 'name="kind"' not in page


@pytest.mark.parametrize("model", [Event, Offer, ListingReport, Price, Picture, StockLevel])
def test_staff_without_permission_are_refused(browser_of: BrowserOf, model):
    url = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")

    assert browser_of(rows.user(is_staff=True)).get(url).status_code == 403
