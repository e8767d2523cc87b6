"""What happened to an offer, as far as its row and its reports tell."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from listings.models import ListingReport, Offer

MOST_REPORTS = 500


@dataclass(frozen=True)
class Moment:
    """`what`: content, prices, ended or withdrawn, when the newest of it is of; else the state that was reported."""

    at: datetime
    what: str
    revision: int | None = None
    report: ListingReport | None = None


def of(offer: Offer) -> list[Moment]:
    """The offer's moments, oldest first, with its last 500 reports."""
    reports = offer.reports.order_by("-pk")[:MOST_REPORTS]
    moments = [*_aspects(offer), *(Moment(row.at, row.kind, row.revision, row) for row in reversed(reports))]
    return sorted(moments, key=lambda moment: moment.at)


def _aspects(offer: Offer) -> Iterator[Moment]:
    if offer.content_at:
        yield Moment(offer.content_at, "content", offer.revision)
    if offer.price_at:
        yield Moment(offer.price_at, "prices")
    if offer.end_at:
        yield Moment(offer.end_at, "ended")
    if offer.withdrawn_at:
        yield Moment(offer.withdrawn_at, "withdrawn")
