"""What JTL would set up by hand: channels, merchants, and, to save tests a walk, sellers without a sign-up."""

from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from platforms.sandbox import pricing, sellers, tokens
from platforms.sandbox.models import Account, Channel, Seller

# The largest jtlAccountId that SCX's int32 holds.
LAST_ACCOUNT_ID = 2**31 - 1


class Impossible(Exception):
    """The wish breaks a rule of SCX; the text says which."""


# Wire name to column for what is copied as it is.
COLUMNS = {
    "displayName": "display_name",
    "isPlatform": "is_platform",
    "isActive": "is_active",
    "currency": "currency",
    "countries": "countries",
    "languages": "languages",
    "website": "website",
    "vendor": "vendor",
    "signUpUrl": "sign_up_url",
    "updateUrl": "update_url",
    "stockSyncGroup": "stock_sync_group",
    "featureList": "features",
    "minimumClientsVersionRequired": "minimum_client_versions",
    "mfaContact": "mfa_contact",
    "refreshToken": "refresh_token",
}
CLEARED: dict[str, Any] = {
    "currency": "EUR",
    "countries": [],
    "languages": [],
    "stock_sync_group": None,
    "minimum_client_versions": [],
    "features": {},
}
# What SCX always shows of a channel (contract 8.1) and nobody wants to say for a test.
NEW: dict[str, Any] = {"countries": ["DE"], "languages": ["de", "en"]}


@transaction.atomic
def set_channel(wish: dict[str, Any], nulls: set[str]) -> tuple[Channel, bool]:
    """Create the channel of this code or change it; `nulls` are the keys given as null. True when it is new.

    A channel keeps its refresh token unless it is given one or the one it had was revoked; a platform has none, and no
    price types. Others have the `priceTypes` they are given and no others.
    """
    channel = Channel.objects.select_related("platform").filter(code=wish["code"]).first()
    is_new = channel is None
    channel = channel or Channel(**NEW, code=wish["code"], display_name=wish["code"])
    for name, column in COLUMNS.items():
        if name in wish:
            setattr(channel, column, wish[name])
        elif name in nulls and name not in ("refreshToken", "isPlatform", "isActive", "displayName"):
            setattr(channel, column, CLEARED.get(column, ""))
    if "platform" in wish or "platform" in nulls:
        channel.platform = _platform(wish.get("platform"))
    _settle_token(channel)
    _require_possible(channel)
    if channel.is_platform and wish.get("priceTypes"):
        raise Impossible(_("A platform has no price types; each of its marketplaces has its own."))
    channel.save()
    if "priceTypes" in wish or "priceTypes" in nulls:
        pricing.set_types(channel, wish.get("priceTypes", []))
    return channel, is_new


@transaction.atomic
def set_account(wish: dict[str, Any]) -> tuple[Account, bool]:
    """A merchant; one that is there keeps its token unless that was revoked, and is renamed when a name is given."""
    account = Account.objects.filter(pk=wish["jtlAccountId"]).first() if "jtlAccountId" in wish else None
    is_new = account is None
    if account is None:
        account = Account(pk=wish.get("jtlAccountId") or _free_account_id(), company_name="Muster & Söhne GmbH")
    account.company_name = wish.get("companyName") or account.company_name
    account.refresh_token = wish.get("refreshToken") or account.refresh_token or tokens.new_refresh_token(Account)
    _require_free(account.refresh_token, None if is_new else account)
    account.save(force_insert=is_new)
    return account, is_new


def set_seller(wish: dict[str, Any]) -> Seller:
    """Link a seller at once; on a platform it trades on the marketplaces that are named, or else on all."""
    channel = channel_named(wish["channel"])
    if channel.platform:
        raise Impossible(
            _("%(channel)s is a marketplace; name its platform %(platform)s.")
            % {"channel": channel.code, "platform": channel.platform.code}
        )
    if Seller.objects.filter(channel=channel, seller_id=wish["sellerId"]).exists():
        raise Impossible(
            _("%(channel)s has a seller %(seller)s already.") % {"channel": channel.code, "seller": wish["sellerId"]}
        )
    account = _account(wish)
    seller = sellers.link(account, channel, wish["sellerId"], wish.get("companyName", ""))
    for marketplace in _marketplaces(channel, wish.get("marketplaces")):
        sellers.join(seller, marketplace)
    return seller


def unlink_seller(wish: dict[str, Any]) -> None:
    """What JTL does when a subscription ends, for a seller on the channel or on a whole platform."""
    channel = channel_named(wish["channel"])
    seller = Seller.objects.filter(channel=channel.root, seller_id=wish["sellerId"]).first()
    if seller is None:
        text = _("There is no seller %(seller)s on %(channel)s.")
        raise Impossible(text % {"seller": wish["sellerId"], "channel": channel.code})
    sellers.unlink_everywhere(
        seller,
        channel,
        wish.get("reason", "no active subscription"),
        permanently_removed=wish.get("permanentlyRemoved", False),
    )


def channel_named(code: str) -> Channel:
    channel = Channel.objects.select_related("platform").filter(code=code).first()
    if channel is None:
        raise Impossible(_("There is no channel %(channel)s.") % {"channel": code})
    return channel


def _account(wish: dict[str, Any]) -> Account:
    known = Account.objects.filter(pk=wish["jtlAccountId"]).first() if "jtlAccountId" in wish else None
    return known or set_account({key: wish[key] for key in ("jtlAccountId",) if key in wish})[0]


def _marketplaces(channel: Channel, codes: list[str] | None) -> list[Channel]:
    if not channel.is_platform:
        return [channel]
    children = {each.code: each for each in channel.marketplaces.order_by("code")}
    unknown = set(codes or ()) - set(children)
    if unknown:
        raise Impossible(
            _("%(channel)s has no marketplace %(codes)s.")
            % {"channel": channel.code, "codes": ", ".join(sorted(unknown))}
        )
    return [children[code] for code in codes] if codes is not None else list(children.values())


def _platform(code: str | None) -> Channel | None:
    platform = channel_named(code) if code else None
    if platform and not platform.is_platform:
        raise Impossible(_("%(channel)s is not a platform.") % {"channel": platform.code})
    return platform


def _settle_token(channel: Channel) -> None:
    if channel.is_platform:
        channel.refresh_token = None
    elif not channel.refresh_token:
        channel.refresh_token = tokens.new_refresh_token(Channel)


def _require_possible(channel: Channel) -> None:
    if channel.pk and not channel.is_platform and channel.marketplaces.exists():
        raise Impossible(_("%(channel)s has marketplaces and must stay a platform.") % {"channel": channel.code})
    if channel.refresh_token:
        _require_free(channel.refresh_token, channel if channel.pk else None)
    try:
        channel.validate_constraints()
    except ValidationError as error:
        raise Impossible(" ".join(error.messages)) from error


def _require_free(refresh_token: str, owner: Channel | Account | None) -> None:
    """Nobody but the owner, None while it has no row, may have the refresh token."""
    found = tokens.owner_of_refresh_token(refresh_token)
    if found and found != owner:
        raise Impossible(_("Another channel or merchant has this refresh token."))


def _free_account_id() -> int:
    """Account ids begin at 1001, so that none is mistaken for a row number."""
    last = Account.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
    if last == LAST_ACCOUNT_ID:
        raise Impossible(_("The highest account id is in use; name one that is free."))
    return max(last, 1000) + 1
