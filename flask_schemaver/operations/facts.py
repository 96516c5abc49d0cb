"""What a change of a column does not say of the column, where the database must be told again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..kinds.column.alter import AlterColumnOp
from ..kinds.other_name import RenameIndexOp

if TYPE_CHECKING:
    from ..schema.operation import Operation
    from .facade import Migration


def completed(operation: Operation, migration: Migration) -> Operation:
    """The operation, with what is needed and was not given read from the database; else itself."""
    connection, dialect = migration.connection, migration.spelling
    if isinstance(operation, RenameIndexOp):
        if connection is None or migration.as_sql:
            return operation
        return operation.completed(connection, dialect)
    if not isinstance(operation, AlterColumnOp) or not dialect.writes_whole_columns:
        return operation
    if connection is None or migration.as_sql:
        lost = dialect.forgets(operation.change(dialect))
        if lost:
            migration.static_output(
                f"-- The statement below takes from '{operation.table_name}."
                f"{operation.column_name}' {lost}:\n-- existing_server_default= and "
                "existing_comment= of op.alter_column() say what there is."
            )
        return operation
    table, schema, column = operation.table_name, operation.schema, operation.column_name
    found = dialect.read_column(connection, table, schema, column)
    return operation if found is None else operation.completed(found)
