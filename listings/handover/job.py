"""The job `handover`: give pending offers to the channel's connector and record what it answers."""

import logging
from dataclasses import replace
from functools import cache
from typing import Any, cast

from django.conf import settings
from django.utils import translation
from django.utils.module_loading import import_string

from listings import results
from listings.handover import data
from listings.handover.base import Handover, OfferData, Result
from listings.models import Offer
from platforms.jobs import Run
from platforms.models import Channel

logger = logging.getLogger(__name__)

BATCH = 200


def hand_over(channel: Channel, run: Run) -> None:
    """Hand over every pending listing of linked sellers whose revision the connector has not had.

    A batch the connector cannot take stays due; the batches after it go on, then the error is raised.
    """
    connector = _connector(settings.CONNECTORS[channel.connector][1])
    after, failure = 0, None
    while not run.expired:
        due = Offer.objects.to_hand_over(channel).filter(pk__gt=after).order_by("pk")[:BATCH]
        offers = data.read(due)
        if not offers:
            break
        after = offers[-1].key
        try:
            _hand_over(channel, connector, offers, run)
        except Exception as error:
            logger.exception("The connector of channel %s did not take %s offers", channel.code, len(offers))
            run.count("not taken", len(offers))
            failure = failure or error
    if failure:
        raise failure


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
