"""The feed of sellers: each stands in it once, at the number of the last change of what the API tells of him.

Triggers draw the numbers, so that no writer can forget it: bulk updates, plain SQL and processes of the version before
included. On PostgreSQL they do it as the transaction is committed: later than any other lock is taken, and with no gap
for readers. SQLite has one writer at a time.
"""

import json
from collections.abc import Iterable, Iterator
from typing import Any, TypeAlias

from django.db import connections, models, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import F

from platforms import triggers
from platforms.models import Channel, FeedCounter
from sellers.models import Account, Membership, Seller, SellerChange

FEED = "sellers"
PREFIX = "seller_feed_"

# What the API tells of a seller, by what it is read of, and the sellers whom a changed row concerns.
SHOWN: dict[type[models.Model], tuple[tuple[str, ...], str]] = {
    Seller: (
        (
            *("seller_id", "channel", "jtl_account_id", "company_name", "account", "state", "state_reason"),
            *("state_changed_at", "linked_at", "created_at", "credentials_rejected_at", "credentials_rejection"),
        ),
        "id = {row}.id",
    ),
    Membership: (("seller", "marketplace", "wanted", "confirmed", "error"), "id = {row}.seller_id"),
    Account: (("login",), "account_id = {row}.id"),
    Channel: (
        ("code",),
        "channel_id = {row}.id OR id IN (SELECT seller_id FROM sellers_membership WHERE marketplace_id = {row}.id)",
    ),
}
# Whose rows concern sellers as they come and go, too.
COMING, GOING = (Seller, Membership), (Membership,)

# Fresh numbers for these sellers, in one order.
NUMBER = {
    "sqlite": (
        "INSERT INTO {counters} (name, value) SELECT '{feed}', COUNT(*) FROM {sellers} WHERE {which} "
        "ON CONFLICT (name) DO UPDATE SET value = value + excluded.value; "
        "INSERT INTO {changes} (seller_id, number) "
        "SELECT id, (SELECT value FROM {counters} WHERE name = '{feed}') + 1 - ROW_NUMBER() OVER (ORDER BY id DESC) "
        "FROM {sellers} WHERE {which} ON CONFLICT (seller_id) DO UPDATE SET number = excluded.number;"
    ),
    "postgresql": (
        "WITH concerned AS MATERIALIZED (SELECT id FROM {sellers} WHERE {which}), "
        "drawn AS (INSERT INTO {counters} AS counter (name, value) SELECT '{feed}', COUNT(*) FROM concerned "
        "ON CONFLICT (name) DO UPDATE SET value = counter.value + excluded.value RETURNING value) "
        "INSERT INTO {changes} (seller_id, number) "
        "SELECT id, drawn.value + 1 - ROW_NUMBER() OVER (ORDER BY id DESC) FROM concerned, drawn "
        "ON CONFLICT (seller_id) DO UPDATE SET number = excluded.number;"
    ),
}
TRIGGER = {
    "sqlite": "CREATE TRIGGER {name} AFTER {event} ON {table} FOR EACH ROW {when} BEGIN {action} END",
    "postgresql": (
        "CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {action} "
        "RETURN NULL; END $$; "
        "CREATE CONSTRAINT TRIGGER {name} AFTER {event} ON {table} DEFERRABLE INITIALLY DEFERRED FOR EACH ROW {when} "
        "EXECUTE FUNCTION {name}()"
    ),
}
# What is told of each seller, by his key.
Told: TypeAlias = dict[int, list[tuple[Any, ...]]]
# What was told as the triggers were lifted, by the database.
_lifted: dict[str, Told] = {}
DIFFERENT = {"sqlite": "IS NOT", "postgresql": "IS DISTINCT FROM"}


def changes(after: int = 0) -> models.QuerySet[Seller]:
    """The sellers who changed after this number, with the `number` of each; none of those who are only signing up.

    A sign-up may leave nothing behind; once it has succeeded, that is a change.
    """
    known = Seller.objects.exclude(state=Seller.State.LINKING)
    return known.annotate(number=F("change__number")).filter(change__number__gt=after)


def install(*, using: str, **kwargs: Any) -> None:
    """Let the database number the sellers that change. Receives `post_migrate`; a second time changes nothing.

    Where it did not until now, all sellers get a number: which of them changed meanwhile, nobody knows.
    """
    connection = connections[using]
    before = _lifted.pop(using, None)
    if not _has_columns(connection):
        # A database that is migrated app by app, or back to a version that knows of none.
        triggers.replace(connection, PREFIX, ())
        return
    with transaction.atomic(using=using):
        was_there = bool(triggers.there(connection, PREFIX))
        triggers.replace(connection, PREFIX, _wanted(connection))
        if not was_there:
            number(connection, None if before is None else _differing(before, _told(connection)))


def lift(*, using: str, plan: list[Any], **kwargs: Any) -> None:
    """Take the triggers away before migrations run on SQLite. Receives `pre_migrate`.

    What is told of each seller is remembered until they are there again: only who changed meanwhile shall move.
    """
    connection = connections[using]
    if not plan or connection.vendor != "sqlite":
        return
    with transaction.atomic(using=using):
        if triggers.there(connection, PREFIX) and _has_columns(connection):
            _lifted[using] = _told(connection)
        triggers.lift(connection, PREFIX)


def number(connection: BaseDatabaseWrapper, sellers: Iterable[int] | None = None) -> None:
    """Let these sellers, by their keys, or all stand in the feed anew."""
    which = "TRUE" if sellers is None else f"id IN ({', '.join(map(str, sellers))})"
    with connection.cursor() as cursor:
        for statement in _number(connection, which).split("; "):
            cursor.execute(statement)


def _has_columns(connection: BaseDatabaseWrapper) -> bool:
    """Whether all that is told can be read by now."""
    needed = {model: fields for model, (fields, _which) in SHOWN.items()} | {SellerChange: (), FeedCounter: ()}
    with connection.cursor() as cursor:
        tables = set(connection.introspection.table_names(cursor))
        if not {model._meta.db_table for model in needed} <= tables:
            return False
        for model, fields in needed.items():
            cursor.execute(f"SELECT * FROM {model._meta.db_table} LIMIT 0")  # noqa: S608
            if not set(_columns(model, fields)) <= {column[0] for column in cursor.description or ()}:
                return False
    return True


def _told(connection: BaseDatabaseWrapper) -> Told:
    """What is told of each seller, by his key, on SQLite."""
    told: Told = {}
    with connection.cursor() as cursor:
        for model, (fields, which) in SHOWN.items():
            table, columns = model._meta.db_table, ", ".join(f"told.{name}" for name in _columns(model, fields))
            keys = f"SELECT json_group_array(id) FROM {Seller._meta.db_table} WHERE {which.format(row='told')}"  # noqa: S608
            cursor.execute(f"SELECT ({keys}), {columns} FROM {table} AS told ORDER BY told.id")  # noqa: S608
            for sellers, *row in cursor.fetchall():
                for seller in json.loads(sellers):
                    told.setdefault(seller, []).append((table, *row))
    return told


def _differing(before: Told, now: Told) -> list[int]:
    return [seller for seller, told in now.items() if told != before.get(seller)]


def _wanted(connection: BaseDatabaseWrapper) -> Iterator[triggers.Trigger]:
    for model, (fields, which) in SHOWN.items():
        columns = _columns(model, fields)
        differs = " OR ".join(f"OLD.{column} {DIFFERENT[connection.vendor]} NEW.{column}" for column in columns)
        changed, gone = (_number(connection, which.format(row=row)) for row in ("NEW", "OLD"))
        yield _trigger(connection, model, f"UPDATE OF {', '.join(columns)}", changed, f"WHEN ({differs})")
        if model in COMING:
            yield _trigger(connection, model, "INSERT", changed)
        if model in GOING:
            yield _trigger(connection, model, "DELETE", gone)
    # Also of one whom a process of the version before deletes, and after his memberships.
    forget = f"DELETE FROM {SellerChange._meta.db_table} WHERE seller_id = OLD.id;"  # noqa: S608
    yield _trigger(connection, Seller, "DELETE", forget)


def _columns(model: type[models.Model], fields: Iterable[str]) -> list[str]:
    return [str(model._meta.get_field(name).column) for name in fields]  # type: ignore[union-attr]


def _trigger(
    connection: BaseDatabaseWrapper, model: type[models.Model], event: str, action: str, when: str = ""
) -> triggers.Trigger:
    table = model._meta.db_table
    values = {"event": event, "table": table, "when": when, "action": action}
    name = f"{table}_{event.split()[0].lower()}"
    return triggers.named(PREFIX, name, TRIGGER[connection.vendor], values)


def _number(connection: BaseDatabaseWrapper, which: str) -> str:
    tables = {
        "counters": FeedCounter._meta.db_table,
        "sellers": Seller._meta.db_table,
        "changes": SellerChange._meta.db_table,
    }
    return NUMBER[connection.vendor].format(**tables, feed=FEED, which=which)
