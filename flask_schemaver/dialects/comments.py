"""Comments of tables, columns and constraints: how a database is told of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import sqlalchemy as sa


class Comments:
    """What a dialect says of comments, by standard statements where it can keep them at all."""

    engine: Any

    comments: bool = False
    """Tables and columns can carry comments."""

    constraint_comments: bool = False
    """Constraints can, too."""

    def quote(self, name: str) -> str:
        raise NotImplementedError

    def qualified(self, name: str, schema: str | None) -> str:
        raise NotImplementedError

    def literal(self, value: str | None) -> str:
        raise NotImplementedError

    def constraint_name(self, constraint: sa.Constraint) -> str | None:
        raise NotImplementedError

    def table_comments(self, table: sa.Table) -> Iterator[str]:
        """The comments of a new table and its parts, where CREATE TABLE does not say them."""
        if not self.comments or self.engine.inline_comments:
            return
        if table.comment is not None:
            yield from self.comment_table(table.name, table.schema, table.comment)
        for column in table.columns:
            if column.comment is not None:
                yield from self.comment_column(
                    table.name, table.schema, column.name, column.comment
                )
        yield from self.said_of(table.constraints)

    def said_of(self, constraints: Iterable[sa.Constraint]) -> Iterator[str]:
        """The comments of new constraints."""
        for constraint in constraints if self.constraint_comments else ():
            name = self.constraint_name(constraint) if constraint.comment else None
            if name is not None:
                table = constraint.table
                yield from self.comment_constraint(
                    name, table.name, table.schema, constraint.comment
                )

    def comment_table(self, table: str, schema: str | None, comment: str | None) -> Iterator[str]:
        yield f"COMMENT ON TABLE {self.qualified(table, schema)} IS {self.literal(comment)}"

    def comment_column(
        self, table: str, schema: str | None, column: str, comment: str | None
    ) -> Iterator[str]:
        target = f"{self.qualified(table, schema)}.{self.quote(column)}"
        yield f"COMMENT ON COLUMN {target} IS {self.literal(comment)}"

    def comment_constraint(
        self, name: str, table: str, schema: str | None, comment: str | None
    ) -> Iterator[str]:
        target = f"{self.quote(name)} ON {self.qualified(table, schema)}"
        yield f"COMMENT ON CONSTRAINT {target} IS {self.literal(comment)}"
