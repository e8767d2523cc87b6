"""The feed of sellers: each stands in it once, at the number of the last change of what the API tells of him.

Triggers draw the numbers, so that no writer can forget it: bulk updates, plain SQL and processes of the version before
included. On PostgreSQL they do it as the transaction is committed: later than any other lock is taken, and with no gap
for readers. SQLite has one writer at a time.
"""

from collections.abc import Iterator
from typing import Any

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
    "sqlite": "CREATE TRIGGER {name} AFTER {event} ON {table} FOR EACH ROW {when} BEGIN {number} END",
    "postgresql": (
        "CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {number} "
        "RETURN NULL; END $$; "
        "CREATE CONSTRAINT TRIGGER {name} AFTER {event} ON {table} DEFERRABLE INITIALLY DEFERRED FOR EACH ROW {when} "
        "EXECUTE FUNCTION {name}()"
    ),
}
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
    tables = set(connection.introspection.table_names())
    needed: tuple[type[models.Model], ...] = (*SHOWN, SellerChange, FeedCounter)
    if not {model._meta.db_table for model in needed} <= tables:
        # A database that is migrated app by app.
        return
    with transaction.atomic(using=using):
        if triggers.replace(connection, PREFIX, _wanted(connection)):
            number_all(connection)


def lift(*, using: str, plan: list[Any], **kwargs: Any) -> None:
    """Take the triggers away before migrations run on SQLite. Receives `pre_migrate`."""
    if plan:
        triggers.lift(connections[using], PREFIX)


def number_all(connection: BaseDatabaseWrapper) -> None:
    """Let all sellers stand in the feed anew."""
    with connection.cursor() as cursor:
        for statement in _number(connection, "TRUE").split("; "):
            cursor.execute(statement)


def _wanted(connection: BaseDatabaseWrapper) -> Iterator[triggers.Trigger]:
    for model, (fields, which) in SHOWN.items():
        columns = [str(model._meta.get_field(name).column) for name in fields]  # type: ignore[union-attr]
        differs = " OR ".join(f"OLD.{column} {DIFFERENT[connection.vendor]} NEW.{column}" for column in columns)
        update = f"UPDATE OF {', '.join(columns)}"
        yield _trigger(connection, model, "update", update, f"WHEN ({differs})", which.format(row="NEW"))
        if model in COMING:
            yield _trigger(connection, model, "insert", "INSERT", "", which.format(row="NEW"))
        if model in GOING:
            yield _trigger(connection, model, "delete", "DELETE", "", which.format(row="OLD"))


def _trigger(
    connection: BaseDatabaseWrapper, model: type[models.Model], name: str, event: str, when: str, which: str
) -> triggers.Trigger:
    table = model._meta.db_table
    values = {"event": event, "table": table, "when": when, "number": _number(connection, which)}
    return triggers.named(PREFIX, f"{table}_{name}", TRIGGER[connection.vendor], values)


def _number(connection: BaseDatabaseWrapper, which: str) -> str:
    tables = {
        "counters": FeedCounter._meta.db_table,
        "sellers": Seller._meta.db_table,
        "changes": SellerChange._meta.db_table,
    }
    return NUMBER[connection.vendor].format(**tables, feed=FEED, which=which)
