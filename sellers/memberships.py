"""Where a platform's seller sells: the one function that changes the wish, and the calls that make SCX follow it."""

import logging
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from platforms import gateway, jobs, outbox
from platforms.jobs import Run
from platforms.models import Channel
from platforms.scx.errors import CHANNEL_TROUBLE, ScxError, ScxRefused
from sellers import endings, selling
from sellers.models import Membership, Seller

logger = logging.getLogger(__name__)

# With a new `not_before`: SCX is asked again, whatever it said before.
DUE: dict[str, Any] = {"is_refused": False, "attempts": 0, "error": ""}


def set_wanted(seller: Seller, marketplace: Channel, wanted: bool) -> Membership:
    """Note whether the seller shall sell on the marketplace; the job `sellers` tells SCX.

    Saying it again makes a refused membership due again. Raises ValidationError where there is nothing to choose.
    """
    with transaction.atomic():
        locked = Seller.objects.select_for_update(of=("self",)).select_related("channel").get(pk=seller.pk)
        check(locked, marketplace, wanted)
        changes = {"wanted": wanted, "is_chosen": True, **DUE, "not_before": timezone.now()}
        membership, _created = Membership.objects.update_or_create(
            seller=locked, marketplace=marketplace, defaults=changes
        )
        jobs.nudge("sellers", marketplace)
        selling.changed([marketplace])
    return membership


def check(seller: Seller, marketplace: Channel, wanted: bool) -> None:
    """The rules of `set_wanted`; raises ValidationError that says why the wish may not be noted."""
    if not seller.channel.is_platform:
        raise ValidationError(
            _("%(channel)s is a channel of its own: its sellers have no marketplaces to choose from."),
            code="standalone",
            params={"channel": seller.channel.display_name},
        )
    if marketplace.kind != Channel.Kind.MARKETPLACE or marketplace.platform_id != seller.channel_id:
        raise ValidationError(
            _("%(channel)s is no marketplace of %(platform)s, where this seller signed up."),
            code="foreign",
            params={"channel": marketplace.display_name, "platform": seller.channel.display_name},
        )
    if not seller.is_linked:
        raise ValidationError(
            _("The seller is %(state)s. Marketplaces can be changed once JTL has confirmed the connection."),
            code="not-linked",
            params={"state": seller.get_state_display()},
        )
    if wanted and not marketplace.is_active:
        raise ValidationError(
            _("%(channel)s is switched off here. Switch the channel on first."),
            code="inactive",
            params={"channel": marketplace.display_name},
        )


def send(marketplace: Channel, run: Run) -> None:
    """Tell SCX, with the marketplace's own token, what is wanted there; one call a seller, one result a row.

    Where a person asked, what a killed process had in hand is waited for and sent as well.
    """
    tried: set[int] = set()
    _drain(marketplace, run, tried)
    while run.ignore_backoff and outbox.came_free(_unsettled(marketplace).exclude(pk__in=tried)):
        _drain(marketplace, run, tried)


def _unsettled(marketplace: Channel) -> QuerySet[Membership]:
    # By their keys: a claim locks the rows of one table.
    unsettled = Membership.objects.unsettled().filter(marketplace=marketplace)
    return Membership.objects.filter(pk__in=unsettled.values("pk"))


def _drain(marketplace: Channel, run: Run, tried: set[int]) -> None:
    while not run.expired:
        free = outbox.free(timezone.now(), ignore_backoff=run.ignore_backoff)
        due = _unsettled(marketplace).filter(free).exclude(pk__in=tried)
        claimed = outbox.claim(due.select_related("seller").order_by("not_before", "pk"), 1)
        if not claimed:
            break
        tried.add(claimed[0].pk)
        if _send_one(claimed[0], marketplace, run):
            # Not to be met again; after an opening the others would be too many to name.
            tried.discard(claimed[0].pk)
    if run.counts["confirmed"] and not run.counts["failed"]:
        unsettled = Membership.objects.unsettled().filter(marketplace=marketplace).exclude(pk__in=tried)
        if outbox.wake(Membership.objects.filter(pk__in=unsettled.values("pk"))):
            jobs.nudge("sellers", marketplace)


def _send_one(membership: Membership, marketplace: Channel, run: Run) -> bool:
    """Whether SCX follows now."""
    lease = membership.leased_until
    is_active = membership.shall_be_active
    try:
        _assign(membership, marketplace, is_active, run)
    except ValueError as problem:
        # An id SCX's pattern does not allow, adopted from elsewhere: nothing was sent, and never will be.
        _refused(membership, ScxRefused(str(problem)))
        run.count("refused")
    except ScxRefused as refusal:
        _refused(membership, refusal)
        endings.end_if_none_is_left(membership.seller, str(refusal))
        run.count("refused")
    except ScxError as error:
        outbox.postpone(membership, error, now=timezone.now())
        membership.save(update_fields=["not_before", "leased_until", "attempts", "error", "answers"])
        if isinstance(error, CHANNEL_TROUBLE):
            raise
        run.count("failed")
    else:
        is_first = membership.confirmed is None
        is_confirmed = _confirmed(membership, is_active, lease)
        run.count("confirmed" if is_confirmed else "ended meanwhile")
        if is_first and not is_active:
            endings.end_if_none_is_left(membership.seller, membership.error)
        return is_confirmed
    return False


def _assign(membership: Membership, marketplace: Channel, is_active: bool, run: Run) -> None:
    seller = membership.seller
    client = gateway.client(marketplace, patience=run.patience)
    if seller.jtl_account_id is None:
        _learn_account(seller, marketplace, run)
    assert seller.jtl_account_id is not None
    client.sellers.assign(
        seller.jtl_account_id, seller.seller_id, marketplace.code, is_active, seller.company_name or None
    )


def _confirmed(membership: Membership, is_active: bool, lease: datetime | None) -> bool:
    """SCX follows what was sent; False where an Unlinked event, which takes the lease, came meanwhile."""
    now = timezone.now()
    outbox.note(membership, now=now, status=200)
    changes = {"confirmed": is_active, "confirmed_at": now, "answers": membership.answers}
    held = Membership.objects.filter(pk=membership.pk, leased_until=lease)
    is_held = bool(held.update(**changes, leased_until=None, attempts=0, error=""))
    if is_held:
        selling.changed([membership.marketplace])
    return is_held


def _refused(membership: Membership, refusal: ScxRefused) -> None:
    """SCX said no for good: shown to staff, and left alone. A wish that changed meanwhile is not what it refused."""
    outbox.note(membership, now=timezone.now(), status=refusal.status, error=str(refusal))
    membership.save(update_fields=["leased_until", "attempts", "error", "answers"])
    Membership.objects.filter(pk=membership.pk, wanted=membership.wanted).update(is_refused=True)


def _learn_account(seller: Seller, marketplace: Channel, run: Run) -> None:
    """Read the JTL account of an adopted seller from the lists of the platform's marketplaces."""
    siblings = marketplace.home.marketplaces.filter(is_active=True).exclude(pk=marketplace.pk).exclude(refresh_token="")
    for channel in [marketplace, *siblings]:
        for row in gateway.client(channel, patience=run.patience).sellers.list():
            if row.seller_id == seller.seller_id and row.jtl_account_id:
                seller.jtl_account_id = row.jtl_account_id
                seller.save(update_fields=["jtl_account_id"])
                return
    raise ScxRefused("SCX lists this seller on no marketplace, so his JTL account is not known.")
