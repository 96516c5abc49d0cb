"""Another name for a table."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from ..schema.model import Schema, table_ref
from ..schema.operation import Call, TableOperation
from ..schema.record import replace
from ._items import given

if TYPE_CHECKING:
    from sqlalchemy.sql import Executable

    from ..dialects.base import Dialect


class RenameTableOp(TableOperation):
    """Give a table another name; its rows and parts stay."""

    directive = "rename_table"

    def __init__(
        self, old_table_name: str, new_table_name: str, *, schema: str | None = None
    ) -> None:
        self.table_name = old_table_name
        self.new_table_name = new_table_name
        self.schema = schema

    @classmethod
    def call(
        cls, old_table_name: str, new_table_name: str, *, schema: str | None = None
    ) -> RenameTableOp:
        """Rename a table within its schema."""
        return cls(old_table_name, new_table_name, schema=schema)

    def apply(self, schema: Schema, dialect: Dialect) -> Schema:
        old = table_ref(self.schema, self.table_name)
        new = self.new_table_name
        table = replace(schema[old], name=new)
        parts = [replace(part, table=new) for part in schema.parts(old)]
        return schema.without_table(old).with_models(table, *parts)

    def reverse(self) -> RenameTableOp:
        return RenameTableOp(self.new_table_name, self.table_name, schema=self.schema)

    def statements(self, dialect: Dialect) -> Iterable[str | Executable]:
        yield from dialect.rename_table(self.table_name, self.new_table_name, self.schema)

    def describe(self) -> str:
        return f"rename table '{self.table_name}' to '{self.new_table_name}'"

    def rendering(self) -> Call:
        options = given(schema=self.schema)
        return Call("op.rename_table", self.table_name, self.new_table_name, **options)
