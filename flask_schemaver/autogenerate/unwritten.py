"""What models have and autogenerate does not write yet: told, not left out in silence."""

from __future__ import annotations

from collections.abc import Iterable

import sqlalchemy as sa
from sqlalchemy.schema import CreateTable


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
