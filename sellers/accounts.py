"""Accounts for the `manual` identification: the one place where admin, REST and commands change them."""

from collections.abc import Iterable, Sequence

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from platforms.models import Channel
from sellers.models import Account


def save(account: Account, *, marketplaces: Iterable[Channel] | None = None, access_code: str | None = None) -> Account:
    """Store the account, validated; what is None stays as it is. Raises ValidationError with messages by field."""
    if access_code is not None:
        _check_access_code(access_code)
        account.set_access_code(access_code)
    with transaction.atomic():
        # Two accounts with one login cannot both pass the validation while one waits for the other here.
        Channel.objects.select_for_update().only("pk").filter(pk=account.channel_id).first()
        account.full_clean()
        chosen = None if marketplaces is None else list(marketplaces)
        if chosen is not None:
            check_marketplaces(account, chosen)
        account.save()
        if chosen is not None:
            account.marketplaces.set(chosen)
    return account


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


def _check_access_code(access_code: str) -> None:
    if not access_code.strip():
        raise ValidationError({"access_code": _("The access code is empty.")})


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
