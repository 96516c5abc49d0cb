"""Where the columns of a table are to stand after a batch, and how it gets there without SQLite."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

import sqlalchemy as sa

from ..errors import CommandError
from ..kinds.column.alter import AlterColumnOp
from ..kinds.column.operations import AddColumnOp, DropColumnOp
from ..schema.operation import Operation

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection

    from ..dialects.base import Dialect
    from .facade import Migration
    from .shape import Shape

logger: Final = logging.getLogger("flask_schemaver.operations")


def place_of(operation: Operation) -> tuple[str | None, str | None]:
    """The columns that the operation's own column is to stand before, and after."""
    before = getattr(operation, "insert_before", None)
    return before, getattr(operation, "insert_after", None)


def column_names(
    connection: Connection, dialect: Dialect, table: str, schema: str | None
) -> list[str]:
    found = sa.inspect(connection).get_columns(table, schema=schema)
    return [dialect.name_read(column["name"]) for column in found]


def order_after(names: Sequence[str], operations: Sequence[Operation], table: str) -> list[str]:
    """The columns, by their new names, in the order that the operations ask for."""
    order = list(names)
    for operation in operations:
        if isinstance(operation, AddColumnOp) and operation.column.name not in order:
            order.append(str(operation.column.name))
        elif isinstance(operation, DropColumnOp) and operation.column_name in order:
            order.remove(operation.column_name)
        if isinstance(operation, AddColumnOp):
            _move(order, str(operation.column.name), operation, table)
        elif isinstance(operation, AlterColumnOp):
            _move(order, operation.column_name, operation, table)
            if operation.modify_name is not None:
                order[order.index(operation.column_name)] = operation.modify_name
    return order


def _move(order: list[str], name: str, operation: Operation, table: str) -> None:
    before, after = place_of(operation)
    beside = before if before is not None else after
    if beside is None:
        return
    if beside not in order:
        raise CommandError(
            f"Table '{table}' has no column '{beside}' that '{name}' could stand beside.",
            hint=f"It has: {', '.join(map(repr, order))}.",
        )
    order.remove(name)
    order.insert(order.index(beside) + (before is None), name)


def rebuild_in_order(migration: Migration, shape: Shape, wanted: Sequence[str]) -> None:
    """Build the table anew with its columns in the order that is wanted.

    If that is the order that they have, a table that cannot be built anew is left as it is.
    """
    connection, dialect = migration.connection, migration.spelling
    assert connection is not None
    there = column_names(connection, dialect, shape.table, shape.schema)
    order = [name for name in wanted if name in there]
    order = shape.ordered(order + [name for name in there if name not in order])
    try:
        dialect.rebuild_table(connection, shape.table, shape.schema, order)
    except CommandError as cause:
        if order != there:
            raise
        logger.warning("%s All was done by ALTER TABLE.", cause.message)
