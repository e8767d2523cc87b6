"""After a restore no number is used twice, nothing of the old world holds work back, and what is lost is listed."""

from datetime import timedelta

import pytest
from django.contrib.sessions.models import Session
from django.core.management import CommandError, call_command
from django.db import transaction
from django.utils import timezone
from django_q.models import OrmQ

from listings.models import Offer
from platforms import feeds, findings, heartbeat, numbering, restores
from platforms.models import Channel, Discrepancy, FeedCounter, JobStatus, OpenPoint, QuotaBucket
from sellers.unknowns import new_sellers
from tests.factories import NOON, ChannelFactory, ListingReportFactory, OfferFactory, SellerFactory

pytestmark = pytest.mark.django_db


def test_numbers_and_keys_go_on_above_all_that_were_drawn():
    now = timezone.now()
    OfferFactory()
    FeedCounter.objects.filter(name="stock").update(value=42)
    numbering.advance(numbering.floor(now))
    with transaction.atomic():
        assert feeds.draw("stock", 1) == numbering.floor(now) + 1
    assert OfferFactory().pk > numbering.floor(now)
    # Of a table that never had a row, too.
    assert SellerFactory(channel=Channel.objects.first()).pk > numbering.floor(now)
    assert ListingReportFactory(offer=Offer.objects.first()).pk > numbering.floor(now)


def test_restoring_the_same_backup_twice_draws_new_numbers_each_time():
    first, second = NOON, NOON + timedelta(hours=1)
    numbering.advance(numbering.floor(first))
    with transaction.atomic():
        drawn = feeds.draw("stock", 1_000_000)
    FeedCounter.objects.filter(name="stock").update(value=42)
    numbering.advance(numbering.floor(second))
    with transaction.atomic():
        assert feeds.draw("stock", 1) > drawn + 1_000_000


def test_numbers_ahead_stay():
    ahead = numbering.floor(timezone.now()) * 2
    FeedCounter.objects.filter(name="stock").update(value=ahead)
    numbering.advance(numbering.floor(timezone.now()))
    assert FeedCounter.objects.get(name="stock").value == ahead


def test_the_old_world_is_forgotten():
    now = timezone.now()
    channel = ChannelFactory(access_token="an old token", access_token_expires_at=now, token_lease_until=now)
    report = ListingReportFactory(offer__channel=channel, leased_until=now + timedelta(hours=1))
    QuotaBucket.objects.create(channel=channel, group="offer", blocked_until=now + timedelta(hours=1))
    JobStatus.objects.create(job="events", channel=channel, queued_at=now + timedelta(hours=1))
    OrmQ.objects.create(key="portal", payload="", lock=now)
    Session.objects.create(session_key="k", session_data="", expire_date=now)
    heartbeat.Heartbeat.objects.create(cluster="c", beat_at=now)
    Discrepancy.objects.create(
        channel=channel, comparison="sellers", kind="unlinked-at-scx", subject="S1", found_at=now, seen_at=now
    )
    restores.begin(now)
    channel.refresh_from_db()
    report.refresh_from_db()
    assert (channel.access_token, channel.token_lease_until, report.leased_until) == ("", None, None)
    assert JobStatus.objects.get().queued_at is None
    for model in (Discrepancy, QuotaBucket, OrmQ, Session, heartbeat.Heartbeat):
        assert not model.objects.exists()


def test_what_is_lost_is_listed_once_until_a_person_settles_it():
    now = timezone.now()
    channel = ChannelFactory()
    assert restores.note_unknowns(NOON, now) == 3
    OpenPoint.objects.filter(kind="access").update(settled_at=now)
    assert restores.note_unknowns(NOON, now + timedelta(minutes=1)) == 2
    assert set(OpenPoint.objects.filter(settled_at=None).values_list("kind", "channel", "restored_at")) == {
        ("offers", channel.pk, now),
        ("results", channel.pk, now),
    }
    told = next(finding for finding in findings.found() if finding.code == "restore-points-open")
    assert "2 points" in told.text
    assert told.since == now
    OpenPoint.objects.update(settled_at=now)
    assert [finding for finding in findings.found() if finding.code == "restore-points-open"] == []


def test_every_kind_of_point_says_what_to_do():
    for kind in OpenPoint.Kind:
        point = OpenPoint(kind=kind, backup_at=NOON, restored_at=NOON, subject="S1")
        assert "%" not in restores.meaning(point)


def test_sellers_adopted_after_the_restore_are_listed_and_no_others():
    backup_at = timezone.now() - timedelta(hours=1)
    # Sequences of PostgreSQL keep what other tests advanced them to.
    known = SellerFactory(pk=numbering.floor(backup_at) - 1)
    restores.begin(timezone.now())
    adopted = SellerFactory(channel=known.channel)
    assert [unknown.subject for unknown in new_sellers(backup_at)] == [adopted.seller_id]


def test_a_backup_of_a_time_to_come_is_refused():
    with pytest.raises(CommandError, match="lies ahead"):
        call_command("after_restore", "--backup-of", "2126-01-01")
    assert not OpenPoint.objects.exists()
