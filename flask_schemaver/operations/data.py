"""Operations on rows: statements of one's own, and rows by the list."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any, TypeVar

import sqlalchemy as sa
from sqlalchemy.types import NullType

from ..errors import CommandError
from ..schema.operation import Call, Operation

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection
    from sqlalchemy.sql import Executable

    from ..dialects.base import Dialect

T = TypeVar("T")

PARAMETERS = 900
"""How many values one INSERT carries; older SQLite takes 999 at most (https://sqlite.org/limits.html)."""


class OptionedText(str):
    """SQL that is sent as it is, with the execution options that go with it."""

    __slots__ = ("options",)
    options: Mapping[str, Any]

    @classmethod
    def of(cls, text: str, options: Mapping[str, Any] | None) -> str:
        if not options:
            return text
        made = cls(text)
        made.options = options
        return made


class ExecuteSQLOp(Operation):
    """Run one statement."""

    directive = "execute"

    def __init__(
        self, sqltext: str | Executable, *, execution_options: dict[str, Any] | None = None
    ) -> None:
        self.sqltext = sqltext
        self.execution_options = execution_options

    @classmethod
    def call(
        cls, sqltext: str | Executable, *, execution_options: dict[str, Any] | None = None
    ) -> ExecuteSQLOp:
        """Run one statement and drop its result.

        A string is sent as it is written: `:` and `%` mean nothing but themselves. For values
        beside the text, pass `sa.text(...).bindparams(...)`.
        """
        return cls(sqltext, execution_options=execution_options)

    def statements(self, dialect: Dialect) -> Iterable[str | Executable]:
        statement = self.sqltext
        if isinstance(statement, str):
            # Scripts written for `sa.text()` have a backslash before what is no parameter.
            verbatim = statement.replace("\\:", ":")
            yield OptionedText.of(verbatim, self.execution_options)
            return
        options = self.execution_options
        yield statement.execution_options(**options) if options else statement

    def to_diff_tuple(self) -> Any:
        return ("execute", self.sqltext)

    def describe(self) -> str:
        return f"run {str(self.sqltext).strip()[:60]!r}"

    def rendering(self) -> Call:
        if not isinstance(self.sqltext, str):
            return super().rendering()
        return Call("op.execute", self.sqltext)


class BulkInsertOp(Operation):
    """Insert rows."""

    directive = "bulk_insert"

    def __init__(
        self, table: sa.TableClause, rows: list[dict[str, Any]], *, multiinsert: bool = True
    ) -> None:
        self.table = table
        self.rows = rows
        self.multiinsert = multiinsert

    @classmethod
    def call(
        cls, table: sa.TableClause, rows: list[dict[str, Any]], *, multiinsert: bool = True
    ) -> BulkInsertOp:
        """Insert `rows`, dictionaries of values by column, into `table`.

        `multiinsert=False` sends a statement a row, which `op.inline_literal` values need.
        """
        if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
            raise CommandError(
                f"The rows to insert into '{table.name}' are not a list of dictionaries.",
                hint="Write bulk_insert(table, [{'column': value}, ...]).",
            )
        return cls(table, rows, multiinsert=multiinsert)

    def statements(self, dialect: Dialect) -> Iterable[str | Executable]:
        if not self.rows:
            return
        same_columns = all(row.keys() == self.rows[0].keys() for row in self.rows)
        several = self.multiinsert and same_columns and dialect.engine.supports_multivalues_insert
        size = max(1, PARAMETERS // max(1, len(self.rows[0])))
        rows = [self._typed(row) for row in self.rows]
        groups: list[Any] = list(rows)
        if several:
            groups = [rows[start : start + size] for start in range(0, len(rows), size)]
        inserts = [sa.insert(self.table).values(group) for group in groups]
        yield from dialect.insert_rows(self.table, self.rows[0].keys(), inserts)

    def _typed(self, row: dict[str, Any]) -> dict[str, Any]:
        """A row whose values have a type of their own where the column has none."""
        typed = dict(row)
        for name, value in row.items():
            column = self.table.c.get(name)
            if column is None:
                raise CommandError(
                    f"A row for '{self.table.name}' has a value for '{name}', which is no column "
                    "of the table that bulk_insert() was given.",
                    hint=f"It has: {', '.join(map(repr, self.table.c.keys()))}.",
                )
            if isinstance(column.type, NullType) and not isinstance(value, sa.ClauseElement):
                typed[name] = value if value is None else sa.literal(value)
        return typed

    def describe(self) -> str:
        return f"insert {len(self.rows)} rows into '{self.table.name}'"


class NotAsync(CommandError, ValueError):
    """`run_async` was called on a connection that cannot await."""


def run_async(
    connection: Connection | None,
    function: Callable[..., Awaitable[T]],
    *args: Any,
    **kwargs: Any,
) -> T:
    """Await `function(async connection, ...)` from the migration's synchronous side."""
    if connection is None or not connection.dialect.is_async:
        where = "while SQL is only written" if connection is None else "with a sync engine"
        raise NotAsync(
            f"Cannot call run_async {where}.",
            hint="Make the engine with create_async_engine, or use op.get_bind().",
        )
    from sqlalchemy.ext.asyncio import AsyncConnection
    from sqlalchemy.util import await_only

    awaitable = function(AsyncConnection._retrieve_proxy_for_target(connection), *args, **kwargs)
    return await_only(awaitable)
