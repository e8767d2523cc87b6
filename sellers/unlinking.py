"""We disconnect a seller: the one function that asks for it, and the calls that tell SCX, one for each marketplace."""

import logging
from collections.abc import Iterable
from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from platforms import gateway, hiding, jobs, outbox
from platforms.jobs import Run
from platforms.models import Channel
from platforms.scx.errors import CHANNEL_TROUBLE, ErrorItem, ScxError, ScxRefused
from sellers import endings
from sellers.models import Membership, Seller, Unlinking

logger = logging.getLogger(__name__)

State = Seller.State
Reason = Unlinking.Reason

OPEN = Q(sent_at=None, is_refused=False)
# Memberships SCX has or may have: switched on, or off, or not told of yet, without having been ended. All are to end.
HELD = Q(confirmed=True) | Q(is_refused=False)
UNKNOWN_SELLER = "GEN404"


def request(seller: Seller, *, reason: str, text: str = "", note: str = "", by: str = "") -> list[Unlinking]:
    """Ask SCX to end the seller's connection; returns a row for each call, which the job `sellers` sends.

    `text`: what SCX and the seller are told for the reason `other`. `note`: for staff, never sent. `by`: who asks.
    The seller is `unlinking` until SCX's event. One whom SCX has on no marketplace is unlinked at once, without a row.
    Raises ValidationError: by field where reason or text are wrong, with a code where the seller's state forbids it.
    """
    with transaction.atomic():
        locked = Seller.objects.select_for_update(of=("self",)).select_related("channel").get(pk=seller.pk)
        wish = Unlinking(seller=locked, reason=reason, text=text.strip(), note=note.strip(), requested_by=by[:150])
        check_text(locked, wish.reason, wish.text)
        targets = _targets(locked)
        words = words_of(wish, locked.channel)
        if locked.is_linked and not targets:
            endings.end_seller(locked, words, removed=False)
            return []
        if locked.is_linked:
            # What an earlier wish left open, before the seller came back, is over.
            _give_up(Unlinking.objects.filter(OPEN, seller=locked))
            locked.change_state(State.UNLINKING, words)
        locked.state_reason = words[:500]
        locked.save(update_fields=["state", "state_changed_at", "state_reason"])
        return _ask(wish, targets)


def check_text(seller: Seller, reason: str, text: str) -> None:
    """Raises ValidationError by field: an unknown reason, a text that is missing, idle, too long or tells a secret."""
    if reason not in Reason.values:
        raise ValidationError({"reason": _("Choose one of: %(reasons)s.") % {"reasons": ", ".join(Reason.values)}})
    if reason != Reason.OTHER:
        if text:
            raise ValidationError({"text": _("Only the reason “other” takes a text; the others say it themselves.")})
        return
    if not text:
        raise ValidationError({"text": _("Say why, in words that JTL and the seller may read.")})
    Unlinking(text=text).clean_fields(exclude={field.name for field in Unlinking._meta.fields} - {"text"})
    if hiding.without(seller.credentials, hiding.hide(text)) != text:
        raise ValidationError({"text": _("This text holds credentials of the seller, which must not be sent to JTL.")})


def words_of(unlinking: Unlinking, channel: Channel) -> str:
    """What SCX and the seller are told, in the channel's first language."""
    if unlinking.reason == Reason.OTHER:
        return unlinking.text
    with translation.override(channel.languages[0] if channel.languages else None):
        return str(unlinking.get_reason_display())


def concerned(seller: Seller) -> set[int]:
    """The keys of the channels on which a disconnection ends something: who may not see them all may not ask for it."""
    return {channel.pk for channel in _held_on(seller)} or {seller.channel_id}


def retry(unlinking: Unlinking) -> None:
    """Send it once more. Raises ValidationError where there is nothing left to send."""
    with transaction.atomic():
        seller = Seller.objects.select_for_update(of=("self",)).get(pk=unlinking.seller_id)
        row = Unlinking.objects.select_for_update(of=("self",)).select_related("channel").get(pk=unlinking.pk)
        if row.sent_at:
            raise ValidationError(_("SCX has taken this already; its answer is on its way."), code="sent")
        if seller.is_linked:
            raise ValidationError(_("The seller has come back since. Disconnect the seller anew."), code="linked")
        if row.is_refused and Unlinking.objects.filter(OPEN, seller=seller, channel=row.channel).exists():
            raise ValidationError(_("A later disconnection is on its way already."), code="under-way")
        Unlinking.objects.filter(pk=row.pk).update(is_refused=False, attempts=0, error="", not_before=timezone.now())
        jobs.nudge("sellers", row.channel)


def send(channel: Channel, run: Run) -> None:
    """Tell SCX of the disconnections that are due on one marketplace or standalone channel, one call a seller.

    Where a person asked, what a killed process had in hand is waited for and sent as well.
    """
    _give_up(Unlinking.objects.filter(OPEN, channel=channel).exclude(pk__in=_to_send(channel).values("pk")))
    _catch_up(channel)
    tried: set[int] = set()
    _drain(channel, run, tried)
    while run.ignore_backoff and outbox.came_free(_to_send(channel).exclude(pk__in=tried)):
        _drain(channel, run, tried)


def _targets(seller: Seller) -> list[Channel]:
    """Where SCX is to be told. Raises ValidationError for a seller who has no connection, or is losing it."""
    if seller.is_linked:
        return _held_on(seller)
    if seller.state != State.UNLINKING:
        raise ValidationError(
            _("The seller is %(state)s: there is no connection that could be ended."),
            code="not-linked",
            params={"state": seller.get_state_display()},
        )
    asked = Unlinking.objects.filter(seller=seller, requested_at__gte=seller.state_changed_at, is_refused=False)
    known = set(asked.values_list("channel_id", flat=True))
    targets = [channel for channel in _held_on(seller) if channel.pk not in known]
    if not targets:
        raise ValidationError(
            _("The seller is being disconnected already. The list of disconnections says how far that is."),
            code="under-way",
        )
    return targets


def _held_on(seller: Seller) -> list[Channel]:
    if not seller.channel.is_platform:
        return [seller.channel]
    held = Membership.objects.filter(HELD, seller=seller).values("marketplace")
    return list(Channel.objects.filter(pk__in=held).order_by("code"))


def _ask(wish: Unlinking, channels: Iterable[Channel]) -> list[Unlinking]:
    rows = [
        Unlinking(
            seller=wish.seller,
            channel=channel,
            reason=wish.reason,
            text=wish.text,
            note=wish.note,
            requested_by=wish.requested_by,
        )
        for channel in channels
    ]
    made = Unlinking.objects.bulk_create(rows)
    for row in made:
        jobs.nudge("sellers", row.channel)
    return made


def _to_send(channel: Channel) -> QuerySet[Unlinking]:
    """The open rows of sellers who did not come back, as long as SCX has them on the channel."""
    came_back = [State.LINKING, *Seller.LINKED]
    rows = Unlinking.objects.filter(OPEN, channel=channel).exclude(seller__state__in=came_back)
    if channel.kind == Channel.Kind.MARKETPLACE:
        rows = rows.filter(Exists(Membership.objects.filter(HELD, seller=OuterRef("seller"), marketplace=channel)))
    else:
        rows = rows.filter(seller__state=State.UNLINKING)
    # By their keys: a claim locks the rows of one table.
    return Unlinking.objects.filter(pk__in=rows.values("pk"))


def _give_up(rows: QuerySet[Unlinking]) -> None:
    rows.filter(outbox.free(timezone.now(), ignore_backoff=True)).update(
        is_refused=True,
        error=_("Not sent: the connection had ended, or the seller had come back, before SCX was told."),
    )


def _catch_up(marketplace: Channel) -> None:
    """A marketplace that SCX confirmed only after the seller was to be disconnected is to end as well."""
    since = OuterRef("seller__state_changed_at")
    asked = Unlinking.objects.filter(seller=OuterRef("seller"), channel=marketplace, requested_at__gte=since)
    late = Membership.objects.filter(~Exists(asked), marketplace=marketplace, confirmed=True)
    for membership in late.filter(seller__state=State.UNLINKING).select_related("seller"):
        with transaction.atomic():
            seller = Seller.objects.select_for_update(of=("self",)).get(pk=membership.seller_id)
            wish = seller.unlinkings.order_by("-pk").first()
            if wish and seller.state == State.UNLINKING:
                _ask(wish, [marketplace])


def _drain(channel: Channel, run: Run, tried: set[int]) -> None:
    while not run.expired:
        free = outbox.free(timezone.now(), ignore_backoff=run.ignore_backoff)
        due = _to_send(channel).filter(free).exclude(pk__in=tried).select_related("seller", "channel")
        claimed = outbox.claim(due.order_by("not_before", "pk"), 1)
        if not claimed:
            return
        tried.add(claimed[0].pk)
        _send_one(claimed[0], run)


def _send_one(row: Unlinking, run: Run) -> None:
    client = gateway.client(row.channel, patience=run.patience)
    try:
        told = client.sellers.unlink(row.seller.seller_id, words_of(row, row.channel))
    except ValueError as problem:
        # An id SCX's pattern does not allow, adopted from elsewhere: nothing was sent, and never will be.
        _refused(row, ScxRefused(str(problem)))
        run.count("disconnections refused")
    except ScxRefused as refusal:
        if UNKNOWN_SELLER in refusal.codes:
            _unknown(row, refusal)
            run.count("disconnected")
        else:
            _refused(row, refusal)
            run.count("disconnections refused")
    except ScxError as error:
        outbox.postpone(row, error, now=timezone.now())
        row.save(update_fields=["not_before", "leased_until", "attempts", "error", "answers"])
        if isinstance(error, CHANNEL_TROUBLE):
            raise
        run.count("disconnections failed")
    else:
        _taken(row, timezone.now(), 200, told)
        run.count("disconnected")


def _taken(row: Unlinking, now: datetime, status: int | None, told: Iterable[ErrorItem]) -> None:
    """SCX ends the connection, or had done so; its event says when."""
    outbox.note(row, now=now, status=status, error=" ".join(f"{item.code} {item.message}" for item in told))
    row.error, row.sent_at = "", now
    row.save(update_fields=["leased_until", "attempts", "error", "answers", "sent_at"])


def _unknown(row: Unlinking, refusal: ScxRefused) -> None:
    """SCX does not know the seller any more: no event will come, so it ends here."""
    with transaction.atomic():
        seller = Seller.objects.select_for_update(of=("self",)).get(pk=row.seller_id)
        _taken(row, timezone.now(), refusal.status, refusal.errors)
        if not seller.is_linked:
            endings.end(seller, row.channel, words_of(row, row.channel), removed=True)
    logger.warning("SCX does not know seller %s on %s any more", seller.seller_id, row.channel.code)


def _refused(row: Unlinking, refusal: ScxRefused) -> None:
    """SCX said no for good: shown to staff, and left alone until one of them asks again."""
    outbox.note(row, now=timezone.now(), status=refusal.status, error=str(refusal))
    row.is_refused = True
    row.save(update_fields=["leased_until", "attempts", "error", "answers", "is_refused"])
