"""One-time links by which the person behind an account makes the access code; the portal keeps their hashes only."""

import secrets
from datetime import timedelta

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from platforms import hiding
from platforms.models import Channel
from sellers import access_codes, mails
from sellers.models import Account, Invitation, Mail
from sellers.sessions import digest

Purpose = Invitation.Purpose

LIVES = {Purpose.INVITATION: timedelta(days=7), Purpose.LOST_CODE: timedelta(days=1)}
FORGOTTEN_AFTER = timedelta(days=90)


def invite(account: Account, *, purpose: Purpose = Purpose.INVITATION, language: str | None = None) -> Mail:
    """Queue the mail with a link for the account. Raises ValidationError where nobody can be written to."""
    check(account)
    with transaction.atomic():
        token = secrets.token_urlsafe(32)
        hiding.remember(token)
        expires_at = timezone.now() + LIVES[purpose]
        Invitation.objects.create(account=account, purpose=purpose, token_hash=digest(token), expires_at=expires_at)
        mail = mails.queue(purpose.value, channel=account.channel, account=account, language=language, secret=token)
    assert mail is not None
    return mail


def check(account: Account) -> None:
    """The rules of `invite`; raises ValidationError."""
    if not account.is_active:
        raise ValidationError(_("The account is blocked. Open it again before you invite anybody."), code="blocked")
    if not account.email:
        raise ValidationError(
            {
                "email": ValidationError(
                    _("The account has no e-mail address to send an invitation to."), code="no-email"
                )
            }
        )


def ask_for_code(home: Channel, login: str, *, language: str) -> None:
    """The merchant lost the code: mail a link, if there is an account with this login that has an e-mail address."""
    account = Account.objects.select_related("channel").filter(channel=home, login=login, is_active=True).first()
    if account and account.email:
        invite(account, purpose=Purpose.LOST_CODE, language=language)


def find(home: Channel, token: str) -> Invitation | None:
    """The invitation behind a link that works."""
    hiding.remember(token)
    invitations = Invitation.objects.open(timezone.now()).select_related("account")
    return invitations.filter(account__channel=home, token_hash=digest(token)).first()


def redeem(invitation: Invitation) -> str | None:
    """Make the account's new access code, told this once; None where the link stopped working meanwhile.

    With it every other link of the account ends.
    """
    with transaction.atomic():
        account = Account.objects.select_for_update().get(pk=invitation.account_id)
        if not Invitation.objects.open(timezone.now()).filter(pk=invitation.pk).exists():
            return None
        Invitation.objects.filter(pk=invitation.pk).update(used_at=timezone.now())
        code = access_codes.generate()
        account.set_access_code(code)
        account.save(update_fields=Account.CODE_FIELDS)
        withdraw(account)
    return code


def withdraw(account: Account) -> int:
    """End the links of the account that still work; returns how many."""
    now = timezone.now()
    return Invitation.objects.filter(account=account, used_at=None, expires_at__gt=now).update(expires_at=now)


def forget_old(home: Channel) -> int:
    """Delete the invitations that have long been over; returns how many."""
    old = Invitation.objects.filter(account__channel=home, expires_at__lt=timezone.now() - FORGOTTEN_AFTER)
    return old.delete()[0]
