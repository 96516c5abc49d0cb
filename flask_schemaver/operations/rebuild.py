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
    """Make all these changes of one table in one rebuild that keeps everything else of it.

    A renaming is native everywhere; it ends one rebuild, as later changes know the new name.
    """
    dialect = migration.spelling
    pending: list[TableOperation] = []
    for operation in operations:
        pending.append(operation)
        renames = list(operation.renames(dialect))
        if renames:
            _rebuild_once(pending, migration)
            for statement in renames:
                migration.run_statement(statement)
            pending = []
    if pending:
        _rebuild_once(pending, migration)


def _rebuild_once(operations: Sequence[TableOperation], migration: Migration) -> None:
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

    before = target = read_definition(connection, table, schema)
    values: dict[str, str] = {}
    for operation in operations:
        target = operation.edited(target, migration.spelling)
        values |= operation.values(migration.spelling)
    if target.sql != before.sql:
        kept = {name: sql for name, sql in values.items() if target.has_column(name)}
        rebuild(connection, table, schema, target, copy=kept)
