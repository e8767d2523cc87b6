"""What goes to a connector and what comes back: plain data, no models."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any, Literal, Protocol

State = Literal["in_progress", "listed", "failed"]


@dataclass(frozen=True)
class ListingError:
    """Why an offer cannot be listed, for the seller. Kept whole here; SCX gets it cut to its limits (contract 9.1).

    Without a message the text of the channel's catalogue for the code is taken.
    """

    code: str
    message: str = ""
    long_message: str = ""
    attribute_id: str = ""
    recommended_value: str = ""


@dataclass(frozen=True)
class Result:
    """What became of an offer at the marketplace.

    `revision`: the one it is for, None for the offer's current one. `at`: an aware time, None for now.
    `channel_offer_id` (up to 100 characters) and `listing_url` (absolute, http or https): "" where not known.
    """

    state: State
    revision: int | None = None
    at: datetime | None = None
    channel_offer_id: str = ""
    listing_url: str = ""
    errors: tuple[ListingError, ...] = ()


@dataclass(frozen=True)
class PriceData:
    """One unit costs `amount` from `quantity` on."""

    price_type: str
    quantity: Decimal
    amount: Decimal
    currency: str


@dataclass(frozen=True)
class PictureData:
    """A picture by its place: a link of SCX that lives until the deadline, and the portal's copy once there is one.

    `url` is the copy's, "" while there is none; it stays. `width` and `height` are the copy's, in pixels.
    """

    position: int
    source: str
    deadline: datetime
    name: str = ""
    state: Literal["pending", "fetched", "failed"] = "pending"
    url: str = ""
    width: int | None = None
    height: int | None = None


@dataclass(frozen=True)
class OfferData:
    """A listing as a connector sees it; `key` names it in the answer. `quantity` is what may be sold,
    None while no stock is known.

    `credentials`: what the seller signs in to the marketplace with; they stay between portal and marketplace.
    """

    key: int
    channel: str
    seller: str
    offer_id: int
    revision: int
    parent_offer_id: int | None = None
    channel_offer_id: str = ""
    listing_url: str = ""
    sku: str = ""
    gtin: str = ""
    mpn: str = ""
    isbn: str = ""
    brand: str = ""
    title: str = ""
    sub_title: str = ""
    description: str = field(default="", repr=False)
    category: str = ""
    tax_percent: Decimal | None = None
    recommended_price: dict[str, str] | None = None
    attributes: tuple[dict[str, Any], ...] = ()
    product_attributes: tuple[dict[str, str], ...] = ()
    dimensions: tuple[dict[str, Any], ...] = ()
    quantity: Decimal | None = None
    prices: tuple[PriceData, ...] = ()
    pictures: tuple[PictureData, ...] = ()
    variations: tuple["OfferData", ...] = ()
    credentials: dict[str, Any] = field(default_factory=dict, repr=False)


@dataclass(frozen=True)
class OfferRef:
    """A listing that is to leave the marketplace, with its variations; the names as in `OfferData`.

    `is_over`: its seller has ended it; otherwise the seller does not sell there now, and it may come back.
    """

    key: int
    channel: str
    seller: str
    offer_id: int
    channel_offer_id: str = ""
    listing_url: str = ""
    sku: str = ""
    is_over: bool = False
    # Whether the marketplace ever said that it has it listed, or somebody has it in hand.
    was_listed: bool = False
    credentials: dict[str, Any] = field(default_factory=dict, repr=False)


@dataclass(frozen=True)
class CredentialsRejected:
    """The marketplace does not accept the seller's credentials: what has no result of its own was not taken.

    `reason`: for staff; the seller is told in the portal's own words.
    """

    seller: str
    reason: str = field(default="", repr=False)


Answer = tuple[int, Result] | CredentialsRejected
"""A result by the offer's key, or that a seller's credentials are of no use."""


class NotAvailable(Exception):
    """The marketplace takes nothing at the moment, and no offer is at fault: all wait, and are tried again in a minute.

    The text is for staff, and must hold no secret.
    """


class Handover(Protocol):
    """How a connector takes offers, and takes them off the marketplace. Called outside of any database transaction.

    Any exception but NotAvailable may be the fault of one offer: it is looked for by halves, and the others go on.
    A static method `check_settings(connector_settings)` may raise ValidationError where they are wrong.
    """

    def hand_over(self, settings: dict[str, Any], offers: list[OfferData]) -> Sequence[Answer]:
        """Take a batch of listings and return what is known of them at once; the rest may come later.

        The same listing may come again: after a crash, with each new revision, and after it was withdrawn.
        """
        ...

    def withdraw(self, settings: dict[str, Any], offers: list[OfferRef]) -> Collection[int] | None:
        """Take the listings off the marketplace: they are over, or their sellers do not sell there now.

        Raise where that fails. Return the keys of those that somebody takes down and confirms later, if any.

        They may come again, and among them may be some that the marketplace never had: then there is nothing to do.
        """
        ...
