"""Deleting personal data: in bounded batches, each a transaction, with what the admin's history says of the rows."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

from django.apps import apps
from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db import transaction
from django.db.models import Model, Q, QuerySet
from django.utils import translation

# Small enough that nobody waits long for the one who writes.
BATCH = 500


def delete(rows: QuerySet[Any]) -> Counter[str]:
    """Delete up to BATCH of the rows with all that hangs on them; returns how many of what, {} when none is left."""
    with transaction.atomic():
        keys = _locked(rows)
        found = Counter(forget_history(rows.model, keys))
        _total, by_model = rows.model._base_manager.filter(pk__in=keys).delete()
    for label, number in by_model.items():
        found[_word(label)] += number
    return +found


def blank(rows: QuerySet[Any], **empty: Any) -> Counter[str]:
    """Empty the fields of up to BATCH of the rows, which have to be those where they are not empty yet."""
    with transaction.atomic():
        keys = _locked(rows)
        number = rows.model._base_manager.filter(pk__in=keys).update(**empty)
    return +Counter({_word(rows.model._meta.label): number})


def _locked(rows: QuerySet[Any]) -> list[int]:
    """The keys of the first BATCH rows that nobody else has erased: who is at the same ones is waited for."""
    return [row.pk for row in rows.select_for_update(of=("self",)).only("pk")[:BATCH]]


def forget_history(model: type[Model], keys: Sequence[int]) -> dict[str, int]:
    """Empty the texts of the admin's history about these rows."""
    if not keys:
        return {}
    said = LogEntry.objects.filter(
        ~Q(object_repr="") | ~Q(change_message=""),
        content_type=ContentType.objects.get_for_model(model),
        object_id__in=[str(key) for key in keys],
    )
    return {_word(LogEntry._meta.label): said.update(object_repr="", change_message="")}


def _word(label: str) -> str:
    """What the log and the seller's page call the rows, in English as all that is kept of it."""
    with translation.override("en"):
        return str(apps.get_model(label)._meta.verbose_name_plural)
