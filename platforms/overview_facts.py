"""What the overview tells of the inbox: events that are not applied."""

from collections.abc import Sequence

from django.db.models import Count, Min
from django.utils.translation import ngettext

from platforms.display import grouped, list_url
from platforms.models import Channel, Event
from platforms.overview_numbers import Column, Number, Numbers


def events(channels: Sequence[Channel]) -> Numbers:
    """Events by what keeps them: not applied yet, their seller unknown, failed, given up."""
    found: dict[int, list[Number]] = {channel.pk: [] for channel in channels}
    rows = Event.objects.unsettled().filter(channel__in=found).order_by("state").values_list("channel", "state")
    for pk, state, number, since in rows.annotate(Count("pk"), Min("received_at")):
        url = list_url("platforms_event", channel__id__exact=pk, state__exact=state)
        text, kind = _said(state, number)
        found[pk].append(Number(Column.BACKLOG, text % {"number": grouped(number)}, url, kind, since))
    return found


def _said(state: str, number: int) -> tuple[str, str]:
    if state == Event.State.DEAD:
        return ngettext("%(number)s event given up", "%(number)s events given up", number), "danger"
    if state == Event.State.FAILED:
        return ngettext("%(number)s event failed", "%(number)s events failed", number), "danger"
    if state == Event.State.WAITING:
        return (
            ngettext("%(number)s event of an unknown seller", "%(number)s events of unknown sellers", number),
            "warning",
        )
    return ngettext("%(number)s event to apply", "%(number)s events to apply", number), ""
