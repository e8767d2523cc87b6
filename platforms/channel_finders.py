"""What is wrong with channels now: their tokens, their jobs, their events."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, F, Min, QuerySet, Window
from django.db.models.functions import RowNumber
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from platforms.display import EMPTY, list_url, moment, short
from platforms.findings import Finding
from platforms.models import Channel, Event, JobStatus, PriceType

# A sign-up takes a merchant minutes, and SCX a moment: whose seller is unknown for longer will hardly come.
UNKNOWN_SELLER_AFTER = timedelta(hours=24)
ERROR_CHARACTERS = 300


def tokens() -> Iterator[Finding]:
    """Refresh tokens that SCX refuses, and those that were never entered."""
    refused = Channel.objects.callable().exclude(token_refused_since=None).exclude(refresh_token="")
    now = timezone.now()
    for channel in refused.defer("connector_settings"):
        names = {"channel": str(channel), "reason": short(channel.token_refusal, ERROR_CHARACTERS)}
        text = _(
            "SCX refuses the refresh token of %(channel)s: its work stands still, that of other channels goes on. "
            "Enter the token JTL gave for it, or ask JTL for a new one. SCX says: %(reason)s"
        )
        ends = channel.access_token_expires_at
        if channel.access_token and ends and ends > now:
            names["until"] = moment(ends)
            text = _(
                "SCX refuses the refresh token of %(channel)s. Its work goes on until %(until)s, with the access token "
                "it still has: enter the token JTL gave for it before that, or ask JTL for a new one. SCX says: "
                "%(reason)s"
            )
        yield Finding("token-refused", text % names, True, channel.token_refused_since, channel.code, _url_of(channel))
    for channel in Channel.objects.callable().filter(refresh_token="").defer("connector_settings"):
        text = _("%(channel)s has no refresh token and exchanges nothing with SCX. Enter the one JTL gave for it.")
        yield Finding("token-missing", text % {"channel": channel}, channel=channel.code, url=_url_of(channel))


def failing_jobs() -> Iterator[Finding]:
    """Jobs whose runs end in errors: one finding a channel, of the job that has failed longest."""
    failing = JobStatus.objects.exclude(failing_since=None).select_related("channel").order_by("failing_since")
    for channel, statuses in _by_channel(failing.filter(channel__token_refused_since=None)).items():
        if not channel.has_token:
            # Missing, or unreadable with the present keys: told by itself.
            continue
        first = statuses[0]
        names = {
            "channel": str(channel),
            "jobs": ", ".join(status.job for status in statuses),
            "error": short(first.error, ERROR_CHARACTERS),
        }
        text = (
            _(
                "SCX does not do its part for %(channel)s (%(jobs)s): %(error)s Nothing is lost; it is tried again "
                "every minute and goes on by itself. If it lasts, ask JTL."
            )
            if first.is_failing_at_scx
            else _("Jobs of %(channel)s fail (%(jobs)s): %(error)s They are tried again every minute; see the log.")
        )
        code = "scx-failing" if first.is_failing_at_scx else "job-failing"
        url = list_url("platforms_jobstatus", channel__id__exact=channel.pk)
        yield Finding(code, text % names, False, first.failing_since, channel.code, url)


def refused_price_types() -> Iterator[Finding]:
    """Price types that SCX did not take; without any it lets no merchant list."""
    refused = PriceType.objects.filter(is_refused=True)
    for channel, number, since in counted(refused, "channel", "not_before"):
        text = ngettext(
            "SCX did not take %(number)s price type of %(channel)s. Its page says why: correct it, or tell SCX again.",
            "SCX did not take %(number)s price types of %(channel)s. Their pages say why: correct them, or tell SCX "
            "again.",
            number,
        )
        url = list_url("platforms_pricetype", channel__id__exact=channel.pk)
        names = {"number": number, "channel": str(channel)}
        yield Finding("price-type-refused", text % names, False, since, channel.code, url)


def events() -> Iterator[Finding]:
    """Events that were given up, and events whose seller nobody knows."""
    unsettled = Event.objects.unsettled()
    for channel, number, since in counted(unsettled.filter(state=Event.State.DEAD), "channel", "received_at"):
        text = ngettext(
            "%(number)s event of %(channel)s could not be applied and was given up. Read its error, mend the cause "
            "and replay it.",
            "%(number)s events of %(channel)s could not be applied and were given up. Read their errors, mend the "
            "cause and replay them.",
            number,
        )
        url = list_url("platforms_event", channel__id__exact=channel.pk, state__exact=Event.State.DEAD.value)
        names = {"number": number, "channel": str(channel)}
        yield Finding("events-dead", text % names, True, since, channel.code, url)
    before = timezone.now() - UNKNOWN_SELLER_AFTER
    waiting = unsettled.filter(state=Event.State.WAITING, received_at__lt=before)
    for channel, number, since in counted(waiting, "channel", "received_at"):
        text = ngettext(
            "%(number)s event of %(channel)s has waited for a day for a seller the portal does not know. Adopt the "
            "seller among the differences from SCX, or ask the merchant to sign up again.",
            "%(number)s events of %(channel)s have waited for a day for sellers the portal does not know. Adopt the "
            "sellers among the differences from SCX, or ask the merchants to sign up again.",
            number,
        )
        url = list_url("platforms_event", channel__id__exact=channel.pk, state__exact=Event.State.WAITING.value)
        names = {"number": number, "channel": str(channel)}
        yield Finding("seller-unknown", text % names, False, since, channel.code, url)


def _url_of(channel: Channel) -> str:
    return reverse("admin:platforms_channel_change", args=[channel.pk])


def _by_channel(statuses: QuerySet[JobStatus]) -> dict[Channel, list[JobStatus]]:
    found: dict[Channel, list[JobStatus]] = defaultdict(list)
    for status in statuses.filter(channel__in=Channel.objects.callable()):
        found[status.channel].append(status)
    return found


def counted(found: QuerySet[Any], channel: str, moment: str) -> Iterator[tuple[Channel, int, datetime]]:
    """Of rows by the names of their channel and a time: active channel, number of rows, earliest time."""
    rows = list(found.order_by().values_list(channel).annotate(Count("pk"), Min(moment)))
    channels = Channel.objects.active().in_bulk([row[0] for row in rows])
    yield from ((channels[pk], number, since) for pk, number, since in rows if pk in channels)


def counted_with_error(
    found: QuerySet[Any], channel: str, moment: str, newest: str
) -> Iterator[tuple[Channel, int, datetime, str]]:
    """Of rows by the names of their channel, a time and what grows: the same, and the last error of each channel.

    Two queries, whatever the number of channels, and one where there is no row.
    """
    rows = list(counted(found, channel, moment))
    errors = _last_errors(found, channel, newest) if rows else {}
    # A row that was settled between the two has left no error.
    yield from ((each, number, since, errors.get(each.pk, EMPTY)) for each, number, since in rows)


def _last_errors(found: QuerySet[Any], channel: str, newest: str) -> dict[int, str]:
    place = Window(RowNumber(), partition_by=[channel], order_by=F(newest).desc())
    last = found.annotate(place=place).filter(place=1).order_by().values_list(channel, "error")
    return {pk: short(error, ERROR_CHARACTERS) for pk, error in last}
