"""The report sender against the embedded SCX, over HTTP."""

from datetime import datetime, timedelta

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from listings import reports, results
from listings.handover.base import ListingError, Result
from listings.models import ListingReport
from platforms.jobs import Run
from platforms.models import OutboxRow
from platforms.scx.errors import ScxError, ScxServerError, ScxWait
from sellers.models import Membership, Seller
from tests.factories import (
    ChannelFactory,
    ListingReportFactory,
    MarketplaceFactory,
    MembershipFactory,
    OfferFactory,
    PlatformFactory,
    SellerFactory,
)

pytestmark = pytest.mark.django_db
OFFERS = "/v1/channel/offer"
REASONS = {"errors": [{"code": "GTIN", "message": "Die GTIN fehlt"}]}


@pytest.fixture
def shop(sandbox):
    return sandbox.adopt(ChannelFactory())


@pytest.fixture
def linked(sandbox, shop):
    seller = SellerFactory(channel=shop)
    sandbox.link(shop, seller.seller_id)
    return seller


def report(seller, **fields):
    return ListingReportFactory(
        offer=OfferFactory(channel=fields.pop("channel", seller.channel), seller=seller), **fields
    )


def calls(sandbox):
    return [(book["path"], book["status"]) for book in sandbox.books(path=OFFERS)]


def states():
    return sorted(ListingReport.objects.values_list("state", flat=True))


def test_every_kind_arrives_whole_and_counts_as_sent(sandbox, shop, linked):
    row = OfferFactory(channel=shop, seller=linked)
    error = ListingError("GTIN", "m" * 300, attribute_id="global:mpi", recommended_value="4006381333931")
    results.record(row, Result("in_progress", at=datetime.fromisoformat("2026-01-01T08:00:00+01:00")))
    reports.send(shop, Run())
    results.record(row, Result("failed", errors=(error,)))
    reports.send(shop, Run())
    results.record(row, Result("listed", channel_offer_id="M-ü", listing_url="https://market.example/ü"))
    run = Run()
    reports.send(shop, run)

    started, failed, listed = sandbox.reports(shop)
    assert (started["state"], started["at"]) == ("in_progress", "2026-01-01T07:00:00+00:00")
    assert (started["sellerId"], started["offerId"]) == (linked.seller_id, row.offer_id)
    assert failed["errorList"] == [
        {
            "code": "GTIN",
            "message": "m" * 249 + "…",
            "longMessage": "m" * 300,
            "relatedAttributeId": "global:mpi",
            "recommendedValue": "4006381333931",
        }
    ]
    assert (listed["channelOfferId"], listed["listingUrl"]) == ("M-ü", "https://market.example/ü")
    assert run.counts == {"sent": 1}
    for sent in ListingReport.objects.all():
        assert (sent.state, sent.attempts, sent.error, sent.leased_until) == ("sent", 1, "", None)
        assert [answer["error"] for answer in sent.answers] == [""]
        assert sent.sent_at is not None


def test_nothing_due_makes_no_call(sandbox, shop):
    reports.send(shop, Run())

    assert sandbox.books() == []


def test_older_reports_of_an_offer_go_first_in_one_run(sandbox, shop, linked):
    row = OfferFactory(channel=shop, seller=linked, revision=2)
    for kind, revision in (("failed", 1), ("in_progress", 2), ("listed", 2)):
        content = REASONS if kind == "failed" else {}
        ListingReportFactory(offer=row, kind=kind, revision=revision, content=content)
    reports.send(shop, Run())

    assert [entry["state"] for entry in sandbox.reports(shop)] == ["failed", "in_progress", "listed"]


def test_a_refused_report_among_300_costs_itself_only(sandbox, shop, linked):
    stranger = SellerFactory(channel=shop)
    rows = [report(linked) for _ in range(150)] + [report(stranger)] + [report(linked) for _ in range(149)]
    run = Run()
    reports.send(shop, run)

    assert run.counts == {"sent": 299, "refused": 1}
    assert calls(sandbox) == [(f"{OFFERS}/listed", 400), (f"{OFFERS}/listed", 201)]
    assert len(sandbox.reports(shop)) == 299
    bad = ListingReport.objects.get(state="refused")
    assert bad == rows[150]
    assert bad.error.startswith("GEN700 offerList[150].sellerId: ")
    assert (bad.attempts, bad.answers[0]["status"], bad.leased_until) == (1, 400, None)


def test_reports_of_one_call_keep_each_its_own_attempts(sandbox, shop, linked):
    earlier = {"at": "2026-01-01T00:00:00+00:00", "status": 500, "error": "down"}
    tried = {"attempts": 1, "error": "down", "answers": [earlier]}
    rows = [report(linked, **(tried if number in (0, 3) else {})) for number in range(6)]
    reports.send(shop, Run())

    assert calls(sandbox) == [(f"{OFFERS}/listed", 201)]
    now = {row.pk: row for row in ListingReport.objects.all()}
    assert [(now[row.pk].attempts, now[row.pk].error) for row in rows] == [
        (2 if number in (0, 3) else 1, "") for number in range(6)
    ]
    for number, row in enumerate(rows):
        said = now[row.pk].answers
        assert [answer["status"] for answer in said] == ([500, 200] if number in (0, 3) else [200])
        assert said[:-1] == ([earlier] if number in (0, 3) else [])


def test_no_report_is_read_by_itself(sandbox, shop, linked):
    def queries(number):
        for _ in range(number):
            report(linked)
            report(SellerFactory(channel=shop))
        with CaptureQueriesContext(connection) as told:
            reports.send(shop, Run())
        return [query for query in told if '"listings_listingreport"' in query["sql"]]

    assert len(queries(3)) == len(queries(12))
    assert states() == ["refused"] * 15 + ["sent"] * 15


def test_an_id_scx_never_takes_is_refused_before_it_is_sent(sandbox, shop, linked):
    odd = SellerFactory(channel=shop, seller_id="not-a-word")
    report(linked), report(odd), report(linked)
    reports.send(shop, Run())

    assert calls(sandbox) == [(f"{OFFERS}/listed", 201)]
    assert states() == ["refused", "sent", "sent"]
    assert ListingReport.objects.get(state="refused").error.startswith("offerList[1].sellerId: ")


def test_a_second_run_sends_nothing_again(sandbox, shop, linked):
    report(linked), report(SellerFactory(channel=shop))
    reports.send(shop, Run())
    before = calls(sandbox)
    run = Run(ignore_backoff=True)
    reports.send(shop, run)

    assert (calls(sandbox), run.counts) == (before, {})


def test_reports_of_unlinked_sellers_are_parked_until_they_are_linked_again(sandbox, shop, linked):
    report(linked)
    Seller.objects.update(state=Seller.State.UNLINKED)
    reports.send(shop, Run(ignore_backoff=True))
    assert (sandbox.books(), states()) == ([], ["pending"])

    Seller.objects.update(state=Seller.State.ACTIVE)
    reports.send(shop, Run())
    assert states() == ["sent"]


def test_reports_of_a_marketplace_wait_for_the_membership(sandbox):
    market = sandbox.adopt(MarketplaceFactory(platform=PlatformFactory()))
    seller = SellerFactory(channel=market.platform)
    sandbox.link(market.platform, seller.seller_id, [market])
    MembershipFactory(seller=seller, marketplace=market, confirmed=None)
    report(seller, channel=market)
    reports.send(market, Run())
    assert states() == ["pending"]

    Membership.objects.update(confirmed=True, confirmed_at=timezone.now())
    reports.send(market, Run())
    assert states() == ["sent"]


def test_what_was_refused_is_due_again_once_the_seller_is_linked_again(sandbox, shop):
    seller = SellerFactory(channel=shop)
    report(seller)
    reports.send(shop, Run())
    assert states() == ["refused"]

    sandbox.link(shop, seller.seller_id)
    reports.send(shop, Run())
    assert states() == ["refused"]

    Seller.objects.update(linked_at=timezone.now())
    reports.send(shop, Run())
    assert states() == ["sent"]
    assert [answer["status"] for answer in ListingReport.objects.get().answers] == [400, 200]


def test_what_was_refused_is_due_again_once_the_membership_is_confirmed_again(sandbox):
    market = sandbox.adopt(MarketplaceFactory(platform=PlatformFactory()))
    seller = MembershipFactory(marketplace=market, seller__channel=market.platform).seller
    report(seller, channel=market)
    reports.send(market, Run())
    assert states() == ["refused"]

    sandbox.link(market.platform, seller.seller_id, [market])
    Membership.objects.update(confirmed_at=timezone.now())
    reports.send(market, Run())
    assert states() == ["sent"]


def test_staff_may_ask_to_send_a_refused_report_again_unless_a_newer_one_went_out(sandbox, shop):
    seller = SellerFactory(channel=shop)
    overtaken, refused = report(seller, state="refused"), report(seller, state="refused")
    ListingReportFactory(offer=overtaken.offer, state="sent")
    sandbox.link(shop, seller.seller_id)

    assert reports.requeue(ListingReport.objects.all()) == 1
    reports.send(shop, Run())
    assert [entry["offerId"] for entry in sandbox.reports(shop)] == [refused.offer.offer_id]
    overtaken.refresh_from_db()
    assert overtaken.state == "refused"


def test_a_server_error_postpones_the_batch_with_the_attempt_noted(sandbox, shop, linked):
    rows = [report(linked), report(linked)]
    sandbox.fault("status", match={"path": OFFERS}, status=503)
    with pytest.raises(ScxServerError):
        reports.send(shop, Run())

    for row in rows:
        row.refresh_from_db()
        assert (row.state, row.attempts, row.leased_until, row.answers[0]["status"]) == ("pending", 1, None, 503)
        assert row.not_before > timezone.now()
    reports.send(shop, Run())
    assert len(calls(sandbox)) == 1
    reports.send(shop, Run(ignore_backoff=True))
    assert states() == ["sent", "sent"]


def test_a_lost_answer_is_sent_again(sandbox, shop, linked):
    report(linked)
    sandbox.fault("drop_after", match={"path": OFFERS})
    run = Run()
    with pytest.raises(Exception, match="may have done the work"):
        reports.send(shop, run)
    reports.send(shop, Run(ignore_backoff=True))

    assert len(sandbox.reports(shop)) == 2
    assert states() == ["sent"]


def test_a_throttled_batch_waits_and_counts_no_attempt(sandbox, shop, linked):
    row = report(linked)
    sandbox.fault("throttle", match={"path": OFFERS}, seconds=90)
    with pytest.raises(ScxWait):
        reports.send(shop, Run())

    row.refresh_from_db()
    assert (row.state, row.attempts, row.leased_until, row.answers) == ("pending", 0, None, [])
    assert timedelta(seconds=80) < row.not_before - timezone.now() <= timedelta(seconds=90)


def test_a_row_another_sender_holds_is_left_to_it_until_its_lease_ends(sandbox, shop, linked):
    report(linked, leased_until=timezone.now() + OutboxRow.LEASE)
    reports.send(shop, Run())
    assert sandbox.books() == []

    with time_machine.travel(timezone.now() + OutboxRow.LEASE + timedelta(seconds=1)):
        reports.send(shop, Run())
    assert states() == ["sent"]


def test_a_person_who_asks_gets_what_a_killed_sender_held_as_soon_as_its_lease_ends(sandbox, shop, linked):
    row = report(linked, leased_until=timezone.now() + timedelta(seconds=0.5))

    reports.send(shop, Run(ignore_backoff=True))

    row.refresh_from_db()
    assert row.state == ListingReport.State.SENT


def test_a_person_does_not_wait_for_ever_for_a_sender_that_lives(sandbox, shop, linked, monkeypatch):
    monkeypatch.setattr(OutboxRow, "LEASE", timedelta(seconds=0.3))
    report(linked, leased_until=timezone.now() + timedelta(hours=1))

    reports.send(shop, Run(ignore_backoff=True))

    assert calls(sandbox) == []


def test_an_error_nobody_foresaw_is_an_attempt_of_its_batch_and_shown_with_it(sandbox, shop, linked):
    row = report(linked, kind="failed", content={"errors": [{"message": "without a code"}]})

    with pytest.raises(KeyError):
        reports.send(shop, Run())

    row.refresh_from_db()
    assert (row.state, row.attempts, row.leased_until) == (ListingReport.State.PENDING, 1, None)
    assert row.error == "KeyError: 'code'"
    assert row.not_before > timezone.now()


def test_a_route_scx_refuses_altogether_blames_no_row(sandbox, shop, linked):
    rows = [report(linked), report(linked)]
    sandbox.fault("status", match={"path": OFFERS}, status=403)
    with pytest.raises(Exception, match="403"):
        reports.send(shop, Run())

    assert len(calls(sandbox)) == 1
    assert states() == ["pending"] * len(rows)


def test_a_batch_costs_the_same_queries_whatever_its_size(sandbox, shop, linked, queries_of):
    counts = set()
    for size in (1, 40):
        for _ in range(size):
            report(linked)
        counts.add(queries_of(lambda: reports.send(shop, Run())))

    assert len(counts) == 1


@pytest.mark.parametrize("cause", ["refused token", "failing login", "unreachable"])
def test_what_befalls_the_channel_is_no_attempt_of_its_reports(sandbox, shop, linked, settings, cause):
    row = report(linked)
    if cause == "refused token":
        sandbox.call("POST", f"/control/channels/{shop.code}/revoke", json={"refreshToken": True})
    elif cause == "failing login":
        sandbox.fault("status", match={"path": "/v1/auth"}, status=500)
    else:
        settings.SCX_BASE_URL = "http://127.0.0.1:9"
    with pytest.raises(ScxError):
        reports.send(shop, Run())

    row.refresh_from_db()
    assert (row.state, row.attempts, row.error, row.answers, row.leased_until) == ("pending", 0, "", [], None)
    assert row.not_before <= timezone.now()


def test_however_long_scx_fails_a_report_waits_ten_minutes_at_most(sandbox, shop, linked):
    row = report(linked, attempts=30)
    sandbox.fault("status", match={"path": OFFERS}, status=500)
    with pytest.raises(ScxServerError):
        reports.send(shop, Run())

    row.refresh_from_db()
    assert row.not_before - timezone.now() <= timedelta(minutes=12)
