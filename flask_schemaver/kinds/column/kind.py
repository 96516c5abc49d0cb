"""Columns as a kind: from MetaData, from a database, and the operations between two of them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from ...schema.model import Kind, Schema
from .._items import copied_type
from .alter import NULL_CONFLICT, AlterColumnOp
from .model import ColumnModel, declared_column, read_column
from .operations import AddColumnOp

if TYPE_CHECKING:
    import sqlalchemy as sa
    from sqlalchemy.types import TypeEngine

    from ...dialects.base import Dialect
    from ...dialects.reflected import ReflectedTable
    from ...schema.operation import Operation


class ColumnKind(Kind):
    """Columns: made with their table, or added, altered and dropped."""

    name = "column"
    inline = True

    def declare(self, table: sa.Table, dialect: Dialect) -> Iterable[ColumnModel]:
        schema = dialect.normal_schema(table.schema)
        return [declared_column(c, schema, table.name, dialect) for c in table.columns]

    def read(self, table: ReflectedTable, dialect: Dialect) -> Iterable[ColumnModel]:
        return [read_column(c, table.schema, table.name, dialect) for c in table.columns]

    def created(self, model: ColumnModel, after: Schema, dialect: Dialect) -> Iterable[Operation]:
        yield _adding(model)

    def dropped(self, model: ColumnModel, before: Schema, dialect: Dialect) -> Iterable[Operation]:
        yield _adding(model).reverse()

    def altered(
        self,
        old: ColumnModel,
        new: ColumnModel,
        before: Schema,
        after: Schema,
        dialect: Dialect,
    ) -> Iterable[Operation]:
        if old.computed != new.computed:
            yield from self.dropped(old, before, dialect)
            yield from self.created(new, after, dialect)
            return
        changes: dict[str, Any] = {}
        if old.stored_type != new.stored_type:
            changes["modify_type"] = _without_check(new.type)
        if old.nullable != new.nullable:
            changes["modify_nullable"] = new.nullable
        if old.default != new.default:
            changes["modify_server_default"] = new.server_default
        if old.comment != new.comment:
            changes["modify_comment"] = new.comment
        if old.null_conflict != new.null_conflict:
            changes[NULL_CONFLICT] = new.null_conflict
            changes[f"existing_{NULL_CONFLICT}"] = old.null_conflict
        change = AlterColumnOp(
            new.table,
            new.name,
            schema=new.schema,
            existing_type=_without_check(old.type),
            existing_nullable=old.nullable,
            existing_server_default=old.server_default if old.default is not None else None,
            existing_comment=old.comment,
            **changes,
        )
        if old.stored_type != new.stored_type:
            # In words of this database: an Interval, for one, is no DATETIME on PostgreSQL.
            change.info["stored_types"] = (old.stored_type, new.stored_type)
        yield change


def _adding(model: ColumnModel) -> AddColumnOp:
    column = model.to_column()
    column.type = _without_check(column.type)
    return AddColumnOp(model.table, column, schema=model.schema)


def _without_check(type_: TypeEngine[Any]) -> TypeEngine[Any]:
    """The type without the CHECK that it brings along: that one has operations of its own."""
    if not getattr(type_, "create_constraint", False):
        return type_
    bare = copied_type(type_)
    bare.create_constraint = False  # type: ignore[attr-defined]
    return bare
