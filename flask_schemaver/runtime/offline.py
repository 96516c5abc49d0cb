"""A plan as SQL text: what a run would execute, written instead to a stream."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, TextIO, cast

import sqlalchemy as sa
from sqlalchemy.engine.mock import MockConnection
from sqlalchemy.exc import ArgumentError, NoSuchModuleError
from sqlalchemy.sql.compiler import DDLCompiler
from sqlalchemy.sql.elements import ClauseElement

from ..errors import CommandError, ConfigError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from sqlalchemy.engine import URL, Connection
    from sqlalchemy.engine.interfaces import Dialect
    from sqlalchemy.sql import Executable

    from ..dialects.base import Dialect as Spelling

_LEADING_TABS = re.compile(r"^\t+", re.MULTILINE)


class Unread:
    """What a statement that was only written gives: every question about it is an error."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        raise CommandError(
            "A revision reads from the database, and there is none while SQL is only written.",
            hint="Run it online, or guard it with context.is_offline_mode().",
        )

    def __iter__(self) -> Iterator[Any]:
        self.__getattr__("rows")
        yield


class ScriptConnection(MockConnection):
    """What `op.get_bind()` is while SQL is written: it writes the statements that it is given."""

    def __init__(self, script: SQLScript) -> None:
        super().__init__(script.dialect, self._written)
        self._script = script

    def _written(self, statement: Any, parameters: Any = None) -> Unread:
        rows = parameters if isinstance(parameters, (list, tuple)) else [parameters]
        for row in rows or [None]:
            self._script.statement(_with_values(statement, row), literal_binds=True)
        return Unread()

    def exec_driver_sql(self, statement: str, *_: Any, **__: Any) -> Unread:
        """Write a statement as it stands."""
        self._script.statement(statement)
        return Unread()


def _with_values(statement: Any, row: Mapping[str, Any] | None) -> Any:
    """A statement with the values that are sent beside it: of its parameters, else of columns."""
    if not row:
        return statement
    if isinstance(statement, sa.TextClause):
        return statement.bindparams(**row)
    found = set()

    def value_of(element: Any, **_: Any) -> Any:
        if not isinstance(element, sa.BindParameter) or element.key not in row:
            return None
        found.add(element.key)
        return sa.literal(row[element.key], element.type)

    filled: Any = sa.sql.visitors.replacement_traverse(statement, {}, value_of)
    rest = {name: value for name, value in row.items() if name not in found}
    return filled.values(**rest) if rest else filled


class SQLScript:
    """SQL statements on their way to a text stream.

    With `literal_binds` values are written into the statements; without, their placeholders are.
    `transactional` False leaves out BEGIN and COMMIT, for a database that could not roll back.
    `separator` is the line after each statement that some programs wait for: GO, or /.
    """

    def __init__(
        self,
        spelling: Spelling,
        dialect: Dialect,
        buffer: TextIO,
        *,
        literal_binds: bool,
        transactional: bool,
        separator: str | None = None,
    ) -> None:
        self.spelling = spelling
        self.dialect = dialect
        self.buffer = buffer
        self.literal_binds = literal_binds
        self.transactional = transactional
        self.separator: str | None = spelling.batch_separator if separator is None else separator

    @property
    def connection(self) -> Connection:
        """What stands in for a connection, and writes."""
        return cast("Connection", ScriptConnection(self))

    def statement(self, sql: str | Executable, *, literal_binds: bool | None = None) -> None:
        """Write one statement; a string as it is, anything else as the dialect compiles it."""
        literal = self.literal_binds if literal_binds is None else literal_binds
        text = sql if isinstance(sql, str) else text_of(sql, self.dialect, literal=literal)
        self.text(self.spelling.script_statement(text.strip()))
        if self.separator:
            self.text(self.separator)

    def comment(self, text: str) -> None:
        self.text("\n".join(f"-- {line}" for line in text.splitlines()))

    def text(self, text: str) -> None:
        """Write a block and the blank line after it."""
        self.buffer.write(f"{text}\n\n")

    def begin(self) -> None:
        if self.transactional and self.spelling.begin_words:
            self.statement(self.spelling.begin_words)

    def commit(self) -> None:
        if self.transactional:
            self.statement("COMMIT")


def text_of(sql: str | Executable, dialect: Dialect, *, literal: bool = True) -> str:
    """A statement as text, with its values in it if `literal`."""
    if isinstance(sql, str):
        return sql
    assert isinstance(sql, ClauseElement)
    if isinstance(sql, sa.Insert) and not sql._returning:
        # Else SQLAlchemy asks for the new row's key, by RETURNING or OUTPUT.
        sql = sql.inline()
    options: dict[str, Any] = {"compile_kwargs": {"literal_binds": True}} if literal else {}
    if literal:
        _require_values(sql)
    compiled = sql.compile(dialect=dialect, **options)
    text = str(compiled)
    # SQLAlchemy indents DDL by tabs; anywhere else a tab is part of somebody's text.
    return _LEADING_TABS.sub("    ", text) if isinstance(compiled, DDLCompiler) else text


def _require_values(sql: ClauseElement) -> None:
    """Refuse a parameter without a value, for which SQLAlchemy would write NULL."""
    parts = sa.sql.visitors.iterate(sql)
    binds = [part for part in parts if isinstance(part, sa.BindParameter)]
    empty = [b.key for b in binds if b.required and b.value is None and b.callable is None]
    if empty:
        raise CommandError(
            f"The parameter '{empty[0]}' of a statement has no value.",
            hint=f"Write sa.text(...).bindparams({empty[0]}=...); in text, '\\:' is a colon.",
        )


def text_dialect(dialect: Dialect) -> Dialect:
    """The dialect of a connection for text: no '%' is doubled, what the server is stays known."""
    from ..dialects.base import undoubled

    return undoubled(dialect)


def named_dialect(
    url: str | URL | None, name: str | None, options: Mapping[str, Any] | None
) -> Dialect:
    if url is None and name is None:
        raise CommandError(
            "A database has to be named.",
            hint="Give 'connection=', 'url=' or 'dialect_name=' to 'context.configure'.",
        )
    try:
        return _offline_dialect(url if url is not None else f"{name}://", dict(options or {}))
    except NoSuchModuleError as cause:
        raise ConfigError(
            f"SQLAlchemy knows no database '{name or sa.make_url(url or '').drivername}'.",
            hint="Correct the name, or install the package that brings it.",
        ) from cause
    except ArgumentError as cause:
        raise ConfigError("The database URL cannot be parsed.", hint="Correct it.") from cause


def _offline_dialect(url: str | URL, options: dict[str, Any] | None = None) -> Dialect:
    """SQLAlchemy's dialect for text: with the 'named' style '%' is not doubled for a driver."""
    dialect_class = sa.make_url(url).get_dialect()
    return dialect_class(**{"paramstyle": "named", **(options or {})})
