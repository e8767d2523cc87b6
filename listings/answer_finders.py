"""What the marketplace owes: answers, and removals that it is to confirm; finders of `platforms.findings`."""

from collections.abc import Iterator
from datetime import datetime

from django.db.models import Count, Min
from django.utils.translation import ngettext

from listings import progress
from listings.models import OfferQuerySet
from platforms.display import list_url
from platforms.findings import Finding
from platforms.models import Channel


def late_answers() -> Iterator[Finding]:
    """Offers that nobody answers: neither listed nor failed within the channel's limit."""
    for channel, number, since in _counted(progress.late_answers(), "awaited_since"):
        text = ngettext(
            "%(number)s offer of %(channel)s has had no answer for more than %(hours)s hours: its merchant knows "
            "neither that it is listed nor why not. Mark it, or see why the marketplace's system does not answer.",
            "%(number)s offers of %(channel)s have had no answer for more than %(hours)s hours: their merchants know "
            "neither that they are listed nor why not. Mark them, or see why the marketplace's system does not answer.",
            number,
        )
        yield _finding("answers-late", "late", text, channel, number, since)


def late_take_downs() -> Iterator[Finding]:
    """Offers that are over, or whose sellers are off, and that nobody confirms to have taken down."""
    for channel, number, since in _counted(progress.late_take_downs(), "take_down_told_at"):
        text = ngettext(
            "%(number)s offer of %(channel)s is to leave the marketplace for more than %(hours)s hours, and nobody has "
            "confirmed that it did: buyers may still order what is not for sale.",
            "%(number)s offers of %(channel)s are to leave the marketplace for more than %(hours)s hours, and nobody "
            "has confirmed that they did: buyers may still order what is not for sale.",
            number,
        )
        yield _finding("take-downs-late", "down", text, channel, number, since)


def _counted(offers: OfferQuerySet, since: str) -> Iterator[tuple[Channel, int, datetime]]:
    counted = list(offers.values_list("channel").annotate(Count("pk"), Min(since)))
    channels = Channel.objects.in_bulk([pk for pk, _number, _since in counted]) if counted else {}
    for pk, number, oldest in counted:
        yield channels[pk], number, oldest


def _finding(code: str, shown: str, text: str, channel: Channel, number: int, since: datetime) -> Finding:
    names = {"number": number, "channel": channel.display_name, "hours": channel.waiting_limit_hours}
    url = list_url("listings_offer", channel__id__exact=channel.pk, handover=shown)
    return Finding(code, text % names, since=since, channel=channel.code, url=url)
