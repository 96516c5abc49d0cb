"""NOT NULL columns that are added to tables with rows: what the rows that exist are given."""

from __future__ import annotations

import datetime
import decimal
import enum
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from ..kinds.column.operations import AddColumnOp, AlterColumnOp
from ..schema.operation import Operation

if TYPE_CHECKING:
    from ..dialects.base import Dialect

EMPTY_VALUES: tuple[tuple[type[Any], Any], ...] = (
    (sa.Boolean, False),
    (sa.Enum, None),
    (sa.Integer, 0),
    (sa.Numeric, 0),
    (sa.DateTime, datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)),
    (sa.Date, datetime.date(1970, 1, 1)),
    (sa.Time, datetime.time()),
    (sa.String, ""),
)
"""What a downgrade writes into a NOT NULL column whose values were dropped with it."""


def filled(
    operations: Iterable[Operation],
    defaults: dict[tuple[str | None, str, str], Any],
    dialect: Dialect,
    *,
    restoring: bool = False,
) -> tuple[list[Operation], list[str]]:
    """The operations, with a temporary server default where rows need a value; and warnings.

    `defaults` are the models' own scalar defaults by schema, table and column. When `restoring`
    (a downgrade brings a dropped column back), the empty value of its type serves.
    """
    result: list[Operation] = []
    warnings: list[str] = []
    for operation in operations:
        result.append(operation)
        if not isinstance(operation, AddColumnOp) or not _needs_value(operation.column):
            continue
        column = operation.column
        key = (operation.schema, operation.table_name, str(column.name))
        value = defaults.get(key, _empty(column) if restoring else None)
        text = None if value is None else literal(value, column, dialect)
        where = f"{operation.table_name}.{column.name}"
        if text is None:
            warnings.append(
                f"The column '{where}' is NOT NULL and has no default: the upgrade fails if the "
                "table has rows. Give the model a default= or server_default=, or edit the file."
            )
            operation.info["note"] = "Fails on a table with rows: they would have no value here."
            continue
        result[-1:] = _with_temporary_default(operation, text, restoring=restoring)
    return result, warnings


def _needs_value(column: sa.Column[Any]) -> bool:
    generated = column.computed is not None or column.identity is not None
    serial = column.autoincrement is True
    return not (column.nullable or column.server_default is not None or generated or serial)


def _with_temporary_default(
    operation: AddColumnOp, text: str, *, restoring: bool
) -> list[Operation]:
    column = operation.column._copy()
    column.server_default = sa.DefaultClause(sa.text(text.replace(":", r"\:")))
    add = AddColumnOp(operation.table_name, column, schema=operation.schema)
    source = "The values are gone; rows get" if restoring else "Rows that exist get"
    add.info["note"] = f"{source} {text}, as the column is NOT NULL."
    drop = AlterColumnOp(
        operation.table_name,
        str(column.name),
        schema=operation.schema,
        existing_type=column.type,
        existing_nullable=False,
        existing_server_default=column.server_default.arg,
        modify_server_default=None,
    )
    drop.info["implied"] = True
    return [add, drop]


def literal(value: Any, column: sa.Column[Any], dialect: Dialect) -> str | None:
    """A value as SQL, None where it cannot be written."""
    if isinstance(value, decimal.Decimal | int | float) and not isinstance(value, bool):
        return str(value)
    try:
        compiled = sa.literal(value, column.type).compile(
            dialect=dialect.engine, compile_kwargs={"literal_binds": True}
        )
    except (sa.exc.CompileError, NotImplementedError, AttributeError, LookupError, TypeError):
        return None
    return str(compiled)


def scalar_default(default: Any) -> Any:
    """The value of a model's `default=`, None where it is not one plain value."""
    if default is None or not default.is_scalar:
        return None
    return default.arg


def _empty(column: sa.Column[Any]) -> Any:
    if isinstance(column.type, sa.Enum) and column.type.enums:
        first = column.type.enums[0]
        cls = column.type.enum_class
        return first if cls is None else _member(cls, first)
    return next((v for type_, v in EMPTY_VALUES if isinstance(column.type, type_)), None)


def _member(cls: type[enum.Enum], name: str) -> Any:
    return cls.__members__.get(name, name)
