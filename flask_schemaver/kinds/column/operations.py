"""What can be done about a column: add it and drop it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy.types import NULLTYPE

from ...dialects.base import INLINE
from ...schema.model import Ref, Schema, column_ref, table_ref
from ...schema.operation import Call, IrreversibleError, Item, TableOperation
from .._items import constraints_of, copied_column, given, rendered_options, stand_in
from .._present import has_column
from .model import render_column
from .place import moved_column

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection
    from sqlalchemy.sql import Executable

    from ...dialects.base import Dialect
    from ...dialects.sqlite.definition import TableDefinition


class AddColumnOp(TableOperation):
    """Add a column to a table."""

    directive = "add_column"

    def __init__(
        self,
        table_name: str,
        column: sa.Column[Any],
        *,
        schema: str | None = None,
        if_not_exists: bool | None = None,
        inline_references: bool | None = None,
        inline_primary_key: bool | None = None,
        insert_before: str | None = None,
        insert_after: str | None = None,
    ) -> None:
        self.table_name = table_name
        self.column = column
        self.schema = schema
        self.if_not_exists = if_not_exists
        self.inline_references = inline_references
        self.inline_primary_key = inline_primary_key
        self.insert_before = insert_before
        self.insert_after = insert_after

    @classmethod
    def call(
        cls,
        table_name: str,
        column: sa.Column[Any],
        *,
        schema: str | None = None,
        if_not_exists: bool | None = None,
        inline_references: bool | None = None,
        inline_primary_key: bool | None = None,
    ) -> AddColumnOp:
        """Add `column` to a table; its foreign keys, UNIQUE, CHECK and index are made too.

        A NOT NULL column without a server default fails on a table that has rows.
        `inline_references` and `inline_primary_key` write its keys inside its own definition;
        without the latter, a column with `primary_key=True` does not become the primary key.
        """
        return cls(
            table_name,
            column,
            schema=schema,
            if_not_exists=if_not_exists,
            inline_references=inline_references,
            inline_primary_key=inline_primary_key,
        )

    @classmethod
    def from_column(cls, col: sa.Column[Any]) -> AddColumnOp:
        """The operation that adds a column which is on a table."""
        return cls(col.table.name, col, schema=col.table.schema)

    @classmethod
    def from_column_and_tablename(
        cls, schema: str | None, tname: str, col: sa.Column[Any]
    ) -> AddColumnOp:
        return cls(tname, col, schema=schema)

    def to_column(self) -> sa.Column[Any]:
        return self.column

    def to_diff_tuple(self) -> Any:
        column = self.column
        if column.table is None:
            (column,) = self.to_table().columns
        return ("add_column", self.schema, self.table_name, column)

    @property
    def ref(self) -> Ref:
        return column_ref(self.schema, self.table_name, str(self.column.name))

    def to_table(self, migration_context: Any = None) -> sa.Table:
        """A table of this one column, with what belongs to the column."""
        column = copied_column(self.column)
        # A column that counts does so as a key only.
        column.primary_key = column.primary_key or bool(self.inline_primary_key)
        return stand_in(self.table_name, self.schema, column, dialect=migration_context)

    def apply(self, schema: Schema, dialect: Dialect) -> Schema:
        from .. import KINDS

        table = self.to_table(dialect)
        models = [m for kind in KINDS for m in kind.declare(table, dialect)]
        return schema.with_models(*(m for m in models if m.ref.kind != "table"))

    def reverse(self) -> DropColumnOp:
        return DropColumnOp(
            self.table_name,
            str(self.column.name),
            schema=self.schema,
            if_exists=self.if_not_exists,
            _reverse=self,
        )

    def native(self, dialect: Dialect) -> bool:
        placed = self.insert_before is not None or self.insert_after is not None
        if dialect.alters_constraints:
            return True
        plain = not placed and not self.inline_primary_key
        return plain and dialect.adds_column(self._column(dialect))

    def _column(self, dialect: Dialect) -> sa.Column[Any]:
        """The column on a table of its own, with a note of the keys to write inside it."""
        column: sa.Column[Any] = self.to_table(dialect).c[self.column.name]
        inline = {"primary_key": self.inline_primary_key, "references": self.inline_references}
        if any(inline.values()):
            column.info[INLINE] = frozenset(word for word, wanted in inline.items() if wanted)
        return column

    def _constraints(self, column: sa.Column[Any], dialect: Dialect) -> list[sa.Constraint]:
        """What the column brings along and its own definition does not say."""
        found = constraints_of(column.table, sa.Constraint)
        return [c for c in found if self._is_separate(c, dialect)]

    def _is_separate(self, constraint: sa.Constraint, dialect: Dialect) -> bool:
        if isinstance(constraint, sa.CheckConstraint):
            return bool(getattr(constraint, "_type_bound", False)) and dialect.enforces(constraint)
        if isinstance(constraint, sa.ForeignKeyConstraint):
            return not self.inline_references
        return not isinstance(constraint, sa.PrimaryKeyConstraint)

    def guards_itself(self, dialect: Dialect) -> bool:
        """Only a bare column: what it brings along would be added a second time."""
        column = self._column(dialect)
        bare = not self._constraints(column, dialect) and not column.table.indexes
        return bare and super().guards_itself(dialect)

    def is_done(self, connection: Connection, dialect: Dialect) -> bool:
        return has_column(connection, dialect, self.ref)

    def statements(self, dialect: Dialect) -> Iterable[str | Executable]:
        column = self._column(dialect)
        guard = bool(self.if_not_exists) and self.guards_itself(dialect)
        yield from dialect.add_column(column, self.table_name, self.schema, if_not_exists=guard)
        for constraint in self._constraints(column, dialect):
            yield from dialect.add_constraint_of_column(constraint)
        yield from self.afterwards(dialect)

    def afterwards(self, dialect: Dialect) -> Iterable[str | Executable]:
        for index in self.to_table(dialect).indexes:
            yield from dialect.create_index(index)

    def edited(self, definition: TableDefinition, dialect: Dialect) -> TableDefinition:
        column = self._column(dialect)
        if self.if_not_exists and definition.has_column(column.name):
            return definition
        definition = definition.with_column(dialect.column_specification(column))
        for constraint in self._constraints(column, dialect):
            definition = definition.with_constraint(dialect.ddl.process(constraint))
        name = str(self.column.name)
        return moved_column(definition, name, self.insert_before, self.insert_after)

    def values(self, dialect: Dialect) -> Mapping[str, str]:
        # The default may be there for this moment only, and be dropped in the same rebuild.
        default = dialect.default_spelling(self.to_table(dialect).c[self.column.name])
        return {} if default is None else {str(self.column.name): default}

    def describe(self) -> str:
        return f"add column '{self.table_name}.{self.column.name}'"

    def rendering(self) -> Call:
        options = given(
            schema=self.schema,
            if_not_exists=self.if_not_exists,
            inline_references=self.inline_references,
            inline_primary_key=self.inline_primary_key,
        )
        column = Item("column", self.column, render_column(self.column))
        return Call("op.add_column", self.table_name, column, **options)

    def provides(self) -> Iterable[Ref]:
        return (self.ref,)


class DropColumnOp(TableOperation):
    """Drop a column, and with it the constraints and indexes that are on it alone."""

    directive = "drop_column"

    def __init__(
        self,
        table_name: str,
        column_name: str,
        *,
        schema: str | None = None,
        if_exists: bool | None = None,
        _reverse: AddColumnOp | None = None,
        **kw: Any,
    ) -> None:
        self.table_name = table_name
        self.column_name = column_name
        self.schema = schema
        self.if_exists = if_exists
        self.kw = kw
        self._reverse = _reverse

    @classmethod
    def call(
        cls,
        table_name: str,
        column_name: str,
        *,
        schema: str | None = None,
        if_exists: bool | None = None,
        **kw: Any,
    ) -> DropColumnOp:
        """Drop a column of a table, with all its values."""
        return cls(table_name, column_name, schema=schema, if_exists=if_exists, **kw)

    @property
    def ref(self) -> Ref:
        return column_ref(self.schema, self.table_name, self.column_name)

    def apply(self, schema: Schema, dialect: Dialect) -> Schema:
        parts = schema.parts(table_ref(self.schema, self.table_name))
        return schema.without(
            self.ref, *(part.ref for part in parts if self.ref in part.requires())
        )

    def reverse(self) -> AddColumnOp:
        if self._reverse is None:
            raise IrreversibleError(
                f"Dropping the column '{self.table_name}.{self.column_name}' cannot be reversed: "
                "the operation does not know the column's type."
            )
        return AddColumnOp(
            self.table_name,
            self._reverse.column,
            schema=self.schema,
            if_not_exists=self.if_exists,
            inline_references=self._reverse.inline_references,
            inline_primary_key=self._reverse.inline_primary_key,
        )

    @classmethod
    def from_column_and_tablename(
        cls, schema: str | None, tname: str, col: sa.Column[Any]
    ) -> DropColumnOp:
        """The operation that drops a column, and knows how to make it again."""
        return AddColumnOp(tname, col, schema=schema).reverse()

    def to_column(self, migration_context: Any = None) -> sa.Column[Any]:
        """The column that is gone; without its type if the operation does not know it."""
        if self._reverse is not None:
            return self._reverse.column
        column: sa.Column[Any] = sa.Column(self.column_name, NULLTYPE)
        return stand_in(self.table_name, self.schema, column, dialect=migration_context).c[
            column.name
        ]

    def to_diff_tuple(self) -> Any:
        column = self.to_column()
        if column.table is None:
            column = copied_column(column)
            stand_in(self.table_name, self.schema, column)
        return ("remove_column", self.schema, self.table_name, column)

    def is_done(self, connection: Connection, dialect: Dialect) -> bool:
        return not has_column(connection, dialect, self.ref)

    def native(self, dialect: Dialect) -> bool:
        return dialect.drops_columns

    def statements(self, dialect: Dialect) -> Iterable[str | Executable]:
        yield from dialect.before_drop_column(
            self.column_name, self.table_name, self.schema, self.kw
        )
        guard = bool(self.if_exists) and self.guards_itself(dialect)
        yield from dialect.drop_column(
            self.column_name, self.table_name, self.schema, if_exists=guard
        )

    def edited(self, definition: TableDefinition, dialect: Dialect) -> TableDefinition:
        if self.if_exists and not definition.has_column(self.column_name):
            return definition
        for constraint in definition.constraints:
            # What PostgreSQL does too: constraints that involve the column go with it.
            if constraint.column is None and constraint.mentions(self.column_name):
                definition = definition.without_constraint(constraint)
        return definition.without_column(self.column_name)

    def describe(self) -> str:
        return f"drop column '{self.table_name}.{self.column_name}'"

    def rendering(self) -> Call:
        options = given(schema=self.schema, if_exists=self.if_exists)
        options |= rendered_options(self.kw)
        return Call("op.drop_column", self.table_name, self.column_name, **options)

    def removes(self) -> Iterable[Ref]:
        return (self.ref,)
