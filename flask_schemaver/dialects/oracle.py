"""Oracle: ADD and MODIFY without the word COLUMN, and a default that is dropped by DEFAULT NULL.

Facts: https://docs.oracle.com/en/database/oracle/oracle-database/19/sqlrf/ALTER-TABLE.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, ClassVar

import sqlalchemy as sa

from ..errors import CommandError
from .base import UNCHANGED, ColumnChange, Dialect

if TYPE_CHECKING:
    from sqlalchemy.engine.interfaces import Dialect as EngineDialect
    from sqlalchemy.sql import Executable

_BLOCK = re.compile(
    r"\s*(?:begin|declare|create\s+(?:or\s+replace\s+)?(?:(?:non)?editionable\s+)?"
    r"(?:function|procedure|package|trigger|type))\b",
    re.IGNORECASE,
)


class OracleDialect(Dialect):
    """What Oracle writes differently."""

    name = "oracle"
    comments: bool = True
    batch_separator: str | None = "/"
    begin_words = ""
    guards: ClassVar[frozenset[str]] = frozenset()

    def __init__(self, engine_dialect: EngineDialect) -> None:
        super().__init__(engine_dialect)
        version = getattr(engine_dialect, "server_version_info", None)
        if version is not None and version >= (23,):
            self.guards = frozenset(  # type: ignore[misc]
                {"create_table", "drop_table", "create_index", "drop_index"}
            )

    def script_statement(self, text: str) -> str:
        """The line with '/' ends a statement; only blocks of PL/SQL end in a semicolon, too."""
        return text if _BLOCK.match(text) else text.removesuffix(";")

    def add_column(
        self,
        column: sa.Column[object],
        table: str,
        schema: str | None,
        *,
        if_not_exists: bool = False,
    ) -> Iterator[str | Executable]:
        specification = self.column_specification(column)
        yield f"ALTER TABLE {self.qualified(table, schema)} ADD {specification}"
        if column.comment is not None:
            yield from self.comment_column(table, schema, column.name, column.comment)

    def alter_column(
        self, table: str, schema: str | None, column: str, change: ColumnChange
    ) -> Iterator[str | Executable]:
        start = f"ALTER TABLE {self.qualified(table, schema)} "
        name = self.quote(column)
        modify = f"{start}MODIFY {name} "
        # MODIFY to what the column is already: ORA-01442, ORA-01451.
        if change.nullable is not None and change.nullable != change.existing_nullable:
            yield f"{modify}{'NULL' if change.nullable else 'NOT NULL'}"
        if change.default is not UNCHANGED:
            yield f"{modify}DEFAULT {'NULL' if change.default is None else change.default}"
        if change.type_ is not None:
            yield f"{modify}{self.type_spelling(change.type_)}"
        if change.generated is not UNCHANGED:
            yield from self.alter_generated(start, name, change)
        if change.comment is not UNCHANGED:
            yield from self.comment_column(table, schema, column, change.comment)
        if change.new_name is not None:
            yield f"{start}RENAME COLUMN {name} TO {self.quote(change.new_name)}"

    def alter_generated(
        self, start: str, name: str, change: ColumnChange
    ) -> Iterator[str | Executable]:
        """A plain column cannot become an identity, and an identity can change or become plain."""
        old, new = change.existing_generated, change.generated
        if new is None and isinstance(old, sa.Identity):
            yield f"{start}MODIFY {name} DROP IDENTITY"
        elif isinstance(new, (sa.Identity, sa.Computed)) and isinstance(old, type(new)):
            yield f"{start}MODIFY {name} {self.ddl.process(new)}"
        else:
            yield from super().alter_generated(start, name, change)

    def renames_constraint(self, type_: str | None) -> bool:
        return True

    def alter_sequence(
        self, name: str, schema: str | None, options: Mapping[str, Any]
    ) -> Iterator[str]:
        # START WITH takes effect with RESTART alone, since 18c: else ORA-02283.
        for statement in super().alter_sequence(name, schema, options):
            yield statement.replace(" START WITH ", " RESTART START WITH ")

    def rename_sequence(self, old: str, new: str, schema: str | None) -> Iterator[str]:
        yield f"RENAME {self.quote(old)} TO {self.quote(new)}"

    def literal(self, value: str | None) -> str:
        # A comment is taken back by an empty one; COMMENT ... IS NULL is no SQL here.
        return super().literal(value or "")

    def drop_schema(
        self, name: str, *, if_exists: bool = False, cascade: bool = False
    ) -> Iterator[str | Executable]:
        raise _schemas_are_users()
        yield

    def create_schema(
        self, name: str, *, if_not_exists: bool = False
    ) -> Iterator[str | Executable]:
        raise _schemas_are_users()
        yield


def _schemas_are_users() -> CommandError:
    return CommandError(
        "On Oracle a schema is a user's, and comes and goes with the user.",
        hint="Run CREATE USER or DROP USER as an administrator, or by op.execute().",
    )
