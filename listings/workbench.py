"""The queue of listings that staff decide by hand: what waits, and marking one, some, or all of it."""

import time
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from django.db.models import Count, F, Min, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from listings import marks, results
from listings.handover.base import Result
from listings.models import AWAITED, Offer, OfferQuerySet, Price
from listings.pasted import offers_meant
from listings.thumbnails import with_first_picture
from platforms.models import Channel
from sellers import selling

PAGE = 25
SELLERS = 20
AT_ONCE = 500
# A request that works longer looks dead to who waits for it.
LONGEST_SECONDS = 3.0
STATES = (Offer.State.PENDING, Offer.State.IN_PROGRESS)


@dataclass(frozen=True)
class Choice:
    """What of the queue is shown: of these channels, in this state, of this seller, and what a pasted text means."""

    channels: tuple[Channel, ...]
    state: str = ""
    seller: str = ""
    text: str = ""

    def offers(self) -> OfferQuerySet:
        """Listings that the connector has and nobody has answered for good, the longest waiting first."""
        given = Q(state=Offer.State.PENDING, handed_over_revision__gte=F("revision"))
        waiting = Offer.objects.filter(AWAITED, selling.rows("seller", "channel"), channel__in=self.channels)
        waiting = waiting.filter(given | Q(state=Offer.State.IN_PROGRESS))
        if self.state in STATES:
            waiting = waiting.filter(state=self.state)
        if self.seller:
            waiting = waiting.filter(seller__seller_id=self.seller)
        if self.text:
            waiting = waiting.filter(offers_meant(self.text))
        return waiting.order_by("awaited_since", "pk")


@dataclass(frozen=True)
class Page:
    """Offers with what there is to see of them, and where the next page begins; "" when this is the last one."""

    offers: Sequence[Offer]
    next: str


def page(choice: Choice, after: str = "") -> Page:
    """The offers after this place of the queue, each with `first_picture`, `variation_count` and `cheapest`."""
    waiting = choice.offers()
    if place := _place(after):
        since, pk = place
        waiting = waiting.filter(Q(awaited_since__gt=since) | Q(awaited_since=since, pk__gt=pk))
    variations = Offer.objects.visible().filter(parent=OuterRef("pk")).order_by().values("parent")
    cheapest = Price.objects.filter(offer__parent=OuterRef("pk")).order_by("amount", "pk")
    shown = with_first_picture(waiting.select_related("channel", "seller", "stock_level", "claim")).annotate(
        variation_count=Coalesce(Subquery(variations.annotate(number=Count("pk")).values("number")), 0),
        cheapest=Subquery(cheapest.values("pk")[:1]),
    )
    secrets = ("channel__refresh_token", "channel__access_token", "channel__connector_settings", "seller__credentials")
    offers = list(shown.defer("description", *secrets).prefetch_related("prices")[: PAGE + 1])
    _give_cheapest(offers)
    last = offers[PAGE - 1] if len(offers) > PAGE else None
    return Page(offers[:PAGE], f"{last.awaited_since.isoformat()}_{last.pk}" if last and last.awaited_since else "")


def sellers(choice: Choice) -> list[tuple[str, str, int, datetime]]:
    """Whose offers wait: seller id, company, how many, and since when; those that wait longest first."""
    everybody = replace(choice, seller="").offers().order_by()
    counted = everybody.values_list("seller__seller_id", "seller__company_name")
    return list(counted.annotate(Count("pk"), since=Min("awaited_since")).order_by("since")[:SELLERS])


def mark_all(choice: Choice, result: Result, *, shown_at: datetime, by: str) -> marks.Marked:
    """Mark what the choice means and was so when it was shown, for some seconds; `left` says how many remain.

    What has changed since is left alone: nobody has seen it.
    """
    marked, until = marks.Marked(), time.monotonic() + LONGEST_SECONDS
    seen = choice.offers().filter(updated_at__lte=shown_at)
    # What is only being worked on stays in the queue: it must not be met again.
    if result.state == Offer.State.IN_PROGRESS:
        seen = seen.exclude(state=Offer.State.IN_PROGRESS)
    while found := list(seen.values_list("pk", "revision")[:AT_ONCE]):
        answers = [(key, replace(result, revision=revision)) for key, revision in found]
        outcomes = results.record_all(answers, by=by)
        marked.recorded += sum(not outcome.is_error for outcome in outcomes)
        marked.refusals += [outcome.message for outcome in outcomes if outcome.is_error][:1]
        if marked.refusals or time.monotonic() > until:
            break
    marked.left = 0 if marked.refusals else seen.count()
    return marked


def parsed(text: str) -> tuple[int, int] | None:
    """ "17.2" as the offer 17 in its revision 2; None for anything else."""
    key, _dot, revision = text.partition(".")
    numbers = (key, revision)
    if all(number.isascii() and number.isdecimal() and len(number) < 19 for number in numbers):
        return int(key), int(revision)
    return None


def moment(text: str) -> datetime | None:
    """A time of the page, no later than now; None for anything else."""
    try:
        found = parse_datetime(text)
    except ValueError:
        return None
    return min(found, timezone.now()) if found and timezone.is_aware(found) else None


def _place(text: str) -> tuple[datetime, int] | None:
    when, _line, key = text.rpartition("_")
    since = moment(when)
    is_key = key.isascii() and key.isdecimal() and len(key) < 19
    return (since, int(key)) if since and is_key else None


def _give_cheapest(offers: Iterable[Offer]) -> None:
    """Offers without prices of their own get the lowest of their variations'."""
    keys: Collection[int] = {offer.cheapest for offer in offers if offer.cheapest}  # type: ignore[attr-defined]
    prices = Price.objects.in_bulk(keys)
    for offer in offers:
        offer.cheapest = prices.get(offer.cheapest)  # type: ignore[attr-defined]
