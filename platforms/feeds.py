"""Numbers that order a feed: without gaps for its readers, and never seen out of order."""

from django.db import connection

from platforms.models import FeedCounter


def draw(feed: str, count: int) -> int:
    """Take `count` numbers and return the first.

    The counter row stays locked until the surrounding transaction ends, so numbers become visible in their order: call
    it as late in the transaction as can be.
    """
    if not connection.in_atomic_block:
        raise RuntimeError("Feed numbers are drawn inside the transaction that writes the rows.")
    counters = connection.ops.quote_name(FeedCounter._meta.db_table)
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {counters} (name, value) VALUES (%s, %s) "  # noqa: S608  the table's name
            f"ON CONFLICT (name) DO UPDATE SET value = {counters}.value + excluded.value RETURNING value",
            [feed, count],
        )
        return int(cursor.fetchone()[0]) - count + 1


def hold(feed: str) -> int:
    """Keep others from drawing until the surrounding transaction ends: what is read from here on is all they wrote.

    Returns the number that is drawn next.
    """
    return draw(feed, 0)
