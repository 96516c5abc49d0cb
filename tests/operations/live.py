"""A database in the middle of a migration, as a test sees it."""

from __future__ import annotations

import sqlalchemy as sa

from flask_schemaver.operations.facade import Operations


class Database:
    """One connection with its `op`, which the test's own statements share."""

    def __init__(self, op: Operations) -> None:
        self.op = op
        self.connection = op.get_bind()

    @property
    def name(self) -> str:
        return self.connection.dialect.name

    @property
    def seen(self) -> sa.Inspector:
        """The database as it is now."""
        return sa.inspect(self.connection)

    def columns(self, table: str) -> dict[str, sa.engine.interfaces.ReflectedColumn]:
        return {column["name"]: column for column in self.seen.get_columns(table)}

    def rows(self, sql: str) -> list[tuple[object, ...]]:
        return [tuple(row) for row in self.connection.exec_driver_sql(sql)]

    def sql(self, table: str) -> str:
        """What SQLite has stored of a table."""
        found = self.rows(f"SELECT sql FROM sqlite_master WHERE name = '{table}'")
        return str(found[0][0])
