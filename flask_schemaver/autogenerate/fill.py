"""NOT NULL columns that are added to tables with rows: what the rows that exist are given."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from copy import copy
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from ..kinds._items import copied_column, text_clause
from ..kinds.column.alter import AlterColumnOp
from ..kinds.column.operations import AddColumnOp
from ..operations.data import ExecuteSQLOp
from ..operations.todo import TodoOp
from ..schema.operation import Operation
from .values import Key, Special, empty_literal, literal, needs_value, parsed

if TYPE_CHECKING:
    from ..dialects.base import Dialect

Defaults = Mapping[Key, Any]
Fills = Mapping[Key, "str | None"]
"""What rows get, as `--fill` takes it; None for the empty value of the type."""

NULLABLE, TODO = "nullable", "todo"


def filled(
    operations: Iterable[Operation],
    defaults: Defaults,
    dialect: Dialect,
    fills: Fills | None = None,
    *,
    restoring: bool = False,
    special: Mapping[Key, Special] | None = None,
) -> tuple[list[Operation], list[str]]:
    """The operations, with values where a column that is to be NOT NULL has none; and warnings.

    An added column gets a temporary server default, a column that was nullable an UPDATE.
    `defaults` are the models' own scalar defaults. When `restoring` (a downgrade brings a dropped
    column back), the empty value of its type serves. `special` has expressions for columns whose
    values must differ from row to row, or be of a list.
    """
    filling = Filling(defaults, dialect, fills or {}, special or {}, restoring=restoring)
    result: list[Operation] = []
    for operation in operations:
        if isinstance(operation, AddColumnOp) and needs_value(operation.column):
            result += filling.added(operation)
        elif isinstance(operation, AddColumnOp) and filling.clashes(operation):
            result += filling.kept_apart(operation)
        elif isinstance(operation, AlterColumnOp) and operation.modify_nullable is False:
            result += filling.tightened(operation)
        else:
            result.append(operation)
    return result, filling.warnings


_ON_UPDATE = re.compile(r"\s+ON\s+UPDATE\s+", re.IGNORECASE)


class Filling:
    """Writes what rows get, and remembers what a person should know of it."""

    def __init__(
        self,
        defaults: Defaults,
        dialect: Dialect,
        fills: Fills,
        special: Mapping[Key, Special],
        *,
        restoring: bool,
    ) -> None:
        self._defaults, self._fills, self._special = defaults, fills, special
        self._dialect, self._restoring = dialect, restoring
        self.warnings: list[str] = []

    def added(self, operation: AddColumnOp) -> list[Operation]:
        """An added NOT NULL column, with what gives it values."""
        column, key = operation.column, _key(operation, str(operation.column.name))
        chosen = self._fills.get(key)
        if chosen in (NULLABLE, TODO):
            return self._later(operation, chosen)
        if chosen is not None:
            value = parsed(chosen, column, self._dialect)
            if value.is_constant:
                return with_temporary_default(operation, value.sql, "Rows that exist get")
            chosen_value = Special(value.sql)
            return in_three_steps(operation, chosen_value, "Rows that exist get", self._dialect)
        text = self._own_value(key, column)
        if text is None and (self._restoring or key in self._fills):
            return self._invented(operation, key)
        if text is not None and self.clashes(operation):
            return self.kept_apart(operation)
        if text is not None:
            return with_temporary_default(operation, text, "Rows that exist get")
        return self._hopeful(operation)

    def clashes(self, operation: AddColumnOp) -> bool:
        """Whether the server default, or none, would give rows values that may not repeat."""
        special = self._special.get(_key(operation, str(operation.column.name)))
        return special is not None and special.must

    def kept_apart(self, operation: AddColumnOp) -> list[Operation]:
        """The column with a value of its own for each row; its default is for the rows to come."""
        column = operation.column
        special = self._special[_key(operation, str(column.name))]
        source = "The values are gone; rows get" if self._restoring else "Rows that exist get"
        operations = in_three_steps(
            operation, special, source, self._dialect, "its values may not repeat"
        )
        if not self._restoring:
            name = f"{operation.table_name}.{column.name}"
            self.warnings.append(
                f"Rows that exist get {special.sql} in '{name}', whose values may not repeat, and "
                "not its default."
            )
        return operations

    def _own_value(self, key: Key, column: sa.Column[Any]) -> str | None:
        value = self._defaults.get(key)
        return None if value is None else literal(value, column, self._dialect)

    def _invented(self, operation: AddColumnOp, key: Key) -> list[Operation]:
        """Rows get the empty value of the type, or what serves where that one does not."""
        source = (
            "The values are gone; rows get" if self._restoring else "Nobody was asked; rows get"
        )
        words = ".".join(word for word in key if word)
        special = self._special.get(key)
        if special is None:
            sql = empty_literal(operation.column, self._dialect)
            if sql is None:
                return self._hopeful(operation)
            operations = with_temporary_default(operation, sql, source)
        else:
            sql = special.sql
            operations = in_three_steps(operation, special, source, self._dialect)
        if not self._restoring:
            self.warnings.append(
                f"Rows that exist get {sql} in '{words}', as it is NOT NULL and has no default. "
                f"Give another value with '--fill {words}=VALUE', or a default to the model."
            )
        return operations

    def _hopeful(self, operation: AddColumnOp) -> list[Operation]:
        """The column as it is: right for a table without rows."""
        name = f"{operation.table_name}.{operation.column.name}"
        self.warnings.append(
            f"The column '{name}' is NOT NULL and has no default: the upgrade fails if the table "
            f"has rows. Give the model a default= or server_default=, or '--fill {name}=VALUE'."
        )
        operation.info["note"] = "Fails on a table with rows: they would have no value here."
        return [operation]

    def _later(self, operation: AddColumnOp, chosen: str | None) -> list[Operation]:
        """The column nullable: for now, or until a person has filled in the TODO."""
        name = f"{operation.table_name}.{operation.column.name}"
        first, update, last = in_three_steps(operation, Special("..."), "Rows get", self._dialect)
        if chosen == NULLABLE:
            first.info["note"] = "Nullable for now: a later revision makes it NOT NULL."
            self.warnings.append(
                f"The column '{name}' is added nullable, unlike in the model: fill it, then run "
                "'flask db migrate' again, which makes it NOT NULL."
            )
            return [first]
        assert isinstance(update, ExecuteSQLOp)
        mark = TodoOp(f"Give the rows a value: op.execute({str(update.sqltext)!r})")
        mark.info["note"] = "TODO: write the UPDATE, and delete this line."
        return [first, mark, last]

    def tightened(self, operation: AlterColumnOp) -> list[Operation]:
        """Give rows that hold NULL a value, before their column becomes NOT NULL."""
        column = operation.new_column(self._dialect)
        key = _key(operation, str(column.name))
        chosen = self._fills.get(key)
        before, tightening = _parted(operation)
        if chosen == NULLABLE:
            self.warnings.append(
                f"The column '{operation.table_name}.{column.name}' stays nullable, unlike in the "
                "model: fill it, then run 'flask db migrate' again."
            )
            return before
        if chosen == TODO:
            name = f"{operation.table_name}.{column.name}"
            mark = TodoOp(f"Give the rows a value where '{name}' IS NULL, by op.execute(...).")
            mark.info["note"] = "TODO: write the UPDATE, and delete this line."
            return [*before, mark, tightening]
        value = self._value_for_null(chosen, key, column)
        if value is None:
            return self._hoping_for_no_null(operation)
        place = self._dialect.qualified(operation.table_name, operation.schema)
        update = updating(str(column.name), value, place, self._dialect)
        what = "this value" if chosen else "the default"
        update.info["note"] = f"Rows without a value get {what}, as the column is NOT NULL."
        update.info["implied"] = True
        return [*before, update, tightening]

    def _value_for_null(
        self, chosen: str | None, key: Key, column: sa.Column[Any]
    ) -> Special | None:
        if chosen is not None:
            return Special(parsed(chosen, column, self._dialect).sql)
        text = self._dialect.default_spelling(column)
        # MySQL has what happens to a row that is changed in the default, too.
        text = None if text is None else _ON_UPDATE.split(text)[0]
        if text is None or text.upper() == "NULL":
            text = self._own_value(key, column)
        if text is not None:
            return Special(text)
        if key not in self._fills:
            return None
        text = empty_literal(column, self._dialect)
        value = self._special.get(key) or (None if text is None else Special(text))
        if value is not None:
            words = ".".join(word for word in key if word)
            self.warnings.append(
                f"Rows that hold NULL get {value.sql} in '{words}', as it becomes NOT NULL and has "
                f"no default. Give another value with '--fill {words}=VALUE'."
            )
        return value

    def _hoping_for_no_null(self, operation: AlterColumnOp) -> list[Operation]:
        name = f"{operation.table_name}.{operation.modify_name or operation.column_name}"
        if not self._restoring:
            self.warnings.append(
                f"The column '{name}' becomes NOT NULL and has no default: the upgrade fails if "
                "rows hold NULL. Give the model a default= or server_default=, or "
                f"'--fill {name}=VALUE'."
            )
        operation.info["note"] = "Fails if rows hold NULL here."
        return [operation]


def _key(operation: AddColumnOp | AlterColumnOp, column: str) -> Key:
    return (operation.schema, operation.table_name, column)


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


def with_temporary_default(operation: AddColumnOp, text: str, source: str) -> list[Operation]:
    """The column with a server default for the rows that exist, and the default gone again."""
    column = copied_column(operation.column)
    column.server_default = sa.DefaultClause(text_clause(text))
    add = AddColumnOp(operation.table_name, column, schema=operation.schema)
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


def in_three_steps(
    operation: AddColumnOp,
    value: Special,
    source: str,
    dialect: Dialect,
    reason: str = "the column is NOT NULL",
) -> list[Operation]:
    """The column without a default and nullable, an UPDATE of all rows, then what it lacks."""
    column, wanted = copied_column(operation.column), operation.column
    column.nullable, column.server_default = True, None
    add = AddColumnOp(operation.table_name, column, schema=operation.schema)
    name = str(column.name)
    place = dialect.qualified(operation.table_name, operation.schema)
    update = updating(name, value, place, dialect)
    update.info["note"] = f"{source} {value.sql}, as {reason}."
    default: Any = wanted.server_default
    complete = AlterColumnOp(
        operation.table_name,
        name,
        schema=operation.schema,
        existing_type=column.type,
        existing_nullable=True,
        existing_comment=column.comment,
        modify_nullable=None if wanted.nullable else False,
        modify_server_default=False if default is None else default.arg,
    )
    update.info["implied"] = complete.info["implied"] = True
    return [add, update, *([complete] if complete.has_changes() else [])]


def updating(column: str, value: Special, place: str, dialect: Dialect) -> ExecuteSQLOp:
    """The UPDATE that gives rows without a value one; `place` is the table in SQL."""
    quoted = dialect.quote(column)
    condition = f"{value.source} AND" if value.source else " WHERE"
    text = f"UPDATE {place}{value.joined} SET {quoted} = {value.sql}{condition} {quoted} IS NULL"
    return ExecuteSQLOp(text_clause(text).text)
