"""Where a load run goes: the channels it is told or finds, and on each as many sellers as it wants."""

import itertools

from django.db import transaction

from platforms.sandbox import arrangement, pricing, sellers
from platforms.sandbox.arrangement import Impossible
from platforms.sandbox.models import Account, Channel, Membership, Seller

SHOP = "LOADSHOP"
SIGN_UP_URL = "https://shop.example.com/join?session={SESSION}"
PRICE_TYPE = "B2C"
COMPANY = "Load run GmbH"


def channels(codes: list[str]) -> list[Channel]:
    """The channels of these codes; without codes every active one where somebody trades, else LOADSHOP."""
    if codes:
        return [_trading_channel(code) for code in dict.fromkeys(codes)]
    busy = Channel.objects.filter(pk__in=Membership.objects.trading().values("channel")).select_related("platform")
    return list(busy.order_by("code")) or [_shop()]


def opened(channel: Channel) -> bool:
    """Give the channel a price type if offers are refused for want of one; whether they were."""
    if not pricing.closed([channel]):
        return False
    pricing.set_types(channel, [PRICE_TYPE])
    return True


@transaction.atomic
def memberships(channel: Channel, wanted: int | None) -> list[Membership]:
    """The trading sellers of a channel, at most `wanted`; those missing, and at least one, are made."""
    rows = Membership.objects.trading().filter(channel=channel).select_related("seller__account", "channel")
    missing = max(wanted or 1, 1) - rows.count()
    if missing > 0:
        _link_sellers(channel, missing)
    return list(rows.order_by("pk")[:wanted])


def _trading_channel(code: str) -> Channel:
    channel = Channel.objects.select_related("platform").filter(code=code).first()
    if channel is None:
        known = Channel.objects.filter(is_platform=False).order_by("code").values_list("code", flat=True)
        raise Impossible(f"There is no channel {code}. There are: {', '.join(known) or 'none'}.")
    if channel.is_platform:
        raise Impossible(f"{code} is a platform, which has no events; name its marketplaces.")
    if not channel.is_active:
        raise Impossible(f"{code} is switched off; no events go there.")
    return channel


def _shop() -> Channel:
    wish = {"code": SHOP, "displayName": "Load shop", "signUpUrl": SIGN_UP_URL, "isActive": True}
    return arrangement.set_channel(wish, set())[0]


def _link_sellers(channel: Channel, missing: int) -> None:
    account = Account.objects.filter(company_name=COMPANY).first()
    account = account or arrangement.set_account({"companyName": COMPANY})[0]
    taken = set(Seller.objects.filter(channel=channel.root).values_list("seller_id", flat=True))
    free = (name for name in (f"LOAD{number}" for number in itertools.count(1)) if name not in taken)
    for seller_id in itertools.islice(free, missing):
        sellers.join(sellers.link(account, channel.root, seller_id), channel)
