"""A marketplace that remembers what it shows, and the connector of a user's own that leads to it."""

from collections.abc import Callable, Sequence
from typing import Any

from listings.handover.base import Answer, OfferData, OfferRef


class Marketplace:
    """`shelf`: the revision of each offer it shows. `calls`: what the connector was told, in order."""

    def __init__(self) -> None:
        self.shelf: dict[int, int] = {}
        self.calls: list[tuple[str, list[int]]] = []
        self.given: list[OfferData | OfferRef] = []
        self.answer: Callable[[list[OfferData]], Sequence[Answer]] = lambda offers: []
        self.on_call: Callable[[], None] = lambda: None

    def hand_over(self, settings: dict[str, Any], offers: list[OfferData]) -> Sequence[Answer]:
        self._called("hand over", offers)
        answers = self.answer(offers)
        self.shelf |= {offer.offer_id: offer.revision for offer in offers}
        return answers

    def withdraw(self, settings: dict[str, Any], offers: list[OfferRef]) -> None:
        self._called("withdraw", offers)
        for offer in offers:
            self.shelf.pop(offer.offer_id, None)

    def _called(self, what: str, offers: Sequence[OfferData | OfferRef]) -> None:
        self.calls.append((what, [offer.offer_id for offer in offers]))
        self.given += offers
        self.on_call()
