"""What staff do to rows: every change by POST, with the permission, and one message that counts."""

from collections.abc import Callable

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client
from django.urls import reverse

from listings.models import ListingReport, Offer
from platforms import api_keys
from platforms.models import ApiKey, Event
from sellers.models import Account, Membership, Notice, Seller
from tests.admin import rows
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


def act(browser: Client, model: type, action: str, *chosen: int, **more: str) -> str:
    """Run the action over the rows; returns the page that follows."""
    url = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
    body = {"action": action, "_selected_action": list(chosen), **more}
    return browser.post(url, body, follow=True).content.decode()


def test_replay_puts_events_back_and_leaves_types_alone_that_nobody_handles(browser: Client):
    dead = EventFactory(state=Event.State.DEAD, attempts=9, not_before=None, error="it broke")
    order = EventFactory(state=Event.State.IGNORED, not_before=None, type="Seller:Order.Accept")

    page = act(browser, Event, "replay", dead.pk, order.pk)

    dead.refresh_from_db()
    order.refresh_from_db()
    assert (dead.state, dead.attempts, dead.error) == (Event.State.PENDING, 0, "")
    assert (order.state, order.not_before) == (Event.State.IGNORED, None)
    assert "1 event will be applied again. 1 is of a type the portal does not handle." in page


def test_a_rows_own_button_returns_to_its_page(browser: Client):
    event = EventFactory(state=Event.State.DEAD)
    page = reverse("admin:platforms_event_change", args=[event.pk])
    assert 'value="replay"' in browser.get(page).content.decode()

    answer = browser.post(
        reverse("admin:platforms_event_changelist"), {"action": "replay", "_selected_action": event.pk, "_back": "1"}
    )

    assert (answer.status_code, answer.url) == (302, page)


def test_nothing_happens_on_get(browser: Client):
    event = EventFactory(state=Event.State.DEAD)

    browser.get(
        reverse("admin:platforms_event_changelist"), {"action": "replay", "_selected_action": event.pk}, follow=True
    )

    assert Event.objects.get().state == Event.State.DEAD


def test_who_may_only_view_finds_no_action_and_cannot_run_one(browser_of: Callable[[User], Client]):
    event = EventFactory(state=Event.State.DEAD)
    reader = rows.user(is_staff=True)
    reader.user_permissions.add(Permission.objects.get(codename="view_event"))
    browser = browser_of(reader)

    page = browser.get(reverse("admin:platforms_event_change", args=[event.pk]))
    act(browser, Event, "replay", event.pk)

    assert page.status_code == 200
    assert 'value="replay"' not in page.content.decode()
    assert Event.objects.get().state == Event.State.DEAD


@pytest.mark.parametrize("action", ["mark_in_progress", "mark_listed", "mark_failed"])
def test_a_mark_asks_before_it_does_anything(browser: Client, action):
    offer = OfferFactory()

    page = act(browser, Offer, action, offer.pk)

    assert 'name="confirmed"' in page
    assert Offer.objects.get().state == Offer.State.PENDING
    assert not ListingReport.objects.exists()


def test_offers_are_marked_in_progress(browser: Client):
    one, other = OfferFactory(), OfferFactory()
    revisions = {f"revision_{offer.pk}": "1" for offer in (one, other)}

    page = act(browser, Offer, "mark_in_progress", one.pk, other.pk, confirmed="yes", **revisions)

    assert set(Offer.objects.values_list("state", flat=True)) == {Offer.State.IN_PROGRESS}
    assert ListingReport.objects.count() == 2
    assert "2 offers were marked; SCX will be told." in page


def test_an_offer_is_marked_listed_with_its_url_and_id(browser: Client):
    offer = OfferFactory()
    fields = {
        f"revision_{offer.pk}": "1",
        f"listing_url_{offer.pk}": "https://market.example/1",
        f"channel_offer_id_{offer.pk}": "A-1",
    }

    page = act(browser, Offer, "mark_listed", offer.pk, confirmed="yes", **fields)

    offer.refresh_from_db()
    assert (offer.state, offer.listing_url, offer.channel_offer_id) == ("listed", "https://market.example/1", "A-1")
    assert ListingReport.objects.get().content["listing_url"] == "https://market.example/1"
    assert "1 offer was marked" in page
    again = act(browser, Offer, "mark_listed", offer.pk, confirmed="yes", **fields)
    assert "0 offers were marked; SCX will be told. 1 was so already." in again
    assert ListingReport.objects.count() == 1


def test_a_listing_url_that_is_none_is_refused_at_its_field(browser: Client):
    offer = OfferFactory()
    fields = {f"revision_{offer.pk}": "1", f"listing_url_{offer.pk}": "javascript:alert(1)"}

    page = act(browser, Offer, "mark_listed", offer.pk, confirmed="yes", **fields)

    assert "starts with http:// or https://" in page
    assert Offer.objects.get().state == Offer.State.PENDING


def test_an_offer_is_marked_failed_with_a_reason(browser: Client):
    offer = OfferFactory()
    reason = {"code": "GTIN_MISSING", "message": "Bitte eine GTIN angeben."}

    assert "write its code and message" in act(browser, Offer, "mark_failed", offer.pk, confirmed="yes")
    act(browser, Offer, "mark_failed", offer.pk, confirmed="yes", **{f"revision_{offer.pk}": "1"}, **reason)

    offer.refresh_from_db()
    assert offer.state == Offer.State.FAILED
    assert [(error["code"], error["message"]) for error in offer.errors] == [tuple(reason.values())]


def test_a_mark_is_for_the_revision_that_was_seen(browser: Client):
    offer = OfferFactory(revision=2)

    act(browser, Offer, "mark_in_progress", offer.pk, confirmed="yes", **{f"revision_{offer.pk}": "1"})

    offer.refresh_from_db()
    assert offer.state == Offer.State.PENDING
    assert ListingReport.objects.get().revision == 1


def test_one_offer_that_cannot_be_marked_is_named_and_costs_itself_only(browser: Client):
    good, bad = OfferFactory(), OfferFactory(title="Der Rucksack")
    revisions = {f"revision_{good.pk}": "1", f"revision_{bad.pk}": "9"}

    page = act(browser, Offer, "mark_in_progress", good.pk, bad.pk, confirmed="yes", **revisions)

    assert "1 offer was marked; SCX will be told. 1 was not possible: Der Rucksack: " in page
    assert Offer.objects.get(pk=bad.pk).state == Offer.State.PENDING


def test_a_variation_can_be_marked_from_its_own_page(browser: Client):
    variation = OfferFactory(parent=OfferFactory())

    act(browser, Offer, "mark_in_progress", variation.pk, confirmed="yes", **{f"revision_{variation.pk}": "1"})

    assert Offer.objects.get(pk=variation.pk).state == Offer.State.IN_PROGRESS


def test_a_variation_is_listed_with_its_parent_and_found_by_its_sku(browser: Client):
    variation = OfferFactory(parent=OfferFactory(), sku="RED-42")
    url = reverse("admin:listings_offer_changelist")

    assert [row.pk for row in browser.get(url).context["cl"].result_list] == [variation.parent.pk]
    assert [row.pk for row in browser.get(url, {"q": "RED-42"}).context["cl"].result_list] == [variation.pk]
    assert [row.pk for row in browser.get(url, {"shown": "variations"}).context["cl"].result_list] == [variation.pk]


def test_a_refused_report_is_sent_again_and_a_sent_one_is_not(browser: Client):
    refused = ListingReportFactory(state=ListingReport.State.REFUSED, error="SCX said no")
    sent = ListingReportFactory(state=ListingReport.State.SENT)

    page = act(browser, ListingReport, "send_again", refused.pk, sent.pk)

    refused.refresh_from_db()
    assert (refused.state, refused.error) == (ListingReport.State.PENDING, "")
    assert ListingReport.objects.get(pk=sent.pk).state == ListingReport.State.SENT
    assert "1 report will be sent again. 1 was left alone" in page


def test_a_key_is_shown_once_and_works(browser: Client):
    channel = ChannelFactory()
    body = {"name": "ERP", "scope": "write", "channels": [channel.pk]}

    page = browser.post(reverse("admin:platforms_apikey_add"), body, follow=True).content.decode()

    key = ApiKey.objects.get()
    secret = page[page.index("scxp_") :].split("<")[0].split()[0]
    assert api_keys.recognise(secret) == key
    assert (key.name, key.scope, list(key.channels.all())) == ("ERP", "write", [channel])
    for again in (
        reverse("admin:platforms_apikey_changelist"),
        reverse("admin:platforms_apikey_change", args=[key.pk]),
    ):
        assert secret not in browser.get(again).content.decode()


def test_a_key_is_revoked_after_a_question(browser: Client):
    key, secret = api_keys.make("ERP")

    assert "End these keys now?" in act(browser, ApiKey, "revoke", key.pk)
    assert api_keys.recognise(secret) == key
    assert "1 key was revoked." in act(browser, ApiKey, "revoke", key.pk, confirmed="yes")
    assert api_keys.recognise(secret) is None


def test_an_account_needs_an_access_code_and_keeps_it_until_it_gets_another(browser: Client):
    channel = ChannelFactory()
    body = {"channel": channel.pk, "login": "anna", "company_name": "Anna GmbH", "is_active": "on"}
    add = reverse("admin:sellers_account_add")

    assert "An account needs an access code." in browser.post(add, body).content.decode()
    browser.post(add, body | {"new_access_code": "open sesame"})
    account = Account.objects.get()
    assert account.check_access_code("open sesame")

    change = reverse("admin:sellers_account_change", args=[account.pk])
    browser.post(change, body | {"company_name": "Anna AG"})
    account.refresh_from_db()
    assert (account.company_name, account.check_access_code("open sesame")) == ("Anna AG", True)
    browser.post(change, body | {"new_access_code": "another"})
    account.refresh_from_db()
    assert account.check_access_code("another")


def test_an_account_gets_marketplaces_of_its_platform_only(browser: Client):
    account = AccountFactory(channel=PlatformFactory())
    foreign = MarketplaceFactory()
    body = {"channel": account.channel.pk, "login": "anna", "marketplaces": [foreign.pk], "is_active": "on"}

    answer = browser.post(reverse("admin:sellers_account_change", args=[account.pk]), body)

    assert foreign.code in str(answer.context["adminform"].form.errors["marketplaces"])
    assert not account.marketplaces.exists()


def test_a_membership_follows_what_staff_want(browser: Client):
    membership = MembershipFactory(seller__channel=PlatformFactory(), is_refused=True, error="SCX said no")

    browser.post(reverse("admin:sellers_membership_change", args=[membership.pk]), {})

    membership.refresh_from_db()
    assert (membership.wanted, membership.is_refused, membership.error) == (False, False, "")


def test_a_membership_can_be_added_where_the_rules_allow_it(browser: Client):
    seller = SellerFactory(channel=PlatformFactory())
    market, foreign = MarketplaceFactory(platform=seller.channel), MarketplaceFactory()
    add = reverse("admin:sellers_membership_add")

    refused = browser.post(add, {"seller": seller.pk, "marketplace": foreign.pk, "wanted": "on"})
    assert "is no marketplace of" in refused.content.decode()
    answer = browser.post(add, {"seller": seller.pk, "marketplace": market.pk, "wanted": "on"})

    assert answer.status_code == 302
    membership = Membership.objects.get()
    assert (membership.seller, membership.marketplace, membership.wanted) == (seller, market, True)


def test_a_refused_membership_is_tried_again_and_one_that_cannot_be_is_named(browser: Client):
    refused = MembershipFactory(seller__channel=PlatformFactory(), is_refused=True)
    unlinked = MembershipFactory(
        seller__channel=PlatformFactory(), seller__state=Seller.State.UNLINKED, is_refused=True
    )

    page = act(browser, Membership, "retry", refused.pk, unlinked.pk)

    assert not Membership.objects.get(pk=refused.pk).is_refused
    assert Membership.objects.get(pk=unlinked.pk).is_refused
    assert "SCX is told again of 1 membership. 1 was not possible: " in page


def test_rejecting_credentials_asks_first_and_says_what_follows(browser: Client):
    seller, removed = SellerFactory(language="en"), SellerFactory(state="removed", company_name="Gone")

    page = act(browser, Seller, "reject_credentials", seller.pk)
    assert "Stop handing over offers of these sellers" in page
    assert Seller.objects.filter(credentials_rejected_at__isnull=False).count() == 0

    page = act(browser, Seller, "reject_credentials", seller.pk, removed.pk, confirmed="yes", reason="401 from them")
    seller.refresh_from_db()
    assert (seller.credentials_rejection, Notice.objects.get().seller) == ("401 from them", seller)
    assert "Nothing is handed over any more for 1 seller" in page
    assert "Gone: The seller is removed" in page
    own = browser.get(reverse("admin:sellers_seller_change", args=[seller.pk])).content.decode()
    assert "(401 from them). No offers are handed over" in own
    assert "choose “Disconnect”" in own
    listed = browser.get(reverse("admin:sellers_seller_changelist"), {"credentials": "rejected"}).content.decode()
    assert seller.seller_id in listed
    assert removed.seller_id not in listed

    page = act(browser, Seller, "accept_credentials", seller.pk, removed.pk)
    seller.refresh_from_db()
    assert seller.credentials_rejected_at is None
    assert "Offers of 1 seller are handed over again." in page


def test_a_refused_message_is_sent_again_and_one_that_was_sent_left_alone(browser: Client):
    refused, sent = rows.notice(), rows.notice()
    Notice.objects.filter(pk=refused.pk).update(is_refused=True, error="404")
    Notice.objects.filter(pk=sent.pk).update(sent_at=NOON)

    page = act(browser, Notice, "send_again", refused.pk, sent.pk)

    refused.refresh_from_db()
    assert (refused.is_refused, refused.error) == (False, "")
    assert "1 message will be sent again. 1 was left alone: SCX has it." in page


def test_a_withdrawn_offer_says_so_in_the_list_and_on_its_page(browser: Client):
    withdrawn = OfferFactory(withdrawn_at=NOON, taken_down_at=NOON, title="Left")
    OfferFactory(title="Stayed")

    page = browser.get(reverse("admin:listings_offer_changelist"), {"withdrawn": "yes"}).content.decode()
    assert "Left" in page
    assert "Stayed" not in page
    page = browser.get(reverse("admin:listings_offer_change", args=[withdrawn.pk])).content.decode()
    assert "as the seller does not sell here now. It comes back with the seller. Off the marketplace:" in page
