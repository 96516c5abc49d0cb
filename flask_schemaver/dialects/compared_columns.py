"""What columns and comments are compared by, where a database keeps other things of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    import sqlalchemy as sa
    from sqlalchemy.engine import Connection
    from sqlalchemy.types import TypeEngine


class ComparedColumns:
    """The questions about columns that a dialect may answer in its own way."""

    comments: bool
    compared_type: Callable[[TypeEngine[Any]], str]

    numbers_keys = False
    """CREATE TABLE lets the server number an integer key, unless `autoincrement` is False."""

    counts_as_key = False
    """A column that counts by itself must be a key at all times."""

    keeps_column_checks = False
    """A CHECK that stands in a column is a part of it, and no constraint of the table."""

    def stored_comment(self, comment: str | None) -> str | None:
        """What is kept of a comment: None for an empty one, and where there are no comments."""
        return (comment or None) if self.comments else None

    def declared_comment(self, table: sa.Table) -> str | None:
        """What is kept of the comment of a declared table."""
        return self.stored_comment(table.comment)

    def stored_type(self, column: sa.Column[Any]) -> str:
        """What the type of a declared column is compared by; the column is on a table."""
        spelled: str = self.compared_type(column.type)
        return spelled

    def column_check(self, column: sa.Column[Any]) -> str | None:
        """The CHECK that is a part of a declared column, where those are not constraints."""
        return None

    def types_to_write(
        self,
        old: tuple[TypeEngine[Any], str],
        new: tuple[TypeEngine[Any], str],
        schema: str | None = None,
    ) -> tuple[TypeEngine[Any], TypeEngine[Any]]:
        """Two types of a column, each with its compared form, as ALTER TABLE is to say them."""
        return old[0], new[0]

    def said_type(self, type_: TypeEngine[Any], stored: str, schema: str | None) -> TypeEngine[Any]:
        """A column's type with all that it has of its table by now; `stored` is compared of it."""
        return type_

    def refuse_lost_values(
        self,
        connection: Connection,
        table: str,
        schema: str | None,
        column: str,
        types: tuple[str, TypeEngine[Any]],
    ) -> None:
        """Raise `CommandError` if rows hold values that a column is to lose. Reads only.

        `types` are the stored text of the type that it has, and the type that it gets.
        """
