"""What the catalogue says of the objects that a statement names: was it run, or was it not?

A state is taken before a statement of DDL and compared after a crash. Names are found as words, so
that a statement of any shape is understood; a word that names nothing is not in the state.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping
from contextlib import suppress
from typing import TYPE_CHECKING, Final, Literal

import sqlalchemy as sa
from sqlalchemy.exc import SQLAlchemyError

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection

State = Mapping[str, str]
"""For each object that there is, by its name, a digest of its definition."""

Sort = Literal["read", "rows", "schema"]

INVALID: Final = "invalid"
"""The state of an index that CREATE INDEX CONCURRENTLY left behind when it failed."""

_COMMENT = re.compile(r"--[^\n]*|/\*(?!!).*?\*/|#[^\n]*", re.DOTALL)
_TEXT = re.compile(r"'(?:[^'\\]|\\.|'')*'", re.DOTALL)
_NAME = re.compile(r"`([^`]+)`|\"([^\"]+)\"|\[([^\]]+)\]|([^\W\d][\w$]*)")
_ROWS = {"INSERT", "UPDATE", "DELETE", "REPLACE", "MERGE", "LOAD", "CALL", "COPY"}
_READS = {
    *("SELECT", "SHOW", "SET", "EXPLAIN", "DESCRIBE", "DESC", "USE", "DO", "VALUES", "TABLE"),
    *("BEGIN", "START", "COMMIT", "ROLLBACK", "SAVEPOINT", "RELEASE", "LOCK", "UNLOCK", "PRAGMA"),
    *("DECLARE", "FETCH", "CLOSE", "PREPARE", "EXECUTE", "DEALLOCATE", "LISTEN", "DISCARD"),
}
_WRITES_ROWS = re.compile(r"\b(INSERT|UPDATE|DELETE|MERGE)\b", re.IGNORECASE)
_TEMPORARY = re.compile(r"^\s*(CREATE|DROP)\s+(OR\s+REPLACE\s+)?TEMP(ORARY)?\b", re.IGNORECASE)


def sort_of(statement: str) -> Sort:
    """Whether a statement reads, writes rows, or is DDL; a temporary table is as good as none."""
    text = _COMMENT.sub(" ", statement).lstrip(" \t\r\n(;")
    word = re.match(r"\w*", text)
    first = word[0].upper() if word else ""
    if first == "WITH":
        return "rows" if _WRITES_ROWS.search(_TEXT.sub("''", text)) else "read"
    if not first or first in _READS or _TEMPORARY.match(text):
        return "read"
    return "rows" if first in _ROWS else "schema"


def names_in(statement: str) -> set[str]:
    """All words of a statement that may be names."""
    text = _TEXT.sub("''", _COMMENT.sub(" ", statement))
    return {next(part for part in found if part) for found in _NAME.findall(text)}


def state_of(connection: Connection, statement: str) -> State:
    """What there is of the objects that a statement names. Reads only."""
    readers = {
        "mysql": _mysql,
        "mariadb": _mysql,
        "postgresql": _postgresql,
        "sqlite": _sqlite,
    }
    names = names_in(statement)
    read = readers.get(connection.dialect.name, _any)
    return {name: _digest(text) for name, text in read(connection, names, statement)}


def _digest(text: str) -> str:
    return INVALID if text == INVALID else hashlib.sha256(text.encode()).hexdigest()[:16]


def atomic_ddl(connection: Connection) -> bool:
    """Whether a statement of DDL is done whole or not at all when the server is killed.

    MySQL 8.0 (https://dev.mysql.com/doc/refman/8.0/en/atomic-ddl.html), MariaDB 10.6
    (https://mariadb.com/kb/en/atomic-ddl/), and where DDL can be rolled back.
    """
    dialect = connection.dialect
    if dialect.name not in ("mysql", "mariadb"):
        return True
    oldest = (10, 6) if getattr(dialect, "is_mariadb", False) else (8, 0)
    return tuple(dialect.server_version_info or ()) >= oldest


def is_running(connection: Connection, statement: str) -> bool:
    """Whether another session of the database runs a statement: its client may be gone."""
    asked = _RUNNING.get(connection.dialect.name)
    if asked is None:
        return False
    begins = {"begins": statement[:_COMPARED], "length": _COMPARED}
    return bool(connection.scalar(sa.text(asked), begins))


def looks_done(statement: str, before: State, now: State) -> bool | None:
    """What two states that differ say of a statement; None if they do not tell."""
    text = _COMMENT.sub(" ", statement).strip()
    gone, come = before.keys() - now.keys(), now.keys() - before.keys()
    if re.match(r"DROP\s+INDEX\b.*\bON\b", text, re.IGNORECASE | re.DOTALL):
        return True if now else None  # MySQL has the index as a part of its table
    if re.match(r"DROP\b", text, re.IGNORECASE):
        return bool(gone) or None
    if re.match(r"CREATE\s+(TABLE|VIEW|SEQUENCE)\b", text, re.IGNORECASE):
        return bool(come) or None
    return True if now else None


_COMPARED: Final = 500
"""Characters; PostgreSQL shows 1024 bytes of a statement."""

_ON_MYSQL = """
SELECT count(*) FROM information_schema.processlist
WHERE id <> CONNECTION_ID() AND db = DATABASE() AND command = 'Query'
AND LEFT(info, :length) = :begins
"""
_ON_POSTGRESQL = """
SELECT count(*) FROM pg_stat_activity
WHERE pid <> pg_backend_pid() AND datname = current_database() AND state = 'active'
AND left(query, :length) = :begins
"""
_RUNNING = {"mysql": _ON_MYSQL, "mariadb": _ON_MYSQL, "postgresql": _ON_POSTGRESQL}

# -- databases ------------------------------------------------------------------------------

Found = Iterable[tuple[str, str]]


def _mysql(connection: Connection, names: set[str], statement: str) -> Found:
    quote = connection.dialect.identifier_preparer.quote_identifier
    for name, kind in connection.exec_driver_sql("SHOW FULL TABLES").fetchall():
        if name not in names:
            continue
        word = "VIEW" if kind == "VIEW" else "TABLE"
        with suppress(SQLAlchemyError):
            row = connection.exec_driver_sql(f"SHOW CREATE {word} {quote(name)}").fetchone()
            # The counter moves with rows, not with DDL.
            yield name, re.sub(r" AUTO_INCREMENT=\d+", "", str(row[1]) if row else "")
    if re.search(r"\b(TRIGGER|PROCEDURE|FUNCTION|EVENT)\b", statement, re.IGNORECASE):
        for name, text in connection.exec_driver_sql(_MYSQL_PROGRAMS).fetchall():
            if name in names:
                yield name, str(text)


_MYSQL_PROGRAMS = (
    "SELECT trigger_name, action_statement FROM information_schema.triggers"
    " WHERE trigger_schema = DATABASE()"
    " UNION ALL SELECT routine_name, routine_definition FROM information_schema.routines"
    " WHERE routine_schema = DATABASE()"
    " UNION ALL SELECT event_name, event_definition FROM information_schema.events"
    " WHERE event_schema = DATABASE()"
)


def _postgresql(connection: Connection, names: set[str], statement: str) -> Found:
    known: sa.BindParameter[str] = sa.bindparam("names", expanding=True)
    words = {"names": sorted(names | {name.lower() for name in names})}
    for query in (_PG_RELATIONS, _PG_TYPES):
        rows = connection.execute(sa.text(query).bindparams(known), words)
        yield from [(name, text) for name, text in rows]


_PG_RELATIONS = """
SELECT c.relname, CASE WHEN NOT i.indisvalid THEN 'invalid' ELSE concat_ws(';', c.relkind,
    pg_get_indexdef(i.indexrelid),
    (SELECT string_agg(concat_ws(' ', a.attname, format_type(a.atttypid, a.atttypmod),
        a.attnotnull, pg_get_expr(d.adbin, d.adrelid)), ',' ORDER BY a.attnum)
     FROM pg_attribute a LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
     WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped),
    (SELECT string_agg(concat_ws(' ', k.conname, pg_get_constraintdef(k.oid)), ','
        ORDER BY k.conname) FROM pg_constraint k WHERE k.conrelid = c.oid)) END
FROM pg_class c LEFT JOIN pg_index i ON i.indexrelid = c.oid
WHERE c.relname IN :names AND pg_table_is_visible(c.oid)
"""
_PG_TYPES = """
SELECT t.typname, coalesce(string_agg(e.enumlabel, ',' ORDER BY e.enumsortorder), '')
FROM pg_type t JOIN pg_enum e ON e.enumtypid = t.oid
WHERE t.typname IN :names GROUP BY t.oid, t.typname
"""


def _sqlite(connection: Connection, names: set[str], statement: str) -> Found:
    rows = connection.exec_driver_sql(
        "SELECT name, type || ' ' || coalesce(sql, '') FROM sqlite_master"
    )
    return [(name, text) for name, text in rows.fetchall() if name in names]


def _any(connection: Connection, names: set[str], statement: str) -> Found:
    inspector = sa.inspect(connection)
    lowered = {name.lower() for name in names}
    for name in inspector.get_table_names():
        if name.lower() in lowered:
            yield (
                name,
                repr(
                    [
                        (c["name"], str(c["type"]), c["nullable"])
                        for c in inspector.get_columns(name)
                    ]
                ),
            )
