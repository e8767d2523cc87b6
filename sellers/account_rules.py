"""When an account may not be blocked or deleted: while sellers who signed up with it are connected."""

from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from sellers.models import Account, Seller

NAMED = 10


class InUse(ValidationError):
    """Sellers need the account; the message names them."""


def check_block(account: Account) -> None:
    """Raises InUse if the account is about to be blocked and has a seller who is connected, or being so."""
    if account.is_active or not account.pk or not Account.objects.filter(pk=account.pk, is_active=True).exists():
        return
    ended = [Seller.State.UNLINKED, Seller.State.REMOVED]
    _refuse(
        account.sellers.exclude(state__in=ended),
        _("This account cannot be blocked while it is connected: %(sellers)s. Disconnect the seller first."),
    )


def check_delete(account: Account) -> None:
    """Raises InUse as long as a seller who is not purged belongs to the account."""
    _refuse(
        account.sellers.all(),
        _(
            "This account cannot be deleted while a seller belongs to it: %(sellers)s. Disconnect the seller first; "
            "once JTL has removed the seller for good and the data is purged, the account can go."
        ),
    )


def _refuse(sellers: QuerySet[Seller], text: str) -> None:
    found = list(sellers.order_by("pk").only("seller_id", "company_name")[: NAMED + 1])
    if found:
        names = [f"{seller} ({seller.seller_id})" for seller in found[:NAMED]]
        raise InUse(text % {"sellers": ", ".join(names) + (", …" if len(found) > NAMED else "")}, code="in_use")
