"""Accounts for the `manual` identification: the one place where admin, REST and commands change them."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from django.contrib.auth.hashers import make_password
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from platforms.models import Channel
from sellers import access_codes, account_rules, invitations
from sellers.identification.base import Identity
from sellers.models import Account

LONGEST_CODE = 200
EDITED = ("channel", "login", "company_name", "email", "is_active", "access_code_expires_at")


def save(account: Account, *, marketplaces: Iterable[Channel] | None = None, access_code: str | None = None) -> Account:
    """Store the account, validated; what is None stays as it is. Raises ValidationError with messages by field.

    Another e-mail address ends the links that were mailed to the old one.
    """
    if access_code is not None:
        check_access_code(access_code, account.access_code_expires_at)
        account.set_access_code(access_code)
    with transaction.atomic():
        # Two accounts with one login cannot both pass the validation while one waits for the other here.
        Channel.objects.select_for_update(no_key=True).only("pk").filter(pk=account.channel_id).first()
        account.full_clean()
        account_rules.check_block(account)
        chosen = None if marketplaces is None else list(marketplaces)
        if chosen is not None:
            check_marketplaces(account, chosen)
        _store(account, with_code=access_code is not None)
        if chosen is not None:
            account.marketplaces.set(chosen)
    return account


def _store(account: Account, *, with_code: bool) -> None:
    """Only what people edit: wrong codes are counted in the same row meanwhile."""
    if account.pk is None:
        account.save()
        return
    if not Account.objects.filter(pk=account.pk, email=account.email).exists():
        invitations.withdraw(account)
    account.save(update_fields={*EDITED, *(Account.CODE_FIELDS if with_code else ())})


def reset_code(account: Account) -> str:
    """Give the account a new access code, which is told this once; no other one, and no mailed link, works any more."""
    with transaction.atomic():
        locked = Account.objects.select_for_update().get(pk=account.pk)
        access_code = access_codes.generate()
        locked.set_access_code(access_code)
        locked.save(update_fields=Account.CODE_FIELDS)
        invitations.withdraw(locked)
    return access_code


def rotate_code(account: Account, *, old_works_until: datetime) -> str:
    """Give the account a new access code, told this once; the old one opens it as well until then, or its own end.

    Raises ValidationError where there is no code yet, or the time has passed.
    """
    with transaction.atomic():
        locked = Account.objects.select_for_update().get(pk=account.pk)
        if not locked.access_code_hash:
            raise ValidationError(_("The account has no access code yet that could be replaced."), code="no-code")
        if old_works_until <= timezone.now():
            message = _("This time has passed already. Choose a later one.")
            raise ValidationError({"old_works_until": ValidationError(message, code="past")})
        old_hash, old_end = locked.access_code_hash, locked.access_code_expires_at
        access_code = access_codes.generate()
        locked.set_access_code(access_code)
        locked.previous_code_hash = old_hash
        locked.previous_code_until = min(old_works_until, old_end or old_works_until)
        locked.save(update_fields=Account.CODE_FIELDS)
    return access_code


def unlock(account: Account) -> bool:
    """Let the access code open the account again; False where it was not locked."""
    return bool(Account.objects.filter(pk=account.pk).exclude(locked_at=None).update(wrong_codes=0, locked_at=None))


def check_marketplaces(account: Account, marketplaces: Iterable[Channel]) -> None:
    """An account sells on marketplaces of its own platform. Raises ValidationError."""
    foreign = [row.code for row in marketplaces if row.platform_id is None or row.platform_id != account.channel_id]
    if foreign:
        text = _("%(codes)s: no marketplace of %(channel)s has this code.")
        values = {"codes": ", ".join(foreign), "channel": account.channel.code}
        raise ValidationError({"marketplaces": text % values})


def make(
    channel: Channel, login: str, access_code: str, *, company_name: str = "", marketplaces: Sequence[str] = ()
) -> tuple[Account, bool]:
    """The account, and whether it was made now: one that is there already with the same values is left as it is.

    `marketplaces`: codes of those it may sell on, none means all. Raises ValidationError with messages by field.
    """
    allowed = _named(channel, marketplaces)
    known = Account.objects.filter(channel=channel, login=login).first()
    if known:
        _check_same(known, access_code, company_name, allowed)
        return known, False
    account = Account(channel=channel, login=login, company_name=company_name)
    return save(account, marketplaces=allowed, access_code=access_code), True


def check_access_code(access_code: str, expires_at: datetime | None) -> None:
    """Whether a code that a person chose can become an account's. Raises ValidationError with messages by field."""
    if not access_code.strip():
        raise ValidationError({"access_code": _("The access code is empty.")})
    if expires_at and expires_at <= timezone.now():
        message = _("With this date the new access code would never work. Choose a later one, or none.")
        raise ValidationError({"access_code_expires_at": ValidationError(message, code="past")})


def _named(channel: Channel, codes: Sequence[str]) -> list[Channel]:
    found = {row.code: row for row in Channel.objects.filter(platform=channel, code__in=codes)}
    missing = [code for code in codes if code not in found]
    if missing:
        text = _("%(codes)s: no marketplace of %(channel)s has this code.")
        raise ValidationError({"marketplaces": text % {"codes": ", ".join(missing), "channel": channel.code}})
    return list(found.values())


def _check_same(account: Account, access_code: str, company_name: str, allowed: list[Channel]) -> None:
    same = (
        account.check_access_code(access_code)
        and account.company_name == company_name
        and {row.pk for row in account.marketplaces.all()} == {row.pk for row in allowed}
    )
    if not same:
        text = _("%(channel)s has an account “%(login)s” already, with other values. Change it in the admin.")
        raise ValidationError({"login": text % {"channel": account.channel.code, "login": account.login}})


def of_identity(home: Channel, identity: Identity) -> Account | None:
    """The account that identified, None where the connector has none; the caller holds the channel's lock.

    One that the marketplace's own system vouches for is made when it is missing, with no code of ours. Raises
    Account.DoesNotExist for one that was deleted or blocked meanwhile.
    """
    if identity.account_login is None:
        return None
    if identity.is_vouched:
        _take_over(home, identity)
    return Account.objects.get(channel=home, login=identity.account_login, is_active=True)


def _take_over(home: Channel, identity: Identity) -> None:
    """Make our row of the account what the marketplace's system says. None named means all, those to come as well."""
    company = {"company_name": identity.company_name[:200]}
    made = {**company, "access_code_hash": make_password(None)}
    account, _is_new = Account.objects.update_or_create(
        channel=home, login=identity.account_login, defaults=company, create_defaults=made
    )
    active = home.marketplaces.filter(is_active=True)
    allowed = active.filter(code__in=identity.marketplaces)
    account.marketplaces.set([] if allowed.count() == active.count() else allowed)
