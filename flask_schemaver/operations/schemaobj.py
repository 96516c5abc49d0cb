"""Makes SQLAlchemy's items of names: tables, columns, constraints and indexes without models."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, TypeVar

import sqlalchemy as sa
from sqlalchemy.types import NULLTYPE

if TYPE_CHECKING:
    from .facade import Migration

C = TypeVar("C", bound=sa.Constraint)


class SchemaObjects:
    """Items that stand for parts of a database; names follow the naming convention at hand."""

    def __init__(self, migration_context: Migration | None = None) -> None:
        self.migration_context = migration_context

    def metadata(self) -> sa.MetaData:
        """A new MetaData with the naming convention of the models."""
        opts = {} if self.migration_context is None else self.migration_context.opts
        target = opts.get("target_metadata")
        if isinstance(target, sa.MetaData):
            return sa.MetaData(naming_convention=target.naming_convention)
        return sa.MetaData()

    def table(self, name: str, *columns: Any, **kw: Any) -> sa.Table:
        """A table of these columns and constraints."""
        return sa.Table(name, self.metadata(), *columns, **kw)

    def column(self, name: str, type_: Any, **kw: Any) -> sa.Column[Any]:
        return sa.Column(name, type_, **kw)

    def index(
        self,
        name: str | None,
        tablename: str | None,
        columns: Sequence[Any],
        schema: str | None = None,
        **kw: Any,
    ) -> sa.Index:
        """An index on columns by name, or on expressions."""
        table = self._table(tablename or "no_table", columns, schema)
        return sa.Index(name, *self._parts(table, columns), **kw)

    def primary_key_constraint(
        self,
        name: str | None,
        table_name: str,
        cols: Sequence[str],
        schema: str | None = None,
        **dialect_kw: Any,
    ) -> sa.PrimaryKeyConstraint:
        table = self._table(table_name, cols, schema)
        key = sa.PrimaryKeyConstraint(*(table.c[c] for c in cols), name=name, **dialect_kw)
        return self._on(table, key)

    def unique_constraint(
        self,
        name: str | None,
        source: str,
        local_cols: Sequence[str],
        schema: str | None = None,
        **kw: Any,
    ) -> sa.UniqueConstraint:
        table = self._table(source, local_cols, schema)
        return self._on(
            table, sa.UniqueConstraint(*(table.c[c] for c in local_cols), name=name, **kw)
        )

    def check_constraint(
        self,
        name: str | None,
        source: str,
        condition: Any,
        schema: str | None = None,
        **kw: Any,
    ) -> sa.CheckConstraint:
        table = self._table(source, (), schema)
        return self._on(table, sa.CheckConstraint(condition, name=name, **kw))

    def foreign_key_constraint(
        self,
        name: str | None,
        source: str,
        referent: str,
        local_cols: Sequence[str],
        remote_cols: Sequence[str],
        source_schema: str | None = None,
        referent_schema: str | None = None,
        **kw: Any,
    ) -> sa.ForeignKeyConstraint:
        table = self._table(source, local_cols, source_schema)
        if (referent, referent_schema) == (source, source_schema):
            for column in remote_cols:
                if column not in table.c:
                    table.append_column(sa.Column(column, NULLTYPE))
        else:
            columns = [sa.Column(column, NULLTYPE) for column in remote_cols]
            sa.Table(referent, table.metadata, *columns, schema=referent_schema)
        place = f"{referent_schema}.{referent}" if referent_schema else referent
        targets = [f"{place}.{column}" for column in remote_cols]
        return self._on(table, sa.ForeignKeyConstraint(local_cols, targets, name=name, **kw))

    def _table(self, name: str, columns: Sequence[Any], schema: str | None) -> sa.Table:
        names = dict.fromkeys(c for c in columns if isinstance(c, str))
        return self.table(name, *(sa.Column(c, NULLTYPE) for c in names), schema=schema)

    @staticmethod
    def _parts(table: sa.Table, columns: Sequence[Any]) -> list[Any]:
        return [table.c[c] if isinstance(c, str) else c for c in columns]

    @staticmethod
    def _on(table: sa.Table, constraint: C) -> C:
        table.append_constraint(constraint)
        return constraint
