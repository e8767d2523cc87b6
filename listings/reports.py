"""The job `reports`: tell SCX the states of listings, in batches, so that one bad row costs one row."""

import logging
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Exists, F, OuterRef, Q
from django.utils import timezone

from listings import progress
from listings.models import ListingReport, ReportQuerySet
from platforms import bulk, gateway, hiding, outbox, price_types
from platforms.jobs import Run, nudge
from platforms.models import Channel
from platforms.scx.client import ScxClient
from platforms.scx.errors import CHANNEL_TROUBLE, ErrorItem, ScxError, ScxRefused
from platforms.scx.offers import Failed, InProgress, InvalidItem, Listed, ListingError
from sellers.models import Membership

logger = logging.getLogger(__name__)

BATCH = 1000
LIST = "offerList"
# SCX refuses the route, whatever the batch holds: no row is at fault.
REFUSES_ALL = {403, 405}

State = ListingReport.State
# What is read of a claimed row, and what is written of it besides its attempt, by what became of it.
READ = ("at", "content", "attempts", "answers")
SENT = ("state", "sent_at")
REFUSED = ("state", "not_before")
POSTPONED = ("not_before",)

Send = Callable[[Sequence[ListingReport]], tuple[ErrorItem, ...]]


def send(channel: Channel, run: Run) -> None:
    """Send every due report of the channel; parked ones wait for their sellers.

    Where a person asked, what a killed sender had in hand is waited for and sent as well. Before the reports go the
    price types, without which there is nothing to report, and what is in progress by now is written.
    """
    price_types.send(channel, run)
    progress.tell(channel)
    _wake_refused(channel)
    _drain(channel, run)
    unsent = ListingReport.objects.sendable().filter(channel=channel)
    while run.ignore_backoff and not run.expired and outbox.came_free(unsent):
        _drain(channel, run)


def _drain(channel: Channel, run: Run) -> None:
    """A report waits for the older ones of its offer, so the kinds are gone through until nothing was sent any more."""
    client = gateway.client(channel, patience=run.patience)
    sent = True
    while sent and not run.expired:
        sent = False
        for kind in ListingReport.Kind:
            while not run.expired and (rows := _claim(channel, kind, run)):
                sent = True
                with outbox.kept(rows):
                    _Delivery(_calls(client)[kind], run).send(rows)
    if run.counts["sent"] and outbox.wake(ListingReport.objects.sendable().filter(channel=channel)):
        nudge("reports", channel)


def requeue(reports: ReportQuerySet) -> int:
    """Send refused reports again, and waiting ones at once; returns how many.

    A refused report is left alone where SCX has taken a newer one of the same offer since.
    """
    newer = ListingReport.objects.filter(offer=OuterRef("offer"), pk__gt=OuterRef("pk"), state=State.SENT)
    now = timezone.now()
    due = reports.filter(Q(state=State.PENDING) | Q(state=State.REFUSED) & ~Exists(newer)).order_by()
    unleased = Q(leased_until=None) | Q(leased_until__lte=now)
    found = dict(due.filter(unleased).values_list("pk", "channel"))
    again = ListingReport.objects.filter(unleased, state__in=[State.PENDING, State.REFUSED])
    changes = {"state": State.PENDING, "not_before": now, "leased_until": None, "error": ""}
    updated = again.filter(pk__among=found).update(**changes)
    for channel in Channel.objects.filter(pk__in=set(found.values())):
        nudge("reports", channel)
    return updated


def _wake_refused(channel: Channel) -> None:
    """What SCX refused is worth another try once its seller was linked or confirmed after the refusal."""
    confirmed = Membership.objects.filter(
        seller=OuterRef("offer__seller"),
        marketplace=channel,
        confirmed=True,
        confirmed_at__gt=OuterRef("not_before"),
    )
    # A refused row's `not_before` is the time of its refusal.
    refused = ListingReport.objects.filter(channel=channel, state=State.REFUSED)
    relinked = Q(offer__seller__linked_at__gt=F("not_before"))
    again = refused.filter(relinked | Exists(confirmed)).order_by()
    if again.exists():
        requeue(ListingReport.objects.filter(pk__in=again.values("pk")))


def _claim(channel: Channel, kind: str, run: Run) -> list[ListingReport]:
    """The next due reports, with what SCX knows their offers by as `scx_seller_id` and `scx_offer_id`."""
    due = ListingReport.objects.sendable().filter(
        outbox.free(timezone.now(), ignore_backoff=run.ignore_backoff), channel=channel, kind=kind
    )
    own = {"scx_seller_id": F("offer__seller__seller_id"), "scx_offer_id": F("offer__offer_id")}
    if kind == ListingReport.Kind.FAILED:
        # What a failure says is searched for them.
        own["credentials"] = F("offer__seller__credentials")
    return outbox.claim(due.annotate(**own).only(*READ).order_by("pk"), BATCH)


def _calls(client: ScxClient) -> dict[str, Send]:
    return {
        ListingReport.Kind.IN_PROGRESS: lambda rows: client.offers.report_in_progress([_in_progress(r) for r in rows]),
        ListingReport.Kind.LISTED: lambda rows: client.offers.report_listed([_listed(r) for r in rows]),
        ListingReport.Kind.FAILED: lambda rows: client.offers.report_failed([_failed(r) for r in rows]),
    }


def _in_progress(row: Any) -> InProgress:
    return InProgress(row.scx_seller_id, row.scx_offer_id, row.at)


def _listed(row: Any) -> Listed:
    return Listed(
        row.scx_seller_id,
        row.scx_offer_id,
        row.at,
        channel_offer_id=row.content.get("channel_offer_id") or None,
        listing_url=row.content.get("listing_url") or None,
    )


def _failed(row: Any) -> Failed:
    errors = [_error(error, row.credentials) for error in row.content.get("errors", [])]
    return Failed(row.scx_seller_id, row.scx_offer_id, row.at, errors)


def _error(error: dict[str, Any], credentials: Any) -> ListingError:
    """Without the seller's credentials, which a marketplace's message may quote."""
    return ListingError(
        code=hiding.without(credentials, error["code"]),
        message=hiding.without(credentials, error["message"]),
        long_message=hiding.without(credentials, error.get("long_message") or "") or None,
        related_attribute_id=error.get("attribute_id") or None,
        recommended_value=hiding.without(credentials, error.get("recommended_value") or "") or None,
    )


@dataclass
class _Delivery:
    """Sends claimed rows of one kind in as few calls as the bad ones among them allow."""

    call: Send
    run: Run

    def send(self, rows: Sequence[ListingReport]) -> None:
        """Every row ends sent, refused or given back; an error that is not about single rows is raised after that."""
        waiting = [list(rows)]
        while waiting:
            batch = waiting.pop()
            try:
                said = self.call(batch)
            except InvalidItem as problem:
                waiting.append(self._refuse(batch, {problem.index: str(problem)}, status=None))
            except ScxRefused as refusal:
                if refusal.status in REFUSES_ALL:
                    self._give_back(batch, waiting, refusal)
                    raise
                waiting += self._split(batch, refusal)
            except ScxError as error:
                self._give_back(batch, waiting, error)
                raise
            except Exception as error:
                # What nobody foresaw may meet the same batch again: it is an attempt, shown with the rows.
                self._give_back(batch, waiting, ScxError(f"{type(error).__name__}: {error}"))
                raise
            else:
                self._accept(batch, said)
            waiting = [batch for batch in waiting if batch]

    def _accept(self, batch: list[ListingReport], said: tuple[ErrorItem, ...]) -> None:
        """Rows SCX names in an error beside its 2xx were not taken; a warning is kept with the row it names."""
        refused = _by_row(batch, [item for item in said if item.severity == "error"])
        warned = _by_row(batch, [item for item in said if item.severity != "error"])
        rest = self._refuse(batch, refused, status=200)
        now = timezone.now()
        named = refused.keys() | warned.keys()
        outbox.note(*(row for index, row in enumerate(batch) if index not in named), now=now, status=200)
        for index in warned.keys() - refused.keys():
            outbox.note(batch[index], now=now, status=200, error=warned[index])
        for row in rest:
            row.state, row.sent_at = State.SENT, now
        _write(rest, SENT)
        self.run.count("sent", len(rest))
        for item in said:
            if item.item_index(LIST) is None:
                logger.warning("SCX took %s reports and says: %s %s", len(rest), item.code, item.message)

    def _split(self, batch: list[ListingReport], refusal: ScxRefused) -> list[list[ListingReport]]:
        named = _by_row(batch, refusal.errors)
        if not named and len(batch) == 1:
            named = {0: str(refusal)}
        if named:
            return [self._refuse(batch, named, status=refusal.status)]
        middle = len(batch) // 2
        # The last comes off the stack first: older rows go before newer ones.
        return [batch[middle:], batch[:middle]]

    def _refuse(
        self, batch: list[ListingReport], reasons: Mapping[int, str], *, status: int | None
    ) -> list[ListingReport]:
        """Note the refusal at the rows named by their places in the batch; returns the others."""
        now = timezone.now()
        refused = [batch[index] for index in sorted(reasons)]
        for index, row in zip(sorted(reasons), refused, strict=True):
            outbox.note(row, now=now, status=status, error=reasons[index])
            row.state, row.not_before = State.REFUSED, now
        _write(refused, REFUSED)
        self.run.count("refused", len(refused))
        return [row for index, row in enumerate(batch) if index not in reasons]

    def _give_back(
        self, batch: list[ListingReport], unsent: Sequence[Sequence[ListingReport]], error: ScxError
    ) -> None:
        """The batch tried gets the attempt noted, unless it never came to SCX; the rest was not tried."""
        now = timezone.now()
        others = [row for rows in unsent for row in rows]
        if isinstance(error, CHANNEL_TROUBLE):
            outbox.release([*batch, *others], until=outbox.due_again(error, now))
            return
        for row in batch:
            outbox.postpone(row, error, now=now)
        _write(batch, POSTPONED)
        outbox.release(others)


def _by_row(batch: Sequence[ListingReport], items: Sequence[ErrorItem]) -> dict[int, str]:
    """What SCX says of single rows, by their places in the batch."""
    said: dict[int, list[str]] = defaultdict(list)
    for item in items:
        index = item.item_index(LIST)
        if index is not None and index < len(batch):
            said[index].append(f"{item.code} {item.message}".strip())
    return {index: "; ".join(dict.fromkeys(texts)) for index, texts in said.items()}


def _write(rows: Sequence[ListingReport], fate: Sequence[str]) -> None:
    outbox.persist(lambda: bulk.update(rows, [*fate, *outbox.NOTED]))
