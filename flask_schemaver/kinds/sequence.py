"""Sequences: created and dropped by hand; they are not compared."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from ..schema.model import Ref
from ..schema.operation import Call, IrreversibleError, Operation
from ._items import given

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection
    from sqlalchemy.sql import Executable

    from ..dialects.base import Dialect


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
        self.options = options

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
        options = given(
            start=start,
            increment=increment,
            minvalue=minvalue,
            maxvalue=maxvalue,
            cycle=cycle,
            cache=cache,
            data_type=data_type,
        )
        return cls(sequence_name, schema=schema, if_not_exists=if_not_exists, **options)

    @classmethod
    def from_sequence(cls, sequence: sa.Sequence) -> CreateSequenceOp:
        names = ("start", "increment", "minvalue", "maxvalue", "cycle", "cache", "data_type")
        options = given(**{name: getattr(sequence, name) for name in names})
        return cls(str(sequence.name), schema=sequence.schema, **options)

    def to_sequence(self) -> sa.Sequence:
        return sa.Sequence(self.sequence_name, schema=self.schema, **self.options)

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
