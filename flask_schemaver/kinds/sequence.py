"""Sequences that stand alone: those behind serial and identity columns are the columns' own."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from ..schema.model import Kind, Ref, Schema
from ..schema.operation import Call, IrreversibleError, Operation
from ..schema.record import record, remark, replace
from ._items import given

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection
    from sqlalchemy.sql import Executable

    from ..dialects.base import Dialect
    from ..dialects.reflected import ReflectedSchema

OPTIONS = ("start", "increment", "minvalue", "maxvalue", "cycle", "cache", "data_type")
"""How a sequence counts, in the order of a script."""


@record
class SequenceModel:
    """A sequence; a foreign one is used by what is not ours."""

    schema: str | None
    name: str
    stored: tuple[tuple[str, Any], ...]
    options: dict[str, Any] = remark(default_factory=dict, compare=False)
    foreign: bool = remark(default=False, compare=False)

    @property
    def ref(self) -> Ref:
        return Ref("sequence", self.schema, None, self.name)

    def requires(self) -> frozenset[Ref]:
        return frozenset()

    def settled(self, stored: SequenceModel) -> SequenceModel:
        return self


class CreateSequenceOp(Operation):
    """Create a sequence."""

    directive = "create_sequence"

    def __init__(
        self,
        sequence_name: str,
        *,
        schema: str | None = None,
        if_not_exists: bool | None = None,
        **options: Any,
    ) -> None:
        self.sequence_name = sequence_name
        self.schema = schema
        self.if_not_exists = if_not_exists
        self.options: dict[str, Any] = given(
            **{name: options[name] for name in OPTIONS if name in options}
        )

    @classmethod
    def call(
        cls,
        sequence_name: str,
        *,
        start: int | None = None,
        increment: int | None = None,
        minvalue: int | None = None,
        maxvalue: int | None = None,
        cycle: bool | None = None,
        cache: int | None = None,
        data_type: Any = None,
        schema: str | None = None,
        if_not_exists: bool | None = None,
    ) -> CreateSequenceOp:
        """Create a sequence; does nothing where databases have none."""
        return cls(
            sequence_name,
            schema=schema,
            if_not_exists=if_not_exists,
            start=start,
            increment=increment,
            minvalue=minvalue,
            maxvalue=maxvalue,
            cycle=cycle,
            cache=cache,
            data_type=data_type,
        )

    @classmethod
    def from_sequence(cls, sequence: sa.Sequence) -> CreateSequenceOp:
        options = {name: getattr(sequence, name) for name in OPTIONS}
        return cls(str(sequence.name), schema=sequence.schema, **options)

    def to_sequence(self) -> sa.Sequence:
        return sa.Sequence(self.sequence_name, schema=self.schema, **self.options)

    def apply(self, schema: Schema, dialect: Dialect) -> Schema:
        if not dialect.compared_sequences:
            return schema
        return schema.with_models(declared_sequence(self.to_sequence(), dialect))

    def reverse(self) -> DropSequenceOp:
        return DropSequenceOp(self.sequence_name, schema=self.schema, _reverse=self)

    def statements(self, dialect: Dialect) -> Iterable[str | Executable]:
        guard = bool(self.if_not_exists) and self.guards_itself(dialect)
        return dialect.create_sequence(self.to_sequence(), if_not_exists=guard)

    def is_done(self, connection: Connection, dialect: Dialect) -> bool:
        return sa.inspect(connection).has_sequence(self.sequence_name, self.schema)

    def describe(self) -> str:
        return f"create sequence '{self.sequence_name}'"

    def rendering(self) -> Call:
        options = given(schema=self.schema, if_not_exists=self.if_not_exists)
        return Call("op.create_sequence", self.sequence_name, **self.options, **options)

    def provides(self) -> Iterable[Ref]:
        return (Ref("sequence", self.schema, None, self.sequence_name),)


class DropSequenceOp(Operation):
    """Drop a sequence."""

    directive = "drop_sequence"

    def __init__(
        self,
        sequence_name: str,
        *,
        schema: str | None = None,
        if_exists: bool | None = None,
        _reverse: CreateSequenceOp | None = None,
    ) -> None:
        self.sequence_name = sequence_name
        self.schema = schema
        self.if_exists = if_exists
        self._reverse = _reverse

    @classmethod
    def call(
        cls, sequence_name: str, *, schema: str | None = None, if_exists: bool | None = None
    ) -> DropSequenceOp:
        """Drop a sequence; does nothing where databases have none."""
        return cls(sequence_name, schema=schema, if_exists=if_exists)

    def apply(self, schema: Schema, dialect: Dialect) -> Schema:
        return schema.without(Ref("sequence", self.schema, None, self.sequence_name))

    def reverse(self) -> CreateSequenceOp:
        if self._reverse is None:
            raise IrreversibleError(
                f"Dropping the sequence '{self.sequence_name}' cannot be reversed: the operation "
                "does not know how it counted."
            )
        return self._reverse

    def statements(self, dialect: Dialect) -> Iterable[str | Executable]:
        sequence = sa.Sequence(self.sequence_name, schema=self.schema)
        guard = bool(self.if_exists) and self.guards_itself(dialect)
        return dialect.drop_sequence(sequence, if_exists=guard)

    def is_done(self, connection: Connection, dialect: Dialect) -> bool:
        return not sa.inspect(connection).has_sequence(self.sequence_name, self.schema)

    def describe(self) -> str:
        return f"drop sequence '{self.sequence_name}'"

    def rendering(self) -> Call:
        options = given(schema=self.schema, if_exists=self.if_exists)
        return Call("op.drop_sequence", self.sequence_name, **options)

    def removes(self) -> Iterable[Ref]:
        return (Ref("sequence", self.schema, None, self.sequence_name),)


class AlterSequenceOp(Operation):
    """Give a sequence other options; where it stands it stays."""

    directive = "alter_sequence"

    def __init__(
        self,
        sequence_name: str,
        *,
        schema: str | None = None,
        existing: Mapping[str, Any] | None = None,
        **options: Any,
    ) -> None:
        self.sequence_name = sequence_name
        self.schema = schema
        self.existing: dict[str, Any] = dict(existing or {})
        self.options: dict[str, Any] = {name: options[name] for name in OPTIONS if name in options}

    @classmethod
    def call(
        cls,
        sequence_name: str,
        *,
        start: int | None = None,
        increment: int | None = None,
        minvalue: int | None = None,
        maxvalue: int | None = None,
        cycle: bool | None = None,
        cache: int | None = None,
        data_type: Any = None,
        schema: str | None = None,
        existing: Mapping[str, Any] | None = None,
    ) -> AlterSequenceOp:
        """Change the options of a sequence; `existing` is what a downgrade says again."""
        options = {
            "start": start,
            "increment": increment,
            "minvalue": minvalue,
            "maxvalue": maxvalue,
            "cycle": cycle,
            "cache": cache,
            "data_type": data_type,
        }
        told = {name: value for name, value in options.items() if value is not None}
        return cls(sequence_name, schema=schema, existing=existing, **told)

    @property
    def ref(self) -> Ref:
        return Ref("sequence", self.schema, None, self.sequence_name)

    def apply(self, schema: Schema, dialect: Dialect) -> Schema:
        model: SequenceModel | None = schema.get(self.ref)
        if model is None:
            return schema
        stored = dialect.sequence_options(model.options | self.options)
        return schema.with_models(
            replace(
                model, stored=tuple(sorted(stored.items())), options=model.options | self.options
            )
        )

    def reverse(self) -> AlterSequenceOp:
        missing = [name for name in self.options if name not in self.existing]
        if missing:
            raise IrreversibleError(
                f"Changing the sequence '{self.sequence_name}' cannot be reversed: the operation "
                f"does not know its '{missing[0]}' before.",
                hint="Give what was there as 'existing'.",
            )
        return AlterSequenceOp(
            self.sequence_name, schema=self.schema, existing=self.options, **self.existing
        )

    def statements(self, dialect: Dialect) -> Iterable[str | Executable]:
        return dialect.alter_sequence(self.sequence_name, self.schema, self.options)

    def describe(self) -> str:
        return f"change sequence '{self.sequence_name}': {', '.join(sorted(self.options))}"

    def rendering(self) -> Call:
        options = given(schema=self.schema, existing=self.existing or None)
        return Call("op.alter_sequence", self.sequence_name, **self.options, **options)

    def requires(self) -> Iterable[Ref]:
        return (self.ref,)


class SequenceKind(Kind):
    """Sequences of a MetaData, those of its columns' defaults among them."""

    name = "sequence"

    def declare_beside(self, metadata: sa.MetaData, dialect: Dialect) -> Iterable[SequenceModel]:
        if not dialect.compared_sequences:
            return
        for sequence in metadata._sequences.values():
            if not (sequence.optional and dialect.engine.sequences_optional):
                yield declared_sequence(sequence, dialect)

    def read_beside(self, found: ReflectedSchema, dialect: Dialect) -> Iterable[SequenceModel]:
        if not dialect.compared_sequences:
            return
        for name, options in found.sequences.items():
            stored = tuple(sorted(dialect.sequence_options(options).items()))
            foreign = name in found.used_elsewhere
            yield SequenceModel(found.name, name, stored, dict(options), foreign)

    def created(self, model: SequenceModel, after: Schema, dialect: Dialect) -> Iterable[Operation]:
        yield CreateSequenceOp(model.name, schema=model.schema, **model.options)

    def dropped(
        self, model: SequenceModel, before: Schema, dialect: Dialect
    ) -> Iterable[Operation]:
        if not model.foreign:
            making = CreateSequenceOp(model.name, schema=model.schema, **model.options)
            yield making.reverse()

    def altered(
        self,
        old: SequenceModel,
        new: SequenceModel,
        before: Schema,
        after: Schema,
        dialect: Dialect,
    ) -> Iterable[Operation]:
        was, will = dict(old.stored), dict(new.stored)
        changed = {name: value for name, value in will.items() if was.get(name) != value}
        if {"minvalue", "maxvalue"} & set(changed):
            # Where a sequence stands may be outside its new bounds: all three tell where to begin.
            changed |= {name: will[name] for name in ("start", "minvalue", "maxvalue")}
        existing = {name: was[name] for name in changed}
        yield AlterSequenceOp(new.name, schema=new.schema, existing=existing, **changed)


def declared_sequence(sequence: sa.Sequence, dialect: Dialect) -> SequenceModel:
    """The model of a declared sequence."""
    schema = dialect.normal_schema(sequence.schema)
    stored = tuple(sorted(dialect.sequence_options(sequence).items()))
    making = CreateSequenceOp.from_sequence(sequence)
    return SequenceModel(schema, str(sequence.name), stored, making.options)
