"""Leaves offers to staff and to the marketplace's own system, which answer through the admin and the REST API."""

from typing import Any

from listings.handover.base import OfferData, OfferRef, Result


class ManualHandover:
    def hand_over(self, settings: dict[str, Any], offers: list[OfferData]) -> list[tuple[int, Result]]:
        return []

    def withdraw(self, settings: dict[str, Any], offers: list[OfferRef]) -> list[int]:
        """Staff or the marketplace's own system take down what was listed, and confirm it."""
        return [offer.key for offer in offers if offer.was_listed]
