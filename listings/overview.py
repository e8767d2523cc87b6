"""What the overview of platforms tells of offers and of the reports of their states."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime

from django.db.models import Count, Min, Q
from django.utils.translation import ngettext

from listings.models import STANDING, ListingReport, Offer
from platforms.display import grouped, list_url
from platforms.models import Channel
from platforms.overview_numbers import Column, Number, Numbers

State = Offer.State
STATES_STANDING = [state for state in State.values if state != State.ENDED]


def offers(channels: Sequence[Channel]) -> Numbers:
    """Listings that are neither ended nor withdrawn, by state; and those the marketplace has not answered."""
    standing = _standing(channels)
    due = Offer.objects.not_handed_over().filter(channel__in=channels).order_by().values_list("channel")
    waiting = {pk: (number, since) for pk, number, since in due.annotate(Count("pk"), Min("updated_at"))}
    return {
        channel.pk: [
            *_of_states(channel.pk, standing[channel.pk]),
            *_unanswered(channel.pk, standing[channel.pk], *waiting.get(channel.pk, (0, None))),
        ]
        for channel in channels
    }


def reports(channels: Sequence[Channel]) -> Numbers:
    """Reports that SCX does not have: those to be sent, and those it refused."""
    found: dict[int, list[Number]] = defaultdict(list)
    rows = ListingReport.objects.filter(channel__in=channels).order_by().values_list("channel")
    pending, refused = ListingReport.State.PENDING, ListingReport.State.REFUSED
    for pk, number, since in rows.filter(state=pending).annotate(Count("pk"), Min("created_at")):
        text = ngettext("%(number)s report to send", "%(number)s reports to send", number)
        found[pk].append(_number(Column.BACKLOG, text, number, _reports(pk, pending), "", since))
    for pk, number in rows.filter(state=refused).annotate(Count("pk")):
        text = ngettext("%(number)s report refused", "%(number)s reports refused", number)
        found[pk].append(_number(Column.BACKLOG, text, number, _reports(pk, refused), "danger"))
    return found


def _standing(channels: Sequence[Channel]) -> dict[int, dict[str, int]]:
    """By channel and state. Grouped by channel alone, the databases read nothing but the index made for this."""
    rows = Offer.objects.filter(STANDING, channel__in=channels).order_by().values_list("channel")
    counts = {f"now_{state}": Count("pk", filter=Q(state=state)) for state in STATES_STANDING}
    counted = {pk: dict(zip(STATES_STANDING, numbers, strict=True)) for pk, *numbers in rows.annotate(**counts)}
    return defaultdict(dict, counted)


def _of_states(pk: int, states: dict[str, int]) -> list[Number]:
    every = sum(states.values())
    if not every:
        return []
    listed, failed = states.get(State.LISTED, 0), states.get(State.FAILED, 0)
    text = ngettext("%(number)s listed", "%(number)s listed", listed)
    numbers = [_number(Column.OFFERS, text, listed, _offers(pk, state__exact=State.LISTED.value))]
    if failed:
        text = ngettext("%(number)s failed", "%(number)s failed", failed)
        numbers.append(_number(Column.OFFERS, text, failed, _offers(pk, state__exact=State.FAILED.value), "danger"))
    text = ngettext("%(number)s in all", "%(number)s in all", every)
    return [*numbers, _number(Column.OFFERS, text, every, _offers(pk, state__exact=STATES_STANDING))]


def _unanswered(pk: int, states: dict[str, int], due: int, since: datetime | None) -> list[Number]:
    numbers = []
    if due:
        text = ngettext("%(number)s offer to hand over", "%(number)s offers to hand over", due)
        numbers.append(_number(Column.BACKLOG, text, due, _offers(pk, handover="due"), "", since))
    # What is due is pending too; a result that came between the two counts makes no negative number.
    open_ = max(0, states.get(State.PENDING, 0) - due) + states.get(State.IN_PROGRESS, 0)
    if open_:
        text = ngettext("%(number)s offer unanswered", "%(number)s offers unanswered", open_)
        numbers.append(_number(Column.BACKLOG, text, open_, _offers(pk, handover="open")))
    return numbers


def _number(column: Column, text: str, number: int, url: str, kind: str = "", since: datetime | None = None) -> Number:
    return Number(column, text % {"number": grouped(number)}, url, kind, since)


def _offers(pk: int, **filters: str | list[str]) -> str:
    return list_url("listings_offer", channel__id__exact=pk, withdrawn="no", **filters)


def _reports(pk: int, state: str) -> str:
    return list_url("listings_listingreport", channel__id__exact=pk, state__exact=state)
