"""Enumerated types as PostgreSQL has them: made for the first user, dropped after the last."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from ..errors import AutogenerateError
from ..schema.model import Kind, Ref, Schema
from ..schema.operation import Call, IrreversibleError, Operation
from ..schema.record import record, remark, replace
from ._items import given
from ._metadata_types import types_of_metadata
from .column.model import enum_ref, is_domain, is_plain
from .enum_values import changing_values

if TYPE_CHECKING:
    from sqlalchemy.sql import Executable

    from ..dialects.base import Dialect
    from ..dialects.reflected import ReflectedSchema


@record
class EnumModel:
    """An enumerated type and its values, in order.

    A foreign one is used by what is not compared, or is made by others. `renamed` are the values
    that have another name than before, as the model's hints say; `declared_by` is the column that
    a person finds it at.
    """

    schema: str | None
    name: str
    values: tuple[str, ...]
    foreign: bool = remark(default=False, compare=False)
    renamed: dict[str, str] = remark(default_factory=dict, compare=False)
    declared_by: str = remark(default="", compare=False)

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
        if not dialect.enum_types:
            return
        for column in table.columns:
            if is_plain(column.type):
                continue
            renamed = column.info.get("renamed_values") or {}
            for model in _enums(column.type, dialect):
                place = f"{table.fullname}.{column.name}"
                yield replace(model, renamed=dict(renamed), declared_by=place)

    def declare_beside(self, metadata: sa.MetaData, dialect: Dialect) -> Iterable[EnumModel]:
        if dialect.enum_types:
            for type_ in types_of_metadata(metadata):
                yield from _enums(type_, dialect)

    def check_declared(self, models: Iterable[Any]) -> None:
        found: dict[Ref, EnumModel] = {}
        for model in models:
            if not isinstance(model, EnumModel):
                continue
            other = found.setdefault(model.ref, model)
            if other.values != model.values:
                places = [m.declared_by or "its MetaData" for m in (other, model)]
                raise AutogenerateError(
                    f"The enumerated type '{model.name}' has other values in '{places[0]}' "
                    f"({', '.join(other.values)}) than in '{places[1]}' "
                    f"({', '.join(model.values)}).",
                    hint="Use one sa.Enum for both columns, or give one of them another name=.",
                )

    def read_beside(self, found: ReflectedSchema, dialect: Dialect) -> Iterable[EnumModel]:
        for name, values in found.enums.items():
            yield EnumModel(found.name, name, values, name in found.used_elsewhere)

    def created(self, model: EnumModel, after: Schema, dialect: Dialect) -> Iterable[Operation]:
        if not model.foreign:
            yield CreateEnumOp(model.name, model.values, schema=model.schema)

    def dropped(self, model: EnumModel, before: Schema, dialect: Dialect) -> Iterable[Operation]:
        if not model.foreign:
            yield CreateEnumOp(model.name, model.values, schema=model.schema).reverse()

    def altered(
        self, old: EnumModel, new: EnumModel, before: Schema, after: Schema, dialect: Dialect
    ) -> Iterable[Operation]:
        if not new.foreign:
            yield from changing_values(
                new.name, new.schema, old.values, new.values, renamed=new.renamed
            )


def _enums(type_: Any, dialect: Dialect) -> Iterable[EnumModel]:
    if is_plain(type_):
        return
    item = getattr(type_, "item_type", type_)
    element: Any = dialect.native_type(item)
    if is_domain(element):
        yield from _enums(element.data_type, dialect)
    ref = enum_ref(element)
    if ref is not None:
        made_by_others = not getattr(element, "create_type", True)
        owner = dialect.normal_schema(ref.schema)
        yield EnumModel(owner, ref.name, tuple(element.enums), made_by_others)
