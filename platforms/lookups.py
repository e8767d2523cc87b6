"""`field__among=values`: as `in`, for many values, of which the statement has one parameter however many they are.

Neither Django nor the database's library spends time on each of them, and no database's limit of parameters is met.
"""

import json
from typing import Any

from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models.sql.compiler import SQLCompiler


@models.ForeignObject.register_lookup
@models.Field.register_lookup
class Among(models.Lookup):
    """For whole numbers and texts, given as such: the keys and names of rows."""

    lookup_name = "among"

    def get_prep_lookup(self) -> list[Any]:
        return list(self.rhs)

    def as_sql(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper) -> tuple[str, tuple[Any, ...]]:
        lhs, params = self.process_lhs(compiler, connection)
        if connection.vendor == "postgresql":
            # Without a length, to which PostgreSQL would cut the values.
            kind = str(self.lhs.output_field.db_type(connection)).partition("(")[0].replace("varchar", "text")
            return f"{lhs} = ANY(%s::{kind}[])", (*params, self.rhs)
        return f"{lhs} IN (SELECT value FROM json_each(%s))", (*params, json.dumps(self.rhs))  # noqa: S608  names of columns
