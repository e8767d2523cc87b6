"""Many rows in one statement, as `bulk_create` and `bulk_update` write them, at a fraction of their work in Python.

Values are prepared by column and not one by one. The rows go to SQLite as one prepared statement, to PostgreSQL as one
JSON document, which is read there. Neither primary keys nor defaults of the database come back to the instances.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import cache, lru_cache
from operator import attrgetter
from typing import Any, TypeAlias, cast

from django.db import connection, models, transaction

Convert = Callable[[Any], Any]
Field: TypeAlias = "models.Field[Any, Any]"

# What the drivers take as it is. Fields derived from the first, such as encrypted ones, prepare their values.
PLAIN = (models.BooleanField, models.CharField, models.TextField)
PLAIN_KINDS = (models.ForeignKey, models.IntegerField)


def insert(rows: Sequence[models.Model]) -> None:
    """Insert instances of one model."""
    _execute(rows, (), "")


def insert_alike(template: models.Model, columns: Mapping[str, Sequence[Any]]) -> None:
    """Insert those that break no unique constraint: rows like the template but for these columns, by attribute name.

    Their values go to the database as they are.
    """
    number = len(next(iter(columns.values())))
    fields = _fields(type(template), ())
    values = [
        columns[field.attname] if field.attname in columns else _column(field, [template]) * number for field in fields
    ]
    if number:
        _run(f"{_into(type(template), fields)} ON CONFLICT DO NOTHING", values)


def insert_unknown(rows: Sequence[models.Model]) -> None:
    """Insert those that break no unique constraint."""
    _execute(rows, (), "ON CONFLICT DO NOTHING")


def upsert(
    rows: Sequence[models.Model], fields: Sequence[str], *, unique: Sequence[str], update: Sequence[str]
) -> None:
    """Insert with these fields only, or where the unique fields are known already set those to be updated."""
    if not rows:
        return
    columns = _columns(type(rows[0]))
    known = ", ".join(columns[name] for name in unique)
    changes = ", ".join(f"{columns[name]} = excluded.{columns[name]}" for name in update)
    _execute(rows, fields, f"ON CONFLICT ({known}) DO UPDATE SET {changes}")


def update(rows: Sequence[models.Model], names: Sequence[str]) -> None:
    """Write these fields of instances that are in the database, by their primary keys."""
    if not rows:
        return
    model = type(rows[0])
    key = model._meta.pk
    fields = _fields(model, tuple(names))
    values = [*(_column(field, rows) for field in fields), _column(key, rows)]
    _run(_set(model, fields, key), values)


def _execute(rows: Sequence[models.Model], names: Sequence[str], conflict: str) -> None:
    if not rows:
        return
    model = type(rows[0])
    fields = _fields(model, tuple(names))
    _run(f"{_into(model, fields)} {conflict}", [_column(field, rows) for field in fields])


def _run(statement: str, columns: Sequence[Sequence[Any]]) -> None:
    # All rows or none, as with bulk_create, also where several statements are one.
    with transaction.atomic(savepoint=False), connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(statement, [_document(columns)])
        else:
            cursor.executemany(statement, list(zip(*columns, strict=True)))


def _document(columns: Sequence[Sequence[Any]]) -> str:
    """The rows as PostgreSQL reads them: a list of objects, with times and decimals as texts."""
    names = [f"c{number}" for number in range(len(columns))]
    rows = [dict(zip(names, row, strict=True)) for row in zip(*columns, strict=True)]
    return json.dumps(rows, default=str, ensure_ascii=False, separators=(",", ":"))


@cache
def _fields(model: type[models.Model], names: tuple[str, ...]) -> tuple[Field, ...]:
    """The fields of these names, or all that the database does not make up; FieldDoesNotExist for an unknown name."""
    if names:
        return tuple(cast(Field, model._meta.get_field(name)) for name in names)
    return tuple(field for field in model._meta.concrete_fields if not field.primary_key)


@cache
def _columns(model: type[models.Model]) -> dict[str, str]:
    return {field.name: connection.ops.quote_name(str(field.column)) for field in model._meta.concrete_fields}


def _into(model: type[models.Model], fields: Sequence[Field]) -> str:
    table, columns = connection.ops.quote_name(model._meta.db_table), _columns(model)
    names = ", ".join(columns[field.name] for field in fields)
    if connection.vendor != "postgresql":
        return f"INSERT INTO {table} ({names}) VALUES ({', '.join('%s' for _field in fields)})"
    given = ", ".join(f"c{number}" for number, _field in enumerate(fields))
    return f"INSERT INTO {table} ({names}) SELECT {given} FROM {_given(fields)}"


def _set(model: type[models.Model], fields: Sequence[Field], key: Field) -> str:
    table, columns = connection.ops.quote_name(model._meta.db_table), _columns(model)
    if connection.vendor != "postgresql":
        changes = ", ".join(f"{columns[field.name]} = %s" for field in fields)
        return f"UPDATE {table} SET {changes} WHERE {columns[key.name]} = %s"
    changes = ", ".join(f"{columns[field.name]} = c{number}" for number, field in enumerate(fields))
    own = f"{table}.{columns[key.name]}"
    return f"UPDATE {table} SET {changes} FROM {_given([*fields, key])} WHERE {own} = c{len(fields)}"


def _given(fields: Sequence[Field]) -> str:
    columns = ", ".join(f"c{number} {_type(field)}" for number, field in enumerate(fields))
    return f"json_to_recordset(%s::json) AS given({columns})"


def _type(field: Field) -> str:
    """Without a length or precision, which would cut where the column says no."""
    kind = str(field.db_type(connection) or "text").partition("(")[0]
    return {"varchar": "text", "serial": "integer", "bigserial": "bigint"}.get(kind, kind)


def _is_json(field: Field) -> bool:
    return type(field) is models.JSONField


def _column(field: Field, rows: Sequence[models.Model]) -> list[Any]:
    values = list(map(attrgetter(field.attname), rows))
    convert = _converter(field)
    return values if convert is None else list(map(convert, values))


@cache
def _converter(field: Field) -> Convert | None:
    if field.choices:
        return lambda value: None if value is None else str(value)
    if _is_json(field):
        return None if connection.vendor == "postgresql" else lambda value: None if value is None else json.dumps(value)
    if type(field) in PLAIN or isinstance(field, PLAIN_KINDS):
        return None
    if isinstance(field, models.DateTimeField):
        return None if connection.vendor == "postgresql" else _moment
    return lambda value: field.get_db_prep_save(value, connection)


@lru_cache(maxsize=4096)
def _moment(value: datetime | None) -> Any:
    """As SQLite keeps a time; rows written together have most of theirs in common."""
    return connection.ops.adapt_datetimefield_value(value)
