"""What can be done about a column: add it and drop it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from ...schema.model import Ref, Schema, column_ref, table_ref
from ...schema.operation import Call, IrreversibleError, TableOperation
from .._items import given, stand_in
from .model import render_column

if TYPE_CHECKING:
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
    ) -> None:
        self.table_name = table_name
        self.column = column
        self.schema = schema
        self.if_not_exists = if_not_exists
        self.inline_references = inline_references
        self.inline_primary_key = inline_primary_key

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
        """Add `column` to a table; its foreign keys, UNIQUE and index are made too.

        A NOT NULL column without a server default fails on a table that has rows.
        """
        return cls(
            table_name,
            column,
            schema=schema,
            if_not_exists=if_not_exists,
            inline_references=inline_references,
            inline_primary_key=inline_primary_key,
        )

    @property
    def ref(self) -> Ref:
        return column_ref(self.schema, self.table_name, str(self.column.name))

    def to_table(self, dialect: Dialect | None = None) -> sa.Table:
        """A table of this one column, with what belongs to the column."""
        return stand_in(self.table_name, self.schema, self.column._copy(), dialect=dialect)

    def apply(self, schema: Schema, dialect: Dialect) -> Schema:
        from .. import KINDS

        table = self.to_table(dialect)
        models = [m for kind in KINDS for m in kind.declare(table, dialect)]
        return schema.with_models(*(m for m in models if m.ref.kind != "table"))

    def reverse(self) -> DropColumnOp:
        return DropColumnOp(
            self.table_name, str(self.column.name), schema=self.schema, _reverse=self
        )

    def native(self, dialect: Dialect) -> bool:
        return dialect.adds_column(self.to_table(dialect).c[self.column.name])

    def statements(self, dialect: Dialect) -> Iterable[str | Executable]:
        table = self.to_table(dialect)
        column = table.c[self.column.name]
        yield from dialect.add_column(
            column, self.table_name, self.schema, if_not_exists=bool(self.if_not_exists)
        )
        for constraint in table.constraints:
            if not isinstance(constraint, sa.PrimaryKeyConstraint | sa.CheckConstraint):
                yield from dialect.add_constraint_of_column(constraint)
        for index in table.indexes:
            yield from dialect.create_index(index)

    def edited(self, definition: TableDefinition, dialect: Dialect) -> TableDefinition:
        table = self.to_table(dialect)
        column = table.c[self.column.name]
        definition = definition.with_column(dialect.column_specification(column))
        for constraint in table.constraints:
            if not isinstance(constraint, sa.PrimaryKeyConstraint | sa.CheckConstraint):
                definition = definition.with_constraint(dialect.ddl.process(constraint))
        return definition

    def values(self, dialect: Dialect) -> Mapping[str, str]:
        # The default may be there for this moment only, and be dropped in the same rebuild.
        default = dialect.default_spelling(self.to_table(dialect).c[self.column.name])
        return {} if default is None else {str(self.column.name): default}

    def describe(self) -> str:
        return f"add column '{self.table_name}.{self.column.name}'"

    def rendering(self) -> Call:
        options = given(schema=self.schema, if_not_exists=self.if_not_exists)
        return Call("op.add_column", self.table_name, render_column(self.column), **options)

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
        column = self._reverse.column
        return AddColumnOp(self.table_name, column, schema=self.schema)

    def native(self, dialect: Dialect) -> bool:
        return dialect.drops_columns

    def statements(self, dialect: Dialect) -> Iterable[str | Executable]:
        yield from dialect.before_drop_column(
            self.column_name, self.table_name, self.schema, self.kw
        )
        yield from dialect.drop_column(
            self.column_name, self.table_name, self.schema, if_exists=bool(self.if_exists)
        )

    def edited(self, definition: TableDefinition, dialect: Dialect) -> TableDefinition:
        for constraint in definition.constraints:
            # What PostgreSQL does too: constraints that involve the column go with it.
            if constraint.column is None and constraint.mentions(self.column_name):
                definition = definition.without_constraint(constraint)
        return definition.without_column(self.column_name)

    def describe(self) -> str:
        return f"drop column '{self.table_name}.{self.column_name}'"

    def rendering(self) -> Call:
        options = given(schema=self.schema, if_exists=self.if_exists)
        return Call("op.drop_column", self.table_name, self.column_name, **options)

    def removes(self) -> Iterable[Ref]:
        return (self.ref,)
