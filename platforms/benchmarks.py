"""Measuring: a database of its own, the portal's work on it, and the same rows written as barely as can be.

A benchmark is a function of `settings.PORTAL_BENCHMARKS` that takes a `Setting` and yields `Figure`s.
"""

import json
import os
import platform
import secrets
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass
from importlib import metadata
from itertools import pairwise
from pathlib import Path
from typing import Any

import psutil  # type: ignore[import-untyped]
from django.conf import settings
from django.db import connection, models, transaction
from django.utils.module_loading import import_string

Rows = Sequence[tuple[Any, ...]]


@dataclass(frozen=True)
class Setting:
    """`number`: how many events or reports are measured. `rows`: how many offers stand in the tables before."""

    number: int
    rows: int = 0


@dataclass(frozen=True)
class Figure:
    """So many of something a second, and as many of the same rows by a bare program in the same run.

    `memory_mb`: what the process took after its work; `rows`: offers in the tables before.
    """

    name: str
    per_second: float
    raw_per_second: float
    memory_mb: int
    rows: int = 0

    @property
    def ratio(self) -> float:
        return self.per_second / self.raw_per_second if self.raw_per_second else 0.0


@dataclass(frozen=True)
class Table:
    """Rows of a model as they stand in the database, to be written again by a bare program."""

    model: type[models.Model]
    columns: tuple[str, ...]
    rows: Rows


@dataclass(frozen=True)
class Mark:
    """One value for a column of rows that are there, to be written by a bare program."""

    model: type[models.Model]
    column: str
    value: Any
    keys: Sequence[int]


def names() -> list[str]:
    return list(settings.PORTAL_BENCHMARKS)


def figures(name: str, setting: Setting) -> Iterator[Figure]:
    benchmark: Callable[[Setting], Iterator[Figure]] = import_string(settings.PORTAL_BENCHMARKS[name])
    return benchmark(setting)


@contextmanager
def own_database() -> Iterator[None]:
    """A new database beside the portal's own, migrated and removed again; nothing of the portal's is read."""
    test = connection.settings_dict["TEST"]
    name = f"portal_benchmark_{secrets.token_hex(4)}"
    if connection.vendor == "sqlite":
        # On the same disk, or the figures say nothing.
        name = str(Path(connection.settings_dict["NAME"]).parent / f"{name}.sqlite3")
    kept, test["NAME"] = test.get("NAME"), name
    own = connection.settings_dict["NAME"]
    # It tells of the cache table on stdout, where the figures go.
    with redirect_stdout(sys.stderr):
        connection.creation.create_test_db(verbosity=0, autoclobber=True)
    try:
        yield
    finally:
        connection.creation.destroy_test_db(own, verbosity=0)
        test["NAME"] = kept
        for leftover in Path(name).parent.glob(f"{Path(name).name}*") if connection.vendor == "sqlite" else ():
            leftover.unlink()


def seconds(work: Callable[[], Any]) -> float:
    """How long it takes."""
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def memory_mb() -> int:
    """What this process takes now."""
    return int(psutil.Process().memory_info().rss) // 1024 // 1024


def table_of(model: type[models.Model], condition: models.Q | None = None) -> Table:
    """All rows of the model, or those of the condition, in the order of their keys."""
    columns = tuple(str(field.column) for field in model._meta.concrete_fields)
    rows = model._default_manager.filter(condition or models.Q()).order_by("pk")
    query, params = rows.values_list(*(field.attname for field in model._meta.concrete_fields)).query.sql_with_params()
    with connection.cursor() as cursor:
        cursor.execute(query, params)
        return Table(model, columns, cursor.fetchall())


def pieces(table: Table, size: int) -> list[Table]:
    """The table's rows in tables of up to `size`."""
    starts = range(0, len(table.rows), size)
    return [Table(table.model, table.columns, table.rows[start : start + size]) for start in starts]


def shares(table: Table, number: int) -> list[Table]:
    """The table's rows in so many tables of about the same size."""
    ends = [len(table.rows) * share // number for share in range(number + 1)]
    return [Table(table.model, table.columns, table.rows[start:end]) for start, end in pairwise(ends)]


def raw_seconds(batches: Iterable[Iterable[Table | Mark]]) -> float:
    """How long it takes to write these rows the fastest way the database's own library has, a transaction a batch.

    Rows that are known are replaced.
    """
    started = time.perf_counter()
    for writes in batches:
        with transaction.atomic():
            for write in writes:
                if isinstance(write, Mark):
                    _mark(write)
                else:
                    _write(write)
    return time.perf_counter() - started


def settle() -> None:
    """Let the database see its tables as they are now, so that it plans with them."""
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def machine() -> str:
    """The machine and the versions, in a line."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT sqlite_version()" if connection.vendor == "sqlite" else "SHOW server_version")
        database = f"{connection.display_name} {cursor.fetchone()[0]}"
    cores = len(_cores())
    versions = f"Python {platform.python_version()}, Django {metadata.version('django')}, {database}"
    return f"{cores} cores, {platform.machine()}, {platform.system()}; {versions}"


def _cores() -> set[int]:
    return os.sched_getaffinity(0) if hasattr(os, "sched_getaffinity") else set(range(os.cpu_count() or 1))


def _mark(mark: Mark) -> None:
    quote = connection.ops.quote_name
    table, column, key = mark.model._meta.db_table, mark.column, str(mark.model._meta.pk.column)
    is_sqlite = connection.vendor == "sqlite"
    among = "IN (SELECT value FROM json_each(%s))" if is_sqlite else "= ANY(%s)"
    keys = json.dumps(mark.keys) if is_sqlite else list(mark.keys)
    with connection.cursor() as cursor:
        cursor.execute(f"UPDATE {quote(table)} SET {quote(column)} = %s WHERE {quote(key)} {among}", [mark.value, keys])


def _write(table: Table) -> None:
    name = connection.ops.quote_name(table.model._meta.db_table)
    columns = ", ".join(connection.ops.quote_name(column) for column in table.columns)
    key = connection.ops.quote_name(table.columns[0])
    changes = ", ".join(f"{c} = excluded.{c}" for c in columns.split(", ")[1:])
    upsert = f"ON CONFLICT ({key}) DO UPDATE SET {changes}"
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            marks = ", ".join("%s" for _column in table.columns)
            cursor.executemany(f"INSERT INTO {name} ({columns}) VALUES ({marks}) {upsert}", table.rows)
            return
        cursor.execute(f"CREATE TEMPORARY TABLE raw (LIKE {name} INCLUDING DEFAULTS) ON COMMIT DROP")
        with cursor.copy(f"COPY raw ({columns}) FROM STDIN") as copy:
            for row in table.rows:
                copy.write_row(row)
        cursor.execute(f"INSERT INTO {name} ({columns}) SELECT {columns} FROM raw {upsert}")
        cursor.execute("DROP TABLE raw")
