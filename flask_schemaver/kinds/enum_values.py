"""The values of an enumerated type: one more, or another name for one."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from ..errors import CommandError
from ..schema.model import Ref, Schema
from ..schema.operation import Call, IrreversibleError, Operation
from ..schema.record import replace
from ._items import given

if TYPE_CHECKING:
    from sqlalchemy.sql import Executable

    from ..dialects.base import Dialect
    from .enum import EnumModel


class AddEnumValueOp(Operation):
    """Add a value to an enumerated type."""

    directive = "add_enum_value"

    def __init__(
        self,
        name: str,
        value: str,
        *,
        before: str | None = None,
        after: str | None = None,
        schema: str | None = None,
        if_not_exists: bool | None = None,
    ) -> None:
        self.name = name
        self.value = value
        self.before = before
        self.after = after
        self.schema = schema
        self.if_not_exists = if_not_exists

    @classmethod
    def call(
        cls,
        name: str,
        value: str,
        *,
        before: str | None = None,
        after: str | None = None,
        schema: str | None = None,
        if_not_exists: bool | None = None,
    ) -> AddEnumValueOp:
        """Add `value` to the type `name`: as the last one, or `before` or `after` another.

        PostgreSQL lets the value be used only after a commit: a revision that also writes rows
        with it does this inside `with op.get_context().autocommit_block():`. There is no way to
        take a value back. Does nothing where databases have no such types.
        """
        if before is not None and after is not None:
            raise CommandError(
                f"The value '{value}' of type '{name}' cannot be both before '{before}' and "
                f"after '{after}'.",
                hint="Give add_enum_value() one of 'before' and 'after'.",
            )
        return cls(
            name, value, before=before, after=after, schema=schema, if_not_exists=if_not_exists
        )

    @property
    def ref(self) -> Ref:
        return Ref("enum", self.schema, None, self.name)

    def apply(self, schema: Schema, dialect: Dialect) -> Schema:
        model: EnumModel | None = schema.get(self.ref)
        if model is None or self.value in model.values:
            return schema
        values = list(model.values)
        place = len(values)
        if self.before in values:
            place = values.index(self.before)
        elif self.after in values:
            place = values.index(self.after) + 1
        values.insert(place, self.value)
        return schema.with_models(replace(model, values=tuple(values)))

    def guards_itself(self, dialect: Dialect) -> bool:
        return True

    def commits_alone(self, dialect: Dialect) -> bool:
        return dialect.commits_alone(self.directive, {})

    def statements(self, dialect: Dialect) -> Iterable[str | Executable]:
        place = ""
        if self.before is not None:
            place = f"BEFORE {dialect.literal(self.before)}"
        elif self.after is not None:
            place = f"AFTER {dialect.literal(self.after)}"
        return dialect.add_enum_value(
            self.name, self.value, self.schema, place, if_not_exists=bool(self.if_not_exists)
        )

    def reverse(self) -> Operation:
        raise IrreversibleError(
            f"Adding the value '{self.value}' to the enum type '{self.name}' cannot be reversed: "
            "no database can take a value away.",
            hint="Leave the value in place, or make a new type and change the columns to it.",
        )

    def describe(self) -> str:
        return f"add value '{self.value}' to enum type '{self.name}'"

    def rendering(self) -> Call:
        options = given(
            before=self.before,
            after=self.after,
            schema=self.schema,
            if_not_exists=self.if_not_exists,
        )
        return Call("op.add_enum_value", self.name, self.value, **options)

    def requires(self) -> Iterable[Ref]:
        return (self.ref,)


class RenameEnumValueOp(Operation):
    """Give a value of an enumerated type another name, in all rows too."""

    directive = "rename_enum_value"

    def __init__(self, name: str, old: str, new: str, *, schema: str | None = None) -> None:
        self.name = name
        self.old = old
        self.new = new
        self.schema = schema

    @classmethod
    def call(cls, name: str, old: str, new: str, *, schema: str | None = None) -> RenameEnumValueOp:
        """Rename a value of the type `name`; rows that have it have the new name at once.

        Does nothing where databases have no such types: there, update the rows.
        """
        return cls(name, old, new, schema=schema)

    @property
    def ref(self) -> Ref:
        return Ref("enum", self.schema, None, self.name)

    def apply(self, schema: Schema, dialect: Dialect) -> Schema:
        model: EnumModel | None = schema.get(self.ref)
        if model is None:
            return schema
        values = tuple(self.new if value == self.old else value for value in model.values)
        return schema.with_models(replace(model, values=values))

    def reverse(self) -> RenameEnumValueOp:
        return RenameEnumValueOp(self.name, self.new, self.old, schema=self.schema)

    def statements(self, dialect: Dialect) -> Iterable[str | Executable]:
        return dialect.rename_enum_value(self.name, self.old, self.new, self.schema)

    def describe(self) -> str:
        return f"rename value '{self.old}' of enum type '{self.name}' to '{self.new}'"

    def rendering(self) -> Call:
        options = given(schema=self.schema)
        return Call("op.rename_enum_value", self.name, self.old, self.new, **options)

    def requires(self) -> Iterable[Ref]:
        return (self.ref,)
