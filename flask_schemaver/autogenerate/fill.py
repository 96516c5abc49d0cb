"""NOT NULL columns that are added to tables with rows: what the rows that exist are given."""

from __future__ import annotations

import datetime
import decimal
import enum
from collections.abc import Iterable, Mapping
from copy import copy
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from ..kinds._items import text_clause
from ..kinds.column.alter import AlterColumnOp
from ..kinds.column.operations import AddColumnOp
from ..operations.data import ExecuteSQLOp
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


Defaults = Mapping[tuple[str | None, str, str], Any]


def filled(
    operations: Iterable[Operation],
    defaults: Defaults,
    dialect: Dialect,
    *,
    restoring: bool = False,
) -> tuple[list[Operation], list[str]]:
    """The operations, with values where a column that is to be NOT NULL has none; and warnings.

    An added column gets a temporary server default, a column that was nullable an UPDATE.
    `defaults` are the models' own scalar defaults by schema, table and column. When `restoring`
    (a downgrade brings a dropped column back), the empty value of its type serves.
    """
    result: list[Operation] = []
    warnings: list[str] = []
    for operation in operations:
        if isinstance(operation, AddColumnOp) and _needs_value(operation.column):
            result += _added(operation, defaults, dialect, warnings, restoring=restoring)
        elif isinstance(operation, AlterColumnOp) and operation.modify_nullable is False:
            result += _tightened(operation, defaults, dialect, warnings, restoring=restoring)
        else:
            result.append(operation)
    return result, warnings


def _added(
    operation: AddColumnOp,
    defaults: Defaults,
    dialect: Dialect,
    warnings: list[str],
    *,
    restoring: bool,
) -> list[Operation]:
    column = operation.column
    key = (operation.schema, operation.table_name, str(column.name))
    value = defaults.get(key, _empty(column) if restoring else None)
    text = None if value is None else literal(value, column, dialect)
    if text is not None:
        return _with_temporary_default(operation, text, restoring=restoring)
    warnings.append(
        f"The column '{operation.table_name}.{column.name}' is NOT NULL and has no default: the "
        "upgrade fails if the table has rows. Give the model a default= or server_default=, or "
        "edit the file."
    )
    operation.info["note"] = "Fails on a table with rows: they would have no value here."
    return [operation]


def _tightened(
    operation: AlterColumnOp,
    defaults: Defaults,
    dialect: Dialect,
    warnings: list[str],
    *,
    restoring: bool,
) -> list[Operation]:
    """Give rows that hold NULL the default of the column, before it becomes NOT NULL."""
    column = operation.new_column(dialect)
    text = dialect.default_spelling(column)
    value = defaults.get((operation.schema, operation.table_name, operation.column_name))
    if text is None and value is not None:
        text = literal(value, column, dialect)
    if text is not None:
        table, name = dialect.qualified(operation.table_name, operation.schema), column.name
        quoted = dialect.quote(str(name))
        update = ExecuteSQLOp(f"UPDATE {table} SET {quoted} = {text} WHERE {quoted} IS NULL")
        update.info["note"] = "Rows without a value get the default, as the column is NOT NULL."
        update.info["implied"] = True
        before, tightening = _parted(operation)
        return [*before, update, tightening]
    if not restoring:
        warnings.append(
            f"The column '{operation.table_name}.{operation.column_name}' becomes NOT NULL and "
            "has no default: the upgrade fails if rows hold NULL. Give the model a default= or "
            "server_default=, or edit the file."
        )
    operation.info["note"] = "Fails if rows hold NULL here."
    return [operation]


def _parted(operation: AlterColumnOp) -> tuple[list[Operation], AlterColumnOp]:
    """The change of type and default, which must come before values are given, and NOT NULL."""
    before = copy(operation)
    before.modify_nullable, before.existing_nullable = None, True
    if not before.has_changes():
        return [], operation
    changed_default = operation.modify_server_default is not False
    tightening = AlterColumnOp(
        operation.table_name,
        operation.modify_name or operation.column_name,
        schema=operation.schema,
        existing_type=operation.modify_type or operation.existing_type,
        existing_server_default=operation.modify_server_default
        if changed_default
        else operation.existing_server_default,
        existing_nullable=True,
        modify_nullable=False,
    )
    return [before], tightening


def _needs_value(column: sa.Column[Any]) -> bool:
    generated = column.computed is not None or column.identity is not None
    serial = column.autoincrement is True
    return not (column.nullable or column.server_default is not None or generated or serial)


def _with_temporary_default(
    operation: AddColumnOp, text: str, *, restoring: bool
) -> list[Operation]:
    column = operation.column._copy()
    column.server_default = sa.DefaultClause(text_clause(text))
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
    value = next((v for type_, v in EMPTY_VALUES if isinstance(column.type, type_)), None)
    if isinstance(value, datetime.datetime) and not getattr(column.type, "timezone", False):
        # MariaDB takes no offset in the text of a time.
        return value.replace(tzinfo=None)
    return value


def _member(cls: type[enum.Enum], name: str) -> Any:
    return cls.__members__.get(name, name)
