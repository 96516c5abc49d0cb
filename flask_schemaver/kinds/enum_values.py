"""The values of an enumerated type: one more, another name for one, or other ones altogether."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
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
        _existing: Sequence[str] | None = None,
    ) -> None:
        self.name = name
        self.value = value
        self._existing = _existing
        # A generated revision may use the value in what follows.
        self.committed_at_once: bool = _existing is not None
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
        values.insert(self._place(values), self.value)
        return schema.with_models(replace(model, values=tuple(values)))

    def _place(self, values: list[str]) -> int:
        if self.before in values:
            return values.index(self.before)
        return values.index(self.after) + 1 if self.after in values else len(values)

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
        if self._existing is not None:
            after = list(self._existing)
            after.insert(self._place(after), self.value)
            return ChangeEnumValuesOp(
                self.name, self._existing, existing_values=after, schema=self.schema
            )
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


class ChangeEnumValuesOp(Operation):
    """Give an enumerated type other values, or another order of them."""

    directive = "change_enum_values"

    def __init__(
        self,
        name: str,
        values: Sequence[str],
        *,
        existing_values: Sequence[str] | None = None,
        mapping: Mapping[str, str | None] | None = None,
        schema: str | None = None,
    ) -> None:
        self.name = name
        self.values: list[str] = list(values)
        self.existing_values: list[str] | None = (
            None if existing_values is None else list(existing_values)
        )
        self.mapping: dict[str, str | None] = dict(mapping or {})
        self.schema = schema

    @classmethod
    def call(
        cls,
        name: str,
        values: Sequence[str],
        *,
        existing_values: Sequence[str] | None = None,
        mapping: Mapping[str, str | None] | None = None,
        schema: str | None = None,
    ) -> ChangeEnumValuesOp:
        """Make the type `name` anew with `values`, and convert every column that is of it.

        `mapping` says what becomes of values that are to go: another value, or None for NULL.
        Stops, and changes nothing, where rows hold a value that is neither in `values` nor in
        `mapping`. Rewrites the tables, which are locked that long. Does nothing where databases
        have no such types.
        """
        return cls(name, values, existing_values=existing_values, mapping=mapping, schema=schema)

    @property
    def ref(self) -> Ref:
        return Ref("enum", self.schema, None, self.name)

    def apply(self, schema: Schema, dialect: Dialect) -> Schema:
        model: EnumModel | None = schema.get(self.ref)
        if model is None:
            return schema
        return schema.with_models(replace(model, values=tuple(self.values)))

    def reverse(self) -> ChangeEnumValuesOp:
        if self.existing_values is None:
            raise IrreversibleError(
                f"Changing the values of the enum type '{self.name}' cannot be reversed: the "
                "operation does not know the values that were there.",
                hint="Give them as 'existing_values'.",
            )
        back = {new: old for old, new in self.mapping.items() if new not in (None, *self._both())}
        return ChangeEnumValuesOp(
            self.name,
            self.existing_values,
            existing_values=self.values,
            mapping={str(new): old for new, old in back.items()},
            schema=self.schema,
        )

    def _both(self) -> set[str]:
        return set(self.values) & set(self.existing_values or ())

    def statements(self, dialect: Dialect) -> Iterable[str | Executable]:
        unknown = [v for v in self.mapping.values() if v is not None and v not in self.values]
        if unknown:
            raise CommandError(
                f"The mapping for the enum type '{self.name}' leads to '{unknown[0]}', which is "
                "none of its new values.",
                hint=f"The new values are: {', '.join(map(repr, self.values))}.",
            )
        return dialect.change_enum_values(self.name, self.values, self.schema, self.mapping)

    def describe(self) -> str:
        return f"change the values of enum type '{self.name}' to {', '.join(self.values)}"

    def rendering(self) -> Call:
        options = given(
            existing_values=self.existing_values,
            mapping=self.mapping or None,
            schema=self.schema,
        )
        return Call("op.change_enum_values", self.name, self.values, **options)

    def requires(self) -> Iterable[Ref]:
        return (self.ref,)


def changing_values(
    name: str,
    schema: str | None,
    old: Sequence[str],
    new: Sequence[str],
    *,
    renamed: Mapping[str, str],
) -> Iterable[Operation]:
    """From some values to others: renamed by hint, added where that is enough, else made anew."""
    names = {
        before: after
        for before, after in renamed.items()
        if before in old and before not in new and after in new and after not in old
    }
    renamings = [RenameEnumValueOp(name, *pair, schema=schema) for pair in names.items()]
    values = [names.get(value, value) for value in old]
    if [v for v in new if v in values] != values:
        yield from renamings
        yield ChangeEnumValuesOp(name, new, existing_values=values, schema=schema)
        return
    # A value is added in a step that is committed before all else: names are still the old ones.
    former = {after: before for before, after in names.items()}
    values, wanted = list(old), [former.get(value, value) for value in new]
    for place, value in enumerate(wanted):
        if value in values:
            continue
        where: dict[str, str] = {}
        if place < len(values):
            where = {"after": wanted[place - 1]} if place else {"before": values[0]}
        yield AddEnumValueOp(
            name, value, schema=schema, if_not_exists=True, _existing=tuple(values), **where
        )
        values.insert(place, value)
    yield from renamings


def without_steps_between(operations: Iterable[Operation]) -> list[Operation]:
    """The operations with one change of an enumerated type where one follows the other."""
    result: list[Operation] = []
    for operation in operations:
        last = result[-1] if result else None
        if (
            isinstance(operation, ChangeEnumValuesOp)
            and isinstance(last, ChangeEnumValuesOp)
            and last.ref == operation.ref
            and not (last.mapping or operation.mapping)
        ):
            existing = last.existing_values
            result[-1] = ChangeEnumValuesOp(
                operation.name, operation.values, existing_values=existing, schema=operation.schema
            )
        else:
            result.append(operation)
    return result
