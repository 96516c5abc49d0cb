"""The options of a table that exists: engine, STRICT, fill factor, as a database has them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from ..schema.model import Schema, table_ref
from ..schema.operation import Call, TableOperation
from ..schema.record import replace
from ._items import given, rendered_changes

if TYPE_CHECKING:
    from sqlalchemy.sql import Executable

    from ..dialects.base import Dialect
    from ..dialects.sqlite.definition import TableDefinition


class AlterTableOptionsOp(TableOperation):
    """Give a table other options."""

    directive = "alter_table_options"

    def __init__(
        self,
        table_name: str,
        *,
        schema: str | None = None,
        existing: Mapping[str, Any] | None = None,
        **options: Any,
    ) -> None:
        self.table_name = table_name
        self.schema = schema
        self.existing: dict[str, Any] = dict(existing or {})
        self.options = options

    @classmethod
    def call(
        cls,
        table_name: str,
        *,
        schema: str | None = None,
        existing: Mapping[str, Any] | None = None,
        **options: Any,
    ) -> AlterTableOptionsOp:
        """Change options that `create_table` takes, such as `mysql_engine` or `sqlite_strict`.

        None takes an option back; `existing` says what a downgrade gives again. Options of other
        databases are ignored.
        """
        return cls(table_name, schema=schema, existing=existing, **options)

    @classmethod
    def taking(
        cls, table_name: str, schema: str | None, options: Mapping[str, Any]
    ) -> AlterTableOptionsOp:
        """Take options back, before anything else happens to the table."""
        nothing = dict.fromkeys(options)
        taken = cls(table_name, schema=schema, existing=options, **nothing)
        taken.comes = "first"
        return taken

    @classmethod
    def giving(
        cls, table_name: str, schema: str | None, options: Mapping[str, Any]
    ) -> AlterTableOptionsOp:
        """Give options to a table, after everything else that happens to it."""
        given_ = cls(table_name, schema=schema, **options)
        given_.comes = "last"
        return given_

    def own_options(self, dialect: Dialect) -> dict[str, Any]:
        """The options that mean something on this database."""
        return {n: v for n, v in self.options.items() if dialect.has_table_option(n)}

    def apply(self, schema: Schema, dialect: Dialect) -> Schema:
        ref = table_ref(self.schema, self.table_name)
        model = schema[ref]
        changed = self.own_options(dialect)
        options = {n: v for n, v in (model.options | changed).items() if v is not None}
        stored = {n: v for n, v in (dict(model.stored_options) | changed).items() if v is not None}
        new = replace(model, options=options, stored_options=tuple(sorted(stored.items())))
        return schema.replaced(ref, new)

    def reverse(self) -> AlterTableOptionsOp:
        before = {name: self.existing.get(name) for name in self.options}
        after = {name: value for name, value in self.options.items() if value is not None}
        return AlterTableOptionsOp(
            self.table_name, schema=self.schema, existing=after or None, **before
        )

    def native(self, dialect: Dialect) -> bool:
        return dialect.alters_constraints or not self.own_options(dialect)

    def statements(self, dialect: Dialect) -> Iterable[str | Executable]:
        options = self.own_options(dialect)
        if options:
            yield from dialect.alter_table_options(
                self.table_name, self.schema, options, self.existing
            )

    def edited(self, definition: TableDefinition, dialect: Dialect) -> TableDefinition:
        return definition.with_table_options(self.own_options(dialect))

    def describe(self) -> str:
        changes = ", ".join(
            f"{name} {self.existing.get(name)!r} -> {value!r}"
            for name, value in self.options.items()
        )
        return f"change options of table '{self.table_name}': {changes}"

    def rendering(self) -> Call:
        options = rendered_changes(self.options) | given(schema=self.schema)
        if self.existing:
            options["existing"] = rendered_changes(self.existing)
        return Call("op.alter_table_options", self.table_name, **options)


def with_said_types(before: Schema, after: Schema, dialect: Dialect) -> Schema:
    """`before` with types that say what their columns have of the options of their table.

    Of the columns that leave a table whose options change: they come back to a table that has its
    old ones only later.
    """
    leaving = [
        column
        for table in after.of_kind("table")
        if table.ref in before and before[table.ref].stored_options != table.stored_options
        for column in before.parts(table.ref, "column")
        if column.ref not in after
    ]
    return before.with_models(
        *(replace(c, type=dialect.said_type(c.type, c.stored_type, c.schema)) for c in leaving)
    )
