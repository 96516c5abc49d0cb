"""Schemas, the name spaces of tables: created and dropped by hand; they are not compared."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import sqlalchemy as sa

from ..schema.model import Ref
from ..schema.operation import Call, Operation
from ._items import given

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection
    from sqlalchemy.sql import Executable

    from ..dialects.base import Dialect


class CreateSchemaOp(Operation):
    """Create a schema."""

    directive = "create_schema"

    def __init__(self, schema_name: str, *, if_not_exists: bool | None = None) -> None:
        self.schema_name = schema_name
        self.if_not_exists = if_not_exists

    @classmethod
    def call(cls, schema_name: str, *, if_not_exists: bool | None = None) -> CreateSchemaOp:
        """Create a schema; does nothing on SQLite, where a schema is an attached file."""
        return cls(schema_name, if_not_exists=if_not_exists)

    def reverse(self) -> DropSchemaOp:
        return DropSchemaOp(self.schema_name)

    def statements(self, dialect: Dialect) -> Iterable[str | Executable]:
        guard = bool(self.if_not_exists) and self.guards_itself(dialect)
        return dialect.create_schema(self.schema_name, if_not_exists=guard)

    def is_done(self, connection: Connection, dialect: Dialect) -> bool:
        return sa.inspect(connection).has_schema(self.schema_name)

    def describe(self) -> str:
        return f"create schema '{self.schema_name}'"

    def rendering(self) -> Call:
        return Call("op.create_schema", self.schema_name, **given(if_not_exists=self.if_not_exists))

    def provides(self) -> Iterable[Ref]:
        return (Ref("schema", None, None, self.schema_name),)


class DropSchemaOp(Operation):
    """Drop a schema."""

    directive = "drop_schema"

    def __init__(
        self, schema_name: str, *, if_exists: bool | None = None, cascade: bool = False
    ) -> None:
        self.schema_name = schema_name
        self.if_exists = if_exists
        self.cascade = cascade

    @classmethod
    def call(
        cls, schema_name: str, *, if_exists: bool | None = None, cascade: bool = False
    ) -> DropSchemaOp:
        """Drop a schema; `cascade` drops all that is in it, too."""
        return cls(schema_name, if_exists=if_exists, cascade=cascade)

    def reverse(self) -> CreateSchemaOp:
        return CreateSchemaOp(self.schema_name)

    def statements(self, dialect: Dialect) -> Iterable[str | Executable]:
        guard = bool(self.if_exists) and self.guards_itself(dialect)
        return dialect.drop_schema(self.schema_name, if_exists=guard, cascade=self.cascade)

    def is_done(self, connection: Connection, dialect: Dialect) -> bool:
        return not sa.inspect(connection).has_schema(self.schema_name)

    def describe(self) -> str:
        return f"drop schema '{self.schema_name}'"

    def rendering(self) -> Call:
        options = given(if_exists=self.if_exists, cascade=self.cascade)
        return Call("op.drop_schema", self.schema_name, **options)

    def removes(self) -> Iterable[Ref]:
        return (Ref("schema", None, None, self.schema_name),)
