"""Triggers of the database, each named by what it does and a digest of its statement: one that changed is another.

Django knows no triggers, and SQLite loses those of a table that a migration makes anew, so they are no migrations: they
are installed after each `migrate`, and lifted before it on SQLite. On PostgreSQL each has a function of its name.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass

from django.db.backends.base.base import BaseDatabaseWrapper

THERE = {
    "sqlite": "SELECT name, tbl_name FROM sqlite_master WHERE type = 'trigger' AND name LIKE %s",
    "postgresql": (
        "SELECT tgname, relname FROM pg_trigger JOIN pg_class ON pg_class.oid = tgrelid "
        "WHERE NOT tgisinternal AND tgname LIKE %s AND pg_table_is_visible(pg_class.oid)"
    ),
}


@dataclass(frozen=True)
class Trigger:
    name: str
    sql: str


def named(prefix: str, name: str, template: str, values: dict[str, str]) -> Trigger:
    """The trigger that a template makes of these values, of which {name} is not one."""
    digest = hashlib.sha256(template.format(**values, name="").encode()).hexdigest()[:8]
    full = f"{prefix}{name}_{digest}"
    return Trigger(full, template.format(**values, name=full))


def replace(connection: BaseDatabaseWrapper, prefix: str, wanted: Iterable[Trigger]) -> bool:
    """Make the database's triggers of this prefix the wanted ones; returns whether any of these was missing."""
    by_name = {trigger.name: trigger for trigger in wanted}
    known = there(connection, prefix)
    drop(connection, {name: table for name, table in known.items() if name not in by_name})
    missing = by_name.keys() - known.keys()
    with connection.cursor() as cursor:
        for name in missing:
            cursor.execute(by_name[name].sql)
    return bool(missing)


def lift(connection: BaseDatabaseWrapper, prefix: str) -> None:
    """Take them away before migrations run on SQLite: it makes tables anew, and trips over triggers that name them."""
    if connection.vendor == "sqlite":
        drop(connection, there(connection, prefix))


def there(connection: BaseDatabaseWrapper, prefix: str) -> dict[str, str]:
    """The triggers of this prefix that the database has, each with its table."""
    with connection.cursor() as cursor:
        cursor.execute(THERE[connection.vendor], [f"{prefix}%"])
        return dict(cursor.fetchall())


def drop(connection: BaseDatabaseWrapper, triggers: dict[str, str]) -> None:
    """Drop triggers, given each with its table."""
    with connection.cursor() as cursor:
        for name, table in triggers.items():
            if connection.vendor == "postgresql":
                cursor.execute(f"DROP TRIGGER {name} ON {table}; DROP FUNCTION {name}()")
            else:
                cursor.execute(f"DROP TRIGGER {name}")
