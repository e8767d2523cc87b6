"""The job `handover`: give pending offers to the channel's connector, and withdraw those of sellers who are off."""

import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import cache, partial
from typing import Any, TypeVar, cast

from django.conf import settings
from django.db import InterfaceError, OperationalError, transaction
from django.utils import translation
from django.utils.module_loading import import_string

from listings import results, validation, webhook_messages
from listings.handover import data, rejected, withdrawal
from listings.handover.base import (
    CredentialsRejected,
    Handover,
    NotAvailable,
    OfferData,
    OfferRef,
    Result,
)
from listings.models import Offer, OfferQuerySet
from platforms import batches, memory
from platforms.fields import is_unreadable
from platforms.jobs import Run, nudge
from platforms.models import Batch, Channel

logger = logging.getLogger(__name__)

Choose = Callable[[Channel, int], list[int]]
"""The keys of the next listings for a batch, above the one given; none when nothing is due."""
T = TypeVar("T", OfferData, OfferRef)

JOB = "handover"
BATCH = 200
# Characters read at once: a listing may have 500 variations, or a text of megabytes.
LARGEST_BATCH = 4_000_000
# A process that lives has ended its batch by then: so long a task may take.
LONGEST_BATCH = timedelta(minutes=2)
REST = timedelta(days=1)
# A connector that takes none of so many single offers is out of order: until it takes some again, batches are tried as
# a whole and not one by one.
MOST_AT_FAULT = 10


@dataclass
class Failures:
    """What the connector did not take: the first error, and how many single offers since it took any."""

    first: Exception | None = None
    in_a_row: int = 0


def hand_over(channel: Channel, run: Run) -> None:
    """Hand over every pending listing of sellers who sell there, and withdraw all of those who do not.

    A batch the connector cannot take is halved until the offer at fault stands alone, which stays due; the others go
    on, then the error is raised. Offers over which a process was killed come after all others, and one that kills even
    alone is tried once a day.
    """
    if is_unreadable(channel.connector_settings):
        # A connector without its settings would do something else than it was told.
        run.error = "The connector settings cannot be read with the present keys: enter the settings again."
        return
    connector = _connector(settings.CONNECTORS[channel.connector][1])
    failures = Failures()
    batches.take_over(JOB, channel, young=timedelta() if run.ignore_backoff else LONGEST_BATCH, rest=REST)
    withdrawal.take_back(channel, run)
    for choose in _errands(channel, run):
        after = 0
        while not run.expired and (batch := _begin(channel, choose, after)):
            after = batch.keys[-1]
            _give(channel, connector, batch, run, failures)
            memory.collect_batch()
    while not run.expired and (batch := batches.begin_suspects(JOB, channel, ignore_backoff=run.ignore_backoff)):
        _give(channel, connector, batch, run, failures)
        memory.collect_batch()
    if failures.first:
        raise failures.first


def _errands(channel: Channel, run: Run) -> Iterator[Choose]:
    """How to choose what is handed over, then what is taken down: what is over, and what left, seller by seller.

    Who is off is asked in between: handing over takes its time.
    """
    yield _oldest
    if Offer.objects.over(channel).exists():
        yield _over
    withdrawal.mark(channel, run)
    for seller in withdrawal.to_tell(channel):
        yield partial(_withdrawn, seller)


def _begin(channel: Channel, choose: Choose, after: int) -> Batch | None:
    """Begin with the next listings; None if there are none.

    What somebody has in hand is left alone by both errands, so that no withdrawal overtakes a hand-over.
    """
    with transaction.atomic():
        # One process at a time: two that choose side by side would hand over the same.
        Channel.objects.select_for_update(no_key=True).get(pk=channel.pk)
        keys = choose(channel, after)
        return batches.begin(JOB, channel, keys) if keys else None


def _oldest(channel: Channel, after: int) -> list[int]:
    """The keys of the next listings to hand over that nobody has begun with."""
    return _first(validation.ready(Offer.objects.to_hand_over(channel), channel), channel, after)


def _over(channel: Channel, after: int) -> list[int]:
    """The keys of the next listings that are over and that nobody has begun with."""
    return _first(Offer.objects.over(channel), channel, after)


def _withdrawn(seller: int, channel: Channel, after: int) -> list[int]:
    """The keys of the next listings of a seller to take down that nobody has begun with.

    One seller's fault is not another's.
    """
    return _first(Offer.objects.withdrawn(channel).filter(seller=seller), channel, after)


def _first(due: OfferQuerySet, channel: Channel, after: int) -> list[int]:
    """As many of the first keys as memory has room for with all variations."""
    begun = batches.suspects(JOB, channel, begun_too=True)
    keys: list[int] = []
    total = 0
    for key, size in due.filter(pk__gt=after).exclude(pk__in=begun).order_by("pk").sizes(BATCH):
        total += size
        if keys and total > LARGEST_BATCH:
            break
        keys.append(key)
    return keys


def _give(channel: Channel, connector: Handover, batch: Batch, run: Run, failures: Failures) -> None:
    """Hand over what the batch names and is still to be handed over, and withdraw what is to be taken down by now.

    Only a process that is killed or runs out of time, which django-q2 tells by a SystemExit, leaves it begun.
    """
    named = Offer.objects.filter(pk__in=batch.keys).order_by("pk")
    try:
        pending = _valid(channel, data.read(named.to_hand_over(channel)), run)
        _try_all(pending, lambda some: _hand_over(channel, connector, some, run), "not taken", run, failures)
        withdrawn = data.references(named.to_take_down(channel))
        _try_all(withdrawn, lambda some: _withdraw(channel, connector, some, run), "not withdrawn", run, failures)
    except (Exception, KeyboardInterrupt):
        batches.abandon(batch)
        raise
    batches.abandon(batch)


def _try_all(
    offers: Sequence[T], call: Callable[[Sequence[T]], None], not_done: str, run: Run, failures: Failures
) -> None:
    """Call with all of them; where that fails, with halves."""
    usable = [offer for offer in offers if not is_unreadable(offer.credentials)]
    run.count("credentials unreadable", len(offers) - len(usable))
    waiting = _try(usable, call, not_done, run, failures)
    while waiting:
        some = waiting.pop()
        if failures.in_a_row < MOST_AT_FAULT:
            waiting += _try(some, call, not_done, run, failures)
        else:
            run.count(not_done, len(some))


def _try(
    offers: Sequence[T], call: Callable[[Sequence[T]], None], not_done: str, run: Run, failures: Failures
) -> list[Sequence[T]]:
    """Call with these; where that fails, the halves to be tried instead, the first one last."""
    if not offers:
        return []
    try:
        call(offers)
    except (OperationalError, InterfaceError, NotAvailable):
        # The database failed, or the marketplace takes nothing: no offer is at fault.
        raise
    except Exception as error:
        if len(offers) > 1:
            middle = len(offers) // 2
            return [offers[middle:], offers[:middle]]
        logger.exception("The connector of channel %s: offer %s %s", offers[0].channel, offers[0].key, not_done)
        run.count(not_done)
        failures.first = failures.first or error
        failures.in_a_row += 1
    else:
        failures.in_a_row = 0
    return []


@cache
def _connector(name: str) -> Handover:
    connector: Handover = import_string(name)()
    return connector


def _valid(channel: Channel, offers: Sequence[OfferData], run: Run) -> list[OfferData]:
    """Those that may go to the connector; the others fail as if it had not taken them."""
    book = validation.rulebook(channel)
    found = {offer.key: errors for offer in offers if (errors := validation.problems(offer, book))}
    if not found:
        return list(offers)
    invalid = [offer for offer in offers if offer.key in found]
    given = {offer.key: offer.revision for offer in invalid}
    results.record_all(
        [validation.failure(offer, found[offer.key]) for offer in invalid], handed_over=given, by="rules"
    )
    run.count("invalid", len(invalid))
    return [offer for offer in offers if offer.key not in found]


def _hand_over(channel: Channel, connector: Handover, offers: Sequence[OfferData], run: Run) -> None:
    # The answers are read by the seller, whose language is the channel's.
    with translation.override(next(iter(channel.languages), None)):
        answers = connector.hand_over(cast(dict[str, Any], channel.connector_settings), list(offers))
    rejections = [answer for answer in answers if isinstance(answer, CredentialsRejected)]
    told = [answer for answer in answers if not isinstance(answer, CredentialsRejected)]
    revisions = _taken(offers, {key for key, _result in told}, {rejection.seller for rejection in rejections})
    items = [(key, _for_revision(result, revisions.get(key))) for key, result in told]
    mine, by = Offer.objects.filter(pk__in=revisions), f"connector:{channel.connector}"
    with transaction.atomic():
        outcomes = results.record_all(items, offers=mine, handed_over=revisions, by=by)
        webhook_messages.tell_pending(channel, [offer for offer in offers if offer.key in revisions])
    run.count("handed over", len(revisions))
    for (key, result), outcome in zip(items, outcomes, strict=True):
        if outcome.is_error:
            logger.error("Channel %s: result of offer %s not recorded: %s", channel.code, key, outcome.message)
            run.count("results invalid")
        else:
            run.count(result.state.replace("_", " "))
    if channel.in_progress_report == Channel.InProgress.AT_HAND_OVER:
        nudge("reports", channel)
    run.count("credentials rejected", rejected.note(channel, rejections, offers))


def _taken(offers: Sequence[OfferData], answered: set[int], rejected: set[str]) -> dict[int, int]:
    """The revisions the connector has now, by the offers' keys."""
    return {offer.key: offer.revision for offer in offers if offer.key in answered or offer.seller not in rejected}


def _withdraw(channel: Channel, connector: Handover, offers: Sequence[OfferRef], run: Run) -> None:
    left = set(connector.withdraw(cast(dict[str, Any], channel.connector_settings), list(offers)) or ())
    with transaction.atomic():
        withdrawal.leave([offer.key for offer in offers if offer.key in left])
        withdrawal.record([offer.key for offer in offers if offer.key not in left])
        webhook_messages.tell_ended(channel, offers)
    run.count("withdrawn", len(offers))


def _for_revision(result: Result, revision: int | None) -> Result:
    """A connector that names no revision means the one it was given, not one that came meanwhile."""
    return result if result.revision else replace(result, revision=revision)
