"""Back to an emulator that has never been used."""

from django.apps import apps
from django.core.management.color import no_style
from django.db import connection, transaction

from platforms.sandbox import configuration, faults, quota


def start_afresh() -> None:
    """Empty the running emulator: also what it keeps in memory."""
    empty_everything()
    faults.clear()
    quota.forget()


@transaction.atomic
def empty_everything() -> None:
    """Delete every row of every table; numbers begin again."""
    tables = [model._meta.db_table for model in apps.get_app_config("sandbox").get_models()]
    with connection.cursor() as cursor:
        for statement in connection.ops.sql_flush(no_style(), tables, reset_sequences=True, allow_cascade=True):
            cursor.execute(statement)
    configuration.forget()
