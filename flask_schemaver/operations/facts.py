"""What a change of a column does not say of the column, where the database must be told again."""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlalchemy as sa

from ..kinds.column.alter import AlterColumnOp

if TYPE_CHECKING:
    from ..schema.operation import Operation
    from .facade import Migration


def completed(operation: Operation, migration: Migration) -> Operation:
    """The operation, with what is needed and was not given read from the database; else itself."""
    connection = migration.connection
    whole = migration.spelling.writes_whole_columns
    if not whole or connection is None or not isinstance(operation, AlterColumnOp):
        return operation
    table, schema = operation.table_name, operation.schema
    inspector = sa.inspect(connection)
    if not inspector.has_table(table, schema=schema):
        return operation
    for found in inspector.get_columns(table, schema=schema):
        if found["name"].lower() == operation.column_name.lower():
            return operation.completed(found)
    return operation
