"""Failed listings as CSV: written as it is read, and safe to open in a spreadsheet."""

import csv
import re
from collections.abc import Iterator
from typing import Any

from django.utils.translation import gettext as _

from listings.models import OfferQuerySet

# What a spreadsheet takes for the beginning of a formula, blanks before it or not.
_FORMULA = re.compile(r"^(?=\s*[=+\-@\t\r\n|%])")
PIECE = 1000


class _Echo:
    """What csv writes to: it hands back the line."""

    def write(self, line: str) -> str:
        return line


def lines(offers: OfferQuerySet) -> Iterator[str]:
    """A line an error of each offer, below the header, with the mark by which spreadsheets know UTF-8."""
    writer: Any = csv.writer(_Echo())
    header = [_("Seller"), _("Offer id"), _("SKU"), _("Title"), _("Failed"), _("Error code"), _("Message"), _("Cure")]
    yield "\ufeff" + writer.writerow(header)
    columns = ("seller__seller_id", "offer_id", "sku", "title", "state_changed_at", "errors")
    for seller, offer_id, sku, title, failed, errors in _rows(offers, columns):
        for error in errors:
            cells = [seller, offer_id, sku, title, failed.isoformat(timespec="seconds")]
            cells += [error.get(name, "") for name in ("code", "message", "long_message")]
            yield writer.writerow([safe(str(cell)) for cell in cells])


def safe(cell: str) -> str:
    """The cell, with a mark before it where a spreadsheet would take it for a formula."""
    return _FORMULA.sub("'", cell)


def _rows(offers: OfferQuerySet, columns: tuple[str, ...]) -> Iterator[Any]:
    """By key, a piece a query: no cursor stays open while somebody downloads slowly."""
    after = 0
    ordered = offers.order_by("pk")
    while piece := list(ordered.filter(pk__gt=after).values_list("pk", *columns)[:PIECE]):
        after = piece[-1][0]
        yield from (row[1:] for row in piece)
