"""The job `reconcile`: what differs between the portal and SCX, kept as rows that staff can read and act on."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any, Protocol

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Count, F, Min
from django.utils import timezone
from django.utils.module_loading import import_string
from django.utils.translation import ngettext

from platforms import display
from platforms.findings import Finding
from platforms.jobs import Run
from platforms.models import Channel, Discrepancy
from platforms.scx.errors import CHANNEL_TROUBLE, ScxError

EVERY = timedelta(hours=23)
# Two requests pass each other: what is on its way to one side looks like a difference until the next look.
AGAIN_AFTER = timedelta(minutes=50)


@dataclass(frozen=True)
class Difference:
    """One thing the two sides say differently; `ours` and `theirs` are what JSON can hold."""

    kind: str
    subject: str = ""
    ours: Any = None
    theirs: Any = None


class Comparison(Protocol):
    """One row of `settings.PORTAL_COMPARISONS`. `proven`: the kinds that SCX's word alone decides, so that they may be
    repaired without asking a person."""

    proven: frozenset[str]

    def differences(self, channel: Channel, run: Run) -> Iterable[Difference]:
        """Compare one marketplace or standalone channel. Raises ScxError."""
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

    def repair(self, row: Discrepancy) -> None:
        """Make our side what SCX says. Raises ValidationError that says what to do where that is not possible."""
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
    """Compare the channel with SCX once a day, sooner while something differs, and at once when a person asks.

    Every comparison has its turn; the first error is raised after that.
    """
    now = timezone.now()
    if not (run.ignore_backoff or is_due(channel, now)):
        return
    failure: ScxError | None = None
    for name, path in settings.PORTAL_COMPARISONS.items():
        try:
            found = list(_comparison(path).differences(channel, run))
        except CHANNEL_TROUBLE:
            raise
        except ScxError as error:
            failure = failure or error
        else:
            record(channel, name, found, now)
            run.count("differences", len(found))
    if failure:
        raise failure
    Discrepancy.objects.filter(channel=channel).exclude(comparison__in=settings.PORTAL_COMPARISONS).delete()
    Channel.objects.filter(pk=channel.pk).update(reconciled_at=now)


def is_due(channel: Channel, now: datetime) -> bool:
    last = Channel.objects.values_list("reconciled_at", flat=True).get(pk=channel.pk)
    if last is None or last <= now - EVERY:
        return True
    return last <= now - AGAIN_AFTER and Discrepancy.objects.filter(channel=channel).exists()


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
    """Channels with differences that more than one look has seen."""
    lasting = Discrepancy.objects.filter(seen_at__gt=F("found_at"))
    grouped = (
        lasting.order_by("channel__code")
        .values("channel__code", "channel")
        .annotate(number=Count("pk"), since=Min("found_at"))
    )
    for group in grouped:
        text = ngettext(
            "SCX and the portal disagree on %(number)s point. The list says which, and what to do.",
            "SCX and the portal disagree on %(number)s points. The list says which, and what to do.",
            group["number"],
        )
        yield Finding(
            code="differs-from-scx",
            text=text % {"number": group["number"]},
            since=group["since"],
            channel=group["channel__code"],
            url=display.list_url("platforms_discrepancy", channel__id__exact=group["channel"]),
        )
