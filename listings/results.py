"""Results: how staff, the marketplace's systems and connectors say what became of an offer.

The state of the offer and the report to SCX are written in one transaction.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any, Literal

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Case, Q, Value, When
from django.db.models.functions import Greatest
from django.utils import timezone

from listings import catalogue, claims, failures, rows
from listings.catalogue import Catalogue
from listings.handover.base import Result
from listings.models import ListingReport, Offer, OfferQuerySet
from listings.result_rules import check, checked_revision, no_such_offer
from platforms import bulk
from platforms.jobs import nudge
from platforms.models import Channel

RESULTS_AT_ONCE = 1000
LONGEST_BY = 200

WRITTEN = (
    *("state", "state_changed_at", "channel_offer_id", "named_at", "named_event", "listing_url"),
    *("errors", "failed_codes", "awaited_since", "progress_told"),
)
READ = (*WRITTEN, "parent", "revision", "content_at", "content_event", "end_at", "end_event")


@dataclass(frozen=True)
class Outcome:
    """What became of one result: "recorded", "unchanged" for a repetition, or "error" with its code and message."""

    status: Literal["recorded", "unchanged", "error"]
    error: ValidationError | None = None

    @property
    def is_error(self) -> bool:
        return self.error is not None

    @property
    def code(self) -> str:
        return _first(self.error).code or "invalid" if self.error else ""

    @property
    def message(self) -> str:
        return " ".join(self.error.messages) if self.error else ""


# Whatever was taken down before.
STANDS_THERE: dict[str, None] = {"taken_down_at": None, "take_down_told_at": None}
RECORDED, UNCHANGED = Outcome("recorded"), Outcome("unchanged")


def _first(error: ValidationError) -> ValidationError:
    if hasattr(error, "error_dict"):
        return next(iter(error.error_dict.values()))[0]
    return error.error_list[0]


def record(offer: Offer | int, result: Result, *, by: str = "") -> Outcome:
    """Record one result; ValidationError, with the field at fault, says why it cannot be."""
    outcome = record_all([(offer.pk if isinstance(offer, Offer) else offer, result)], by=by)[0]
    if outcome.error:
        raise outcome.error
    return outcome


def record_all(
    items: Sequence[tuple[int, Result]],
    *,
    offers: OfferQuerySet | None = None,
    handed_over: Mapping[int, int] | None = None,
    by: str = "",
) -> list[Outcome]:
    """Record results by the offers' primary keys, in their order, a thousand a transaction; an outcome for each.

    `offers`: those the caller may answer for, all when None. `handed_over`: revisions a connector was given, kept in
    the same transaction as its results; then there are a thousand items at most. `by`: see `ListingReport.by`.
    """
    outcomes: list[Outcome] = []
    for piece in rows.pieces(items, RESULTS_AT_ONCE):
        outcomes += _record_piece(piece, offers, handed_over or {}, by)
    if handed_over and not items:
        _record_piece([], offers, handed_over, by)
    return outcomes


@transaction.atomic
def _record_piece(
    items: Sequence[tuple[int, Result]], offers: OfferQuerySet | None, handed_over: Mapping[int, int], by: str
) -> list[Outcome]:
    batch = _read({key for key, _result in items if 0 < key < 2**63} | set(handed_over), items, offers)
    outcomes = []
    for key, result in items:
        try:
            offer = batch.offers.get(key)
            if offer is None or not offer.content_version:
                raise no_such_offer()
            outcomes.append(_record(batch, offer, result))
        except ValidationError as error:
            outcomes.append(Outcome("error", error))
    for report in batch.reports:
        report.by = by[:LONGEST_BY]
    _write(batch, handed_over)
    return outcomes


ReportKey = tuple[int, int]
"""Offer and revision."""


@dataclass
class _Batch:
    """The locked offers of one transaction, what was reported of them, and what is to be written."""

    now: datetime
    offers: dict[int, Offer]
    locked: dict[int, Offer]
    variations: dict[int, list[Offer]]
    catalogues: dict[int, Catalogue]
    reported: dict[ReportKey, list[ListingReport]]
    changed: dict[int, Offer] = field(default_factory=dict)
    reports: list[ListingReport] = field(default_factory=list)
    overtaken: list[int] = field(default_factory=list)
    standing: list[int] = field(default_factory=list)
    # The revision that was answered for good, by offer.
    settled: dict[int, int] = field(default_factory=dict)


def _read(keys: set[int], items: Sequence[tuple[int, Result]], offers: OfferQuerySet | None) -> _Batch:
    allowed = Offer.objects.all() if offers is None else offers
    parents = dict(allowed.filter(pk__in=keys).order_by().values_list("pk", "parent"))
    family = Q(pk__in={*parents, *filter(None, parents.values())}) | Q(parent__in=list(parents))
    locked = {offer.pk: offer for offer in rows.lock(family, READ)} if parents else {}
    variations: dict[int, list[Offer]] = {}
    for offer in locked.values():
        if offer.parent_id in locked and offer.content_version == locked[offer.parent_id].content_version:
            variations.setdefault(offer.parent_id, []).append(offer)
    answered = {key: locked[key] for key in parents if key in locked}
    reported: dict[ReportKey, list[ListingReport]] = {}
    revisions = {result.revision for _key, result in items} | {offer.revision for offer in answered.values()}
    known = ListingReport.objects.filter(offer__in=list(answered), revision__in=[r for r in revisions if _storable(r)])
    for report in known.exclude(state=ListingReport.State.SUPERSEDED).order_by("pk"):
        reported.setdefault((report.offer_id, report.revision), []).append(report)
    channels = {answered[key].channel_id for key, result in items if key in answered and catalogue.lacks_text(result)}
    catalogues = {channel.pk: catalogue.of(channel) for channel in Channel.objects.filter(pk__in=channels)}
    return _Batch(timezone.now(), answered, locked, variations, catalogues, reported)


def _storable(revision: int | None) -> bool:
    return revision is not None and 0 < revision < 2**31


def _record(batch: _Batch, offer: Offer, result: Result) -> Outcome:
    if catalogue.lacks_text(result):
        result = catalogue.worded(result, batch.catalogues[offer.channel_id])
    check(result)
    revision = checked_revision(offer, result)
    if offer.is_ended and result.state != ListingReport.Kind.FAILED:
        # It seems to stand there.
        batch.standing.append(offer.pk)
    # An older revision, or an ended offer, is answered and reported, but its state is past that.
    is_current = revision == offer.revision and not offer.is_ended
    if result.state != ListingReport.Kind.IN_PROGRESS:
        batch.settled[offer.pk] = revision
    learned = _learn(offer, result, is_current, batch.now)
    if learned:
        batch.changed[offer.pk] = offer
    content = _content(offer, result)
    reported = batch.reported.setdefault((offer.pk, revision), [])
    if reported and _repeats(reported[-1], result.state, content):
        if is_current and _catches_up(offer, result.state, reported[-1]):
            _change_state(batch, offer, result.state, content.get("errors", []))
            return RECORDED
        return RECORDED if learned else UNCHANGED
    report = ListingReport(
        channel_id=offer.channel_id,
        offer=offer,
        kind=result.state,
        revision=revision,
        at=result.at or batch.now,
        content=content,
        not_before=batch.now,
    )
    _overtake(batch, reported)
    reported.append(report)
    batch.reports.append(report)
    if is_current:
        _change_state(batch, offer, result.state, content.get("errors", []))
    return RECORDED


def _learn(offer: Offer, result: Result, is_current: bool, now: datetime) -> bool:
    """The marketplace's id and URL stay once known; a result for the current revision may replace them."""
    learned = False
    for name in ("channel_offer_id", "listing_url"):
        value, known = getattr(result, name), getattr(offer, name)
        if value and value != known and (is_current or not known):
            setattr(offer, name, value)
            learned = True
            if name == "channel_offer_id":
                offer.named_at, offer.named_event = now, ""
    return learned


def _content(offer: Offer, result: Result) -> dict[str, Any]:
    if result.state == "listed":
        return {
            "channel_offer_id": result.channel_offer_id or offer.channel_offer_id,
            "listing_url": result.listing_url or offer.listing_url,
        }
    if result.state == "failed":
        return {"errors": [asdict(error) for error in result.errors]}
    return {}


def _repeats(newest: ListingReport, state: str, content: dict[str, Any]) -> bool:
    """Nothing new: the same again, or an "in progress" that comes after the revision was listed."""
    if state == ListingReport.Kind.IN_PROGRESS and newest.kind == ListingReport.Kind.LISTED:
        return True
    return (newest.kind, newest.content) == (state, content)


def _catches_up(offer: Offer, state: str, newest: ListingReport) -> bool:
    """Whether an offer that was withdrawn and handed over again reaches a state that SCX knows of from before."""
    return offer.state != state and (offer.state == Offer.State.PENDING or state == newest.kind)


def _overtake(batch: _Batch, reported: Sequence[ListingReport]) -> None:
    """SCX need not hear of a state it was not told yet; a report that is on its way cannot be called back."""
    for report in reported:
        if report.state != ListingReport.State.PENDING:
            continue
        if report.pk is None:
            report.state = ListingReport.State.SUPERSEDED
        elif report.leased_until is None or report.leased_until <= batch.now:
            batch.overtaken.append(report.pk)


def _change_state(batch: _Batch, offer: Offer, state: str, errors: list[dict[str, Any]]) -> None:
    """A listing's variations share its state, except those that are ended; they have no report of their own."""
    variations = [variation for variation in batch.variations.get(offer.pk, []) if not variation.is_ended]
    for row in (offer, *variations):
        if row.state != state:
            row.state, row.state_changed_at = state, batch.now
        row.progress_told = True
        if state != Offer.State.IN_PROGRESS:
            row.awaited_since = None
        row.errors = errors if row is offer else []
        row.failed_codes = failures.key_of(row.errors)
        batch.changed[row.pk] = row
    listing = batch.locked.get(offer.parent_id or 0)
    if listing:
        # Not changed itself, but who reads listings by feed number must see its variation.
        batch.changed[listing.pk] = listing


def _write(batch: _Batch, handed_over: Mapping[int, int]) -> None:
    unsent = Q(leased_until=None) | Q(leased_until__lte=batch.now)
    State = ListingReport.State
    if batch.overtaken:
        overtaken = ListingReport.objects.filter(unsent, pk__in=batch.overtaken, state=State.PENDING)
        overtaken.update(state=State.SUPERSEDED)
    bulk.insert(batch.reports)
    if handed_over:
        given = Case(*(When(pk=key, then=Value(revision)) for key, revision in handed_over.items()))
        offers = Offer.objects.filter(pk__in=handed_over)
        # What the connector was given stands there, whatever another process noted meanwhile.
        offers.update(
            handed_over_revision=Greatest("handed_over_revision", given), handed_over_at=batch.now, **STANDS_THERE
        )
    if batch.standing:
        Offer.objects.filter(pk__in=batch.standing).update(**STANDS_THERE)
    claims.settle(batch.settled)
    rows.write(list(batch.changed.values()), WRITTEN, now=batch.now)
    for channel in Channel.objects.filter(pk__in={report.channel_id for report in batch.reports}):
        nudge("reports", channel)
