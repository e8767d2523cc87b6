"""The marketplace no longer accepts a seller's credentials: who says so, what follows, and how it ends.

Hand-over for the seller stops and what is listed stays; staff and the seller are told. New credentials end it.
"""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from platforms import hiding, logs, storable
from platforms.channel_finders import counted
from platforms.display import list_url
from platforms.findings import Finding
from platforms.models import Channel
from sellers import mails, notices, selling
from sellers.models import Notice, Seller

State = Seller.State

NOTICE = gettext_lazy(
    "The marketplace no longer accepts your access data. Open the update of this channel in JTL-Wawi and enter new "
    "ones."
)


def reject(seller: Seller, reason: str = "", *, given: dict[str, Any] | None = None) -> bool:
    """Note that the marketplace rejects the seller's credentials; False where that is nothing new.

    `reason`: for staff; what of the credentials it quotes is masked. `given`: the credentials that were tried, where
    those stored may have been replaced since; then nothing is noted. Raises ValidationError for a seller who is not
    connected yet or was removed.
    """
    with transaction.atomic():
        locked = Seller.objects.select_for_update(no_key=True).get(pk=seller.pk)
        _check(locked)
        if given is not None and given != locked.credentials:
            return False
        is_new = locked.credentials_rejected_at is None
        if is_new:
            locked.credentials_rejected_at = timezone.now()
            notices.queue(locked, NOTICE, Notice.Severity.WARNING)
            mails.queue("credentials", channel=locked.channel, seller=locked)
        if is_new or reason:
            locked.credentials_rejection = _harmless(reason, locked)
        locked.save(update_fields=["credentials_rejected_at", "credentials_rejection"])
    return is_new


def _check(seller: Seller) -> None:
    if seller.state in {State.LINKING, State.REMOVED}:
        raise ValidationError(
            _("The seller is %(state)s: no credentials of his are in use."),
            code="not-linked",
            params={"state": seller.get_state_display()},
        )


def _harmless(reason: str, seller: Seller) -> str:
    text = hiding.without(seller.credentials, logs.mask(reason))
    return storable.text(text, Seller._meta.get_field("credentials_rejection").max_length or 0)


def accept(seller: Seller) -> bool:
    """Note that the marketplace accepts the seller's credentials, as after new ones were checked; hand-over goes on.

    False where nothing was rejected. What was queued to tell the seller of it is not sent any more.
    """
    with transaction.atomic():
        locked = Seller.objects.select_for_update(no_key=True).get(pk=seller.pk)
        if locked.credentials_rejected_at is None:
            return False
        locked.credentials_rejected_at, locked.credentials_rejection = None, ""
        locked.save(update_fields=["credentials_rejected_at", "credentials_rejection"])
        notices.give_up(locked, _spellings())
        selling.changed(selling.channels(locked))
    return True


def _spellings() -> list[str]:
    """The notice in every language it may have been written in."""
    texts = []
    for language, _name in settings.LANGUAGES:
        with translation.override(language):
            texts.append(str(NOTICE))
    return texts


def overdue(home: Channel) -> QuerySet[Seller]:
    """Connected sellers of the platform or standalone channel whom it wants disconnected by now; maybe nobody ever."""
    days = home.unlink_rejected_after_days
    if days is None:
        return Seller.objects.none()
    before = timezone.now() - timedelta(days=days)
    return Seller.objects.filter(channel=home, state__in=Seller.LINKED, credentials_rejected_at__lte=before).order_by(
        "pk"
    )


def found() -> Iterator[Finding]:
    """Connected sellers for whom nothing is handed over because of their credentials."""
    rejected = Seller.objects.filter(state__in=Seller.LINKED, credentials_rejected_at__isnull=False)
    for channel, number, since in counted(rejected, "channel", "credentials_rejected_at"):
        text = ngettext(
            "The marketplace rejects the credentials of %(number)s seller of %(channel)s: no offers are handed over "
            "for him until he enters new ones on the update page in JTL-Wawi. He was told; if he does not, disconnect "
            "him with the reason “credentials invalid or revoked”.",
            "The marketplace rejects the credentials of %(number)s sellers of %(channel)s: no offers are handed over "
            "for them until they enter new ones on the update page in JTL-Wawi. They were told; if they do not, "
            "disconnect them with the reason “credentials invalid or revoked”.",
            number,
        )
        url = list_url("sellers_seller", channel__id__exact=channel.pk, credentials="rejected")
        names = {"number": number, "channel": str(channel)}
        yield Finding("credentials-rejected", text % names, False, since, channel.code, url)
