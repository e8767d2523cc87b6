"""Messages to sellers in JTL-Wawi: rows first, sent as SCX's channel notifications (contract 11)."""

from collections.abc import Iterable
from typing import Literal, cast

from django.db.models import Q, QuerySet
from django.utils import timezone, translation
from django.utils.functional import Promise

from platforms import gateway, jobs, outbox
from platforms.jobs import Run
from platforms.models import Channel
from platforms.scx.errors import CHANNEL_TROUBLE, ErrorItem, ScxError, ScxRefused
from sellers import selling
from sellers.models import Notice, Seller

Severity = Notice.Severity

JOB = "sellers"
WRITTEN = ("sent_at", "is_refused", "not_before", "leased_until", "attempts", "error", "answers")


def queue(
    seller: Seller,
    message: str | Promise,
    severity: Severity = Severity.INFO,
    channels: Iterable[Channel] | None = None,
) -> int:
    """Queue a message to the seller, in the caller's transaction; returns how many rows are new.

    One goes to each marketplace where the seller is confirmed, or to the standalone channel, unless `channels` names
    others. A translatable message is written in the seller's language. What waits unsent is not queued twice.
    """
    with translation.override(seller.language or next(iter(seller.channel.languages), None)):
        text = str(message)
    wanted = list(reachable(seller) if channels is None else channels)
    known = Notice.objects.filter(unsent(), seller=seller, channel__in=wanted, severity=severity, message=text)
    has = set(known.values_list("channel", flat=True))
    new = [channel for channel in wanted if channel.pk not in has]
    Notice.objects.bulk_create(
        Notice(seller=seller, channel=channel, severity=severity, message=text) for channel in new
    )
    for channel in new:
        jobs.nudge(JOB, channel)
    return len(new)


def reachable(seller: Seller) -> QuerySet[Channel]:
    """The channels that may tell the seller something."""
    if seller.channel.is_platform:
        return Channel.objects.callable().filter(memberships__seller=seller, memberships__confirmed=True)
    return selling.channels(seller)


def unsent() -> Q:
    return Q(sent_at=None, is_refused=False)


def give_up(seller: Seller, messages: Iterable[str]) -> int:
    """What these messages tell of is over: those still unsent are not sent, and kept as refused; returns how many."""
    now = timezone.now()
    rows = Notice.objects.filter(unsent(), outbox.free(now, ignore_backoff=True), seller=seller, message__in=messages)
    return rows.update(is_refused=True, leased_until=None, error="Not sent: what it told of is over.")


def send_again(notices: QuerySet[Notice]) -> int:
    """Make notices that were refused, or wait for their next attempt, due now; returns how many."""
    now = timezone.now()
    due = notices.filter(outbox.free(now, ignore_backoff=True), sent_at=None).order_by()
    found = dict(due.values_list("pk", "channel"))
    changes = {"is_refused": False, "not_before": now, "leased_until": None, "error": ""}
    number = Notice.objects.filter(pk__in=found, sent_at=None).update(**changes)
    for channel in Channel.objects.filter(pk__in=set(found.values())):
        jobs.nudge(JOB, channel)
    return number


def sendable() -> QuerySet[Notice]:
    """Unsent notices to sellers who sell on the notice's channel; those of others are parked until they do."""
    return Notice.objects.filter(unsent(), selling.rows("seller", "channel"))


def send(channel: Channel, run: Run) -> None:
    """Send the channel's due notices, one call each, oldest first.

    Where a person asked, what a killed process had in hand is waited for and sent as well.
    """
    tried: set[int] = set()
    _drain(channel, run, tried)
    while run.ignore_backoff and not run.expired and outbox.came_free(_unsent(channel).exclude(pk__in=tried)):
        _drain(channel, run, tried)


def _unsent(channel: Channel) -> QuerySet[Notice]:
    # By their keys: a claim locks the rows of one table.
    return Notice.objects.filter(pk__in=sendable().filter(channel=channel).values("pk"))


def _drain(channel: Channel, run: Run, tried: set[int]) -> None:
    while not run.expired:
        free = outbox.free(timezone.now(), ignore_backoff=run.ignore_backoff)
        due = _unsent(channel).filter(free).exclude(pk__in=tried)
        claimed = outbox.claim(due.select_related("seller").order_by("pk"), 1)
        if not claimed:
            return
        tried.add(claimed[0].pk)
        _send_one(claimed[0], channel, run)


def _send_one(notice: Notice, channel: Channel, run: Run) -> None:
    trouble: ScxError | None = None
    try:
        said = _call(notice, channel, run)
    except ValueError as problem:
        # An id SCX's pattern does not allow, adopted from elsewhere: nothing was sent, and never will be.
        _refuse(notice, str(problem), status=None)
    except ScxRefused as refusal:
        _refuse(notice, str(refusal), status=refusal.status)
    except ScxError as error:
        outbox.postpone(notice, error, now=timezone.now())
        trouble = error
    else:
        _take(notice, said)
    outbox.persist(lambda: notice.save(update_fields=WRITTEN))
    if isinstance(trouble, CHANNEL_TROUBLE):
        raise trouble
    run.count("notices failed" if trouble else "notices refused" if notice.is_refused else "notices sent")


def _call(notice: Notice, channel: Channel, run: Run) -> tuple[ErrorItem, ...]:
    client = gateway.client(channel, patience=run.patience)
    severity = cast(Literal["INFO", "WARNING", "ERROR"], notice.severity)
    return client.channel.notify(notice.seller.seller_id, notice.message, severity)


def _take(notice: Notice, said: tuple[ErrorItem, ...]) -> None:
    """SCX answered 2xx; an error beside it means that it did not take the notice, a warning is kept."""
    text = "; ".join(dict.fromkeys(f"{item.code} {item.message}".strip() for item in said))
    if any(item.severity == "error" for item in said):
        _refuse(notice, text, status=200)
        return
    outbox.note(notice, now=timezone.now(), status=200, error=text)
    notice.sent_at = timezone.now()


def _refuse(notice: Notice, error: str, *, status: int | None) -> None:
    outbox.note(notice, now=timezone.now(), status=status, error=error)
    notice.is_refused = True
