"""What a change of a column does not say of the column, where the database must be told again."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING

import sqlalchemy as sa

from ..errors import NoSuchColumn
from ..kinds.column.alter import AlterColumnOp
from ..kinds.column.operations import DropColumnOp
from ..kinds.other_name import RenameIndexOp
from .placing import column_names

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection

    from ..dialects.base import Dialect
    from ..schema.operation import Operation
    from .facade import Migration


def completed(operation: Operation, migration: Migration) -> Operation:
    """The operation, with what is needed and was not given read from the database; else itself."""
    connection, dialect = migration.connection, migration.spelling
    if isinstance(operation, DropColumnOp):
        online = connection is not None and not migration.as_sql
        return _with_keys(operation, connection, dialect) if online else operation
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
    if found is None:
        _refuse_unknown(operation, connection, dialect)
        return operation
    if operation.modify_type is not None and "stored_type" in found:
        types = str(found["stored_type"]), sa.types.to_instance(operation.modify_type)
        dialect.refuse_lost_values(connection, table, schema, column, types)
    return operation.completed(found)


def _refuse_unknown(operation: AlterColumnOp, connection: Connection, dialect: Dialect) -> None:
    """Say that a table lacks the column; what is wrong with the table itself the server says."""
    table, schema = operation.table_name, operation.schema
    if not sa.inspect(connection).has_table(table, schema=schema):
        return
    names = column_names(connection, dialect, table, schema)
    raise NoSuchColumn(
        f"Table '{table}' has no column '{operation.column_name}'.",
        hint=f"It has: {', '.join(map(repr, names))}.",
    )


def _with_keys(
    operation: DropColumnOp, connection: Connection | None, dialect: Dialect
) -> DropColumnOp:
    """The operation with the foreign keys that hold the column, where they do not go with it."""
    if connection is None or not dialect.keys_hold_columns:
        return operation
    inspector, table, schema = sa.inspect(connection), operation.table_name, operation.schema
    if not inspector.has_table(table, schema=schema):
        return operation
    keys = inspector.get_foreign_keys(table, schema=schema)
    name = operation.column_name
    held = [k["name"] for k in keys if name in map(dialect.name_read, k["constrained_columns"])]
    if not held:
        return operation
    facts = copy.copy(operation)
    facts.kw = {**operation.kw, "foreign_keys": held}
    return facts
