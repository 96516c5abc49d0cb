"""What MySQL and MariaDB would store of a declared table: a temporary one is made and shown."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy.exc import CompileError, DBAPIError
from sqlalchemy.schema import CreateIndex, CreateTable

from ..reflected import ReflectedTable
from .facts import IndexFacts, IndexPart, TableFacts, reflected_table
from .options import CHARSET_OPTIONS, COLLATE_OPTIONS
from .text import parsed_table
from .types import parsed_type

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection

    from .dialect import MySQLDialect

WITH = ("ENGINE", *CHARSET_OPTIONS, *COLLATE_OPTIONS)
"""The options of a table on which it depends how its columns and indexes are stored."""


def stored_forms(
    dialect: MySQLDialect, connection: Connection, tables: Sequence[sa.Table]
) -> list[ReflectedTable | None]:
    """Create each table as a temporary one, which for a moment hides the real one, and read it."""
    return [_stored(dialect, connection, table) for table in tables]


def _stored(
    dialect: MySQLDialect, connection: Connection, table: sa.Table
) -> ReflectedTable | None:
    name = dialect.qualified(table.name, table.schema)
    # https://mariadb.com/kb/en/create-table/: a temporary InnoDB table takes no FULLTEXT index.
    outside = [index for index in table.indexes if _is_fulltext(index)]
    try:
        _run(connection, creating(dialect, table))
    except (DBAPIError, CompileError):
        return None
    try:
        for index in sorted(table.indexes - set(outside), key=lambda index: str(index.name)):
            connection.execute(CreateIndex(index))
        shown = _run(connection, f"SHOW CREATE TABLE {name}").one()[1]
    except (DBAPIError, CompileError):
        return None
    finally:
        _run(connection, f"DROP TEMPORARY TABLE {name}")
    facts = resolved(parsed_table(shown), dialect)
    facts.name = table.name  # which the server may keep in small letters
    given = dialect.given_options(table.dialect_kwargs)
    facts.options |= {w: str(v) for w, v in given.items() if w not in WITH}
    for index in outside:
        parts: list[IndexPart] = [(column.name, None, False, False) for column in index.columns]
        made = IndexFacts(str(dialect.constraint_name(index)), "FULLTEXT", parts)
        facts.indexes[made.name] = made
    known = [dialect.constraint_name(index) for index in table.indexes]
    schema = dialect.normal_schema(table.schema)
    return reflected_table(facts, schema, dialect, known)


def _is_fulltext(index: sa.Index) -> bool:
    return any(
        name.endswith("_prefix") and str(value).upper() == "FULLTEXT"
        for name, value in index.dialect_kwargs.items()
    )


def resolved(facts: TableFacts, dialect: MySQLDialect) -> TableFacts:
    """The table with each collation said, as the catalogue does: a text leaves out the usual."""
    charset = facts.options.pop("CHARSET", None)
    facts.collation = facts.collation or dialect.defaults.collation_of(charset)
    for column in facts.columns:
        type_ = parsed_type(column.type_text)
        if type_.has_collation and column.collation is None:
            own = dialect.defaults.collation_of(type_.charset)
            column.collation = own or facts.collation
    return facts


def shown_table(
    dialect: MySQLDialect, connection: Connection, table: str, schema: str | None
) -> ReflectedTable | None:
    """One table as the server shows it now, None if there is no such table. Reads only."""
    if not sa.inspect(connection).has_table(table, schema=schema):
        return None
    facts = shown_facts(dialect, connection, table, schema)
    return reflected_table(resolved(facts, dialect), schema, dialect)


def shown_facts(
    dialect: MySQLDialect, connection: Connection, table: str, schema: str | None
) -> TableFacts:
    """What SHOW CREATE TABLE says of a table. Reads only."""
    place = dialect.qualified(table, schema)
    return parsed_table(_run(connection, f"SHOW CREATE TABLE {place}").one()[1])


def creating(dialect: MySQLDialect, table: sa.Table) -> str:
    """CREATE TEMPORARY TABLE under the table's own name, so that the server names its parts as
    it would; without keys to other tables, and with those options alone that its parts depend on:
    it cannot have partitions, nor be compressed."""
    statement = CreateTable(table, include_foreign_key_constraints=[])
    text = str(statement.compile(dialect=dialect.engine)).strip()
    text = text.removesuffix(dialect.ddl.post_create_table(table))
    given = dialect.given_options(table.dialect_kwargs)
    words = [f"{word.replace('_', ' ')}={given[word]}" for word in WITH if word in given]
    text = " ".join([text, *words])
    return re.sub(r"^CREATE\s+(.*?)TABLE\b", r"CREATE TEMPORARY \1TABLE", text, count=1)


def _run(connection: Connection, sql: str) -> Any:
    return connection.exec_driver_sql(sql, execution_options={"no_parameters": True})
