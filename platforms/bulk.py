"""Many rows in one statement, as `bulk_create` and `bulk_update` write them, at a fraction of their work in Python.

Values are prepared by column and not one by one. The rows go to SQLite a hundred at a time, to PostgreSQL as a JSON
list of each column, which is read there. Neither primary keys nor defaults of the database come back to the
instances.
"""

import json
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from functools import cache, lru_cache
from itertools import chain
from operator import attrgetter
from typing import Any, TypeAlias, cast

from django.db import connection, models, transaction

Convert = Callable[[Any], Any]
Field: TypeAlias = "models.Field[Any, Any]"

# What the drivers take as it is. Fields derived from the first, such as encrypted ones, prepare their values.
PLAIN = (models.BooleanField, models.CharField, models.TextField)
PLAIN_KINDS = (models.ForeignKey, models.IntegerField)
# Looking for circles takes a quarter of the time.
_write_json = json.JSONEncoder(check_circular=False, ensure_ascii=False).encode
# Rows of a statement on SQLite: one by one, each would cost a journal of its own wherever a trigger may refuse it.
TOGETHER = 100
SKIP_KNOWN = " ON CONFLICT DO NOTHING"


class Json(str):
    """What a JSON column is given as JSON already, and not as a text that it shall hold."""


def insert(rows: Sequence[models.Model], *, skip_known: bool = False) -> None:
    """Insert instances of one model; with `skip_known` those that break no unique constraint."""
    if not rows:
        return
    fields = _fields(type(rows[0]), ())
    _insert(type(rows[0]), fields, _columns_of(rows, fields), SKIP_KNOWN if skip_known else "")


def insert_alike(template: models.Model, columns: Mapping[str, Sequence[Any]], *, skip_known: bool = False) -> None:
    """Insert rows like the template but for these columns, by attribute name; `skip_known` as with `insert`."""
    _insert_like(template, columns, SKIP_KNOWN if skip_known else "")


def upsert_alike(
    template: models.Model, columns: Mapping[str, Sequence[Any]], *, unique: Sequence[str], update: Sequence[str]
) -> None:
    """Insert rows as `insert_alike` does, or where the unique fields are known already set those to be updated."""
    names = _columns(type(template))
    known = ", ".join(names[name] for name in unique)
    changes = ", ".join(f"{names[name]} = excluded.{names[name]}" for name in update)
    _insert_like(template, columns, f" ON CONFLICT ({known}) DO UPDATE SET {changes}")


def merge_alike(template: models.Model, columns: Mapping[str, Sequence[Any]], conflict: str) -> None:
    """Insert rows as `insert_alike` does, with this ON CONFLICT clause."""
    _insert_like(template, columns, f" {conflict}")


def update(rows: Sequence[models.Model], names: Sequence[str]) -> None:
    """Write these fields of instances that are in the database, by their primary keys."""
    if not rows:
        return
    model = type(rows[0])
    key = model._meta.pk
    fields = _fields(model, tuple(names))
    alike, others = _parted(rows, fields)
    columns = _columns_of(others, [*fields, key])
    with transaction.atomic(savepoint=False), connection.cursor() as cursor:
        if alike:
            changes = {field.name: getattr(alike[0], field.attname) for field in fields}
            model._base_manager.filter(pk__among=[row.pk for row in alike]).update(**changes)
        if others and connection.vendor == "postgresql":
            cursor.execute(_set(model, fields, key), list(map(_list, columns)))
        elif others:
            cursor.executemany(_set(model, fields, key), list(zip(*columns, strict=True)))


def _parted(
    rows: Sequence[models.Model], fields: Sequence[Field]
) -> tuple[Sequence[models.Model], Sequence[models.Model]]:
    """The rows that get the very same values, which one statement with their keys writes, if most do; and the others.

    The same is what is one object: equal values may differ once they are JSON, as 1 and True do.
    """
    columns = [list(map(attrgetter(field.attname), rows)) for field in fields]
    looks = list(zip(*(map(id, column) for column in columns), strict=True))
    commonest, number = Counter(looks).most_common(1)[0]
    if number == len(rows):
        return rows, ()
    if number * 2 <= len(rows):
        return (), rows
    parts: tuple[list[models.Model], list[models.Model]] = [], []
    for row, look in zip(rows, looks, strict=True):
        parts[look != commonest].append(row)
    return parts


def _insert_like(template: models.Model, columns: Mapping[str, Sequence[Any]], conflict: str) -> None:
    number = len(next(iter(columns.values())))
    if not number:
        return
    fields = _fields(type(template), ())
    _insert(type(template), fields, _alike(template, columns, fields, number), conflict)


def _alike(
    template: models.Model, columns: Mapping[str, Sequence[Any]], fields: Sequence[Field], number: int
) -> list[list[Any]]:
    return [
        _prepared(field, columns[field.attname])
        if field.attname in columns
        else _prepared(field, [getattr(template, field.attname)]) * number
        for field in fields
    ]


def _insert(
    model: type[models.Model], fields: tuple[Field, ...], columns: Sequence[Sequence[Any]], conflict: str
) -> None:
    # All rows or none, as with bulk_create, also where several statements are one.
    with transaction.atomic(savepoint=False), connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(_into(model, fields) + conflict, list(map(_list, columns)))
            return
        rows = list(zip(*columns, strict=True))
        whole = len(rows) - len(rows) % TOGETHER
        several = _into(model, fields, TOGETHER) + conflict if whole else ""
        for start in range(0, whole, TOGETHER):
            cursor.execute(several, list(chain.from_iterable(rows[start : start + TOGETHER])))
        if whole < len(rows):
            cursor.executemany(_into(model, fields) + conflict, rows[whole:])


def _list(values: Sequence[Any]) -> str:
    """A column as PostgreSQL reads it: as texts, where it has no better way."""
    return json.dumps(values, default=str, ensure_ascii=False, separators=(",", ":"))


@cache
def _fields(model: type[models.Model], names: tuple[str, ...]) -> tuple[Field, ...]:
    """The fields of these names, or all that the database does not make up; FieldDoesNotExist for an unknown name."""
    if names:
        return tuple(cast(Field, model._meta.get_field(name)) for name in names)
    return tuple(field for field in model._meta.concrete_fields if not field.primary_key)


@cache
def _columns(model: type[models.Model]) -> dict[str, str]:
    return {field.name: connection.ops.quote_name(str(field.column)) for field in model._meta.concrete_fields}


@cache
def _into(model: type[models.Model], fields: tuple[Field, ...], rows: int = 1) -> str:
    """An INSERT of so many rows; PostgreSQL is given any number."""
    table, columns = connection.ops.quote_name(model._meta.db_table), _columns(model)
    names = ", ".join(columns[field.name] for field in fields)
    if connection.vendor != "postgresql":
        row = f"({', '.join('%s' for _field in fields)})"
        return f"INSERT INTO {table} ({names}) VALUES {', '.join([row] * rows)}"
    return f"INSERT INTO {table} ({names}) SELECT {', '.join(_values(fields))} FROM {_given(fields)}"


def _set(model: type[models.Model], fields: Sequence[Field], key: Field) -> str:
    table, columns = connection.ops.quote_name(model._meta.db_table), _columns(model)
    if connection.vendor != "postgresql":
        changes = ", ".join(f"{columns[field.name]} = %s" for field in fields)
        return f"UPDATE {table} SET {changes} WHERE {columns[key.name]} = %s"
    *values, wanted = _values([*fields, key])
    changes = ", ".join(f"{columns[field.name]} = {value}" for field, value in zip(fields, values, strict=True))
    return f"UPDATE {table} SET {changes} FROM {_given([*fields, key])} WHERE {table}.{columns[key.name]} = {wanted}"


def _given(fields: Sequence[Field]) -> str:
    """The rows as PostgreSQL puts them together from one list a column."""
    lists = ", ".join("json_array_elements_text(%s::json)" for _field in fields)
    return f"ROWS FROM ({lists}) AS given({', '.join(f'c{number}' for number, _field in enumerate(fields))})"


def _values(fields: Sequence[Field]) -> list[str]:
    return [f"c{number}::{_type(field)}" for number, field in enumerate(fields)]


def _type(field: Field) -> str:
    """Without a length or precision, which would cut where the column says no."""
    kind = str(field.db_type(connection) or "text").partition("(")[0]
    return {"varchar": "text", "serial": "integer", "bigserial": "bigint"}.get(kind, kind)


def _is_json(field: Field) -> bool:
    return type(field) is models.JSONField


def _columns_of(rows: Sequence[models.Model], fields: Sequence[Field]) -> list[list[Any]]:
    return [_prepared(field, map(attrgetter(field.attname), rows)) for field in fields]


def _prepared(field: Field, values: Iterable[Any]) -> list[Any]:
    convert = _converter(field)
    return list(values) if convert is None else list(map(convert, values))


@cache
def _converter(field: Field) -> Convert | None:
    if field.choices:
        return lambda value: None if value is None else str(value)
    if _is_json(field):
        return lambda value: value if value is None or type(value) is Json else _write_json(value)
    if type(field) in PLAIN or isinstance(field, PLAIN_KINDS):
        return None
    if isinstance(field, models.DateTimeField):
        return _text if connection.vendor == "postgresql" else _moment
    if type(field) is models.DecimalField:
        return _text if connection.vendor == "postgresql" else lru_cache(maxsize=4096)(_decimal(field))
    return lambda value: field.get_db_prep_save(value, connection)


@lru_cache(maxsize=4096)
def _text(value: Any) -> str | None:
    """As PostgreSQL reads it from a text; rows written together have many values in common."""
    return None if value is None else str(value)


def _decimal(field: "models.DecimalField[Any, Any]") -> Convert:
    """As SQLite keeps a number of this field."""
    digits, places = field.max_digits, field.decimal_places
    return lambda value: connection.ops.adapt_decimalfield_value(value, digits, places)


@lru_cache(maxsize=4096)
def _moment(value: datetime | None) -> Any:
    """As SQLite keeps a time; rows written together have most of theirs in common."""
    return connection.ops.adapt_datetimefield_value(value)
