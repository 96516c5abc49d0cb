"""`Operations.impl`: what implementations of one's own call to get things done.

Names and arguments are those of Alembic's implementations of databases, which run what they are
told. The spelling of the database, which only says how, has all the other attributes.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from ..schema.operation import Operation
from . import ops

if TYPE_CHECKING:
    import sqlalchemy as sa

    from ..dialects.base import Dialect
    from .facade import Operations


class Doing:
    """Does at once what each method says, by the operation that is its own."""

    def __init__(self, operations: Operations) -> None:
        self._operations = operations

    @property
    def _spelling(self) -> Dialect:
        return self._operations.migration_context.spelling

    @property  # type: ignore[misc]
    def __class__(self) -> Any:
        """That of the spelling: programs ask by `isinstance` which database it is."""
        return type(self._spelling)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._spelling, name)

    def _do(self, operation: Operation) -> None:
        self._operations.run_own_statements(operation)

    def add_column(
        self, table_name: str, column: sa.Column[Any], *, schema: str | None = None, **kw: Any
    ) -> None:
        self._do(ops.AddColumnOp(table_name, column, schema=schema, **kw))

    def drop_column(
        self, table_name: str, column: sa.Column[Any], *, schema: str | None = None, **kw: Any
    ) -> None:
        self._do(ops.DropColumnOp(table_name, column.name, schema=schema, **kw))

    def alter_column(
        self, table_name: str, column_name: str, *, name: str | None = None, **kw: Any
    ) -> None:
        self._do(ops.AlterColumnOp.call(table_name, column_name, new_column_name=name, **kw))

    def create_table(self, table: sa.Table, **kw: Any) -> None:
        self._do(ops.CreateTableOp.from_table(table))

    def drop_table(self, table: sa.Table, **kw: Any) -> None:
        self._do(ops.DropTableOp.from_table(table))

    def rename_table(
        self, old_table_name: str, new_table_name: str, schema: str | None = None
    ) -> None:
        self._do(ops.RenameTableOp(old_table_name, new_table_name, schema=schema))

    def create_index(self, index: sa.Index, **kw: Any) -> None:
        self._do(ops.CreateIndexOp.from_index(index))

    def drop_index(self, index: sa.Index, **kw: Any) -> None:
        self._do(ops.DropIndexOp.from_index(index))

    def add_constraint(self, const: sa.Constraint, **kw: Any) -> None:
        self._do(ops.AddConstraintOp.from_constraint(const))

    def drop_constraint(self, const: sa.Constraint, **kw: Any) -> None:
        self._do(ops.DropConstraintOp.from_constraint(const))

    def create_table_comment(self, table: sa.Table) -> None:
        self._do(ops.CreateTableCommentOp(table.name, table.comment, schema=table.schema))

    def drop_table_comment(self, table: sa.Table) -> None:
        self._do(ops.DropTableCommentOp(table.name, schema=table.schema))

    def bulk_insert(
        self,
        table: sa.Table | sa.TableClause,
        rows: Sequence[dict[str, Any]],
        multiinsert: bool = True,
    ) -> None:
        self._do(ops.BulkInsertOp(table, list(rows), multiinsert=multiinsert))
