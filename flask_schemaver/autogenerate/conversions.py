"""Changes of a type that no cast makes: the file says so, and waits for a person."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import TYPE_CHECKING

import sqlalchemy as sa

from ..kinds.column.alter import AlterColumnOp
from ..operations.todo import TodoOp
from .unfilled import has_rows, old_names
from .values import Key

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection

    from ..dialects.base import Dialect
    from ..schema.operation import Operation


def inconvertible(
    operations: Iterable[Operation], connection: Connection, dialect: Dialect
) -> frozenset[Key]:
    """The columns whose values cannot become values of the new type by themselves. Reads only."""
    operations = list(operations)
    tables, columns = old_names(operations)
    found: set[Key] = set()
    for operation in operations:
        if not isinstance(operation, AlterColumnOp) or operation.modify_type is None:
            continue
        types = (operation.existing_type, operation.modify_type)
        if None in types or dialect.can_convert(*map(sa.types.to_instance, types)):
            continue
        key = (operation.schema, operation.table_name, operation.column_name)
        place = tables.get(key[:2], key[1])
        if has_rows(connection, key[0], place, columns.get(key, key[2]), null=False):
            found.add(key)
    return frozenset(found)


def marked(
    operations: Iterable[Operation], found: Collection[Key], dialect: Dialect
) -> list[Operation]:
    """The operations, with a mark before each that has to be told how to convert values."""
    result: list[Operation] = []
    for operation in operations:
        if isinstance(operation, AlterColumnOp) and operation.modify_type is not None:
            key = (operation.schema, operation.table_name, operation.column_name)
            if key in found:
                result.append(_mark(operation, dialect))
        result.append(operation)
    return result


def _mark(operation: AlterColumnOp, dialect: Dialect) -> TodoOp:
    types = (operation.existing_type, operation.modify_type)
    old, new = (dialect.type_spelling(sa.types.to_instance(type_)) for type_ in types)
    name = f"{operation.table_name}.{operation.column_name}"
    mark = TodoOp(
        f"Values of '{name}' cannot pass from {old} to {new} by themselves. Say how in the "
        "op.alter_column() that follows, by postgresql_using='...'."
    )
    mark.info["note"] = "TODO: say how values are converted, and delete this line."
    return mark
