"""We disconnect sellers: asked for once, told to SCX once a marketplace, ended by SCX's event."""

from datetime import timedelta
from urllib.parse import parse_qs

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone, translation

from platforms import hiding, inbox, jobs
from platforms.jobs import Run
from platforms.models import JobStatus
from sellers import memberships, settlement, unlinking
from sellers.models import Membership, Seller, Unlinking
from tests.factories import MarketplaceFactory, MembershipFactory, PlatformFactory, SellerFactory

pytestmark = pytest.mark.django_db

CREDENTIALS = {"key": "a-marketplace-secret", "nested": [{"pin": "8831"}], "region": "EU"}


@pytest.fixture
def shop_seller(shop, merchant, sandbox):
    sandbox.link(shop, "S1", jtlAccountId=merchant.jtl_account_id)
    return SellerFactory(channel=shop, seller_id="S1", jtl_account_id=merchant.jtl_account_id, credentials=CREDENTIALS)


@pytest.fixture
def mall_seller(mall, merchant, sandbox):
    sandbox.link(mall.platform, "S1", mall.all, jtlAccountId=merchant.jtl_account_id)
    seller = SellerFactory(
        channel=mall.platform, seller_id="S1", jtl_account_id=merchant.jtl_account_id, credentials=CREDENTIALS
    )
    for marketplace in mall.all:
        MembershipFactory(seller=seller, marketplace=marketplace)
    return seller


def calls(sandbox):
    return sandbox.books(path="/v1/channel/seller/", method="DELETE")


def reasons(sandbox):
    return [parse_qs(call["query"])["reason"] for call in calls(sandbox)]


def ended_by_jtl(sandbox, channel):
    sandbox.call("POST", "/control/sellers/unlink", json={"channel": channel.code, "sellerId": "S1"})
    hear(channel)


def settle(*channels, **how):
    run = Run(**how)
    for channel in channels:
        settlement.settle(channel, run)
    return run.summary


def hear(*channels):
    """Take in what SCX has to say."""
    for channel in channels:
        inbox.fetch(channel, Run())
        inbox.apply(channel, Run())


def state():
    seller = Seller.objects.get()
    return seller.state, bool(seller.credentials)


def said(call, *args, **kwargs):
    with pytest.raises(ValidationError) as refused:
        call(*args, **kwargs)
    assert not Unlinking.objects.filter(sent_at=None, is_refused=False).exists()
    return refused.value.message_dict if hasattr(refused.value, "error_dict") else refused.value.messages[0]


def test_a_seller_is_unlinking_until_scx_says_that_it_has_ended(shop, shop_seller, sandbox):
    (row,) = unlinking.request(shop_seller, reason="contract", note="owes us 3 months", by="erika")

    assert state() == ("unlinking", True)
    assert (row.channel, row.requested_by, row.sent_at) == (shop, "erika", None)
    assert settle(shop) == "1 disconnected"
    assert settle(shop) == ""
    assert state() == ("unlinking", True)
    hear(shop)
    assert state() == ("removed", False)
    row.refresh_from_db()
    assert (row.sent_at is not None, row.attempts, row.error, row.leased_until) == (True, 1, "", None)
    assert len(calls(sandbox)) == 1


@pytest.mark.parametrize("reason", ["credentials", "contract", "suspicious"])
def test_scx_hears_the_plain_words_of_the_reason_in_the_channels_language(shop, shop_seller, sandbox, reason):
    with translation.override("de"):
        words = str(Unlinking.Reason(reason).label)
    unlinking.request(shop_seller, reason=reason, note="never-leaves-the-portal")
    settle(shop)

    (call,) = calls(sandbox)
    assert call["path"] == "/v1/channel/seller/S1"
    assert reasons(sandbox) == [[words]]
    assert Seller.objects.get().state_reason == words
    assert "never-leaves-the-portal" not in str(sandbox.books())


def test_for_another_reason_scx_hears_the_public_text_and_never_the_note(shop, shop_seller, sandbox):
    text = "Das Sortiment passt nicht mehr zu uns – schade & alles Gute."
    unlinking.request(shop_seller, reason="other", text=f"  {text} ", note="never-leaves-the-portal")
    settle(shop)

    assert reasons(sandbox) == [[text]]
    assert "never-leaves-the-portal" not in str(sandbox.books())
    hear(shop)
    assert Seller.objects.get().state_reason == text


def test_no_reason_holds_a_credential_of_the_seller(shop_seller):
    told = {"text": ["This text holds credentials of the seller, which must not be sent to JTL."]}
    for text in ("key a-marketplace-secret leaked", "PIN 8831"):
        assert said(unlinking.request, shop_seller, reason="other", text=text) == told
    hiding.remember("access code 7")
    assert said(unlinking.request, shop_seller, reason="other", text="his access code 7 was stolen") == told
    assert state() == ("active", True)
    assert unlinking.request(shop_seller, reason="other", text="No longer sold in the EU")


@pytest.mark.parametrize(
    ("reason", "text", "field"),
    [
        ("other", "", "text"),
        ("other", "  ", "text"),
        ("other", "x" * 501, "text"),
        ("contract", "something else", "text"),
        ("mood", "", "reason"),
        ("", "", "reason"),
    ],
)
def test_a_wrong_reason_or_text_is_named_and_changes_nothing(shop_seller, reason, text, field):
    assert said(unlinking.request, shop_seller, reason=reason, text=text).keys() == {field}
    assert state() == ("active", True)


@pytest.mark.parametrize("from_state", ["linking", "unlinked", "removed"])
def test_who_has_no_connection_cannot_be_disconnected(db, from_state):
    seller = SellerFactory(state=from_state)

    assert from_state in said(unlinking.request, seller, reason="contract")
    assert Seller.objects.get().state == from_state


@pytest.mark.parametrize("from_state", ["active", "inactive"])
def test_active_and_paused_sellers_can(shop, shop_seller, from_state):
    Seller.objects.update(state=from_state)

    assert len(unlinking.request(shop_seller, reason="contract")) == 1


def test_asking_twice_is_refused_and_says_that_it_is_under_way(shop, shop_seller, sandbox):
    unlinking.request(shop_seller, reason="contract")

    with pytest.raises(ValidationError, match="being disconnected already"):
        unlinking.request(shop_seller, reason="suspicious")

    assert Unlinking.objects.get().reason == "contract"


def test_each_confirmed_membership_gets_one_delete_with_its_own_token_and_answer(mall, mall_seller, sandbox):
    sandbox.fault("status", match={"path": "/v1/channel/seller/S1", "channel": "mall-at"}, status=500)
    unlinking.request(mall_seller, reason="suspicious", by="erika")

    assert settle(*mall.all) == "2 disconnected, 1 disconnections failed"
    assert sorted(call["channel"] for call in calls(sandbox)) == ["mall-at", "mall-de", "mall-uk"]
    sent = {row.channel.code: (row.sent_at is not None, row.attempts) for row in Unlinking.objects.all()}
    assert sent == {"mall-de": (True, 1), "mall-at": (False, 1), "mall-uk": (True, 1)}
    assert Unlinking.objects.get(channel=mall.at).answers[0]["status"] == 500
    hear(*mall.all)
    assert state() == ("unlinking", True)
    settle(mall.at, ignore_backoff=True)
    hear(mall.at)
    assert state() == ("removed", False)
    assert sorted(call["channel"] for call in calls(sandbox)) == ["mall-at", "mall-at", "mall-de", "mall-uk"]


def test_the_seller_ends_with_the_last_of_three_marketplaces_that_jtl_unlinks(mall, mall_seller, sandbox):
    for number, marketplace in enumerate(mall.all):
        assert state() == ("active", True)
        assert Membership.objects.filter(confirmed=True).count() == 3 - number
        ended_by_jtl(sandbox, marketplace)
    assert state() == ("unlinked", True)
    assert calls(sandbox) == []


def test_one_marketplace_ended_by_jtl_and_the_rest_by_us(mall, mall_seller, sandbox):
    ended_by_jtl(sandbox, mall.de)
    rows = unlinking.request(mall_seller, reason="contract")
    settle(*mall.all)

    assert [row.channel.code for row in rows] == ["mall-at", "mall-uk"]
    assert sorted(call["channel"] for call in calls(sandbox)) == ["mall-at", "mall-uk"]
    hear(*mall.all)
    # The one that JTL ended can be revived by an update, and so can the seller.
    assert state() == ("unlinked", True)


def test_a_marketplace_that_is_switched_off_at_scx_is_forgotten_there_too(mall, mall_seller, sandbox):
    memberships.set_wanted(mall_seller, mall.uk, False)
    settle(mall.uk)
    unlinking.request(mall_seller, reason="contract")
    for marketplace in mall.all:
        settle(marketplace)
        hear(marketplace)

    assert state() == ("removed", False)
    assert sandbox.sellers() == []


def test_a_marketplace_that_scx_was_not_told_of_yet_is_disconnected_for_it_may_have_the_seller_there(mall, mall_seller):
    Membership.objects.filter(marketplace=mall.uk).update(confirmed=None)
    Membership.objects.filter(marketplace=mall.de).update(confirmed=False, is_refused=True)

    rows = unlinking.request(mall_seller, reason="contract")

    assert [row.channel.code for row in rows] == ["mall-at", "mall-uk"]


def test_a_marketplace_confirmed_while_the_others_end_is_ended_as_well(mall, mall_seller, sandbox):
    Membership.objects.filter(marketplace=mall.uk).update(confirmed=None)
    unlinking.request(mall_seller, reason="other", text="Aus.", note="internal", by="erika")
    Membership.objects.filter(marketplace=mall.uk).update(confirmed=True)
    for marketplace in mall.all:
        settle(marketplace)
        hear(marketplace)

    late = Unlinking.objects.get(channel=mall.uk)
    assert (late.reason, late.text, late.note, late.requested_by) == ("other", "Aus.", "internal", "erika")
    assert late.sent_at is not None
    assert state() == ("removed", False)


def test_a_seller_whom_scx_has_nowhere_is_unlinked_at_once(mall, sandbox):
    seller = SellerFactory(channel=mall.platform, credentials=CREDENTIALS)
    MembershipFactory(seller=seller, marketplace=mall.de, confirmed=None, is_refused=True)

    assert unlinking.request(seller, reason="contract") == []
    assert state() == ("unlinked", True)
    settle(*mall.all)
    assert calls(sandbox) == []


def test_unlinked_already_is_success(shop, shop_seller, merchant, sandbox):
    merchant.call("DELETE", "/v1/seller/channel/DEMOSHOP/S1")
    unlinking.request(shop_seller, reason="contract")

    assert settle(shop) == "1 disconnected"
    row = Unlinking.objects.get()
    assert (row.sent_at is not None, row.is_refused, row.error) == (True, False, "")
    assert "CHN204" in row.answers[0]["error"]
    hear(shop)
    assert state() == ("unlinked", True)


def test_whom_scx_does_not_know_any_more_is_removed_without_an_event(shop, sandbox):
    seller = SellerFactory(channel=shop, credentials=CREDENTIALS)
    unlinking.request(seller, reason="contract")

    assert settle(shop) == "1 disconnected"
    assert state() == ("removed", False)
    row = Unlinking.objects.get()
    assert (row.sent_at is not None, row.answers[0]["status"]) == (True, 404)
    assert "GEN404" in row.answers[0]["error"]


def test_an_answer_that_got_lost_is_asked_for_again_and_ends_well(shop, shop_seller, sandbox):
    sandbox.fault("drop_after", match={"path": "/v1/channel/seller/S1"})
    unlinking.request(shop_seller, reason="contract")
    assert settle(shop) == "1 disconnections failed"
    row = Unlinking.objects.get()
    assert (row.attempts, row.is_refused, row.leased_until) == (1, False, None)
    assert row.not_before > timezone.now()
    assert settle(shop) == ""
    assert settle(shop, ignore_backoff=True) == "1 disconnected"


def test_a_refusal_stays_until_staff_ask_again(shop, shop_seller, sandbox):
    sandbox.fault("status", match={"path": "/v1/channel/seller/S1"}, status=400)
    unlinking.request(shop_seller, reason="contract")

    assert settle(shop) == "1 disconnections refused"
    assert settle(shop, ignore_backoff=True) == ""
    row = Unlinking.objects.get()
    assert (row.is_refused, row.attempts, state()) == (True, 1, ("unlinking", True))
    assert "SCX refused DELETE" in row.error
    unlinking.retry(row)
    assert settle(shop) == "1 disconnected"
    with pytest.raises(ValidationError, match="taken this already"):
        unlinking.retry(row)


def test_a_refused_one_may_be_asked_for_with_another_reason(shop, shop_seller, sandbox):
    sandbox.fault("status", match={"path": "/v1/channel/seller/S1"}, status=400)
    unlinking.request(shop_seller, reason="other", text="Aus.")
    settle(shop)
    since = Seller.objects.get().state_changed_at
    unlinking.request(shop_seller, reason="contract")

    assert Seller.objects.get().state_changed_at == since
    with pytest.raises(ValidationError, match="later disconnection"):
        unlinking.retry(Unlinking.objects.get(is_refused=True))
    assert settle(shop) == "1 disconnected"
    hear(shop)
    assert state() == ("removed", False)


def test_a_quota_refusal_is_no_attempt(shop, shop_seller, sandbox):
    sandbox.fault("throttle", match={"path": "/v1/channel/seller/S1"}, seconds=30)
    unlinking.request(shop_seller, reason="contract")

    assert jobs.run("sellers", shop, Run()).waits_for == 30
    row = Unlinking.objects.get()
    assert (row.attempts, row.error, row.leased_until, row.is_refused) == (0, "", None, False)


def test_an_id_scx_would_not_take_is_a_refusal_that_says_so(shop):
    unlinking.request(SellerFactory(channel=shop, seller_id="SELLER-1"), reason="contract")

    assert settle(shop) == "1 disconnections refused"
    assert "sellerId" in Unlinking.objects.get().error


def test_a_row_another_sender_holds_is_left_alone(shop, shop_seller, sandbox):
    unlinking.request(shop_seller, reason="contract")
    Unlinking.objects.update(leased_until=timezone.now() + timedelta(seconds=20))

    assert settle(shop) == ""
    assert calls(sandbox) == []


def test_who_came_back_before_scx_was_told_is_left_connected(shop, shop_seller, sandbox):
    unlinking.request(shop_seller, reason="contract")
    Seller.objects.update(state="active")
    settle(shop)

    assert calls(sandbox) == []
    row = Unlinking.objects.get()
    assert (row.is_refused, row.attempts) == (True, 0)
    assert "had come back" in row.error
    with pytest.raises(ValidationError, match="come back"):
        unlinking.retry(row)
    # And a new wish is not kept from being sent by what became of the old one.
    unlinking.request(shop_seller, reason="contract")
    assert settle(shop) == "1 disconnected"


def test_what_jtl_ended_before_we_said_so_needs_no_call(mall, mall_seller, sandbox):
    unlinking.request(mall_seller, reason="contract")
    ended_by_jtl(sandbox, mall.de)
    settle(*mall.all)

    assert sorted(call["channel"] for call in calls(sandbox)) == ["mall-at", "mall-uk"]
    assert Unlinking.objects.get(channel=mall.de).attempts == 0


def test_nothing_else_is_sent_for_a_seller_who_is_being_disconnected(mall, mall_seller, sandbox):
    Membership.objects.filter(marketplace=mall.uk).update(confirmed=None)
    unlinking.request(mall_seller, reason="contract")
    settle(mall.uk)

    assert sandbox.books(path="/v1/channel/seller/platform") == []
    with pytest.raises(ValidationError):
        memberships.set_wanted(mall_seller, mall.uk, True)


def test_asking_nudges_the_job_of_each_marketplace(db, django_capture_on_commit_callbacks):
    platform = PlatformFactory()
    seller = SellerFactory(channel=platform)
    marketplaces = [MarketplaceFactory(platform=platform) for _number in range(3)]
    for marketplace in marketplaces[:2]:
        MembershipFactory(seller=seller, marketplace=marketplace)

    with django_capture_on_commit_callbacks(execute=True):
        unlinking.request(seller, reason="contract")

    nudged = JobStatus.objects.filter(job="sellers").values_list("channel__code", flat=True)
    assert sorted(nudged) == sorted(marketplace.code for marketplace in marketplaces[:2])
