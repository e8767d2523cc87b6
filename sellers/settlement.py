"""The job `sellers`: no sign-up stays half done, no event waits for a seller who is there, SCX follows our wishes."""

from platforms import inbox
from platforms.jobs import Run
from platforms.models import Channel, Event
from sellers import memberships, sessions, sign_up
from sellers.models import LinkSession, Seller


def settle(channel: Channel, run: Run) -> None:
    """Settle what is due for one marketplace or standalone channel; sign-ups of its platform too."""
    _finish_sign_ups(channel.home, run)
    run.count("abandoned sessions wiped", sessions.forget_abandoned(channel.home))
    _wake_waiting(channel)
    if channel.kind == Channel.Kind.MARKETPLACE:
        memberships.send(channel, run)


def _finish_sign_ups(home: Channel, run: Run) -> None:
    submitted = LinkSession.objects.filter(channel=home, state=LinkSession.State.SUBMITTED).select_related(
        "channel", "seller__channel"
    )
    for link in submitted.order_by("submitted_at"):
        if run.expired:
            return
        if run.ignore_backoff:
            # A person asked: a sign-up whose process was killed a moment ago is settled too, once it must be over.
            longest = sign_up.REQUEST_LASTS_AT_MOST.total_seconds() + 1
            run.count(f"sign-ups {sign_up.outcome_of(link, within=longest).state}")
        elif sign_up.is_over(link):
            run.count(f"sign-ups {sign_up.settle(link).state}")


def _wake_waiting(channel: Channel) -> None:
    """Events that began to wait in the moment their seller appeared were not seen by the one who woke the others."""
    waiting = Event.objects.filter(channel=channel, state=Event.State.WAITING).values("seller_id")
    known = Seller.objects.of_channel(channel).filter(seller_id__in=waiting).exclude(state=Seller.State.LINKING)
    for seller_id in known.values_list("seller_id", flat=True):
        inbox.wake([channel], seller_id)
