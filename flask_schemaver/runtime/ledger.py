"""The version table: which revisions a database is at, one row for each.

Reading never creates the table. A row is only moved from the value that was read: whoever lost a
race finds that no row was hit, and stops.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property
from typing import TYPE_CHECKING

import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from ..dialects.version_table import ID_LENGTH as ID_LENGTH
from ..dialects.version_table import version_table
from ..errors import DatabaseError

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection
    from sqlalchemy.sql import Executable

    from .planner import RowChange

VERSION_TABLE = "schemaver_version"
OWN_TABLES = frozenset({VERSION_TABLE, "schemaver_history", "schemaver_journal", "schemaver_lock"})
"""The tables in which this tool keeps its state, by their usual names."""


def journal_name(version_table: str) -> str:
    """The name of the journal that goes with a version table."""
    return "schemaver_journal" if version_table == VERSION_TABLE else f"{version_table}_journal"


class Ledger:
    """The version table of one set of migrations, wherever it is."""

    def __init__(
        self, table: str = VERSION_TABLE, schema: str | None = None, *, primary_key: bool = True
    ) -> None:
        self.name = table
        self.schema = schema
        self.table: sa.Table = version_table(table, schema, primary_key=primary_key)

    def take_shape(self, table: sa.Table) -> None:
        """Let the table be another one of the same name: wider, or with more columns."""
        self.table = table
        self.__dict__.pop("_prepared", None)

    @property
    def label(self) -> str:
        """The table's name as messages and locks say it."""
        return f"{self.schema}.{self.name}" if self.schema else self.name

    def exists(self, connection: Connection) -> bool:
        # The schema may be another on this connection: see 'schema_translate_map'.
        schema = connection.schema_for_object(self.table)
        return sa.inspect(connection).has_table(self.name, schema=schema)

    def ensure(self, connection: Connection) -> None:
        """Create the table if it is not there, in the transaction that is open."""
        if not self.exists(connection):
            self.table.create(connection)

    def read(self, connection: Connection) -> tuple[str, ...]:
        """The applied revisions, sorted; none if there is no table."""
        return self.rows(connection) if self.exists(connection) else ()

    def rows(self, connection: Connection) -> tuple[str, ...]:
        """The rows of the table, which must be there, in one query."""
        return tuple(sorted(connection.execute(sa.select(self.table.c[0])).scalars()))

    def move(self, connection: Connection, change: RowChange) -> None:
        """Make one change of a row; it is an error if the row is not as it was read."""
        values = {"old": change.old, "new": change.new}
        given = {name: value for name, value in values.items() if value is not None}
        try:
            hit = connection.execute(self._prepared[change.action], given).rowcount
        except DBAPIError as cause:
            if change.action != "insert" or not isinstance(cause, sa.exc.IntegrityError):
                raise
            raise self._lost(change) from cause
        if change.action != "insert" and self._knows_rowcount(connection) and hit != 1:
            raise self._lost(change)

    @cached_property
    def _prepared(self) -> dict[str, Executable]:
        """The statements of `move`, made once: to build them takes longer than to run them."""
        column = self.table.c[0]
        old, new = sa.bindparam("old", type_=column.type), sa.bindparam("new", type_=column.type)
        return {
            # inline(): without RETURNING, which some databases cannot do.
            "insert": sa.insert(self.table).values({column: new}).inline(),
            "update": sa.update(self.table).values({column: new}).where(column == old),
            "delete": sa.delete(self.table).where(column == old),
        }

    def statement(self, change: RowChange) -> Executable:
        """The SQL of one change of a row, with its values in it."""
        column = self.table.c[0]
        if change.action == "insert":
            # inline(): no RETURNING, which a script written to a file could not use.
            return sa.insert(self.table).values({column: change.new}).inline()
        if change.action == "update":
            return sa.update(self.table).values({column: change.new}).where(column == change.old)
        return sa.delete(self.table).where(column == change.old)

    def insert(self, connection: Connection, revisions: Iterable[str]) -> None:
        """Write rows into the table, which must be there and have none of them."""
        for revision in revisions:
            connection.execute(sa.insert(self.table).values(version_num=revision).inline())

    @staticmethod
    def _knows_rowcount(connection: Connection) -> bool:
        return connection.dialect.supports_sane_rowcount

    def _lost(self, change: RowChange) -> DatabaseError:
        said = (
            f"The row '{change.new}' is already in the version table '{self.label}'"
            if change.action == "insert"
            else f"The row '{change.old}' of the version table '{self.label}' was moved or removed"
        )
        return DatabaseError(
            f"{said} by another process.",
            hint="Run 'flask db current' to see where the database is, then try again.",
        )
