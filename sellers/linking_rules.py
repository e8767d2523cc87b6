"""Which marketplace account a JTL account may link: one rule for sign-ups and updates."""

from platforms.models import Channel
from sellers import accounts
from sellers.identification.base import Identity
from sellers.models import Account, Seller


class AlreadyLinked(Exception):
    """This JTL account has linked this marketplace account before; an update is what it needs."""

    def __init__(self, seller: Seller) -> None:
        super().__init__(seller.state)
        self.seller = seller


class AccountTaken(Exception):
    """The marketplace account is linked by another JTL account."""


class AccountGone(Exception):
    """The marketplace account was deleted or blocked after it had identified."""


REFUSALS = (AlreadyLinked, AccountTaken, AccountGone)


def account_for(
    home: Channel, identity: Identity, jtl_account_id: int | None, *, but: Seller | None = None
) -> Account | None:
    """The account that identified, free to be linked by the JTL account; the caller holds the channel's lock.

    `but`: the seller who may have it already. None where the connector has no accounts. Raises the three above.
    """
    try:
        account = accounts.of_identity(home, identity)
    except Account.DoesNotExist:
        raise AccountGone from None
    linked = Seller.objects.filter(channel=home, account=account).exclude(state=Seller.State.REMOVED)
    others = linked.exclude(pk=but.pk) if but else linked
    own = others.filter(jtl_account_id=jtl_account_id).first()
    if own and (account or not but):
        raise AlreadyLinked(own)
    if account and not home.several_sellers_per_account and others.exists():
        raise AccountTaken
    return account
