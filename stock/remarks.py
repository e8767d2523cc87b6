"""What was odd about an answer of SCX that was used all the same: kept as codes, told in the reader's language."""

from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

Remark = tuple[str, dict[str, Any]]

TEXTS: dict[str, str | Promise] = {
    "row": _("SCX sent a row that cannot be used: %(reason)s"),
    "rows-to-come": _("SCX gave %(number)s rows a time to come; they count as of now."),
    "time-to-come": _("SCX named %(time)s, a time to come, to go on from."),
}


def text(remarks: list[Any] | None) -> str:
    """The remarks as lines."""
    return "\n".join(str(TEXTS[code]) % values for code, values in remarks or () if code in TEXTS)
