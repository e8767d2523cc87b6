"""Staff are told when the database takes no data any more."""

import pytest
from django.db import connection

from platforms import storage_findings

pytestmark = pytest.mark.django_db


def test_a_database_that_may_not_be_written_is_told_until_it_may():
    read_only, writable = (
        ("PRAGMA query_only = 1", "PRAGMA query_only = 0")
        if connection.vendor == "sqlite"
        else ("SET transaction_read_only = on", "SELECT 1")
    )
    with connection.cursor() as cursor:
        cursor.execute("SAVEPOINT before")
        cursor.execute(read_only)
        (finding,) = storage_findings.no_room()
        cursor.execute(writable)
        cursor.execute("ROLLBACK TO SAVEPOINT before")

    assert (finding.code, finding.critical) == ("database-full", True)
    assert "takes no data" in finding.text
    assert list(storage_findings.no_room()) == []
