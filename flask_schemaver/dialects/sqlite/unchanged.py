"""Finds tables that are stored with the very text that their models compile to.

Writing a text is several times cheaper than reading one, so that what has not changed is never
parsed. A table whose text differs is not known to be different: the reader has to look at it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import TYPE_CHECKING

from sqlalchemy.exc import SQLAlchemyError

from .catalogue import read_catalogue

if TYPE_CHECKING:
    import sqlalchemy as sa
    from sqlalchemy.engine import Connection

    from .dialect import SQLiteDialect

_SEPARATOR = ", \n\t"
"""What SQLAlchemy writes between the columns and constraints of a table."""

_PAIRS = (("(", ")"), ("[", "]"), ("'", "'"), ('"', '"'), ("`", "`"))


def unchanged(
    connection: Connection, schema: str | None, tables: Iterable[sa.Table], dialect: SQLiteDialect
) -> list[sa.Table]:
    """Those of the declared tables of one schema that are stored as they would be created.

    One query. The columns and constraints may stand in another order.
    """
    texts: dict[str, str] = {}
    indexes: defaultdict[str, list[str]] = defaultdict(list)
    for row in read_catalogue(connection, schema):
        if row.type == "table":
            # After STRICT and WITHOUT ROWID the space at the end is stored, too.
            texts[row.name] = row.sql.rstrip()
        elif row.sql:
            indexes[row.table].append(row.sql)
    return [
        table
        for table in tables
        if (stored := texts.get(table.name)) is not None
        and _is_stored_as(stored, table, dialect)
        and sorted(indexes[table.name]) == sorted(map(dialect.index_text, table.indexes))
    ]


def _is_stored_as(stored: str, table: sa.Table, dialect: SQLiteDialect) -> bool:
    try:
        declared = dialect.table_text(table)
    except SQLAlchemyError:
        # The reader of the models tells what cannot be written, and of which column.
        return False
    return stored == declared or _same_parts(stored, declared)


def _same_parts(one: str, other: str) -> bool:
    """Whether two texts say the same in another order, as far as that can be seen cheaply."""
    if len(one) != len(other):
        return False
    (start, body, end), (other_start, other_body, other_end) = _divided(one), _divided(other)
    if (start, end) != (other_start, other_end):
        return False
    parts = body.split(_SEPARATOR)
    # A separator inside a string or inside parentheses is none.
    whole = all(map(_is_whole, parts))
    return whole and sorted(parts) == sorted(other_body.split(_SEPARATOR))


def _divided(text: str) -> tuple[str, str, str]:
    """The text up to its first column, the columns and constraints, and what follows them."""
    start, begin, rest = text.partition(" (\n\t")
    body, end, tail = rest.rpartition("\n)")
    return start + begin, body, end + tail


def _is_whole(part: str) -> bool:
    for opening, closing in _PAIRS:
        count = part.count(opening)
        if count % 2 if opening == closing else count != part.count(closing):
            return False
    return True
