"""Schemas, the name spaces of tables: created where models need one, dropped by hand only."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from ..schema.model import Kind, Ref, Schema
from ..schema.operation import Call, Operation
from ..schema.record import record
from ._items import given
from ._metadata_types import types_of_metadata

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection
    from sqlalchemy.sql import Executable

    from ..dialects.base import Dialect
    from ..dialects.reflected import ReflectedSchema


@record
class NamespaceModel:
    """A schema that is not the default one."""

    name: str

    @property
    def ref(self) -> Ref:
        return Ref("schema", None, None, self.name)

    def requires(self) -> frozenset[Ref]:
        return frozenset()

    def settled(self, stored: NamespaceModel) -> NamespaceModel:
        return self


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

    def apply(self, schema: Schema, dialect: Dialect) -> Schema:
        if not dialect.compared_schemas:
            return schema
        return schema.with_models(NamespaceModel(self.schema_name))

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

    def apply(self, schema: Schema, dialect: Dialect) -> Schema:
        return schema.without(Ref("schema", None, None, self.schema_name))

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


class NamespaceKind(Kind):
    """Schemas: one that no model needs any more stays, as others may have something in it."""

    name = "schema"

    def declare_beside(self, metadata: sa.MetaData, dialect: Dialect) -> Iterable[NamespaceModel]:
        if dialect.compared_schemas:
            owners: list[Any] = [*metadata.tables.values(), *metadata._sequences.values()]
            owners += types_of_metadata(metadata)
            owners += [c.type for table in metadata.tables.values() for c in table.columns]
            names = {dialect.normal_schema(getattr(owner, "schema", None)) for owner in owners}
            yield from (NamespaceModel(name) for name in sorted(names - {None}, key=str) if name)

    def read_beside(self, found: ReflectedSchema, dialect: Dialect) -> Iterable[NamespaceModel]:
        if dialect.compared_schemas and found.name is not None and found.exists:
            yield NamespaceModel(found.name)

    def created(
        self, model: NamespaceModel, after: Schema, dialect: Dialect
    ) -> Iterable[Operation]:
        yield CreateSchemaOp(model.name)

    def dropped(
        self, model: NamespaceModel, before: Schema, dialect: Dialect
    ) -> Iterable[Operation]:
        return ()
