"""The other side of the demo: the embedded SCX's control API, and a merchant who works in JTL-Wawi."""

from typing import Any

from platforms.demo.http import Party

USER_AGENT = "Wawi/1.11.0.3"


class Scx(Party):
    """Sets the embedded SCX up and reads its books."""

    def channel(self, **values: Any) -> str | None:
        """Make or update a channel; returns its refresh token, None for a platform."""
        token: str | None = self.call("POST", "/control/channels", json=values)["refreshToken"]
        return token

    def merchant(self, company_name: str) -> "Merchant":
        """A new JTL account."""
        account = self.call("POST", "/control/accounts", json={"companyName": company_name})
        token = self.call("POST", "/v1/auth", data={"refreshToken": account["refreshToken"]})["authToken"]
        return Merchant(self.base_url, account["jtlAccountId"], company_name, token)

    def number_of_merchants(self) -> int:
        return len(self.call("GET", "/control/accounts")["accounts"])

    def sellers(self, channel: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.call("GET", "/control/sellers", params={"channel": channel})["sellers"]
        return found

    def reports(self, channel: str, seller_id: str) -> list[dict[str, Any]]:
        """The listing states the channel has reported, oldest first."""
        query = {"channel": channel, "sellerId": seller_id}
        found: list[dict[str, Any]] = self.call("GET", "/control/reports", params=query)["reports"]
        return found


class Merchant(Party):
    """A JTL account that acts through the Seller API, as JTL-Wawi does."""

    def __init__(self, base_url: str, jtl_account_id: int, company_name: str, token: str) -> None:
        super().__init__(base_url, {"Authorization": f"Bearer {token}", "User-Agent": USER_AGENT})
        self.jtl_account_id = jtl_account_id
        self.company_name = company_name

    def start_sign_up(self, channel: str) -> str:
        """The address Wawi opens in the merchant's browser."""
        url: str = self.call("POST", f"/v1/seller/channel/{channel}")["signUpUrl"]
        return url

    def upload(self, png: bytes) -> str:
        """The name under which offers may name the picture."""
        answer = self.call("POST", "/v1/seller/offer/file", data=png, headers={"Content-Type": "image/png"})
        name: str = answer["remoteFile"]
        return name

    def create_offers(self, offers: list[dict[str, Any]]) -> None:
        self.call("POST", "/v1/seller/offer", json={"offerList": offers})

    def set_stock(self, channel: str, seller_id: str, offer_id: int, quantity: str) -> None:
        item = {"channel": channel, "sellerId": seller_id, "offerId": offer_id, "quantity": quantity}
        self.call("PUT", "/v1/seller/offer/stock", json={"offerList": [item]})

    def news(self, channel: str) -> list[dict[str, Any]]:
        """The events SCX has for this merchant about the channel, acknowledged once read."""
        events: list[dict[str, Any]] = self.call("GET", "/v2/seller/event", params={"channel": channel})["eventList"]
        if events:
            self.call("DELETE", "/v1/seller/event", json={"eventIdList": [event["id"] for event in events]})
        return events
