"""Finds the memberships that a merchant's batch of items is addressed to (channel code and seller id in each item)."""

from collections.abc import Iterable
from typing import Any

from django.utils.translation import gettext as _

from platforms.sandbox.models import Account, Membership
from platforms.sandbox.problems import Problem, Refusal

Address = tuple[str, str]


def address(item: dict[str, Any]) -> Address:
    return item["channel"], item["sellerId"]


def trading(account: Account, items: Iterable[dict[str, Any]]) -> dict[Address, Membership]:
    """The account's trading memberships among the addresses of these items."""
    wanted = {address(item) for item in items}
    memberships = (
        Membership.objects.trading()
        .filter(
            seller__account=account,
            channel__code__in={code for code, _seller in wanted},
            seller__seller_id__in={seller for _code, seller in wanted},
        )
        .select_related("seller", "channel")
    )
    return {(each.channel.code, each.seller.seller_id): each for each in memberships}


def unknown(path: str, item: dict[str, Any]) -> Problem:
    """GEN700: the seller id does not exist on the channel, or trades there no more; the hint is the item's id."""
    message = _("There is no active seller %(seller)s of your account on the channel %(channel)s.")
    text = message % {"seller": item["sellerId"], "channel": item["channel"]}
    return Problem("GEN700", f"{path}.sellerId: {text}", hint=str(item["offerId"]))


def required(account: Account, items: list[dict[str, Any]]) -> dict[Address, Membership]:
    """The same, but one bad address refuses the batch."""
    found = trading(account, items)
    problems = [unknown(f"offerList[{index}]", item) for index, item in enumerate(items) if address(item) not in found]
    if problems:
        raise Refusal(400, *problems)
    return found
