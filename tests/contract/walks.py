"""What merchants and channels do one after the other, over the wire."""

from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests import payloads
from tests.contract.parties import Party

SELLERS = "/v1/channel/seller"
SESSION_NAMES = ("session", "sessionId", "sid")


def session_of(url: str) -> str:
    """The session in a sign-up or update URL."""
    query = parse_qs(urlsplit(url).query)
    return next(query[name][0] for name in SESSION_NAMES if name in query)


def start_sign_up(merchant: Party, channel: str) -> str:
    """The session of a sign-up."""
    return session_of(merchant("POST", f"/v1/seller/channel/{channel}", 201)["signUpUrl"])


def start_update(merchant: Party, channel: str, seller_id: str) -> str:
    """The session of an update; its URL does not tell the seller id."""
    answer = merchant("PATCH", f"/v1/seller/channel/{channel}", 200, params={"sellerId": seller_id})
    assert seller_id not in answer["updateUrl"]
    return session_of(answer["updateUrl"])


def sign_up(merchant: Party, channel: Party, seller_id: str, on: str = "") -> None:
    """Link the merchant as a seller of the channel, or of its platform when `on` names that."""
    session = start_sign_up(merchant, on or channel.code)
    channel("POST", SELLERS, 201, json={"session": session, "sellerId": seller_id})


def platform_of(market: Party) -> str:
    return market("GET", "/v1/channel", 200)["channel"]["platform"]


def sellers_of(channel: Party) -> dict[str, dict[str, Any]]:
    """The channel's sellers by their ids."""
    return {each["sellerId"]: each for each in channel("GET", f"{SELLERS}/list", 200)["sellerList"]}


def own_sellers(merchant: Party) -> dict[tuple[str, str], dict[str, Any]]:
    """The merchant's sellers by channel and id."""
    found = merchant("GET", "/v1/seller", 200)["sellerList"]
    return {(each["channel"], each["sellerId"]): each for each in found}


def offer_entry(channel: Party, seller_id: str, offer_id: int, **overrides: Any) -> dict[str, Any]:
    """One entry of the `offerList` of the Seller API, with little more than what is required."""
    return payloads.seller_offer(channel.code, payloads.offer_minimal(seller_id, offer_id, **overrides))


def set_stock(merchant: Party, *items: tuple[Party, str, int, Any]) -> None:
    """Channel, seller id, offer id and quantity of each."""
    named = [
        {"channel": channel.code, "sellerId": seller_id, "offerId": offer_id, "quantity": quantity}
        for channel, seller_id, offer_id, quantity in items
    ]
    merchant("PUT", "/v1/seller/offer/stock", 201, json={"offerList": named})
