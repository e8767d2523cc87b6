"""The rules of `platforms.kinds` as triggers, which hold whoever writes: bulk inserts and plain SQL too."""

from collections.abc import Iterator
from typing import Any

from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper

from platforms import kinds, triggers
from platforms.kinds import Rule
from platforms.models import Channel

PREFIX = "channel_kinds_"

SQLITE = {
    # After: before it, SQLite would put the whole row together twice.
    "insert": (
        "CREATE TRIGGER {name} AFTER INSERT ON {table} BEGIN "
        "SELECT RAISE(ABORT, {text}) FROM {channels} WHERE id = NEW.{column} AND kind NOT IN ({kinds}); END"
    ),
    "update": (
        "CREATE TRIGGER {name} BEFORE UPDATE OF {column} ON {table} "
        "WHEN (SELECT kind FROM {channels} WHERE id = NEW.{column}) NOT IN ({kinds}) "
        "BEGIN SELECT RAISE(ABORT, {text}); END"
    ),
    "kind": ("CREATE TRIGGER {name} BEFORE UPDATE OF kind ON {channels} WHEN OLD.kind <> NEW.kind BEGIN {checks} END"),
    "check": (
        "SELECT RAISE(ABORT, {text}) WHERE NEW.kind NOT IN ({kinds}) "
        "AND EXISTS (SELECT 1 FROM {table} WHERE {column} = NEW.id);"
    ),
}
# A statement is checked at once, not row by row. Who writes a row holds its channel's kind until the commit, by the
# lock that the foreign key takes anyway, and then looks at it as it is committed; who changes a kind waits for them by
# FOR UPDATE. None comes BEFORE an update: that would lock whole rows of channels whenever one is saved.
POSTGRESQL = {
    "insert": (
        "CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        "PERFORM 1 FROM {channels} WHERE id IN (SELECT {column} FROM added) FOR KEY SHARE; "
        "IF EXISTS (SELECT 1 FROM {channels} WHERE id IN (SELECT {column} FROM added) AND kind NOT IN ({kinds})) "
        "THEN {refuse} END IF; RETURN NULL; END $$; "
        "CREATE TRIGGER {name} AFTER INSERT ON {table} REFERENCING NEW TABLE AS added "
        "FOR EACH STATEMENT EXECUTE FUNCTION {name}()"
    ),
    "update": (
        "CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        "PERFORM 1 FROM {channels} WHERE id = NEW.{column} FOR KEY SHARE; "
        "IF EXISTS (SELECT 1 FROM {channels} WHERE id = NEW.{column} AND kind NOT IN ({kinds})) "
        "THEN {refuse} END IF; RETURN NULL; END $$; "
        "CREATE TRIGGER {name} AFTER UPDATE OF {column} ON {table} FOR EACH ROW "
        "WHEN (OLD.{column} IS DISTINCT FROM NEW.{column}) EXECUTE FUNCTION {name}()"
    ),
    "kind": (
        "CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        "PERFORM 1 FROM {channels} WHERE id = OLD.id FOR UPDATE; {checks} RETURN NULL; END $$; "
        "CREATE TRIGGER {name} AFTER UPDATE OF kind ON {channels} FOR EACH ROW "
        "WHEN (OLD.kind IS DISTINCT FROM NEW.kind) EXECUTE FUNCTION {name}()"
    ),
    "check": (
        "IF NEW.kind NOT IN ({kinds}) AND EXISTS (SELECT 1 FROM {table} WHERE {column} = NEW.id) THEN {refuse} END IF;"
    ),
}
STATEMENTS = {"sqlite": SQLITE, "postgresql": POSTGRESQL}


def install(*, using: str, **kwargs: Any) -> None:
    """Make the triggers of the database those of the rules. Receives `post_migrate`; a second time changes nothing."""
    triggers.replace(connections[using], PREFIX, _wanted(connections[using]))


def lift(*, using: str, plan: list[Any], **kwargs: Any) -> None:
    """Take them away before migrations run on SQLite. Receives `pre_migrate`."""
    if plan:
        triggers.lift(connections[using], PREFIX)


def _wanted(connection: BaseDatabaseWrapper) -> Iterator[triggers.Trigger]:
    """The triggers of the tables that are there: not all are while a database is migrated app by app."""
    statements = STATEMENTS[connection.vendor]
    tables = set(connection.introspection.table_names())
    rules = [rule for rule in kinds.rules() if rule.table in tables]
    for rule in rules:
        values = _values(rule, rule.text)
        yield triggers.named(PREFIX, f"{rule.table}_insert", statements["insert"], values)
        yield triggers.named(PREFIX, f"{rule.table}_update", statements["update"], values)
    if rules:
        checks = [statements["check"].format(**_values(rule, f"There are some here: {rule.text}")) for rule in rules]
        values = {"channels": Channel._meta.db_table, "checks": " ".join(checks)}
        yield triggers.named(PREFIX, "kind", statements["kind"], values)


def _values(rule: Rule, text: str) -> dict[str, str]:
    quoted = _quoted(text)
    return {
        "channels": Channel._meta.db_table,
        "table": rule.table,
        "column": rule.column,
        "kinds": ", ".join(map(_quoted, rule.kinds)),
        "text": quoted,
        "refuse": f"RAISE EXCEPTION USING ERRCODE = 'check_violation', MESSAGE = {quoted};",
    }


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
