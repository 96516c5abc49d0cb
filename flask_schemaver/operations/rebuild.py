"""Changes that ALTER TABLE cannot make: all of them folded into one rebuild of the table."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from ..errors import CommandError
from ..schema.operation import TableOperation

if TYPE_CHECKING:
    from ..dialects.base import Dialect
    from .facade import Migration


def needs_rebuild(operations: Sequence[TableOperation], dialect: Dialect) -> bool:
    """Whether any of these changes of one table is more than the database's ALTER can do."""
    return any(not operation.native(dialect) for operation in operations)


def run_rebuild(operations: Sequence[TableOperation], migration: Migration) -> None:
    """Make all these changes of one table in one rebuild that keeps everything else of it."""
    table, schema = operations[0].table_name, operations[0].schema
    connection = migration.connection
    if connection is None or migration.as_sql:
        words = ", ".join(operation.describe() for operation in operations)
        raise CommandError(
            f"To {words}, SQLite has to read table '{table}' and build it anew; that cannot be "
            "written as SQL beforehand.",
            hint="Run the upgrade online.",
        )
    from ..dialects.sqlite.catalogue import read_definition
    from ..dialects.sqlite.rebuild import rebuild

    definition = read_definition(connection, table, schema)
    for operation in operations:
        definition = operation.edited(definition, migration.spelling)
    rebuild(connection, table, schema, definition)
