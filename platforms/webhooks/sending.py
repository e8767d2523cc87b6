"""Calls endpoints: claim, commit, call, record. What has the same subject goes in its order, one after the other."""

import logging
import random
import time
from collections.abc import Collection, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef
from django.utils import timezone

from platforms import bulk, logs, outbox, outside, storable, webhook_signatures
from platforms.fields import is_unreadable
from platforms.jobs import Run
from platforms.models import WebhookDelivery, WebhookEndpoint
from platforms.outside import OutsideError
from platforms.webhooks import health

logger = logging.getLogger(__name__)

# Seconds before the next attempt, by attempts made; after the last the delivery has failed.
LADDER = (5, 300, 1800, 7200, 18_000, 36_000, 36_000)
CALLS_PER_THREAD = 4
# No call of a batch begins later than this: a task must end long before the cluster ends it.
PATIENCE_SECONDS = 10.0
ANSWER_KEPT = 4000
GONE = 410
BUSY = {429, 503}
RECORDED = ("state", "attempts", "not_before", "leased_until", "error", "answers", "delivered_at")
HEADERS = {"Content-Type": "application/json"}


@dataclass(frozen=True)
class Attempt:
    """One call and what became of it; `status` None where there was no answer. `rest`: seconds to be left alone."""

    at: datetime
    headers: dict[str, str]
    status: int | None
    answer: str
    error: str
    milliseconds: int
    rest: float = 0.0

    @property
    def is_taken(self) -> bool:
        return self.status is not None and 200 <= self.status < 300

    def row(self) -> dict[str, object]:
        return {
            "at": self.at.isoformat(),
            "headers": self.headers,
            "status": self.status,
            "answer": self.answer,
            "error": self.error,
            "milliseconds": self.milliseconds,
        }


def deliver(endpoint: WebhookEndpoint, run: Run) -> None:
    """Send what is due, the oldest first, until nothing is, the endpoint is to be left alone, or the turn is over."""
    if is_unreadable(endpoint.secret):
        run.error = f"The secret of webhook endpoint {endpoint.pk} cannot be read with the present keys: make another."
        return
    tried: set[int] = set()
    while not run.expired and (rows := _claim(endpoint, tried, ignore_backoff=run.ignore_backoff)):
        tried |= {row.pk for row in rows}
        with outbox.kept(rows):
            done = _send(endpoint, rows)
        run.count("delivered", sum(attempt.is_taken for _row, attempt in done))
        run.count("not taken", sum(not attempt.is_taken for _row, attempt in done))
        endpoint.refresh_from_db()
        if not endpoint.is_active:
            return


def send_now(endpoint: WebhookEndpoint, delivery: WebhookDelivery) -> None:
    """Send one delivery that the caller has made, whatever else waits; for a person who looks on."""
    _send(endpoint, [delivery])


def due_next(endpoint: WebhookEndpoint) -> datetime | None:
    """When something is to be sent that was not taken before; None where nothing is. What it holds up is due since."""
    endpoint.refresh_from_db(fields=["resting_until", "is_active"])
    waiting = WebhookDelivery.objects.filter(endpoint=endpoint, attempts__gt=0).pending().order_by("not_before")
    due: datetime | None = waiting.values_list("not_before", flat=True).first() if endpoint.is_active else None
    return max(due, endpoint.resting_until or due) if due else None


@transaction.atomic
def _claim(endpoint: WebhookEndpoint, tried: Collection[int], *, ignore_backoff: bool) -> list[WebhookDelivery]:
    """Lease as many of the due deliveries as may go to the endpoint now, of each subject the oldest only."""
    now = timezone.now()
    # One process at a time counts what all of them have in hand.
    locked = WebhookEndpoint.objects.select_for_update(no_key=True).filter(pk=endpoint.pk, is_active=True).first()
    if locked is None or (health.is_resting(locked, now) and not ignore_backoff):
        return []
    pending = WebhookDelivery.objects.filter(endpoint=endpoint).pending()
    in_hand = pending.filter(leased_until__gt=now).count()
    room = health.at_once(locked) * (CALLS_PER_THREAD if locked.failures < health.FAILURES else 1)
    earlier = WebhookDelivery.objects.pending().filter(
        endpoint=OuterRef("endpoint"), subject=OuterRef("subject"), pk__lt=OuterRef("pk")
    )
    due = pending.filter(outbox.free(now, ignore_backoff=ignore_backoff)).filter(~Exists(earlier))
    if ignore_backoff:
        due = due.exclude(pk__among=tried)
    return outbox.claim(due.order_by("not_before", "pk"), max(room - in_hand, 0))


def _send(endpoint: WebhookEndpoint, rows: Sequence[WebhookDelivery]) -> list[tuple[WebhookDelivery, Attempt]]:
    """Those that were sent, each with what became of it; where the others take too long, the rest is given back."""
    done = list(_calls(endpoint, rows))
    sent = {row.pk for row, _attempt in done}
    outbox.release([row for row in rows if row.pk not in sent])
    now = timezone.now()
    for row, attempt in done:
        _note(row, attempt, now)
    outbox.persist(lambda: _record(endpoint, done, now))
    return done


def _calls(endpoint: WebhookEndpoint, rows: Sequence[WebhookDelivery]) -> Iterator[tuple[WebhookDelivery, Attempt]]:
    """Each row with its call, side by side; the database is this thread's alone."""
    until = time.monotonic() + PATIENCE_SECONDS
    secrets = [endpoint.secret]
    if endpoint.former_secret and endpoint.former_secret_until and endpoint.former_secret_until > timezone.now():
        secrets.append(endpoint.former_secret)
    with ThreadPoolExecutor(health.at_once(endpoint)) as pool:
        calls = {pool.submit(_call, endpoint.url, row.webhook_id, row.body, secrets, until): row for row in rows}
        for call in as_completed(list(calls)):
            if attempt := call.result():
                yield calls[call], attempt


def _call(url: str, message: str, text: str, secrets: Sequence[str], until: float) -> Attempt | None:
    at, started = timezone.now(), time.monotonic()
    if started > until:
        return None
    body = text.encode()
    headers = {**HEADERS, **webhook_signatures.signed(message, body, secrets)}
    status, answer, error, rest = None, "", "", 0.0
    try:
        said = outside.call("POST", url, body=body, headers=headers, allowed=settings.WEBHOOK_ALLOWED_NETWORKS)
        status, answer = said.status, storable.text(said.body.decode("utf-8", "replace"), ANSWER_KEPT)
        rest = _rest(said.headers.get("Retry-After", "")) if status in BUSY else 0.0
        error = "" if said.is_success else f"It answered with status {status}."
    except OutsideError as problem:
        error = str(problem)
    milliseconds = round((time.monotonic() - started) * 1000)
    return Attempt(at, headers, status, logs.mask(answer), logs.mask(error), milliseconds, rest)


def _rest(retry_after: str) -> float:
    return float(retry_after) if retry_after.strip().isdecimal() and len(retry_after) < 7 else 0.0


def _note(row: WebhookDelivery, attempt: Attempt, now: datetime) -> None:
    row.attempts += 1
    row.leased_until = None
    row.error = attempt.error
    row.answers = [*row.answers, attempt.row()]
    if attempt.is_taken:
        row.state, row.delivered_at = WebhookDelivery.State.DELIVERED, now
    elif row.attempts > len(LADDER):
        row.state = WebhookDelivery.State.FAILED
    else:
        seconds = LADDER[row.attempts - 1] * random.uniform(0.9, 1.2)  # noqa: S311  a jitter is no secret
        row.not_before = now + timedelta(seconds=seconds)


@transaction.atomic
def _record(endpoint: WebhookEndpoint, done: Sequence[tuple[WebhookDelivery, Attempt]], now: datetime) -> None:
    bulk.update([row for row, _attempt in done], RECORDED)
    refused = [attempt for _row, attempt in done if not attempt.is_taken]
    if any(attempt.status == GONE for attempt in refused):
        health.switch_off(endpoint, WebhookEndpoint.Reason.GONE)
    if len(refused) < len(done):
        health.taken(endpoint, now)
    elif refused:
        health.not_taken(endpoint, len(refused), now, max(attempt.rest for attempt in refused))
