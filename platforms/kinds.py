"""Which rows may belong to a channel of which kind: `settings.PORTAL_CHANNEL_KINDS`, and what belongs to a channel."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, cast

from django.apps import apps
from django.conf import settings
from django.db import models
from django.utils import translation
from django.utils.translation import gettext

from platforms.models import Channel


@dataclass(frozen=True)
class Rule:
    """Rows of `model` belong by `field`, a foreign key, to channels of these kinds only."""

    model: type[models.Model]
    field: models.ForeignKey[Any, Any]
    kinds: tuple[str, ...]

    @property
    def table(self) -> str:
        return self.model._meta.db_table

    @property
    def column(self) -> str:
        return self.field.column or ""

    @property
    def text(self) -> str:
        """The rule in plain English, such as "Events belong to a marketplace or standalone channel only."."""
        with translation.override("en"):
            rows = str(self.model._meta.verbose_name_plural)
        return f"{rows[:1].upper()}{rows[1:]} belong to a {' or '.join(self.kinds)} channel only."


def rules() -> list[Rule]:
    """All rules, in the order of the settings."""
    return [rule_of(name, kinds) for name, kinds in settings.PORTAL_CHANNEL_KINDS.items()]


def rule_of(name: str, kinds: tuple[str, ...]) -> Rule:
    """The rule of one line of the settings. Raises LookupError or FieldDoesNotExist for a name that names nothing."""
    app, model_name, field_name = name.split(".")
    model = apps.get_model(app, model_name)
    return Rule(model, cast(models.ForeignKey[Any, Any], model._meta.get_field(field_name)), kinds)


def belongings(channel: Channel) -> Iterator[str]:
    """What belongs to the channel by any of the rules, such as "events", in the active language."""
    for rule in rules():
        if rule.model._default_manager.filter(**{rule.field.name: channel.pk}).exists():
            yield gettext("marketplaces") if rule.model is Channel else str(rule.model._meta.verbose_name_plural)
