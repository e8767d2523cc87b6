"""The price types of a channel: kept here, told to SCX, which lets nobody list before there is one (contract 10)."""

from collections.abc import Iterable, Sequence
from typing import Any, NotRequired, TypedDict

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from platforms import gateway, outbox
from platforms.jobs import Run, nudge
from platforms.models import Channel, PriceType
from platforms.scx.errors import CHANNEL_TROUBLE, ErrorItem, ScxError, ScxRefused

# What SCX is told of, and what makes it due again when it changes.
TOLD = ("price_type_id", "display_name", "description")
WRITTEN = ("confirmed_at", "is_refused", "not_before", "leased_until", "attempts", "error", "answers")


class Wanted(TypedDict):
    """A price type as file and API write it."""

    id: str
    display_name: str
    description: NotRequired[str]


def save(price_type: PriceType) -> PriceType:
    """Validate and save; SCX is told of what is new to it. Raises ValidationError with messages per field."""
    with transaction.atomic():
        channel = Channel.objects.select_for_update(no_key=True).get(pk=price_type.channel_id)
        if channel.is_platform:
            text = _("A platform is virtual and has no price types: its marketplaces have theirs.")
            raise ValidationError(text, code="platform")
        price_type.full_clean()
        stored = PriceType.objects.filter(pk=price_type.pk).first()
        if stored is None or any(getattr(stored, name) != getattr(price_type, name) for name in TOLD):
            tell_again([price_type])
        price_type.save()
        nudge("reports", channel)
    return price_type


def tell_again(price_types: Iterable[PriceType]) -> None:
    """Make them due, in memory."""
    for price_type in price_types:
        price_type.confirmed_at, price_type.is_refused = None, False
        price_type.not_before, price_type.leased_until = timezone.now(), None
        price_type.attempts, price_type.error = 0, ""


def requeue(price_types: QuerySet[PriceType]) -> int:
    """Tell SCX of them again, whatever it said before; returns how many."""
    rows = list(price_types.select_related("channel"))
    tell_again(rows)
    PriceType.objects.bulk_update(rows, WRITTEN)
    for channel in {row.channel for row in rows}:
        nudge("reports", channel)
    return len(rows)


def values_of(channel: Channel) -> list[Wanted]:
    """The channel's price types as `replace` takes them."""
    rows = PriceType.objects.filter(channel=channel).order_by("price_type_id") if channel.pk else ()
    return [_wanted(row) for row in rows]


def _wanted(row: PriceType) -> Wanted:
    named = Wanted(id=row.price_type_id, display_name=row.display_name)
    return Wanted(**named, description=row.description) if row.description else named


def are_written_well(value: Any) -> bool:
    """Whether this is a list of `Wanted`."""
    return isinstance(value, list) and all(
        isinstance(each, dict)
        and {"id", "display_name"} <= each.keys() <= {"id", "display_name", "description"}
        and all(isinstance(text, str) for text in each.values())
        for each in value
    )


def replace(channel: Channel, wanted: Sequence[Wanted]) -> None:
    """Make the channel's price types these. Raises ValidationError at `price_types`."""
    ids = [each["id"] for each in wanted]
    if twice := sorted({each for each in ids if ids.count(each) > 1}):
        text = _("The price type “%(id)s” stands there twice.") % {"id": twice[0]}
        raise ValidationError({"price_types": text})
    with transaction.atomic():
        known = {row.price_type_id: row for row in PriceType.objects.filter(channel=channel)}
        for each in wanted:
            row = known.get(each["id"]) or PriceType(channel=channel, price_type_id=each["id"])
            row.display_name, row.description = each["display_name"], each.get("description", "")
            try:
                save(row)
            except ValidationError as error:
                raise ValidationError({"price_types": f"{each['id']}: {' '.join(error.messages)}"}) from None
        PriceType.objects.filter(channel=channel).exclude(price_type_id__in=ids).delete()


def is_present(channel: Channel) -> bool:
    """Whether SCX knows a price type of the channel, so that sellers may list."""
    return PriceType.objects.filter(channel=channel, confirmed_at__isnull=False).exists()


def send(channel: Channel, run: Run) -> None:
    """Tell SCX of the channel's price types that it does not know as they stand here, one call each."""
    tried: set[int] = set()
    _drain(channel, run, tried)
    while run.ignore_backoff and not run.expired and outbox.came_free(_unsent(channel).exclude(pk__in=tried)):
        _drain(channel, run, tried)


def _unsent(channel: Channel) -> QuerySet[PriceType]:
    return PriceType.objects.filter(channel=channel, confirmed_at=None, is_refused=False)


def _drain(channel: Channel, run: Run, tried: set[int]) -> None:
    while not run.expired:
        free = outbox.free(timezone.now(), ignore_backoff=run.ignore_backoff)
        claimed = outbox.claim(_unsent(channel).filter(free).exclude(pk__in=tried).order_by("pk"), 1)
        if not claimed:
            return
        tried.add(claimed[0].pk)
        _send_one(claimed[0], channel, run)


def _send_one(row: PriceType, channel: Channel, run: Run) -> None:
    trouble: ScxError | None = None
    lease, as_told = row.leased_until, {name: getattr(row, name) for name in TOLD}
    client = gateway.client(channel, patience=run.patience)
    try:
        said = client.channel.create_price_type(row.price_type_id, row.display_name, row.description or None)
    except ScxRefused as refusal:
        _refused(row, refusal)
    except ScxError as error:
        outbox.postpone(row, error, now=timezone.now())
        trouble = error
    else:
        _accepted(row, said)
    changes = {name: getattr(row, name) for name in WRITTEN}
    # One that changed meanwhile is told again.
    held = PriceType.objects.filter(pk=row.pk, leased_until=lease, **as_told)
    outbox.persist(lambda: held.update(**changes))
    if isinstance(trouble, CHANNEL_TROUBLE):
        raise trouble
    run.count("price types failed" if trouble else "price types refused" if row.is_refused else "price types told")


def _accepted(row: PriceType, said: tuple[ErrorItem, ...]) -> None:
    """SCX answered 2xx; an error beside it means that it did not take the price type, a warning is kept."""
    text = "; ".join(dict.fromkeys(f"{item.code} {item.message}".strip() for item in said))
    outbox.note(row, now=timezone.now(), status=200, error=text)
    row.is_refused = any(item.severity == "error" for item in said)
    row.confirmed_at = None if row.is_refused else timezone.now()


def _refused(row: PriceType, refusal: ScxRefused) -> None:
    """SCX said no for good. A price type it has taken before it still has, under the name of then."""
    has_it = any(200 <= (answer["status"] or 0) < 300 for answer in row.answers)
    outbox.note(row, now=timezone.now(), status=refusal.status, error=str(refusal))
    row.is_refused, row.confirmed_at = not has_it, timezone.now() if has_it else None


def mark_as_known(price_types: QuerySet[PriceType]) -> int:
    """Staff know that SCX has them, whatever it answered; returns how many."""
    return price_types.filter(confirmed_at=None).update(
        confirmed_at=timezone.now(), is_refused=False, leased_until=None, error=""
    )
