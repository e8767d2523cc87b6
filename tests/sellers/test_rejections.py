"""Credentials that the marketplace no longer accepts: hand-over stops, staff and seller are told, new ones end it."""

from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from listings.handover.base import CredentialsRejected, Result
from listings.handover.job import hand_over
from listings.models import Offer
from platforms import findings
from platforms.jobs import Run
from platforms.models import JobStatus
from sellers import rejections, settlement
from sellers.models import Notice, Seller, Unlinking
from tests.factories import ChannelFactory, MembershipFactory, OfferFactory, PlatformFactory, SellerFactory
from tests.listings.build import happen, listing
from tests.listings.marketplace import Marketplace

pytestmark = pytest.mark.django_db

SECRET = {"login": "acme", "password": "pw-7781", "keys": ["long-secret-value-of-acme"]}


@pytest.fixture
def marketplace(settings, monkeypatch):
    marketplace = Marketplace()
    monkeypatch.setattr("listings.handover.job._connector", lambda name: marketplace)
    settings.CONNECTORS = {**settings.CONNECTORS, "own": ("", "own")}
    return marketplace


@pytest.fixture
def channel():
    return ChannelFactory(connector="own", display_name="Demo Shop")


@pytest.fixture
def seller(channel):
    return SellerFactory(channel=channel, credentials=SECRET, language="en")


def stored(seller):
    return Seller.objects.get(pk=seller.pk)


def test_a_connectors_word_stops_the_hand_over_for_that_seller_alone(channel, seller, marketplace):
    other = SellerFactory(channel=channel)
    for number, whose in ((1, seller), (2, other), (3, seller)):
        happen(channel, listing(whose, number))
    marketplace.answer = lambda offers: [
        CredentialsRejected(seller.seller_id, "401 Unauthorized"),
        *((each.key, Result("listed")) for each in offers if each.offer_id > 1),
    ]
    run = Run()
    hand_over(channel, run)
    assert run.counts == {"handed over": 2, "listed": 2, "credentials rejected": 1}
    assert stored(seller).credentials_rejected_at is not None
    assert stored(seller).credentials_rejection == "401 Unauthorized"
    assert stored(other).credentials_rejected_at is None
    assert dict(Offer.objects.values_list("offer_id", "handed_over_revision")) == {1: 0, 2: 1, 3: 1}

    happen(channel, listing(seller, 4))
    hand_over(channel, Run())
    assert len(marketplace.calls) == 1
    assert set(Offer.objects.values_list("withdrawn_at", flat=True)) == {None}

    marketplace.answer = lambda offers: []
    assert rejections.accept(seller) is True
    hand_over(channel, Run())
    assert marketplace.calls[1:] == [("hand over", [1, 4])]


def test_a_word_about_somebody_else_or_about_credentials_replaced_meanwhile_counts_for_nothing(
    channel, seller, marketplace
):
    stranger = SellerFactory(channel=channel)
    happen(channel, listing(seller, 1))

    def answer(offers):
        Seller.objects.filter(pk=seller.pk).update(credentials={"password": "a-new-one"})
        return [CredentialsRejected(seller.seller_id), CredentialsRejected(stranger.seller_id)]

    marketplace.answer = answer
    hand_over(channel, Run())
    assert set(Seller.objects.values_list("credentials_rejected_at", flat=True)) == {None}
    assert Offer.objects.get().handed_over_revision == 0


def test_nothing_of_the_credentials_is_kept_or_told(seller, caplog):
    reason = 'login acme with "pw-7781" failed; sent long-secret-value-of-acme, password=hunter2hunter2'
    rejections.reject(seller, reason)
    told = stored(seller).credentials_rejection + Notice.objects.get().message + caplog.text
    for secret in ("acme", "pw-7781", "long-secret-value", "hunter2"):
        assert secret not in told
    assert stored(seller).credentials_rejection == 'login *** with "***" failed; sent ***, password=***'


def test_a_reason_is_cut_to_what_can_be_stored(seller):
    rejections.reject(seller, "\x00" + "x" * 600)
    assert stored(seller).credentials_rejection == "\\u0000" + "x" * 494


@pytest.mark.parametrize(
    ("language", "words"), [("en", "no longer accepts your access data"), ("de", "Zugangsdaten"), ("", "Zugangsdaten")]
)
def test_the_seller_is_told_once_in_his_language(seller, language, words, monkeypatch):
    Seller.objects.update(language=language)
    assert rejections.reject(seller, "first") is True
    assert rejections.reject(seller, "second") is False
    notice = Notice.objects.get()
    assert (notice.channel, notice.severity, notice.sent_at) == (seller.channel, "WARNING", None)
    assert words in notice.message
    assert stored(seller).credentials_rejection == "second"


def test_a_seller_of_a_platform_is_told_where_he_is_confirmed(channel):
    seller = SellerFactory(channel=PlatformFactory())
    confirmed, refused = MembershipFactory(seller=seller), MembershipFactory(seller=seller, confirmed=False)
    rejections.reject(seller)
    assert list(Notice.objects.values_list("channel", flat=True)) == [confirmed.marketplace_id]
    assert refused.marketplace_id != confirmed.marketplace_id


def test_once_new_ones_are_accepted_nobody_is_told_of_the_old_ones(channel, seller, django_capture_on_commit_callbacks):
    rejections.reject(seller, "401")
    JobStatus.objects.all().delete()
    with django_capture_on_commit_callbacks(execute=True):
        assert rejections.accept(seller) is True
    assert rejections.accept(seller) is False
    assert (stored(seller).credentials_rejected_at, stored(seller).credentials_rejection) == (None, "")
    assert Notice.objects.get().is_refused is True
    assert set(JobStatus.objects.values_list("job", flat=True)) == {"handover", "reports", "stock"}


@pytest.mark.parametrize("state", ["linking", "removed"])
def test_there_is_nothing_to_reject_of_who_is_not_connected_yet_or_was_removed(seller, state):
    Seller.objects.update(state=state, credentials={})
    with pytest.raises(ValidationError, match="no credentials of his are in use") as caught:
        rejections.reject(seller)
    assert caught.value.code == "not-linked"
    assert stored(seller).credentials_rejected_at is None
    assert not Notice.objects.exists()


def test_who_is_overdue_is_a_matter_of_the_channel(channel, seller):
    now = timezone.now()
    late, early = seller, SellerFactory(channel=channel)
    Seller.objects.filter(pk=late.pk).update(credentials_rejected_at=now - timedelta(days=15))
    Seller.objects.filter(pk=early.pk).update(credentials_rejected_at=now - timedelta(days=13))
    SellerFactory(channel=channel, state="unlinked", credentials_rejected_at=now - timedelta(days=99))
    SellerFactory(credentials_rejected_at=now - timedelta(days=99))
    SellerFactory(channel=channel)
    assert list(rejections.overdue(channel)) == []

    channel.unlink_rejected_after_days = 14
    assert list(rejections.overdue(channel)) == [late]
    channel.unlink_rejected_after_days = 0
    assert list(rejections.overdue(channel)) == [late, early]


def test_staff_are_told_until_it_is_mended(channel, seller):
    rejections.reject(seller, "401")
    (finding,) = [finding for finding in findings.found() if finding.code == "credentials-rejected"]
    assert (finding.channel, finding.critical, finding.since) == (
        channel.code,
        False,
        stored(seller).credentials_rejected_at,
    )
    assert "rejects the credentials of 1 seller of Demo Shop" in finding.text
    assert "disconnect him with the reason “credentials invalid or revoked”" in finding.text

    rejections.accept(seller)
    assert [finding for finding in findings.found() if finding.code == "credentials-rejected"] == []


def test_nobody_is_told_of_sellers_who_left(channel, seller):
    rejections.reject(seller, "401")
    Seller.objects.update(state="unlinked")
    assert list(rejections.found()) == []


def test_an_offer_of_a_paused_seller_with_rejected_credentials_is_withdrawn(channel, seller, marketplace):
    row = OfferFactory(channel=channel, seller=seller, handed_over_revision=1)
    rejections.reject(seller)
    Seller.objects.update(state="inactive")
    hand_over(channel, Run())
    assert marketplace.calls == [("withdraw", [row.offer_id])]


def test_a_seller_rejected_for_too_long_is_disconnected_by_the_job(db):
    shop = ChannelFactory()
    shop.unlink_rejected_after_days = 3
    shop.save()
    late = SellerFactory(channel=shop, credentials_rejected_at=timezone.now() - timedelta(days=3, minutes=1))
    early = SellerFactory(channel=shop, credentials_rejected_at=timezone.now() - timedelta(days=2))
    run = Run()
    settlement._disconnect_rejected(shop, run)
    late.refresh_from_db()
    early.refresh_from_db()
    assert (late.state, early.state) == ("unlinking", "active")
    assert [(row.seller, row.reason) for row in Unlinking.objects.all()] == [(late, "credentials")]
    assert run.counts["disconnected for rejected credentials"] == 1
