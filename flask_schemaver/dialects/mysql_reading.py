"""What MySQL and MariaDB say of their tables, and of temporary ones that show what they store."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, cast

import sqlalchemy as sa
from sqlalchemy.engine.reflection import ObjectKind
from sqlalchemy.exc import CompileError, DBAPIError
from sqlalchemy.schema import CreateIndex, CreateTable

from .base import TableKey, read_with_inspector
from .reflected import ReflectedTable

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection

    from .mysql import MySQLDialect

INDEXES = sa.text("""
    SELECT table_name, index_name, non_unique, column_name, collation, sub_part
    FROM information_schema.statistics
    WHERE table_schema = coalesce(:schema, database()) AND index_name <> 'PRIMARY'
    ORDER BY table_name, index_name, seq_in_index
""")


def read_tables(
    dialect: MySQLDialect,
    connection: Connection,
    schema: str | None,
    wanted: Callable[[TableKey], bool],
) -> list[ReflectedTable]:
    """All tables of one schema that are `wanted`. Reads only."""
    inspector = sa.inspect(connection)
    names = [n for n in inspector.get_table_names(schema=schema) if wanted((schema, n))]
    if not names:
        return []
    read = read_with_inspector(inspector, schema, names, kind=ObjectKind.TABLE)
    found: defaultdict[str, list[Any]] = defaultdict(list)
    for table, *row in connection.execute(INDEXES, {"schema": schema}):
        found[table].append(tuple(row))
    return [_own(table, found[table.name], dialect) for table in read]


def _own(
    table: ReflectedTable,
    rows: Iterable[Any],
    dialect: MySQLDialect,
    known: Collection[str | None] = (),
) -> ReflectedTable:
    """The table with its indexes as statements would make them, each of them once.

    A UNIQUE constraint and a unique index are one thing here. One that has a prefix or an order
    can have been made as an index only; the `known` ones were.
    """
    columns: defaultdict[tuple[str, bool], list[str]] = defaultdict(list)
    plain: defaultdict[str, bool] = defaultdict(lambda: True)
    for name, non_unique, column, collation, prefix in rows:
        if column is None:  # an expression, which MySQL 8 keeps elsewhere
            plain[name] = False
            continue
        word = dialect.quote(column) + (f"({prefix})" if prefix else "")
        columns[name, not non_unique].append(f"{word} DESC" if collation == "D" else word)
        plain[name] = plain[name] and not prefix and collation != "D"
    indexes = [
        {"name": name, "unique": unique, "column_names": [], "definition": f"({', '.join(words)})"}
        for (name, unique), words in columns.items()
        if not (unique and plain[name] and name not in known)
    ]
    return replace(
        table,
        uniques=[u for u in table.uniques if plain[str(u["name"])] and u["name"] not in known],
        indexes=cast("list[Any]", indexes),
        options=_options(table.options),
    )


def _options(found: dict[str, Any]) -> dict[str, Any]:
    """The options of a table as arguments of `create_table`; its counter is no option."""
    named = {re.sub(r"\W", "_", name): value for name, value in found.items()}
    return {n: v for n, v in named.items() if not n.endswith(("_comment", "_auto_increment"))}


def stored_forms(
    dialect: MySQLDialect, connection: Connection, tables: Sequence[sa.Table]
) -> list[ReflectedTable | None]:
    """Create each table as a temporary one, which for a moment hides the real one, and read it."""
    return [_stored(dialect, connection, table) for table in tables]


def _stored(
    dialect: MySQLDialect, connection: Connection, table: sa.Table
) -> ReflectedTable | None:
    copy = _scratch_copy(table)
    name = dialect.quote(copy.name)
    try:
        connection.execute(CreateTable(copy))
    except (DBAPIError, CompileError):
        return None
    try:
        for index in copy.indexes:
            connection.execute(CreateIndex(index))
        read = read_with_inspector(sa.inspect(connection), None, [copy.name], kind=ObjectKind.ANY)
        shown = connection.exec_driver_sql(f"SHOW INDEX FROM {name.replace('%', '%%')}").mappings()
        rows = [
            (r["Key_name"], r["Non_unique"], r["Column_name"], r["Collation"], r["Sub_part"])
            for r in shown
            if r["Key_name"] != "PRIMARY"
        ]
    except (DBAPIError, CompileError):
        return None
    finally:
        connection.exec_driver_sql(f"DROP TEMPORARY TABLE {name.replace('%', '%%')}")
    known = [dialect.constraint_name(index) for index in copy.indexes]
    own = _own(read[0], rows, dialect, known) if read else None
    return own and replace(own, schema=dialect.normal_schema(table.schema))


def _scratch_copy(table: sa.Table) -> sa.Table:
    """The table under its own name, so that the server names its parts as it would; no keys
    to other tables, which a temporary table cannot have."""
    named_alike = sa.MetaData(naming_convention=table.metadata.naming_convention)
    copy = table.to_metadata(named_alike, schema=None)  # type: ignore[arg-type]
    for constraint in list(copy.foreign_key_constraints):
        copy.constraints.discard(constraint)
    copy._prefixes = [*getattr(copy, "_prefixes", ()), "TEMPORARY"]
    return copy
