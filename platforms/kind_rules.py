"""What a channel of each kind cannot have, by the model's field, with what a person is told who enters it."""

from typing import Any

from django.utils.translation import gettext_lazy as _

_ONLY_OF_MARKETPLACES = _("New sellers are given to the marketplaces of a platform: leave this as it is.")

NOT_FOR_KIND: dict[str, dict[str, Any]] = {
    "platform": {
        "platform": _("A platform belongs to no other platform: leave this empty."),
        "stock_sync_group": _("A platform has no stock of its own: leave this empty."),
        "stock_buffer": _("A platform has no stock of its own: leave this empty."),
        "stock_minimum": _("A platform has no stock of its own: leave this empty."),
        "refresh_token": _("A platform is virtual; SCX knows it by the tokens of its marketplaces: leave this empty."),
        "minimum_client_versions": _(
            "A platform is virtual and demands no client versions: its marketplaces carry theirs."
        ),
        "new_sellers": _ONLY_OF_MARKETPLACES,
    },
    "marketplace": {
        "sign_up_url": _("A marketplace has the sign-up URL of its platform: leave this empty."),
        "update_url": _("A marketplace has the update URL of its platform: leave this empty."),
        "several_sellers_per_account": _("The accounts belong to the platform: choose this there."),
        "unlink_rejected_after_days": _("The sellers belong to the platform: choose this there."),
    },
    "standalone": {
        "platform": _("A standalone channel belongs to no platform: leave this empty."),
        "stock_sync_group": _("Only marketplaces of a platform share stock: leave this empty."),
        "new_sellers": _ONLY_OF_MARKETPLACES,
    },
}
# What every channel of the kind has.
NEEDED_BY_KIND: dict[str, dict[str, Any]] = {
    "marketplace": {
        "platform": _("A marketplace belongs to a platform: choose it."),
        "currency": _("A marketplace or standalone channel has one currency."),
        "languages": _("A marketplace or standalone channel has at least one language."),
    },
    "standalone": {
        "currency": _("A marketplace or standalone channel has one currency."),
        "languages": _("A marketplace or standalone channel has at least one language."),
    },
}


def broken(kind: str, values: dict[str, Any]) -> dict[str, Any]:
    """The messages of the fields whose values a channel of the kind cannot have, or must have; empty means none."""
    too_much = {name: text for name, text in NOT_FOR_KIND.get(kind, {}).items() if values[name]}
    missing = {name: text for name, text in NEEDED_BY_KIND.get(kind, {}).items() if not values[name]}
    return too_much | missing
