"""Columns as a kind: from MetaData, from a database, and the operations between two of them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from ...schema.model import Kind, Schema
from .._items import copied_type
from ..primary_key import counting_changed
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
        names = [str(c["name"]) for c in table.columns]
        return [read_column(c, table.schema, table.name, dialect, names) for c in table.columns]

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
        generated = old.computed != new.computed or old.identity != new.identity
        if generated and not dialect.keeps_generated(old.generated, new.generated):
            yield from self.dropped(old, before, dialect)
            yield from self.created(new, after, dialect)
            return
        # A computed column becomes a plain one and keeps its values; there is no way back but anew.
        ends = generated and not dialect.keeps_generated(new.generated, old.generated)
        changes: dict[str, Any] = {}
        old_type, new_type = old.type, new.type
        if old.stored_type != new.stored_type:
            old_type, new_type = dialect.types_to_write(
                (old.type, old.stored_type), (new.type, new.stored_type), new.schema
            )
            changes["modify_type"] = _without_check(new_type)
        if old.nullable != new.nullable:
            changes["modify_nullable"] = new.nullable
        if generated or old.default != new.default:
            changes["modify_server_default"] = new.generated or new.server_default
        steps = _counts_with_key(old, new, before, after, dialect)
        changes |= {} if steps else _counting(old, new)
        if old.comment != new.comment:
            changes["modify_comment"] = new.comment
        if old.null_conflict != new.null_conflict:
            changes[NULL_CONFLICT] = new.null_conflict
            changes[f"existing_{NULL_CONFLICT}"] = old.null_conflict
        change = AlterColumnOp(
            new.table,
            new.name,
            schema=new.schema,
            existing_type=_without_check(old_type),
            existing_nullable=old.nullable,
            existing_server_default=_existing_default(old),
            existing_comment=old.comment,
            _reverses=[
                *self.dropped(new, after, dialect),
                *self.created(old, before, dialect),
                *_dependants(old, before, after, dialect),
            ]
            if ends
            else None,
            **changes,
            **_own_words(old, new),
        )
        if old.stored_type != new.stored_type:
            # In words of this database: an Interval, for one, is no DATETIME on PostgreSQL.
            change.info["stored_types"] = (old.stored_type, new.stored_type)
        if steps and old.counting:
            yield counting_changed(old, counting=False)
        yield change
        if steps and new.counting:
            yield counting_changed(new, counting=True)


def _counts_with_key(
    old: ColumnModel, new: ColumnModel, before: Schema, after: Schema, dialect: Dialect
) -> bool:
    """Whether a column counts as long as a key does that comes, or goes, while more changes.

    The rest of it changes while there is no key, by which a column is NOT NULL whatever it says.
    """
    if not dialect.counts_as_key or old.counting == new.counting or old.ref.owner is None:
        return False
    more = old.nullable != new.nullable or old.stored_type != new.stored_type
    keys = [schema.parts(old.ref.owner, "primary_key") for schema in (before, after)]
    return more and keys[0] != keys[1]


def _counting(old: ColumnModel, new: ColumnModel) -> dict[str, Any]:
    """Whether the server is to number the rows; the sequence of a column follows its type."""
    if old.counting != new.counting:
        return {"autoincrement": new.counting, "existing_autoincrement": old.counting}
    follows = old.counting and old.stored_type != new.stored_type
    return {"existing_autoincrement": True} if follows else {}


def _dependants(
    column: ColumnModel, schema: Schema, after: Schema, dialect: Dialect
) -> list[Operation]:
    """What makes the indexes and constraints again that go with a column.

    Those that the revision changes have operations of their own.
    """
    from .. import KINDS

    by_name = {kind.name: kind for kind in KINDS}
    parts = (
        [
            m
            for m in schema.parts(column.ref.owner, None)
            if column.ref in m.requires() and after.get(m.ref) == m
        ]
        if column.ref.owner
        else []
    )
    return [op for m in parts for op in by_name[m.ref.kind].created(m, schema, dialect)]


def _existing_default(model: ColumnModel) -> Any:
    if model.identity is not None or model.computed is not None:
        return model.generated
    return model.server_default if model.default is not None else None


def _own_words(old: ColumnModel, new: ColumnModel) -> dict[str, Any]:
    """The CHECK that is a part of a column."""
    words: dict[str, Any] = {}
    if old.check is not None:
        words["existing_check"] = old.check_text
    if old.check != new.check:
        words["check"] = new.check_text
    return words


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
