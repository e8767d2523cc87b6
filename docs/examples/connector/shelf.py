"""A connector of one's own: a marketplace that reads its listings from a folder, one JSON file each.

Settings of a channel: {"shelf": {"folder": "/srv/marketplace/shelf"}}. What it cannot show fails with a text that the
seller reads in JTL-Wawi.
"""

import json
from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError

from listings.handover import plain
from listings.handover.base import Answer, ListingError, NotAvailable, OfferData, OfferRef, Result

LONGEST_TITLE = 200


class ShelfHandover:
    @staticmethod
    def check_settings(connector_settings: dict[str, Any]) -> None:
        shelf = connector_settings.get("shelf")
        if not isinstance(shelf, dict) or not isinstance(shelf.get("folder"), str):
            raise ValidationError('Give the folder of the listings: {"shelf": {"folder": "/srv/marketplace/shelf"}}.')

    def hand_over(self, settings: dict[str, Any], offers: list[OfferData]) -> list[Answer]:
        folder = _folder(settings)
        return [(offer.key, _list(folder, offer)) for offer in offers]

    def withdraw(self, settings: dict[str, Any], offers: list[OfferRef]) -> None:
        for offer in offers:
            _file(_folder(settings), offer).unlink(missing_ok=True)


def _list(folder: Path, offer: OfferData) -> Result:
    if not offer.title:
        return Result("failed", errors=(ListingError("TITLE_MISSING", "The offer has no title."),))
    if len(offer.title) > LONGEST_TITLE:
        error = ListingError(
            "TITLE_TOO_LONG",
            f"The title has more than {LONGEST_TITLE} characters.",
            recommended_value=offer.title[:LONGEST_TITLE],
        )
        return Result("failed", errors=(error,))
    file = _file(folder, offer)
    written = file.with_suffix(".part")
    # Whoever reads the folder sees a whole listing or none.
    written.write_text(json.dumps(plain.offer(offer), ensure_ascii=False, indent=2), encoding="utf-8")
    written.replace(file)
    return Result("listed", channel_offer_id=file.stem)


def _folder(settings: dict[str, Any]) -> Path:
    folder = Path(settings["shelf"]["folder"])
    if not folder.is_dir():
        # No offer is at fault: all wait until the folder is there again.
        raise NotAvailable(f"The folder {folder} is not there.")
    return folder


def _file(folder: Path, offer: OfferData | OfferRef) -> Path:
    return folder / f"{offer.channel}-{offer.seller}-{offer.offer_id}.json"
