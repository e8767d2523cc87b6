"""Channel data as SCX shows it, and how a channel changes its own with a mailed pin (contract 8)."""

import secrets
from datetime import timedelta
from typing import Any

from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _

from platforms.sandbox import clock
from platforms.sandbox.configuration import switches
from platforms.sandbox.models import Channel, Event, Membership, Pin, Seller
from platforms.sandbox.problems import Problem, Refusal, invalid

FEATURES: dict[str, Any] = {
    "invoiceDocumentTransfer": "not-supported",
    "priceUpdatesSupported": False,
    "quantityPriceSupported": False,
    "remainingQuanitySupported": False,
    "variationsSupported": False,
    "returnTrackingRequired": False,
    "allowCombineOrders": False,
    "stockUpdateWithoutEventSupported": False,
}
# Wire name to column; URLs and the country list have rules of their own.
COLUMNS = {
    "displayName": "display_name",
    "currency": "currency",
    "marketplaceList": "countries",
    "website": "website",
    "mfaContact": "mfa_contact",
    "vendor": "vendor",
    "signUpUrl": "sign_up_url",
    "updateUrl": "update_url",
    "minimumClientsVersionRequired": "minimum_client_versions",
}


def described(channel: Channel) -> dict[str, Any]:
    """A SalesChannel (contract 8.1). A marketplace shows the URLs it inherits; a platform lists its marketplaces."""
    root = channel.root
    # Always shown (contract 8.1), so a channel that was given none has some made up.
    host = f"{channel.code.lower().replace('_', '-').strip('-')}.example"
    shown = {
        "channel": channel.code,
        "displayName": channel.display_name,
        "currency": channel.currency,
        "marketplaceList": channel.countries,
        "supportedLanguages": channel.languages,
        "website": channel.website or f"https://{host}",
        "supportContact": channel.support_contact or f"support@{host}",
        "vendor": channel.vendor or channel.display_name,
        "channelType": "MARKETPLACE",
        "signUpUrl": root.sign_up_url,
        "updateUrl": root.update_url or root.sign_up_url,
        "featureList": {**FEATURES, **channel.features},
        "minimumClientsVersionRequired": channel.minimum_client_versions,
        "isPlatform": channel.is_platform,
        "platform": channel.platform.code if channel.platform else None,
        "stockSyncGroup": channel.stock_sync_group,
        "visibility": "JTL",
    }
    if channel.is_platform:
        shown.update(_marketplaces(channel))
    return shown


def _marketplaces(platform: Channel) -> dict[str, Any]:
    """What a platform shows of its children (contract 14 #23)."""
    children = list(platform.marketplaces.order_by("code"))
    shown: dict[str, Any] = {"marketplaceChannelList": [each.code for each in children]}
    if switches().marketplace_channel_list_form == "objects":
        shown["marketplaceChannelList"] = [
            {"channel": each.code, "displayName": each.display_name, "stockSyncGroup": each.stock_sync_group}
            for each in children
        ]
    if switches().marketplace_channels_shown:
        shown["marketplaceChannels"] = [described(each) for each in children]
    return shown


def counted() -> QuerySet[Any]:
    """Every channel with the number of its linked sellers (`trading`; those of a platform are `signed_up`) and of its
    open events (`waiting`)."""
    return (
        Channel.objects.select_related("platform")
        .annotate(
            trading=_number_of(Membership.objects.filter(unlinked_at=None)),
            signed_up=_number_of(Seller.objects.filter(unlinked_at=None)),
            waiting=_number_of(Event.objects.filter(state=Event.State.OPEN)),
        )
        .order_by("code")
    )


def _number_of(rows: QuerySet[Any]) -> Coalesce:
    of_channel = rows.filter(channel=OuterRef("pk")).order_by().values("channel")
    return Coalesce(Subquery(of_channel.annotate(number=Count("pk")).values("number")), 0)


def mail_pin(channel: Channel) -> None:
    """CHN910 without an `mfaContact`; the pin goes into the emulator's outbox, never into an answer."""
    if not channel.mfa_contact:
        raise Refusal(400, Problem("CHN910", _("The channel has no mfaContact to mail a pin to.")))
    now = clock.now()
    Pin.objects.create(
        channel=channel,
        recipient=channel.mfa_contact,
        pin="".join(secrets.choice("0123456789") for _digit in range(switches().pin_digits)),
        sent_at=now,
        expires_at=now + timedelta(seconds=switches().pin_seconds),
    )


def update(channel: Channel, body: dict[str, Any]) -> None:
    """Change some of a channel's data; needs a pin (CHN900 missing, CHN901 wrong or expired), which is then used up."""
    if body.get("mfaPin") or switches().mfa_pin_required:
        _use_pin(channel, body.get("mfaPin"))
    if url := next((name for name in ("signUpUrl", "updateUrl") if body.get(name)), None):
        _require_own_urls(channel, url)
    for name, column in COLUMNS.items():
        if name in body:
            setattr(channel, column, body[name])
    channel.features = {**channel.features, **body.get("featureList", {})}
    channel.save()


def _require_own_urls(channel: Channel, name: str) -> None:
    if channel.platform:
        raise invalid(name, _("is inherited from the platform and cannot be set on a marketplace"))
    if not switches().url_self_service:
        raise invalid(name, _("can be changed by JTL only"))


def _use_pin(channel: Channel, pin: str | None) -> None:
    if not pin:
        raise Refusal(400, Problem(switches().missing_pin_code, _("The mfaPin is missing.")))
    used = Pin.objects.filter(channel=channel, pin=pin, used_at=None, expires_at__gt=clock.now())
    if not used.update(used_at=clock.now()):
        raise Refusal(400, Problem("CHN901", _("The mfaPin is wrong or has expired.")))
