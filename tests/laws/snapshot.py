"""A judge that does not know the comparer: what the catalogue itself says of a database."""

from __future__ import annotations

import re
from typing import Any

import sqlalchemy as sa

from .sqlite_catalogue import sqlite_catalogue

COLUMNS = """
    SELECT c.relname, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull,
           pg_get_expr(d.adbin, d.adrelid), a.attidentity, a.attgenerated
    FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
    LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
    WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r'
      AND a.attnum > 0 AND NOT a.attisdropped
"""
CONSTRAINTS = """
    SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint
    WHERE connamespace = 'public'::regnamespace AND contype <> 'n'
"""
INDEXES = "SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'"
ENUMS = """
    SELECT t.typname, array_agg(e.enumlabel::text ORDER BY e.enumsortorder)
    FROM pg_type t JOIN pg_enum e ON e.enumtypid = t.oid GROUP BY 1
"""


def snapshot(connection: sa.Connection) -> dict[str, list[Any]]:
    """Everything that two equal databases must agree on; columns without their order."""
    if connection.dialect.name == "postgresql":
        questions = {
            "columns": COLUMNS,
            "constraints": CONSTRAINTS,
            "indexes": INDEXES,
            "enums": ENUMS,
        }
        return {
            name: sorted(str(tuple(row)) for row in connection.exec_driver_sql(question))
            for name, question in questions.items()
        }
    if connection.dialect.name == "mysql":
        return mysql_snapshot(connection)
    return {name: sorted(map(str, rows)) for name, rows in sqlite_catalogue(connection).items()}


def differences(one: dict[str, list[Any]], other: dict[str, list[Any]]) -> list[str]:
    """What only one of two snapshots has; '-' for the first, '+' for the second."""
    lines = []
    for name in one:
        lines += [f"- {name} {row}" for row in one[name] if row not in other[name]]
        lines += [f"+ {name} {row}" for row in other[name] if row not in one[name]]
    return lines


def mysql_snapshot(connection: sa.Connection) -> dict[str, list[Any]]:
    """The lines of SHOW CREATE TABLE, but for the counter of new keys."""
    found: dict[str, list[Any]] = {"lines": []}
    for table in connection.exec_driver_sql("SHOW TABLES").scalars().all():
        shown = connection.exec_driver_sql(f"SHOW CREATE TABLE `{table}`").one()[1]
        # NO ACTION is what is done anyway, but the server repeats what was typed.
        said = r" AUTO_INCREMENT=\d+| ON (?:DELETE|UPDATE) NO ACTION"
        lines = re.sub(said, "", shown).splitlines()
        found["lines"] += sorted(f"{table}: {line.strip().rstrip(',')}" for line in lines)
    return found
