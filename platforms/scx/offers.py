"""Offers: report listing states, poll stock (contract section 9)."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, TypeVar

from platforms.scx.errors import ErrorItem, ScxError
from platforms.scx.identifiers import checked_number, checked_seller_id
from platforms.scx.stock import StockPage, StockRow, parse_page
from platforms.scx.transport import Caller, Question
from platforms.scx.values import format_time

__all__ = [
    "Failed",
    "InProgress",
    "InvalidItem",
    "Listed",
    "ListingError",
    "OfferCalls",
    "StockPage",
    "StockRow",
    "fit",
]

OFFER_PATH = "/v1/channel/offer"
ITEMS_PER_CALL = 1000
ERRORS_PER_ITEM = 250
_LONGEST = {
    "code": 255,
    "message": 250,
    "long_message": 10_000,
    "related_attribute_id": 512,
    "recommended_value": 1000,
}
_LONGEST_CHANNEL_OFFER_ID = 100
_UNKNOWN_CODE = "UNKNOWN"

Item = TypeVar("Item")


class InvalidItem(ValueError):
    """One report of a batch breaks SCX's rules; nothing was sent. `index` is its position in the batch."""

    def __init__(self, index: int, reason: str) -> None:
        super().__init__(index, reason)
        self.index = index
        self.reason = reason

    def __str__(self) -> str:
        return f"offerList[{self.index}].{self.reason}"


@dataclass(frozen=True)
class InProgress:
    seller_id: str
    offer_id: int
    started_at: datetime


@dataclass(frozen=True)
class Listed:
    seller_id: str
    offer_id: int
    listed_at: datetime
    channel_offer_id: str | None = None
    listing_url: str | None = None


@dataclass(frozen=True)
class ListingError:
    code: str
    message: str
    long_message: str | None = None
    related_attribute_id: str | None = None
    recommended_value: str | None = None


@dataclass(frozen=True)
class Failed:
    seller_id: str
    offer_id: int
    failed_at: datetime
    errors: Sequence[ListingError]


class OfferCalls:
    """Every report call takes 1 to 1000 items (none: nothing is sent) and returns SCX's warnings."""

    def __init__(self, caller: Caller) -> None:
        self._caller = caller

    def report_in_progress(self, items: Sequence[InProgress]) -> tuple[ErrorItem, ...]:
        return self._report("in-progress", items, _in_progress)

    def report_listed(self, items: Sequence[Listed]) -> tuple[ErrorItem, ...]:
        return self._report("listed", items, _listed)

    def report_failed(self, items: Sequence[Failed]) -> tuple[ErrorItem, ...]:
        """Errors too long or too many are cut to SCX's limits."""
        return self._report("listing-failed", items, _failed)

    def stock_updates(self, seller_id: str, updated_after: str) -> StockPage:
        """One seller's stock changes after that time, given as SCX sent it last."""
        params = {"updatedAfter": updated_after, "sellerId": checked_seller_id(seller_id)}
        answer = self._caller.call("GET", f"{OFFER_PATH}/stock-updates", params=params)
        return parse_page(answer, updated_after=updated_after)

    def stock_updates_side_by_side(
        self, following: Callable[[], tuple[Any, str, str] | None], *, most: int
    ) -> Iterator[tuple[Any, StockPage | ScxError]]:
        """`stock_updates` of several sellers at once: each page, or the error, with the key of whom it is about.

        `following` gives the next (key, seller id, updated after), or None while there is none.
        """

        def question() -> Question | None:
            asked = following()
            if asked is None:
                return None
            key, seller_id, updated_after = asked
            params = {"updatedAfter": updated_after, "sellerId": checked_seller_id(seller_id)}
            return Question(f"{OFFER_PATH}/stock-updates", params, key)

        for asked, said in self._caller.call_side_by_side(question, most=most):
            if isinstance(said, ScxError):
                yield asked.key, said
                continue
            try:
                yield asked.key, parse_page(said, updated_after=str(asked.params["updatedAfter"]))
            except ScxError as error:
                yield asked.key, error

    def stock_updates_all(self, updated_after: str) -> StockPage:
        """The same for all active sellers of the channel, in a bucket with a stricter quota."""
        answer = self._caller.call("GET", f"{OFFER_PATH}/stock-updates/all", params={"updatedAfter": updated_after})
        return parse_page(answer, updated_after=updated_after)

    def _report(
        self, state: str, items: Sequence[Item], build: Callable[[Item], dict[str, Any]]
    ) -> tuple[ErrorItem, ...]:
        if len(items) > ITEMS_PER_CALL:
            raise ValueError(f"SCX takes at most {ITEMS_PER_CALL} reports in a call, these are {len(items)}.")
        if not items:
            return ()
        offers = []
        for index, item in enumerate(items):
            try:
                offers.append(build(item))
            except ValueError as problem:
                raise InvalidItem(index, str(problem)) from None
        return self._caller.call("POST", f"{OFFER_PATH}/{state}", json={"offerList": offers}).errors


def fit(error: ListingError) -> ListingError:
    """The error cut to SCX's limits (contract 9.1), with nothing lost that still has room.

    A message over 250 characters goes in full into an unused long message; an empty code becomes UNKNOWN, an empty
    message repeats the code.
    """
    code = error.code.strip() or _UNKNOWN_CODE
    message = error.message.strip() or code
    long_message = error.long_message or (message if len(message) > _LONGEST["message"] else None)
    return replace(
        error,
        code=code[: _LONGEST["code"]],
        message=_shortened(message, _LONGEST["message"]),
        long_message=_shortened(long_message, _LONGEST["long_message"]) if long_message else None,
        related_attribute_id=(error.related_attribute_id or "")[: _LONGEST["related_attribute_id"]] or None,
        recommended_value=(error.recommended_value or "")[: _LONGEST["recommended_value"]] or None,
    )


def _shortened(text: str, longest: int) -> str:
    return text if len(text) <= longest else f"{text[: longest - 1]}…"


def _key(item: InProgress | Listed | Failed) -> dict[str, Any]:
    return {"sellerId": checked_seller_id(item.seller_id), "offerId": checked_number("offerId", item.offer_id)}


def _in_progress(item: InProgress) -> dict[str, Any]:
    return {**_key(item), "startedAt": format_time(item.started_at)}


def _listed(item: Listed) -> dict[str, Any]:
    if len(item.channel_offer_id or "") > _LONGEST_CHANNEL_OFFER_ID:
        raise ValueError(f"channelOfferId: SCX takes at most {_LONGEST_CHANNEL_OFFER_ID} characters.")
    body = {**_key(item), "listedAt": format_time(item.listed_at)}
    if item.channel_offer_id:
        body["channelOfferId"] = item.channel_offer_id
    if item.listing_url:
        body["listingUrl"] = item.listing_url
    return body


def _failed(item: Failed) -> dict[str, Any]:
    if not item.errors:
        raise ValueError("errorList: a failed listing needs at least one reason.")
    errors = [_error_body(fit(error)) for error in item.errors[:ERRORS_PER_ITEM]]
    return {**_key(item), "failedAt": format_time(item.failed_at), "errorList": errors}


def _error_body(error: ListingError) -> dict[str, str]:
    body = {
        "code": error.code,
        "message": error.message,
        "longMessage": error.long_message,
        "relatedAttributeId": error.related_attribute_id,
        "recommendedValue": error.recommended_value,
    }
    return {name: value for name, value in body.items() if value}
