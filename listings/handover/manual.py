"""Leaves offers to staff and to the marketplace's own system, which answer through the admin and the REST API."""

from typing import Any

from listings.handover.base import OfferData, OfferRef, Result


class ManualHandover:
    def hand_over(self, settings: dict[str, Any], offers: list[OfferData]) -> list[tuple[int, Result]]:
        return []

    def withdraw(self, settings: dict[str, Any], offers: list[OfferRef]) -> None:
        """Staff and the marketplace's own system see at the offer that it is withdrawn."""
