"""The catalogue of listing errors: code, what is wrong, and what to do, in the language of a channel's sellers."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from django.conf import settings
from django.utils import translation
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from listings.handover.base import ListingError, Result
from listings.models import ErrorText
from platforms.models import Channel

_PLACEHOLDER = re.compile(r"\{(\w+)\}")
# Of a value that a text quotes: the text is for people.
LONGEST_VALUE = 100

Text = tuple[str | Promise, str | Promise]
"""What is wrong, and what to do."""

SEND_AGAIN = _("Put it right in JTL-Wawi and send the offer again.")
BUILT_IN: dict[str, Text] = {
    "TITLE_MISSING": (_("{sku} has no title."), _("Enter a title for this marketplace and send the offer again.")),
    "DESCRIPTION_MISSING": (
        _("{sku} has no description."),
        _("Enter a description for this marketplace and send the offer again."),
    ),
    "GTIN_MISSING": (_("{sku} has no GTIN."), _("Enter the article’s GTIN (EAN) and send the offer again.")),
    "GTIN_INVALID": (
        _("The GTIN {value} of {sku} is no valid one."),
        _("A GTIN has 8, 12, 13 or 14 digits, of which the last one checks the others. Correct it and send again."),
    ),
    "QUANTITY_MISSING": (_("The stock of {sku} is not known."), _("Send the stock of the article with the offer.")),
    "PRICE_MISSING": (_("{sku} has no price."), _("Enter a price for this marketplace and send the offer again.")),
    "PRICE_TYPE_UNKNOWN": (
        _("{sku} has no price that this marketplace knows."),
        _("Enter a price of one of these types and send the offer again: {limit}."),
    ),
    "FIELD_MISSING": (_("{sku}: this is not filled in: {field}."), SEND_AGAIN),
    "TEXT_TOO_SHORT": (_("{sku}: {field} has {value} characters, {limit} are needed."), SEND_AGAIN),
    "TEXT_TOO_LONG": (_("{sku}: {field} has {value} characters, {limit} are allowed."), SEND_AGAIN),
    "PICTURE_MISSING": (
        _("{sku} has {value} pictures, {limit} are needed."),
        _("Add pictures in JTL-Wawi and send the offer again."),
    ),
    "TOO_MANY_PICTURES": (
        _("{sku} has {value} pictures, {limit} are allowed."),
        _("Take pictures away in JTL-Wawi and send the offer again."),
    ),
    "PICTURE_TOO_SMALL": (
        _("No picture of {sku} is large enough: {limit} pixels are needed."),
        _("Add a larger picture in JTL-Wawi and send the offer again."),
    ),
    "ATTRIBUTE_MISSING": (
        _("{sku} lacks the attribute {attribute}."),
        _("Fill in the attribute in JTL-Wawi and send the offer again."),
    ),
}


@dataclass(frozen=True)
class Catalogue:
    """A channel's texts in the language of its sellers. `own`: code -> language -> what is wrong, and the cure."""

    languages: tuple[str, ...] = ()
    own: Mapping[str, Mapping[str, tuple[str, str]]] = field(default_factory=dict)

    @property
    def language(self) -> str:
        return next(iter(self.languages), settings.LANGUAGE_CODE)

    @property
    def codes(self) -> list[str]:
        return sorted({*self.own, *BUILT_IN})

    def worded(self, error: ListingError, values: Mapping[str, str] | None = None) -> ListingError:
        """The error with its text; one that has a message keeps it, and one of an unknown code stays as it is."""
        found = None if error.message else self._text(error.code)
        if found is None:
            return error
        known = {"attribute": error.attribute_id, **(values or {})}
        message, cure = (_filled(text, known) for text in found)
        return replace(error, message=message, long_message=error.long_message or cure)

    def _text(self, code: str) -> tuple[str, str] | None:
        """In the sellers' language, be it the channel's own or the portal's; else in one that there is."""
        own = self.own.get(code, {})
        if self.language in own:
            return own[self.language]
        if code in BUILT_IN and self.language in dict(settings.LANGUAGES):
            return self._built_in(code)
        other = next(
            (own[language] for language in (*self.languages, settings.LANGUAGE_CODE, *own) if language in own), None
        )
        return other or (self._built_in(code) if code in BUILT_IN else None)

    def _built_in(self, code: str) -> tuple[str, str]:
        with translation.override(self.language):
            text, cure = BUILT_IN[code]
            return str(text), str(cure)


def of(channel: Channel) -> Catalogue:
    """One query."""
    own: dict[str, dict[str, tuple[str, str]]] = {}
    for row in ErrorText.objects.filter(channel=channel):
        own.setdefault(row.code, {})[row.language] = (row.text, row.cure)
    return Catalogue(tuple(channel.languages), own)


def lacks_text(result: Result) -> bool:
    return any(not error.message for error in result.errors)


def worded(result: Result, catalogue: Catalogue) -> Result:
    """The result with the texts of those errors that came by their codes alone."""
    return replace(result, errors=tuple(catalogue.worded(error) for error in result.errors))


def _filled(text: str, values: Mapping[str, str]) -> str:
    """The text with its values; what nothing is known of stays as it stands there."""
    return _PLACEHOLDER.sub(lambda match: values.get(match[1], match[0])[:LONGEST_VALUE], text)
