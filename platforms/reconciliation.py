"""The job `reconcile`: what differs between the portal and SCX, kept as rows that staff can read and act on."""

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from itertools import groupby
from typing import Any, Protocol

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Count, F, Min
from django.utils import timezone
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from platforms import display, jobs, public_list
from platforms.findings import Finding
from platforms.jobs import Run
from platforms.models import Channel, ChannelAtScx, Discrepancy
from platforms.scx.errors import CHANNEL_TROUBLE, ScxError

EVERY = timedelta(hours=23)
# Two requests pass each other: what is on its way to one side looks like a difference until the next look.
AGAIN_AFTER = timedelta(minutes=50)
NOTHING = "–"


@dataclass(frozen=True)
class Difference:
    """One thing the two sides say differently; `ours` and `theirs` are what JSON can hold."""

    kind: str
    subject: str = ""
    ours: Any = None
    theirs: Any = None


class Comparison(Protocol):
    """One row of `settings.PORTAL_COMPARISONS`. `proven`: the kinds that SCX's word alone decides, so that they may be
    repaired without asking a person. `of_platforms`: whether platforms are compared as well."""

    proven: frozenset[str]
    of_platforms: bool

    def differences(self, channel: Channel, run: Run) -> Iterable[Difference]:
        """Compare one channel. Raises ScxError."""
        ...

    def title(self, row: Discrepancy) -> str:
        """What differs, in a word or two."""
        ...

    def meaning(self, row: Discrepancy) -> str:
        """What the difference means and what to do, for staff."""
        ...

    def shown(self, value: Any) -> str:
        """`ours` or `theirs` of a row, for staff."""
        ...

    def page(self, channel_id: int) -> tuple[str, str] | None:
        """Address and title of the admin's page where the rows of a channel are put right; None: of none but theirs."""
        ...

    def repair(self, row: Discrepancy) -> None:
        """Make our side what SCX says. Raises ValidationError that says what to do where that is not possible."""
        ...

    def tell(self, row: Discrepancy) -> None:
        """Have SCX told what our side says. Raises ValidationError that says what to do where that is not possible."""
        ...


@cache
def _comparison(name: str) -> Comparison:
    made: Comparison = import_string(name)()
    return made


def comparison_of(row: Discrepancy) -> Comparison | None:
    """None for rows of a comparison that is not wired any more; the next reconciliation removes them."""
    name = settings.PORTAL_COMPARISONS.get(row.comparison)
    return _comparison(name) if name else None


def plain(value: Any) -> str:
    """A JSON value as a person reads it."""
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        return ", ".join(value)
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def reconcile(channel: Channel, run: Run) -> None:
    """Compare the channel with SCX once a day, sooner while something is open, and at once when a person asks.

    Every comparison has its turn; the first error is raised after that.
    """
    now = timezone.now()
    if not (run.ignore_backoff or is_due(channel, now)):
        return
    failures = [_compare(each, run, now) for each in _subjects(channel)]
    if failure := next(filter(None, failures), None):
        raise failure


def look_again(channel: Channel) -> None:
    """What the last comparison saw is over: have the worker compare anew; for a platform a marketplace asks."""
    askers = public_list.askers(channel)[:1]
    Channel.objects.filter(pk__in=[channel.pk, *(each.pk for each in askers)]).update(reconciled_at=None)
    for each in askers:
        jobs.nudge("reconcile", each)


def _subjects(channel: Channel) -> list[Channel]:
    """The channel; before it its platform, for which one of its marketplaces speaks."""
    platform = channel.platform
    speaks = platform is not None and channel in public_list.askers(platform)[:1]
    return [platform, channel] if platform and speaks else [channel]


def _compare(channel: Channel, run: Run, now: datetime) -> ScxError | None:
    """Compare one channel; the first error that does not concern all of it."""
    failure: ScxError | None = None
    for name, path in settings.PORTAL_COMPARISONS.items():
        comparison = _comparison(path)
        if channel.is_platform and not comparison.of_platforms:
            continue
        try:
            found = list(comparison.differences(channel, run))
        except CHANNEL_TROUBLE:
            raise
        except ScxError as error:
            failure = failure or error
        else:
            record(channel, name, found, now)
            run.count("differences", len(found))
            run.notes += [_note(channel, comparison, name, each) for each in found]
    if failure is None:
        Discrepancy.objects.filter(channel=channel).exclude(comparison__in=settings.PORTAL_COMPARISONS).delete()
        Channel.objects.filter(pk=channel.pk).update(reconciled_at=now)
    return failure


def _note(channel: Channel, comparison: Comparison, name: str, found: Difference) -> str:
    """One line for who runs the comparison by hand."""
    row = Discrepancy(
        channel=channel, comparison=name, kind=found.kind, subject=found.subject, ours=found.ours, theirs=found.theirs
    )
    sides = [NOTHING if value is None else comparison.shown(value) for value in (found.ours, found.theirs)]
    subject = " ".join(filter(None, [channel.code, comparison.title(row), found.subject]))
    return _("%(subject)s: here %(ours)s, at SCX %(theirs)s") % {
        "subject": subject,
        "ours": sides[0],
        "theirs": sides[1],
    }


def is_due(channel: Channel, now: datetime) -> bool:
    last = Channel.objects.values_list("reconciled_at", flat=True).get(pk=channel.pk)
    if last is None or last <= now - EVERY:
        return True
    subjects = _subjects(channel)
    is_open = (
        Discrepancy.objects.filter(channel__in=subjects).exists()
        or ChannelAtScx.objects.filter(channel__in=subjects).exclude(list_error="").exists()
    )
    return last <= now - AGAIN_AFTER and is_open


def record(channel: Channel, comparison: str, found: Iterable[Difference], now: datetime) -> None:
    """Make the rows of the comparison those that were found: new ones added, known ones seen again, others gone."""
    rows = [
        Discrepancy(
            channel=channel,
            comparison=comparison,
            kind=difference.kind,
            subject=difference.subject,
            ours=difference.ours,
            theirs=difference.theirs,
            found_at=now,
            seen_at=now,
        )
        for difference in found
    ]
    with transaction.atomic():
        Discrepancy.objects.bulk_create(
            rows,
            update_conflicts=True,
            unique_fields=["channel", "comparison", "kind", "subject"],
            update_fields=["ours", "theirs", "seen_at"],
            batch_size=1000,
        )
        Discrepancy.objects.filter(channel=channel, comparison=comparison, seen_at__lt=now).delete()


def repair(row: Discrepancy) -> None:
    """Make our side what SCX says. Raises ValidationError that says what to do where that is not possible."""
    comparison = comparison_of(row)
    if comparison:
        comparison.repair(row)
    Discrepancy.objects.filter(pk=row.pk).delete()


def tell(row: Discrepancy) -> None:
    """Have SCX told what our side says; the row goes when SCX has followed. Raises ValidationError as `repair` does."""
    comparison = comparison_of(row)
    if comparison:
        comparison.tell(row)


def repair_proven(channel: Channel) -> tuple[int, list[str]]:
    """Repair what SCX's word alone decides; returns how many, and why others could not be."""
    done, refusals = 0, []
    for row in Discrepancy.objects.filter(channel=channel).select_related("channel__platform"):
        comparison = comparison_of(row)
        if comparison is None or row.kind not in comparison.proven:
            continue
        try:
            repair(row)
            done += 1
        except ValidationError as error:
            refusals.append(f"{row}: {' '.join(error.messages)}")
    return done, refusals


def differing_channels() -> Iterable[Finding]:
    """Channels with differences that more than one look has seen: on what they disagree, and how often."""
    lasting = Discrepancy.objects.filter(seen_at__gt=F("found_at"))
    kinds = (
        lasting.order_by("channel__code", "comparison", "kind")
        .values("channel__code", "channel", "comparison", "kind")
        .annotate(number=Count("pk"), since=Min("found_at"))
    )
    for code, group in groupby(kinds, key=lambda kind: kind["channel__code"]):
        yield _finding(code, list(group))


def _finding(code: str, kinds: Sequence[Mapping[str, Any]]) -> Finding:
    number = sum(kind["number"] for kind in kinds)
    titles: Counter[str] = Counter()
    for kind in kinds:
        titles[_title(kind)] += kind["number"]
    text = ngettext(
        "SCX and the portal disagree on %(number)s point: %(points)s. The page says what to do.",
        "SCX and the portal disagree on %(number)s points: %(points)s. The page says what to do.",
        number,
    )
    points = ", ".join(f"{title} ({times})" if times > 1 else title for title, times in titles.items())
    return Finding(
        code="differs-from-scx",
        text=text % {"number": number, "points": points},
        since=min(kind["since"] for kind in kinds),
        channel=code,
        url=_page(kinds),
    )


def _title(kind: Mapping[str, Any]) -> str:
    row = Discrepancy(channel_id=kind["channel"], comparison=kind["comparison"], kind=kind["kind"])
    comparison = comparison_of(row)
    return comparison.title(row) if comparison else row.kind


def _page(kinds: Sequence[Mapping[str, Any]]) -> str:
    """Where all of them are put right: the comparison's own page if it has one, and the list where there are others."""
    channel_id = kinds[0]["channel"]
    comparisons = {kind["comparison"] for kind in kinds}
    comparison = comparison_of(Discrepancy(comparison=comparisons.pop())) if len(comparisons) == 1 else None
    page = comparison.page(channel_id) if comparison else None
    return page[0] if page else display.list_url("platforms_discrepancy", channel__id__exact=channel_id)
