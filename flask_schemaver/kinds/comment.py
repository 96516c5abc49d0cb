"""The comment of a table: said and taken back; nothing where a database keeps no comments."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from ..schema.model import Schema, table_ref
from ..schema.operation import Call, TableOperation
from ..schema.record import replace
from ._items import given, stand_in

if TYPE_CHECKING:
    import sqlalchemy as sa
    from sqlalchemy.sql import Executable

    from ..dialects.base import Dialect


def commenting(
    table: str, schema: str | None, comment: str | None, *, existing: str | None
) -> CreateTableCommentOp | DropTableCommentOp:
    """The operation that leads from one comment of a table, None if it has none, to another."""
    if comment is None:
        return DropTableCommentOp(table, existing_comment=existing, schema=schema)
    return CreateTableCommentOp(table, comment, existing_comment=existing, schema=schema)


class _TableCommentOp(TableOperation):
    """From one comment of a table, None if it has none, to another."""

    comment: str | None
    existing_comment: str | None

    def to_table(self, migration_context: Any = None) -> sa.Table:
        """A table without columns that has the comment."""
        return stand_in(
            self.table_name, self.schema, dialect=migration_context, comment=self.comment
        )

    def apply(self, schema: Schema, dialect: Dialect) -> Schema:
        ref = table_ref(self.schema, self.table_name)
        return schema.replaced(ref, replace(schema[ref], comment=self.comment))

    def statements(self, dialect: Dialect) -> Iterable[str | Executable]:
        if dialect.comments:
            yield from dialect.comment_table(self.table_name, self.schema, self.comment)


class CreateTableCommentOp(_TableCommentOp):
    """Comment a table."""

    directive = "create_table_comment"

    def __init__(
        self,
        table_name: str,
        comment: str | None,
        *,
        existing_comment: str | None = None,
        schema: str | None = None,
    ) -> None:
        self.table_name = table_name
        self.comment = comment
        self.existing_comment = existing_comment
        self.schema = schema

    @classmethod
    def call(
        cls,
        table_name: str,
        comment: str | None,
        *,
        existing_comment: str | None = None,
        schema: str | None = None,
    ) -> CreateTableCommentOp:
        """Comment a table; `existing_comment` is what a downgrade says again."""
        return cls(table_name, comment, existing_comment=existing_comment, schema=schema)

    def reverse(self) -> CreateTableCommentOp | DropTableCommentOp:
        return commenting(
            self.table_name, self.schema, self.existing_comment, existing=self.comment
        )

    def to_diff_tuple(self) -> Any:
        return ("add_table_comment", self.to_table(), self.existing_comment)

    def describe(self) -> str:
        return f"comment table '{self.table_name}'"

    def rendering(self) -> Call:
        options = given(existing_comment=self.existing_comment, schema=self.schema)
        return Call("op.create_table_comment", self.table_name, self.comment, **options)


class DropTableCommentOp(_TableCommentOp):
    """Take the comment of a table back."""

    directive = "drop_table_comment"
    comment: str | None = None

    def __init__(
        self, table_name: str, *, existing_comment: str | None = None, schema: str | None = None
    ) -> None:
        self.table_name = table_name
        self.existing_comment = existing_comment
        self.schema = schema

    @classmethod
    def call(
        cls, table_name: str, *, existing_comment: str | None = None, schema: str | None = None
    ) -> DropTableCommentOp:
        """Take the comment of a table back; `existing_comment` is what a downgrade says again."""
        return cls(table_name, existing_comment=existing_comment, schema=schema)

    def reverse(self) -> CreateTableCommentOp:
        return CreateTableCommentOp(self.table_name, self.existing_comment, schema=self.schema)

    def to_diff_tuple(self) -> Any:
        return ("remove_table_comment", self.to_table())

    def describe(self) -> str:
        return f"drop the comment of table '{self.table_name}'"

    def rendering(self) -> Call:
        options = given(existing_comment=self.existing_comment, schema=self.schema)
        return Call("op.drop_table_comment", self.table_name, **options)
