"""What a channel asks of listings before they are submitted, and what it tells sellers whose listings fail."""

from __future__ import annotations

import re
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from platforms.models import Channel

# As in an attribute's id: what a listing says by fields of its own, in English and in German.
OWN_FIELDS = {
    *("title", "titel", "name", "description", "beschreibung", "gtin", "ean", "upc", "quantity", "menge", "stock"),
    *("bestand", "price", "preis"),
}
# SCX's limits (contract 9.1).
LONGEST_CODE, LONGEST_TEXT, LONGEST_CURE, LONGEST_ATTRIBUTE = 255, 250, 10_000, 512
LARGEST = 2**31 - 1
LANGUAGE = RegexValidator(
    r"^[a-z]{2,3}(-[A-Za-z0-9]{2,8})?\Z", _("A language is written as its short code: de, en, pt-BR.")
)
_GROUP = re.compile(r"^.*[:./]")


class Field(models.TextChoices):
    """The listing's own fields, by the names of `OfferData`."""

    TITLE = "title", _("title")
    SUB_TITLE = "sub_title", _("subtitle")
    DESCRIPTION = "description", _("description")
    GTIN = "gtin", _("GTIN")
    QUANTITY = "quantity", _("quantity")
    PRICE = "price", _("price")
    BRAND = "brand", _("brand")
    MPN = "mpn", _("MPN")
    ISBN = "isbn", _("ISBN")
    SKU = "sku", _("SKU")
    CATEGORY = "category", _("category")
    TAX_PERCENT = "tax_percent", _("tax in percent")
    RECOMMENDED_PRICE = "recommended_price", _("recommended price")


NUMBERS = {Field.QUANTITY, Field.PRICE, Field.TAX_PERCENT, Field.RECOMMENDED_PRICE}


class ListingRule(models.Model):
    """One thing that a channel asks of every listing, or of those in a category; checked before it is handed over.

    Which of the parameters a kind has stands in `PARAMETERS`; the others are empty. `minimum` and `maximum` count
    characters or pictures, `width` and `height` pixels. `code` is that of the error; empty means the kind's own.
    """

    class Kind(models.TextChoices):
        REQUIRED = "required", _("field is filled in")
        LENGTH = "length", _("length of a text")
        GTIN = "gtin", _("GTIN is a valid one")
        PRICE_TYPE = "price_type", _("price of a known type")
        PICTURES = "pictures", _("number of pictures")
        PICTURE_SIZE = "picture_size", _("picture is large enough")
        ATTRIBUTE = "attribute", _("attribute is given")

    # Kind -> the parameters that it needs, and those of which it needs at least one.
    PARAMETERS: dict[str, tuple[set[str], set[str]]] = {
        Kind.REQUIRED: ({"field"}, set()),
        Kind.LENGTH: ({"field"}, {"minimum", "maximum"}),
        Kind.GTIN: (set(), set()),
        Kind.PRICE_TYPE: (set(), set()),
        Kind.PICTURES: (set(), {"minimum", "maximum"}),
        Kind.PICTURE_SIZE: (set(), {"width", "height"}),
        Kind.ATTRIBUTE: ({"attribute"}, set()),
    }

    channel = models.ForeignKey(Channel, models.CASCADE, related_name="listing_rules", verbose_name=_("channel"))
    kind = models.CharField(_("what is checked"), max_length=12, choices=Kind.choices)
    field = models.CharField(_("field"), max_length=20, choices=Field.choices, blank=True)
    minimum = models.PositiveIntegerField(_("at least"), null=True, blank=True)
    maximum = models.PositiveIntegerField(_("at most"), null=True, blank=True)
    width = models.PositiveIntegerField(_("width in pixels"), null=True, blank=True)
    height = models.PositiveIntegerField(_("height in pixels"), null=True, blank=True)
    attribute = models.CharField(_("attribute"), max_length=LONGEST_ATTRIBUTE, blank=True, help_text=_("Its id."))
    category = models.CharField(
        _("category"),
        max_length=255,
        blank=True,
        help_text=_("Only for listings whose category begins with this. Empty: for all."),
    )
    code = models.CharField(
        _("error code"),
        max_length=LONGEST_CODE,
        blank=True,
        help_text=_("Of the catalogue of errors. Empty: the portal's own, which has a text in German and English."),
    )
    is_active = models.BooleanField(_("active"), default=True)

    class Meta:
        verbose_name = _("listing rule")
        verbose_name_plural = _("listing rules")
        ordering = ["channel", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["channel", "kind", "field", "attribute", "category"],
                name="listings_rule_unique",
                violation_error_message=_("The channel has such a rule already: change that one."),
            ),
            models.CheckConstraint(
                condition=Q(minimum=None) | Q(maximum=None) | Q(maximum__gte=models.F("minimum")),
                name="listings_rule_range",
                violation_error_message=_("The least is more than the most."),
            ),
        ]

    def __str__(self) -> str:
        parts = [self.get_kind_display(), self.get_field_display(), self.attribute, self.category]
        return " · ".join(str(part) for part in parts if part)

    def clean(self) -> None:
        """The rules of rules; messages per field."""
        errors = {**self._of_parameters(), **self._of_attribute(), **self._of_field()}
        if self.channel_id and self.channel.is_platform:
            errors["channel"] = _("A platform is virtual and has no listings: its marketplaces have the rules.")
        if errors:
            raise ValidationError(errors)

    def _of_parameters(self) -> dict[str, Any]:
        if self.kind not in self.PARAMETERS:
            return {}
        needed, one_of = self.PARAMETERS[self.kind]
        given = {
            name
            for name in ("field", "minimum", "maximum", "width", "height", "attribute")
            if getattr(self, name) not in ("", None)
        }
        errors: dict[str, Any] = {name: _("This kind of rule needs it.") for name in needed - given}
        errors |= {name: _("This kind of rule has no use for it: leave it empty.") for name in given - needed - one_of}
        if one_of and not given & one_of:
            errors[min(one_of)] = _("Give at least one of the two limits.")
        if self.kind == self.Kind.LENGTH and self.field in NUMBERS:
            errors["field"] = _("This is no text, and has no length.")
        return errors

    def _of_attribute(self) -> dict[str, Any]:
        """Sellers keep these in the fields of their article; JTL-Wawi offers no attribute for them."""
        if names_own_field(self.attribute):
            text = _(
                "Title, description, GTIN, quantity and price are fields of the listing itself: no rule may ask for an "
                "attribute instead. Make a rule for the field."
            )
            return {"attribute": text}
        return {}

    def _of_field(self) -> dict[str, Any]:
        if self.kind == self.Kind.PICTURES and self.minimum == 0 and self.maximum is None:
            return {"minimum": _("Every listing has that many: give at least 1.")}
        return {}


def names_own_field(attribute: str) -> bool:
    """Whether an attribute's id, its group and signs apart, is the name of a field that every listing has."""
    return re.sub(r"[\W\d_]", "", _GROUP.sub("", attribute)).casefold() in OWN_FIELDS


class ErrorText(models.Model):
    """What sellers of a channel read for an error code in one language: what is wrong, and what they do about it.

    `{sku}`, `{field}`, `{attribute}`, `{value}` and `{limit}` stand for what the error is about.
    """

    channel = models.ForeignKey(Channel, models.CASCADE, related_name="error_texts", verbose_name=_("channel"))
    code = models.CharField(
        _("error code"),
        max_length=LONGEST_CODE,
        help_text=_("Short and always the same for the same cause, such as: GTIN_MISSING"),
    )
    language = models.CharField(_("language"), max_length=10, validators=[LANGUAGE], help_text=_("Such as: de"))
    text = models.CharField(
        _("what is wrong"),
        max_length=LONGEST_TEXT,
        help_text=_(
            "What the seller reads first in JTL-Wawi. {sku}, {field}, {attribute}, {value}, {limit} are filled in."
        ),
    )
    cure = models.TextField(
        _("what to do"), max_length=LONGEST_CURE, blank=True, help_text=_("How the seller puts it right.")
    )

    class Meta:
        verbose_name = _("error text")
        verbose_name_plural = _("error texts")
        ordering = ["channel", "code", "language"]
        constraints = [
            models.UniqueConstraint(
                fields=["channel", "code", "language"],
                name="listings_error_text_unique",
                violation_error_message=_("The channel has a text for this code in this language already."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code} ({self.language})"

    def clean(self) -> None:
        if self.channel_id and self.channel.is_platform:
            raise ValidationError(
                {"channel": _("A platform is virtual and has no listings: its marketplaces have the texts.")}
            )
