"""`column__among=[…]`: one of many values, given to the database as one parameter instead of one for each.

Django prepares, resolves and numbers every value of an `__in` by itself, which for a thousand numbers costs more than
the database needs to look them up. Values are texts or whole numbers as the column holds them, in any collection but a
list or a tuple, in which Django would look for expressions; an empty one finds nothing.
"""

import json
from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Field, Lookup
from django.db.models.sql.compiler import SQLCompiler


@Field.register_lookup
class Among(Lookup[Any]):
    """See the module."""

    lookup_name = "among"
    prepare_rhs = False

    def as_sql(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper) -> Any:
        """Indexes serve both spellings as they serve IN (…)."""
        column, params = self.process_lhs(compiler, connection)
        values: list[Any] = list(self.rhs)
        if connection.vendor == "postgresql":
            return " ".join((column, "= ANY(%s)")), [*params, values]
        return " ".join((column, "IN (SELECT value FROM json_each(%s))")), [*params, json.dumps(values)]
