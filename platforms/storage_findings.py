"""Whether the database keeps what it is given."""

from collections.abc import Iterator

from django.db import DatabaseError, transaction
from django.utils.translation import gettext as _

from platforms.findings import Finding
from platforms.models import FeedCounter

# A row nobody reads, written to see whether that can be done.
PROBE = "write probe"
# disk_full, read_only_sql_transaction
POSTGRES_STATES = {"53100", "25006"}
SQLITE_ERRORS = ("SQLITE_FULL", "SQLITE_IOERR", "SQLITE_READONLY")


def no_room() -> Iterator[Finding]:
    """The database can be read and not written: its disk is full, or it has become read-only."""
    try:
        with transaction.atomic():
            row = [FeedCounter(name=PROBE)]
            FeedCounter.objects.bulk_create(row, update_conflicts=True, unique_fields=["name"], update_fields=["value"])
    except DatabaseError as error:
        if not refuses_data(error):
            raise
        text = _(
            "The database takes no data: %(why)s. Nothing is fetched, applied or reported until it does; events wait "
            "at SCX. Free space on its disk; everything goes on by itself then."
        ) % {"why": str(error).partition("\n")[0]}
        yield Finding("database-full", text, critical=True)


def refuses_data(error: DatabaseError) -> bool:
    """Whether the database has no room, or may not write, as both kinds of database say it."""
    cause = error.__cause__
    state, name = getattr(cause, "sqlstate", None), getattr(cause, "sqlite_errorname", None) or ""
    return state in POSTGRES_STATES or name.startswith(SQLITE_ERRORS)
