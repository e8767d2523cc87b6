"""A handle on the embedded SCX: sets it up and reads its books over its control API, and acts as a merchant."""

from typing import Any

import requests

from platforms.models import Channel
from tests import payloads


class Sandbox:
    def __init__(self, base_url: str) -> None:
        self.base_url = base_url
        self.session = requests.Session()
        self.session.trust_env = False

    def call(self, method: str, path: str, *, status: int | None = None, **kwargs: Any) -> Any:
        answer = self.session.request(method, f"{self.base_url}{path}", timeout=30, **kwargs)
        if status is None:
            answer.raise_for_status()
        else:
            assert answer.status_code == status, answer.text
        return answer.json() if answer.content else None

    def reset(self) -> None:
        self.call("POST", "/control/reset", json={})

    def settings(self, **values: Any) -> None:
        self.call("POST", "/control/settings", json=values)

    def advance(self, seconds: float) -> None:
        self.call("POST", "/control/clock", json={"advance": seconds})

    def adopt(self, channel: Channel, **values: Any) -> Channel:
        """Make the portal's channel known to SCX (its platform first) and give it the refresh token SCX made."""
        if channel.platform:
            self.adopt(channel.platform)
        body = {
            "code": channel.code,
            "displayName": channel.display_name,
            "isPlatform": channel.is_platform,
            "platform": channel.platform.code if channel.platform else None,
            "currency": channel.currency or None,
            "countries": channel.countries,
            "stockSyncGroup": channel.stock_sync_group.label if channel.stock_sync_group else None,
            **values,
        }
        if not channel.is_platform:
            body.setdefault("priceTypes", payloads.PRICE_TYPES)
        if channel.kind != Channel.Kind.MARKETPLACE:
            body.setdefault("signUpUrl", channel.effective_sign_up_url)
            body.setdefault("updateUrl", channel.effective_update_url)
        token = self.call("POST", "/control/channels", json=body)["refreshToken"]
        if token:
            channel.refresh_token, channel.access_token = token, ""
            channel.save(update_fields=["refresh_token", "access_token"])
        return channel

    def merchant(self, company_name: str = "Müller & Söhne GmbH") -> "Merchant":
        account = self.call("POST", "/control/accounts", json={"companyName": company_name})
        return Merchant(self, account["jtlAccountId"], account["refreshToken"])

    def link(self, channel: Channel, seller_id: str, marketplaces: list[Channel] | None = None, **values: Any) -> None:
        """Link a seller at SCX without a sign-up."""
        body = {"channel": channel.code, "sellerId": seller_id, **values}
        if marketplaces is not None:
            body["marketplaces"] = [marketplace.code for marketplace in marketplaces]
        self.call("POST", "/control/sellers", json=body)

    def emit(self, channel: Channel, event_type: str, payload: Any, **values: Any) -> list[str]:
        """Put one event into the channel's queue at SCX, unchecked; returns its id in a list."""
        body = {"channel": channel.code, "type": event_type, "event": payload, **values}
        return self.call("POST", "/control/events", json=body)["ids"]

    def emit_all(self, events: list[dict[str, Any]]) -> list[str]:
        return self.call("POST", "/control/events", json=events)["ids"]

    def events(self, channel: Channel, **filters: Any) -> list[dict[str, Any]]:
        return self.call("GET", "/control/events", params={"channel": channel.code, **filters})["events"]

    def reports(self, channel: Channel, **filters: Any) -> list[dict[str, Any]]:
        return self.call("GET", "/control/reports", params={"channel": channel.code, **filters})["reports"]

    def sellers(self, **filters: Any) -> list[dict[str, Any]]:
        return self.call("GET", "/control/sellers", params=filters)["sellers"]

    def books(self, **filters: Any) -> list[dict[str, Any]]:
        """Every request and its answer, oldest first; `path` is a prefix."""
        return self.call("GET", "/control/books", params={"limit": 5000, **filters})["books"]

    def fault(self, fault: str, *, match: dict[str, str] | None = None, **values: Any) -> None:
        self.call("POST", "/control/faults", json={"match": match or {}, "fault": fault, **values})


class Merchant:
    """A JTL account that acts through the Seller API, as JTL-Wawi does."""

    def __init__(self, sandbox: Sandbox, jtl_account_id: int, refresh_token: str) -> None:
        self.sandbox = sandbox
        self.jtl_account_id = jtl_account_id
        answer = sandbox.call("POST", "/v1/auth", data={"refreshToken": refresh_token})
        self.headers = {"Authorization": f"Bearer {answer['authToken']}", "User-Agent": "Wawi/1.11.0.3"}

    def call(self, method: str, path: str, **kwargs: Any) -> Any:
        return self.sandbox.call(method, path, headers=self.headers, **kwargs)

    def start_sign_up(self, channel: Channel) -> str:
        """The sign-up URL with its session."""
        return self.call("POST", f"/v1/seller/channel/{channel.code}")["signUpUrl"]
