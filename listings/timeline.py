"""What happened to an offer, as far as its rows tell: events, revisions, hand-over, answers, and reports to SCX."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext_lazy as _

from listings.models import ListingReport, Offer

MOST_REPORTS = 500
MOST_REVISIONS = 100

WHAT = {
    "content": _("content from JTL-Wawi"),
    "prices": _("prices from JTL-Wawi"),
    "handed_over": _("handed over"),
    "claimed": _("taken by a system"),
    "in_progress": _("in progress"),
    "listed": _("listed"),
    "failed": _("failed"),
    "attempt": _("report sent to SCX"),
    "ended": _("ended in JTL-Wawi"),
    "withdrawn": _("withdrawn"),
    "to_take_down": _("to be taken down"),
    "taken_down": _("taken down"),
}


@dataclass(frozen=True)
class Moment:
    """`what`: a key of `WHAT`. `by`: who did it, as `ListingReport.by` says it. `event`: SCX's id of the event.

    `detail`: of an attempt what SCX answered, of a failure its codes.
    """

    at: datetime
    what: str
    revision: int | None = None
    report: ListingReport | None = None
    by: str = ""
    event: str = ""
    detail: str = ""


def of(offer: Offer) -> list[Moment]:
    """The offer's moments, oldest first, with its last 500 reports and their last attempts."""
    reports = list(offer.reports.order_by("-pk")[:MOST_REPORTS])
    moments = [*_content(offer), *_aspects(offer), *_ways(offer)]
    for report in reversed(reports):
        moments += _of_report(report)
    return sorted(moments, key=lambda moment: moment.at)


def _content(offer: Offer) -> Iterator[Moment]:
    for row in offer.revisions.order_by("-number")[:MOST_REVISIONS]:
        yield Moment(row.content_at, "content", row.number, event=row.content_event)
    if offer.content_at:
        yield Moment(offer.content_at, "content", offer.revision, event=offer.content_event)


def _aspects(offer: Offer) -> Iterator[Moment]:
    if offer.price_at and offer.price_version != offer.content_version:
        yield Moment(offer.price_at, "prices", event=offer.price_event)
    if offer.end_at:
        yield Moment(offer.end_at, "ended", event=offer.end_event)


def _ways(offer: Offer) -> Iterator[Moment]:
    """To the marketplace, and off it."""
    if offer.handed_over_at and offer.handed_over_revision:
        yield Moment(offer.handed_over_at, "handed_over", offer.handed_over_revision)
    if claim := getattr(offer, "claim", None):
        yield Moment(claim.claimed_at, "claimed", claim.revision, by=f"key:{claim.holder}")
    if offer.withdrawn_at:
        yield Moment(offer.withdrawn_at, "withdrawn")
    if offer.take_down_since:
        yield Moment(offer.take_down_since, "to_take_down")
    if offer.taken_down_at:
        yield Moment(offer.taken_down_at, "taken_down")


def _of_report(report: ListingReport) -> Iterator[Moment]:
    codes = dict.fromkeys(str(error.get("code", "")) for error in report.content.get("errors", []))
    yield Moment(report.at, report.kind, report.revision, report, by=report.by, detail=", ".join(codes))
    for answer in report.answers:
        at = parse_datetime(str(answer.get("at", "")))
        if at:
            said = [str(part) for part in (answer.get("status"), answer.get("error")) if part]
            yield Moment(at, "attempt", report.revision, report, detail=" ".join(said))
