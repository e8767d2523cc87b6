"""Many rows written at once by one short statement that runs for each of them.

Django's `bulk_create` and `bulk_update` build one long statement with a placeholder or a condition for every value,
which would take most of the time of a call with a thousand items.
"""

import itertools
from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connection, connections, transaction
from django.db.models import Field, Max, Model

TRIM_EVERY = 10

_inserts: defaultdict[str, Iterator[int]] = defaultdict(lambda: itertools.count(1))


def insert(rows: Sequence[Model], *, unique: Sequence[str] = (), update: Sequence[str] = ()) -> None:
    """Add rows of one model that have no key yet; they are given none here.

    A row that is there already, by the `unique` fields, is changed in its `update` fields.
    """
    if not rows:
        return
    fields = [field for field in type(rows[0])._meta.concrete_fields if not field.primary_key]
    columns = ", ".join(_quoted(field) for field in fields)
    places = ", ".join(["%s"] * len(fields))
    statement = f"INSERT INTO {_table(rows)} ({columns}) VALUES ({places})"  # noqa: S608
    if unique:
        same = ", ".join(_quoted(field) for field in fields if field.name in unique)
        changes = ", ".join(f"{_quoted(field)} = excluded.{_quoted(field)}" for field in fields if field.name in update)
        statement += f" ON CONFLICT ({same}) DO UPDATE SET {changes}"
    _run(statement, [_values(row, fields) for row in rows])


def update(rows: Sequence[Model], names: Sequence[str]) -> None:
    """Write these fields of rows of one model."""
    if not rows:
        return
    fields = [field for field in type(rows[0])._meta.concrete_fields if field.name in names]
    changes = ", ".join(f"{_quoted(field)} = %s" for field in fields)
    values = [[*_values(row, fields), row.pk] for row in rows]
    _run(f"UPDATE {_table(rows)} SET {changes} WHERE id = %s", values)  # noqa: S608


def keep_newest(model: type[Model], count: int) -> None:
    """After rows were added: drop now and then the oldest beyond so many. Keys tell the age."""
    if next(_inserts[model._meta.db_table]) % TRIM_EVERY == 0:
        rows = model._default_manager
        newest = rows.aggregate(newest=Max("pk"))["newest"] or 0
        rows.filter(pk__lte=newest - count).delete()


def _run(statement: str, values: list[list[Any]]) -> None:
    # The values are ready, so that the one lock SQLite has is held no longer than writing takes.
    with transaction.atomic(savepoint=False), connection.cursor() as cursor:
        cursor.executemany(statement, values)


def _values(row: Model, fields: Sequence[Any]) -> list[Any]:
    own = connections[DEFAULT_DB_ALIAS]
    return [field.get_db_prep_save(getattr(row, field.attname), own) for field in fields]


def _table(rows: Sequence[Model]) -> str:
    return connection.ops.quote_name(type(rows[0])._meta.db_table)


def _quoted(field: "Field[Any, Any]") -> str:
    return connection.ops.quote_name(str(field.column))
