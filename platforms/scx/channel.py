"""The channel itself: settings, price types, notifications, the public list (contract sections 8, 10, 11)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from platforms.scx.documents import Rows
from platforms.scx.errors import ErrorItem
from platforms.scx.identifiers import checked_seller_id
from platforms.scx.transport import Caller
from platforms.scx.values import as_dict, parse_bool

CHANNEL_PATH = "/v1/channel"
PUBLIC_PATH = "/v1/public/channel"
SESSION_PLACEHOLDER = "{SESSION}"
CHANGEABLE = frozenset(
    {
        "displayName",
        "currency",
        "marketplaceList",
        "website",
        "mfaContact",
        "vendor",
        "signUpUrl",
        "updateUrl",
        "featureList",
        "minimumClientsVersionRequired",
        # As JTL's guides write it (contract 14 #7).
        "minClientsVersionRequired",
    }
)
# The features of a channel, each as it is where `featureList` does not name it (contract 8.1).
FEATURES: Mapping[str, Any] = {
    "invoiceDocumentTransfer": "not-supported",
    "priceUpdatesSupported": False,
    "quantityPriceSupported": False,
    # Spelled so on the wire.
    "remainingQuanitySupported": False,
    "variationsSupported": False,
    "returnTrackingRequired": False,
    "allowCombineOrders": False,
    "stockUpdateWithoutEventSupported": False,
}


@dataclass(frozen=True)
class ChannelInfo:
    """GET /v1/channel; `settings` is SCX's SalesChannel object as received (contract 8.1)."""

    is_active: bool
    settings: dict[str, Any] = field(repr=False)


@dataclass(frozen=True)
class Reference:
    """What a notification is about."""

    type: Literal["OFFER", "CHANNELOFFER", "ORDERITEMID"]
    id: str


class ChannelCalls:
    def __init__(self, caller: Caller) -> None:
        self._caller = caller

    def get(self) -> ChannelInfo:
        answer = self._caller.call("GET", CHANNEL_PATH)
        body = answer.mapping()
        if not isinstance(body.get("channel"), dict):
            raise answer.without("the channel's settings")
        return ChannelInfo(parse_bool(body.get("isActive"), default=True), body["channel"])

    def mfa_pin(self) -> tuple[ErrorItem, ...]:
        """Has SCX mail a pin to the channel's mfaContact; CHN910 if there is none."""
        return self._caller.call("GET", f"{CHANNEL_PATH}/mfa-pin").errors

    def patch(self, mfa_pin: str, changes: Mapping[str, Any]) -> tuple[ErrorItem, ...]:
        """Change some of the CHANGEABLE settings, named as on the wire; the mailed pin works once.

        GHN900 or CHN900 means no pin, CHN901 a wrong or expired one.
        """
        if unknown := sorted(changes.keys() - CHANGEABLE):
            raise ValueError(f"SCX lets nobody change {', '.join(unknown)} here.")
        for name in ("signUpUrl", "updateUrl"):
            if SESSION_PLACEHOLDER not in str(changes.get(name) or SESSION_PLACEHOLDER):
                raise ValueError(f"{name}: the address must contain {SESSION_PLACEHOLDER}.")
        if not mfa_pin.strip():
            raise ValueError("mfaPin: SCX changes nothing without the pin it mailed.")
        return self._caller.call("PATCH", CHANNEL_PATH, json={**changes, "mfaPin": mfa_pin.strip()}).errors

    def create_price_type(
        self, price_type_id: str, display_name: str, description: str | None = None
    ) -> tuple[ErrorItem, ...]:
        """A seller can list only once the channel has at least one price type."""
        if not price_type_id or not display_name:
            raise ValueError("A price type needs an id and a display name.")
        body = {"priceTypeId": price_type_id, "displayName": display_name}
        if description:
            body["description"] = description
        return self._caller.call("POST", f"{CHANNEL_PATH}/price", json=body).errors

    def notify(
        self,
        seller_id: str,
        message: str,
        severity: Literal["INFO", "WARNING", "ERROR"] = "INFO",
        reference: Reference | None = None,
    ) -> tuple[ErrorItem, ...]:
        """Show a message to a seller in JTL-Wawi."""
        if not message:
            raise ValueError("message: a notification cannot be empty.")
        body: dict[str, Any] = {"sellerId": checked_seller_id(seller_id), "severity": severity, "message": message}
        if reference:
            body["reference"] = {"type": reference.type, "id": reference.id}
        return self._caller.call("POST", f"{CHANNEL_PATH}/notification", json=body).errors

    def public_list(
        self,
        *,
        offset: int | None = None,
        limit: int | None = None,
        marketplace: str | None = None,
        with_token: bool = False,
    ) -> list[dict[str, Any]]:
        """One page of the channels sellers can sign up to, as received; needs no token, and has none unless asked.

        The name of the list is published nowhere: any list in the answer is taken, `channelList` before others.
        """
        given = {"offset": offset, "limit": limit, "marketplace": marketplace}
        params = {name: value for name, value in given.items() if value is not None}
        answer = self._caller.call("GET", PUBLIC_PATH, params=params, public=not with_token)
        lists = [answer.body, as_dict(answer.body).get("channelList"), *as_dict(answer.body).values()]
        found = next((value for value in lists if isinstance(value, list | Rows)), None)
        if found is None:
            raise answer.without("a list of channels")
        return [entry for entry in found if isinstance(entry, dict)]
