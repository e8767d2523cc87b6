"""The job `sellers`: no sign-up stays half done, no event waits for a seller who is there, SCX follows our wishes."""

import logging

from django.core.exceptions import ValidationError

from platforms import inbox
from platforms.jobs import Run
from platforms.models import Channel, Event
from sellers import (
    failures,
    invitations,
    mails,
    memberships,
    notices,
    openings,
    outcomes,
    purging,
    rejections,
    sessions,
    unlinking,
    waiting,
)
from sellers.models import LinkSession, Seller

logger = logging.getLogger(__name__)


def settle(channel: Channel, run: Run) -> None:
    """Settle what is due for one marketplace or standalone channel; sign-ups of its platform too."""
    _finish_submitted(channel.home, run)
    run.count("abandoned sessions wiped", sessions.forget_abandoned(channel.home))
    run.count("failure pages forgotten", failures.forget_old(channel.home))
    _wake_waiting(channel)
    # Before what asks SCX: a mail need not wait until SCX answers.
    mails.send(channel, run)
    run.count("old mails deleted", mails.forget_old(channel.home))
    run.count("old invitations deleted", invitations.forget_old(channel.home))
    purging.purge(run)
    _disconnect_rejected(channel.home, run)
    unlinking.send(channel, run)
    if channel.kind == Channel.Kind.MARKETPLACE:
        openings.carry_on(channel, run)
        memberships.send(channel, run)
    notices.send(channel, run)


def _finish_submitted(home: Channel, run: Run) -> None:
    submitted = LinkSession.objects.filter(channel=home, state=LinkSession.State.SUBMITTED).select_related(
        "channel", "seller__channel"
    )
    for link in submitted.order_by("submitted_at"):
        if run.expired:
            return
        if run.ignore_backoff:
            # A person asked: what a process sent that was killed a moment ago is settled too, once it must be over.
            longest = waiting.REQUEST_LASTS_AT_MOST.total_seconds() + 1
            run.count(f"{link.kind}s {outcomes.outcome_of(link, within=longest).state}")
        elif waiting.is_over(link):
            run.count(f"{link.kind}s {outcomes.settle(link).state}")


def _disconnect_rejected(home: Channel, run: Run) -> None:
    """Sellers whose credentials the marketplace has rejected for as long as the channel allows."""
    for seller in rejections.overdue(home):
        try:
            unlinking.request(seller, reason="credentials", by="portal")
        except ValidationError as refusal:
            # Staff or SCX came first.
            logger.info("Seller %s is not disconnected: %s", seller.seller_id, " ".join(refusal.messages))
        else:
            run.count("disconnected for rejected credentials")


def _wake_waiting(channel: Channel) -> None:
    """Events that began to wait in the moment their seller appeared were not seen by the one who woke the others."""
    waiting = Event.objects.filter(channel=channel, state=Event.State.WAITING).values("seller_id")
    known = Seller.objects.of_channel(channel).filter(seller_id__in=waiting).exclude(state=Seller.State.LINKING)
    for seller_id in known.values_list("seller_id", flat=True):
        inbox.wake([channel], seller_id)
