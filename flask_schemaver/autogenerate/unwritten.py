"""What models have and autogenerate does not write yet: told, not left out in silence."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import sqlalchemy as sa
from sqlalchemy.schema import CreateTable

if TYPE_CHECKING:
    from ..dialects.base import Dialect
    from ..schema.model import Schema

COMPARED = (
    sa.PrimaryKeyConstraint,
    sa.UniqueConstraint,
    sa.ForeignKeyConstraint,
    sa.CheckConstraint,
)


def is_view(table: sa.Table) -> bool:
    """Whether what a MetaData lists among its tables is made by no CREATE TABLE of columns.

    Marked by `info={"is_view": True}`, or an sa.CreateView or sa.CreateTableAs: since
    SQLAlchemy 2.1 these put a table into their MetaData.
    """
    return bool(table.info.get("is_view")) or _made_by_query(table)


def _made_by_query(table: sa.Table) -> bool:
    made_by = getattr(table, "_creator_ddl", None)
    return made_by is not None and not isinstance(made_by, CreateTable)


def views_of(several: Iterable[sa.MetaData]) -> list[sa.Table]:
    """What is listed among the tables of the MetaData and is none for a revision to make."""
    return [table for each in several for table in each.tables.values() if is_view(table)]


def views_told(several: Iterable[sa.MetaData]) -> list[str]:
    """A sentence for each view, or table made by a query, of the MetaData."""
    return [
        f"'{table.fullname}' is made by a query (sa.{type(table._creator_ddl).__name__}); it is "
        "not compared and not written: add its op.execute(...) to the file if it is new."
        for each in several
        for table in each.tables.values()
        if _made_by_query(table)
    ]


def unwritten(
    tables: Iterable[sa.Table], declared: Schema, reflected: Schema, dialect: Dialect
) -> list[str]:
    """A sentence for each object of the models that a revision file will not contain."""
    found = [sentence for table in tables for sentence in _of_table(table, dialect)]
    for model in declared.of_kind("enum"):
        before = reflected.get(model.ref)
        if before is not None and before != model:
            found.append(
                f"The values of the enum type '{model.name}' differ: the models have "
                f"{list(model.values)}, the database has {list(before.values)}. Nothing is written "
                f"for that: add op.add_enum_value('{model.name}', ...) to the file."
            )
    return found


def _of_table(table: sa.Table, dialect: Dialect) -> Iterable[str]:
    for constraint in table.constraints:
        if not isinstance(constraint, COMPARED) and dialect.name == "postgresql":
            yield (
                f"The constraint '{constraint.name}' of table '{table.fullname}' is not compared "
                "and not written: add op.create_exclude_constraint(...) to the file if it is new."
            )
    for column in table.columns:
        if isinstance(column.default, sa.Sequence) and dialect.engine.supports_sequences:
            yield (
                f"The sequence '{column.default.name}' of column '{table.fullname}.{column.name}' "
                "is not compared and not written: add op.create_sequence(...) to the file if it "
                "is new."
            )
