"""Another name for a table."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from ..schema.following import Renaming, followed
from ..schema.model import Schema
from ..schema.operation import Call, TableOperation
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
        renaming = Renaming(self.schema, self.table_name, None, self.new_table_name)
        return followed(schema, renaming, dialect)

    def to_diff_tuple(self) -> Any:
        return ("rename_table", self.schema, self.table_name, self.new_table_name)

    def reverse(self) -> RenameTableOp:
        return RenameTableOp(self.new_table_name, self.table_name, schema=self.schema)

    def statements(self, dialect: Dialect) -> Iterable[str | Executable]:
        yield from dialect.rename_table(self.table_name, self.new_table_name, self.schema)

    def describe(self) -> str:
        return f"rename table '{self.table_name}' to '{self.new_table_name}'"

    def rendering(self) -> Call:
        options = given(schema=self.schema)
        return Call("op.rename_table", self.table_name, self.new_table_name, **options)
