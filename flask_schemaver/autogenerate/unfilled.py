"""NOT NULL columns for which rows that are there have no value."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from ..errors import AutogenerateError
from ..kinds.column.alter import AlterColumnOp
from ..kinds.column.operations import AddColumnOp
from ..kinds.table_name import RenameTableOp
from ..schema.record import record
from .choices import Choices
from .values import Key, literal, needs_value

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection

    from ..dialects.base import Dialect
    from ..schema.operation import Operation


@record
class Unfilled:
    """A column that is added or becomes NOT NULL, and that rows have no value for."""

    schema: str | None
    table: str
    column: str
    type: str
    is_new: bool

    @property
    def key(self) -> Key:
        return (self.schema, self.table, self.column)

    @property
    def words(self) -> str:
        """The column as `--fill` takes it."""
        return ".".join(word for word in self.key if word)

    def describe(self) -> str:
        state = "is added" if self.is_new else "is NULL in some rows"
        return f"column '{self.words}' ({self.type}) {state}"


def unfilled(
    operations: Iterable[Operation],
    defaults: Mapping[Key, Any],
    connection: Connection,
    dialect: Dialect,
) -> tuple[Unfilled, ...]:
    """The columns for which rows have no value, nor the model a default. Reads only."""
    operations = list(operations)
    tables, columns = old_names(operations)
    found: list[Unfilled] = []
    for operation in operations:
        if isinstance(operation, AlterColumnOp | AddColumnOp):
            column = _column(operation, dialect)
            key = (operation.schema, operation.table_name, str(column.name))
            if not _lacks_value(operation, column, defaults.get(key), dialect):
                continue
            table = tables.get(key[:2], key[1])
            is_new = isinstance(operation, AddColumnOp)
            old = None if is_new else columns.get(key, key[2])
            if has_rows(connection, key[0], table, old):
                found.append(Unfilled(*key, dialect.type_spelling(column.type), is_new))
    return tuple(found)


def old_names(
    operations: Iterable[Operation],
) -> tuple[dict[tuple[str | None, str], str], dict[Key, str]]:
    """What tables, and columns, that get other names are called until then, by the new names."""
    tables: dict[tuple[str | None, str], str] = {}
    columns: dict[Key, str] = {}
    for operation in operations:
        if isinstance(operation, RenameTableOp):
            tables[operation.schema, operation.new_table_name] = operation.table_name
        elif isinstance(operation, AlterColumnOp) and operation.modify_name is not None:
            key = (operation.schema, operation.table_name, operation.modify_name)
            columns[key] = operation.column_name
    return tables, columns


def _column(operation: AlterColumnOp | AddColumnOp, dialect: Dialect) -> sa.Column[Any]:
    if isinstance(operation, AddColumnOp):
        return operation.column
    return operation.new_column(dialect)


def _lacks_value(
    operation: AlterColumnOp | AddColumnOp, column: sa.Column[Any], default: Any, dialect: Dialect
) -> bool:
    if default is not None and literal(default, column, dialect) is not None:
        return False
    if isinstance(operation, AddColumnOp):
        return needs_value(column)
    return operation.modify_nullable is False and dialect.default_spelling(column) is None


def has_rows(
    connection: Connection, schema: str | None, table: str, column: str | None, *, null: bool = True
) -> bool:
    """Whether a table has rows; or rows where `column` is NULL, or is not. Reads only."""
    names: list[sa.ColumnClause[Any]] = [] if column is None else [sa.column(column)]
    place = sa.table(table, *names, schema=schema)
    question: sa.Select[Any] = sa.select(sa.literal_column("1")).select_from(place)
    for name in names:
        question = question.where(name.is_(None) if null else name.is_not(None))
    return connection.execute(question.limit(1)).first() is not None


def answered(found: Sequence[Unfilled], choices: Choices) -> dict[Key, str | None]:
    """What rows get, by what was given beforehand and what is answered now."""
    given = dict(_parted(text) for text in choices.fills)
    fills: dict[Key, str | None] = {}
    open_: list[Unfilled] = []
    for column in found:
        answer = given.pop(column.words, None)
        if answer is None and choices.questioner is not None:
            answer = choices.questioner.fill(column)
            if answer is None:
                open_.append(column)
        fills[column.key] = answer
    if open_ and choices.questioner is not None:
        choices.questioner.undecided_fills(open_)
    for words, value in given.items():
        # A value for what has one already, or for a table without rows, serves other databases.
        schema, _, rest = words.rpartition(".")[0].rpartition(".")
        fills[schema or None, rest, words.rpartition(".")[2]] = value
    return fills


def _parted(text: str) -> tuple[str, str]:
    words, equals, value = text.partition("=")
    if not equals or "." not in words or not value:
        raise AutogenerateError(
            f"'{text}' gives no value to a column.", hint="Write --fill TABLE.COLUMN=VALUE."
        )
    return words.strip(), value.strip()
