"""What staff read of an opening: its conditions, whom it left out, how far it is."""

from typing import Any

from django.utils import formats
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from sellers.models import Opening
from sellers.opening_conditions import Conditions, LeftOut
from sellers.opening_results import Result


def conditions(given: Conditions) -> list[str]:
    """One line each; a single one where there were none."""
    lines: list[Any] = [
        given.seller_ids
        and ngettext("%(number)s seller named by id", "%(number)s sellers named by id", len(given.seller_ids))
        % {"number": len(given.seller_ids)},
        given.search and _("Seller id or company: %(value)s") % {"value": given.search},
        given.active_on and _("Who sells on: %(value)s") % {"value": given.active_on},
        given.linked_since and _("Connected since: %(value)s") % {"value": formats.date_format(given.linked_since)},
        given.linked_before and _("Connected before: %(value)s") % {"value": formats.date_format(given.linked_before)},
        given.jtl_account_id is not None and _("JTL account: %(value)s") % {"value": given.jtl_account_id},
        given.channels is not None and _("Sellers of: %(value)s") % {"value": ", ".join(given.channels or ("–",))},
    ]
    also: list[Any] = [
        given.with_declined and _("Also sellers who decided against it"),
        given.with_forbidden and _("Also sellers whose account does not allow it"),
    ]
    return [*(filter(None, lines) if any(lines) else [_("All sellers of the platform")]), *filter(None, also)]


def left_out(opening: Opening) -> list[str]:
    """One line a reason, with the number of sellers."""
    return [f"{reason.label}: {opening.left_out[reason]}" for reason in LeftOut if opening.left_out.get(reason)]


def progress(opening: Opening, counts: dict[str, int]) -> str:
    """How far it is, in one sentence."""
    done = opening.given - sum(counts.get(result, 0) for result in (Result.FAILING, Result.WAITING))
    text = ngettext(
        "SCX has answered for %(done)s of %(number)s seller.",
        "SCX has answered for %(done)s of %(number)s sellers.",
        opening.given,
    )
    words = text % {"done": max(done, 0), "number": opening.given}
    if opening.finished_at is None:
        return _("Sellers are still being given the marketplace.") + " " + words
    return words if opening.given else _("Nobody was given the marketplace.")
