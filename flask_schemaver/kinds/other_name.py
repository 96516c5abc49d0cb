"""Another name for an index, a constraint or a sequence; what it says stays."""

from __future__ import annotations

import copy
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from ..errors import CommandError
from ..schema.model import Ref, Schema, table_ref
from ..schema.operation import Call, Operation, TableOperation
from ..schema.record import replace
from ._constraint import KIND_OF_TYPE
from ._items import given, rendered_name

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection
    from sqlalchemy.sql import Executable

    from ..dialects.base import Dialect
    from ..dialects.sqlite.definition import TableDefinition


class RenameIndexOp(Operation):
    """Give an index another name."""

    directive = "rename_index"

    def __init__(
        self,
        old_index_name: str,
        new_index_name: str,
        *,
        table_name: str | None = None,
        schema: str | None = None,
    ) -> None:
        self.index_name = old_index_name
        self.new_index_name = new_index_name
        self.table_name = table_name
        self.schema = schema
        self.definition: str | None = None
        """The stored statement that makes the index, where it has to be made anew."""

    @classmethod
    def call(
        cls,
        old_index_name: str,
        new_index_name: str,
        *,
        table_name: str | None = None,
        schema: str | None = None,
    ) -> RenameIndexOp:
        """Rename an index; some databases need `table_name` to find it."""
        return cls(old_index_name, new_index_name, table_name=table_name, schema=schema)

    def apply(self, schema: Schema, dialect: Dialect) -> Schema:
        found = [m for m in schema.of_kind("index") if self._means(m)]
        for model in found:
            schema = schema.replaced(model.ref, replace(model, name=self.new_index_name))
        return schema

    def _means(self, model: Any) -> bool:
        where = model.table if self.table_name is None else self.table_name
        place = (self.schema, where, self.index_name)
        return (model.schema, model.table, model.name) == place

    def completed(self, connection: Connection, dialect: Dialect) -> RenameIndexOp:
        """The same, knowing what the index is where it has to be made anew. Reads only."""
        facts = copy.copy(self)
        facts.definition = dialect.stored_index_text(connection, self.index_name, self.schema)
        return facts

    def reverse(self) -> RenameIndexOp:
        return RenameIndexOp(
            self.new_index_name, self.index_name, table_name=self.table_name, schema=self.schema
        )

    def statements(self, dialect: Dialect) -> Iterable[str | Executable]:
        if self.table_name is None and dialect.indexes_of_tables:
            raise CommandError(
                f"Index '{self.index_name}' is to be renamed, and '{dialect.name}' finds an index "
                "by its table.",
                hint="Say table_name= in op.rename_index().",
            )
        names = (self.index_name, self.new_index_name)
        yield from dialect.rename_index(*names, self.table_name, self.schema, self.definition)

    def to_diff_tuple(self) -> Any:
        return ("rename_index", self.schema, self.table_name, self.index_name, self.new_index_name)

    def describe(self) -> str:
        return f"rename index '{self.index_name}' to '{self.new_index_name}'"

    def rendering(self) -> Call:
        names = (rendered_name(self.index_name), rendered_name(self.new_index_name))
        options = given(table_name=self.table_name, schema=self.schema)
        return Call("op.rename_index", *names, **options)


class RenameConstraintOp(TableOperation):
    """Give a constraint another name."""

    directive = "rename_constraint"

    def __init__(
        self,
        old_constraint_name: str,
        new_constraint_name: str,
        table_name: str,
        type_: str | None = None,
        *,
        schema: str | None = None,
    ) -> None:
        super().__init__(table_name, schema=schema)
        self.constraint_name = old_constraint_name
        self.new_constraint_name = new_constraint_name
        self.constraint_type = type_

    @classmethod
    def call(
        cls,
        old_constraint_name: str,
        new_constraint_name: str,
        table_name: str,
        type_: str | None = None,
        *,
        schema: str | None = None,
    ) -> RenameConstraintOp:
        """Rename a constraint; `type_` is one of those of `drop_constraint`.

        MySQL and MariaDB can rename a "unique" constraint alone, and must be told that it is one.
        """
        if type_ is not None and type_ not in KIND_OF_TYPE:
            raise CommandError(
                f"The constraint '{old_constraint_name}' of table '{table_name}' cannot be of "
                f"type '{type_}'.",
                hint=f"type_ is one of {', '.join(map(repr, KIND_OF_TYPE))}, or left out.",
            )
        return cls(old_constraint_name, new_constraint_name, table_name, type_, schema=schema)

    def apply(self, schema: Schema, dialect: Dialect) -> Schema:
        type_ = self.constraint_type
        kinds = list(KIND_OF_TYPE.values()) if type_ is None else [KIND_OF_TYPE[type_]]
        for part in schema.parts(table_ref(self.schema, self.table_name)):
            known = part.ref.kind in (*kinds, "constraint_comment")
            if known and part.name == self.constraint_name:
                schema = schema.replaced(part.ref, replace(part, name=self.new_constraint_name))
        return schema

    def reverse(self) -> RenameConstraintOp:
        return RenameConstraintOp(
            self.new_constraint_name,
            self.constraint_name,
            self.table_name,
            self.constraint_type,
            schema=self.schema,
        )

    def native(self, dialect: Dialect) -> bool:
        return dialect.alters_constraints

    def statements(self, dialect: Dialect) -> Iterable[str | Executable]:
        if not dialect.renames_constraint(self.constraint_type):
            raise CommandError(
                f"'{dialect.name}' cannot rename the constraint '{self.constraint_name}' of table "
                f"'{self.table_name}'.",
                hint="Drop it and create it anew; for one that is UNIQUE, say type_='unique'.",
            )
        names = (self.constraint_name, self.new_constraint_name)
        yield from dialect.rename_constraint(*names, self.table_name, self.schema)

    def edited(self, definition: TableDefinition, dialect: Dialect) -> TableDefinition:
        return definition.with_constraint_renamed(self.constraint_name, self.new_constraint_name)

    def to_diff_tuple(self) -> Any:
        names = (self.constraint_name, self.new_constraint_name)
        return ("rename_constraint", self.schema, self.table_name, *names)

    def describe(self) -> str:
        return (
            f"rename constraint '{self.constraint_name}' of table '{self.table_name}' to "
            f"'{self.new_constraint_name}'"
        )

    def rendering(self) -> Call:
        names = (rendered_name(self.constraint_name), rendered_name(self.new_constraint_name))
        options = given(type_=self.constraint_type, schema=self.schema)
        return Call("op.rename_constraint", *names, self.table_name, **options)


class RenameSequenceOp(Operation):
    """Give a sequence another name."""

    directive = "rename_sequence"

    def __init__(
        self, old_sequence_name: str, new_sequence_name: str, *, schema: str | None = None
    ) -> None:
        self.sequence_name = old_sequence_name
        self.new_sequence_name = new_sequence_name
        self.schema = schema

    @classmethod
    def call(
        cls, old_sequence_name: str, new_sequence_name: str, *, schema: str | None = None
    ) -> RenameSequenceOp:
        """Rename a sequence; defaults that use it follow."""
        return cls(old_sequence_name, new_sequence_name, schema=schema)

    def apply(self, schema: Schema, dialect: Dialect) -> Schema:
        old = Ref("sequence", self.schema, None, self.sequence_name)
        if old not in schema:
            return schema
        return schema.replaced(old, replace(schema[old], name=self.new_sequence_name))

    def reverse(self) -> RenameSequenceOp:
        return RenameSequenceOp(self.new_sequence_name, self.sequence_name, schema=self.schema)

    def statements(self, dialect: Dialect) -> Iterable[str | Executable]:
        if not dialect.has_sequences():
            return ()
        return dialect.rename_sequence(self.sequence_name, self.new_sequence_name, self.schema)

    def is_done(self, connection: Connection, dialect: Dialect) -> bool:
        return not sa.inspect(connection).has_sequence(self.sequence_name, self.schema)

    def to_diff_tuple(self) -> Any:
        return ("rename_sequence", self.schema, self.sequence_name, self.new_sequence_name)

    def describe(self) -> str:
        return f"rename sequence '{self.sequence_name}' to '{self.new_sequence_name}'"

    def rendering(self) -> Call:
        names = (self.sequence_name, self.new_sequence_name)
        return Call("op.rename_sequence", *names, **given(schema=self.schema))
