"""Listing rules and error texts as the channel file and the API write them (`platforms.channel_parts.Part`)."""

from collections.abc import Sequence
from typing import Any, ClassVar

from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.utils.translation import gettext as _

from listings.models import ErrorText, ListingRule
from platforms.models import Channel


class _Rows:
    """`identity`: what tells rows of a channel apart. `columns`: name -> the type of its value."""

    name: ClassVar[str]
    model: ClassVar[type[models.Model]]
    identity: ClassVar[tuple[str, ...]]
    columns: ClassVar[dict[str, type]]
    needed: ClassVar[set[str]]

    def are_written_well(self, value: Any) -> bool:
        return isinstance(value, list) and all(isinstance(each, dict) and self._is_written_well(each) for each in value)

    def _is_written_well(self, table: dict[str, Any]) -> bool:
        # Not isinstance: true is no number.
        is_known = self.needed <= table.keys() <= self.columns.keys()
        return is_known and all(type(value) is self.columns[name] for name, value in table.items())

    def values_of(self, channel: Channel) -> list[dict[str, Any]]:
        """Without what is as in a row of which nothing is said."""
        rows = self._stored(channel).order_by(*self.identity) if channel.pk else ()
        return [self._table(row) for row in rows]

    def _table(self, row: models.Model) -> dict[str, Any]:
        values = {name: getattr(row, name) for name in self.columns}
        return {name: value for name, value in values.items() if name in self.needed or value != self._default(name)}

    def replace(self, channel: Channel, wanted: Sequence[dict[str, Any]]) -> None:
        keys = [self._key(each) for each in wanted]
        if twice := next((key for key in keys if keys.count(key) > 1), None):
            text = _("This stands there twice: %(what)s.") % {"what": ", ".join(str(part) for part in twice if part)}
            raise ValidationError({self.name: text})
        with transaction.atomic():
            stored = {tuple(getattr(row, name) for name in self.identity): row for row in self._stored(channel)}
            gone = [row.pk for key, row in stored.items() if key not in keys]
            self._stored(channel).filter(pk__in=gone).delete()
            for key, each in zip(keys, wanted, strict=True):
                self._save(stored.get(key) or self.model(channel=channel), each)

    def _save(self, row: models.Model, table: dict[str, Any]) -> None:
        for name in self.columns:
            setattr(row, name, table.get(name, self._default(name)))
        try:
            row.full_clean()
        except ValidationError as error:
            messages = [
                f"{row}: {message}" if field in ("__all__", "channel") else f"{row}: {field}: {message}"
                for field, texts in error.message_dict.items()
                for message in texts
            ]
            raise ValidationError({self.name: messages}) from None
        row.save()

    def _stored(self, channel: Channel) -> models.QuerySet[Any]:
        return self.model._default_manager.filter(channel=channel)

    def _key(self, table: dict[str, Any]) -> tuple[Any, ...]:
        return tuple(table.get(name, self._default(name)) for name in self.identity)

    def _default(self, name: str) -> Any:
        field = self.model._meta.get_field(name)
        assert isinstance(field, models.Field)
        return field.get_default()


class ListingRules(_Rows):
    name = "listing_rules"
    model = ListingRule
    identity = ("kind", "field", "attribute", "category")
    columns: ClassVar[dict[str, type]] = {
        "kind": str,
        "field": str,
        "minimum": int,
        "maximum": int,
        "width": int,
        "height": int,
        "attribute": str,
        "category": str,
        "code": str,
        "is_active": bool,
    }
    needed: ClassVar[set[str]] = {"kind"}

    def shown(self, value: Sequence[dict[str, Any]]) -> str:
        return "; ".join(", ".join(f"{name} {part}" for name, part in each.items()) for each in value)


class ErrorTexts(_Rows):
    name = "error_texts"
    model = ErrorText
    identity = ("code", "language")
    columns: ClassVar[dict[str, type]] = {"code": str, "language": str, "text": str, "cure": str}
    needed: ClassVar[set[str]] = {"code", "language", "text"}

    def shown(self, value: Sequence[dict[str, Any]]) -> str:
        return "; ".join(f"{each['code']} ({each['language']}): {each['text']}" for each in value)
