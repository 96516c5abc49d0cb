"""Enumerated types as PostgreSQL has them: made for the first user, dropped after the last."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from ..schema.model import Kind, Ref, Schema
from ..schema.operation import Call, IrreversibleError, Operation
from ..schema.record import record
from ._items import given
from .column.model import enum_ref

if TYPE_CHECKING:
    from sqlalchemy.sql import Executable

    from ..dialects.base import Dialect
    from ..dialects.reflected import ReflectedTable


@record
class EnumModel:
    """An enumerated type and its values, in order."""

    schema: str | None
    name: str
    values: tuple[str, ...]

    @property
    def ref(self) -> Ref:
        return Ref("enum", self.schema, None, self.name)

    def requires(self) -> frozenset[Ref]:
        return frozenset()

    def settled(self, stored: EnumModel) -> EnumModel:
        return self


class CreateEnumOp(Operation):
    """Create an enumerated type, unless it is there already."""

    directive = "create_enum"

    def __init__(self, name: str, values: Sequence[str], *, schema: str | None = None) -> None:
        self.name = name
        self.values: list[str] = list(values)
        self.schema = schema

    @classmethod
    def call(cls, name: str, values: Sequence[str], *, schema: str | None = None) -> CreateEnumOp:
        """Create the type `name` with `values`; does nothing where databases have no such types."""
        return cls(name, values, schema=schema)

    @property
    def ref(self) -> Ref:
        return Ref("enum", self.schema, None, self.name)

    def apply(self, schema: Schema, dialect: Dialect) -> Schema:
        if not dialect.enum_types:
            return schema
        return schema.with_models(EnumModel(self.schema, self.name, tuple(self.values)))

    def reverse(self) -> DropEnumOp:
        return DropEnumOp(self.name, schema=self.schema, _reverse=self)

    def statements(self, dialect: Dialect) -> Iterable[str | Executable]:
        yield from dialect.create_enum(self.name, self.values, self.schema)

    def describe(self) -> str:
        return f"create enum type '{self.name}'"

    def rendering(self) -> Call:
        return Call("op.create_enum", self.name, self.values, **given(schema=self.schema))

    def provides(self) -> Iterable[Ref]:
        return (self.ref,)


class DropEnumOp(Operation):
    """Drop an enumerated type that no column uses any more."""

    directive = "drop_enum"

    def __init__(
        self, name: str, *, schema: str | None = None, _reverse: CreateEnumOp | None = None
    ) -> None:
        self.name = name
        self.schema = schema
        self._reverse = _reverse

    @classmethod
    def call(cls, name: str, *, schema: str | None = None) -> DropEnumOp:
        """Drop the type `name`; does nothing where databases have no such types."""
        return cls(name, schema=schema)

    @property
    def ref(self) -> Ref:
        return Ref("enum", self.schema, None, self.name)

    def apply(self, schema: Schema, dialect: Dialect) -> Schema:
        return schema.without(self.ref)

    def reverse(self) -> CreateEnumOp:
        if self._reverse is None:
            raise IrreversibleError(
                f"Dropping the enum type '{self.name}' cannot be reversed: the operation does not "
                "know its values."
            )
        return self._reverse

    def statements(self, dialect: Dialect) -> Iterable[str | Executable]:
        yield from dialect.drop_enum(self.name, self.schema)

    def describe(self) -> str:
        return f"drop enum type '{self.name}'"

    def rendering(self) -> Call:
        return Call("op.drop_enum", self.name, **given(schema=self.schema))

    def removes(self) -> Iterable[Ref]:
        return (self.ref,)


class EnumKind(Kind):
    """Enumerated types, known by the columns that use them."""

    name = "enum"

    def declare(self, table: sa.Table, dialect: Dialect) -> Iterable[EnumModel]:
        if dialect.enum_types:
            schema = dialect.normal_schema(table.schema)
            yield from _enums((column.type for column in table.columns), schema, dialect)

    def read(self, table: ReflectedTable, dialect: Dialect) -> Iterable[EnumModel]:
        if dialect.enum_types:
            yield from _enums((c["type"] for c in table.columns), table.schema, dialect)

    def created(self, model: EnumModel, after: Schema, dialect: Dialect) -> Iterable[Operation]:
        yield CreateEnumOp(model.name, model.values, schema=model.schema)

    def dropped(self, model: EnumModel, before: Schema, dialect: Dialect) -> Iterable[Operation]:
        yield CreateEnumOp(model.name, model.values, schema=model.schema).reverse()

    def altered(self, *_: Any) -> Iterable[Operation]:
        """Changed values are a change of the type itself, which no operation makes yet."""
        return ()


def _enums(types: Iterable[Any], schema: str | None, dialect: Dialect) -> Iterable[EnumModel]:
    for type_ in types:
        element = dialect.native_type(getattr(type_, "item_type", type_))
        ref = enum_ref(element, schema)
        if ref is not None and isinstance(element, sa.Enum):
            owner = dialect.normal_schema(ref.schema)
            yield EnumModel(owner, ref.name, tuple(element.enums))
