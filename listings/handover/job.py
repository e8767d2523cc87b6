"""The job `handover`: give pending offers to the channel's connector and record what it answers."""

import logging
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import cache
from typing import Any, cast

from django.conf import settings
from django.db import InterfaceError, OperationalError, transaction
from django.utils import translation
from django.utils.module_loading import import_string

from listings import results
from listings.handover import data
from listings.handover.base import Handover, OfferData, Result
from listings.models import Offer
from platforms import batches
from platforms.fields import is_unreadable
from platforms.jobs import Run
from platforms.models import Batch, Channel

logger = logging.getLogger(__name__)

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
    """Hand over every pending listing of linked sellers whose revision the connector has not had.

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
    after = 0
    while not run.expired and (batch := _begin(channel, after)):
        after = batch.keys[-1]
        _give(channel, connector, batch, run, failures)
    while not run.expired and (batch := batches.begin_suspects(JOB, channel, ignore_backoff=run.ignore_backoff)):
        _give(channel, connector, batch, run, failures)
    if failures.first:
        raise failures.first


def _begin(channel: Channel, after: int) -> Batch | None:
    """Begin with the next listings; None if there are none."""
    with transaction.atomic():
        # One process at a time: two that choose side by side would hand over the same.
        Channel.objects.select_for_update(no_key=True).get(pk=channel.pk)
        keys = _oldest(channel, after)
        return batches.begin(JOB, channel, keys) if keys else None


def _oldest(channel: Channel, after: int) -> list[int]:
    """The keys of the next listings that nobody has begun with, as many as memory has room for with all variations."""
    begun = batches.suspects(JOB, channel, begun_too=True)
    due = Offer.objects.to_hand_over(channel).filter(pk__gt=after).exclude(pk__in=begun)
    keys: list[int] = []
    total = 0
    for key, size in due.order_by("pk").sizes(BATCH):
        total += size
        if keys and total > LARGEST_BATCH:
            break
        keys.append(key)
    return keys


def _give(channel: Channel, connector: Handover, batch: Batch, run: Run, failures: Failures) -> None:
    """Hand over what the batch names and is still to be handed over.

    Only a process that is killed or runs out of time, which django-q2 tells by a SystemExit, leaves it begun.
    """
    try:
        whole = data.read(Offer.objects.to_hand_over(channel).filter(pk__in=batch.keys).order_by("pk"))
        waiting = _try(channel, connector, whole, run, failures)
        while waiting:
            offers = waiting.pop()
            if failures.in_a_row < MOST_AT_FAULT:
                waiting += _try(channel, connector, offers, run, failures)
            else:
                run.count("not taken", len(offers))
    except (Exception, KeyboardInterrupt):
        batches.abandon(batch)
        raise
    batches.abandon(batch)


def _try(
    channel: Channel, connector: Handover, offers: list[OfferData], run: Run, failures: Failures
) -> list[list[OfferData]]:
    """Hand these over; where that fails, the halves to be tried instead, the first one last."""
    if not offers:
        return []
    try:
        _hand_over(channel, connector, offers, run)
    except (OperationalError, InterfaceError):
        # The database failed, not the connector.
        raise
    except Exception as error:
        if len(offers) > 1:
            middle = len(offers) // 2
            return [offers[middle:], offers[:middle]]
        logger.exception("The connector of channel %s did not take offer %s", channel.code, offers[0].key)
        run.count("not taken")
        failures.first = failures.first or error
        failures.in_a_row += 1
    else:
        failures.in_a_row = 0
    return []


@cache
def _connector(name: str) -> Handover:
    connector: Handover = import_string(name)()
    return connector


def _hand_over(channel: Channel, connector: Handover, offers: list[OfferData], run: Run) -> None:
    # The answers are read by the seller, whose language is the channel's.
    with translation.override(next(iter(channel.languages), None)):
        answers = connector.hand_over(cast(dict[str, Any], channel.connector_settings), offers)
    revisions = {offer.key: offer.revision for offer in offers}
    items = [(key, _for_revision(result, revisions.get(key))) for key, result in answers]
    outcomes = results.record_all(items, offers=Offer.objects.filter(pk__in=revisions), handed_over=revisions)
    run.count("handed over", len(offers))
    for (key, result), outcome in zip(items, outcomes, strict=True):
        if outcome.is_error:
            logger.error("Channel %s: result of offer %s not recorded: %s", channel.code, key, outcome.message)
            run.count("results invalid")
        else:
            run.count(result.state.replace("_", " "))


def _for_revision(result: Result, revision: int | None) -> Result:
    """A connector that names no revision means the one it was given, not one that came meanwhile."""
    return result if result.revision else replace(result, revision=revision)
