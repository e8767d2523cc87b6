"""Numbers that outlive a restore: what others remember by its number must never meet another row under it.

A database restored from a backup would draw the numbers once more that it drew after the backup. How many those were
nobody knows, so counters and keys go on from the time: microseconds since 1970 are more than a portal can draw.
"""

from collections.abc import Iterator
from datetime import datetime

from django.apps import apps
from django.db import connection, models

from platforms.models import FeedCounter


def floor(moment: datetime) -> int:
    """Above every number drawn before the moment, and below 2^53, which JSON readers can hold, until the year 2255."""
    return int(moment.timestamp() * 1_000_000)


def advance(number: int) -> None:
    """Let feeds and primary keys go on above the number; those that are above it stay."""
    FeedCounter.objects.filter(value__lt=number).update(value=number)
    for model in _numbered():
        _advance_key(model, number)


def _numbered() -> Iterator[type[models.Model]]:
    """The models whose keys leave the portal; those of Django itself are narrower and stay inside."""
    return (model for model in apps.get_models() if isinstance(model._meta.pk, models.BigAutoField))


def _advance_key(model: type[models.Model], number: int) -> None:
    table, column = model._meta.db_table, model._meta.pk.column
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(
                "SELECT setval(sequence, GREATEST(%s, nextval(sequence))) FROM pg_get_serial_sequence(%s, %s) sequence",
                [number, connection.ops.quote_name(table), column],
            )
            return
        cursor.execute("UPDATE sqlite_sequence SET seq = MAX(seq, %s) WHERE name = %s", [number, table])
        if not cursor.rowcount:
            cursor.execute("INSERT INTO sqlite_sequence (name, seq) VALUES (%s, %s)", [table, number])
