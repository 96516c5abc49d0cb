"""The journal: which statements of a revision were run, where a crash would leave it half done.

Databases that cannot roll DDL back, and autocommit blocks on all others, write a row for each
statement. The rows of a revision go in the transaction that moves its version row.
"""

from __future__ import annotations

import json
import os
import socket
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

import sqlalchemy as sa

from ..errors import HalfDone
from .evidence import State
from .ledger import journal_name

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection

    from .ledger import Ledger
    from .planner import Step

_SHOWN = 2000
"""Characters of a statement that a row keeps."""


class Entry(NamedTuple):
    """One statement of a half-done revision; times are of UTC."""

    revision: str
    direction: str
    operation: int
    """Its number in the script, from 1."""
    statement: int
    """Its number in the operation, from 1."""
    statements: int | None
    """How many the operation has, where that is known before it is done."""
    digest: str
    words: str
    """What the operation does, for a person."""
    sql: str
    sort: str
    before: State
    after: State
    started: datetime
    finished: datetime | None
    process: int
    host: str
    error: str | None
    undo: str | None
    """On the first statement of an operation: what takes it back, statements as JSON."""
    planned: str | None
    """On the first one, too: all its statements. What it reads is another when it goes on."""

    @property
    def place(self) -> tuple[int, int]:
        return self.operation, self.statement


class Journal:
    """The journal of one version table: a table of its own, there while something is half done."""

    def __init__(self, ledger: Ledger) -> None:
        self._of = ledger.label
        self.name: str = journal_name(ledger.name)
        self.table: sa.Table = _table(self.name, ledger.schema)

    def exists(self, connection: Connection) -> bool:
        schema = connection.schema_for_object(self.table)
        return sa.inspect(connection).has_table(self.name, schema=schema)

    def ensure(self, connection: Connection) -> None:
        """Create the table if it is not there; commits on databases that cannot roll DDL back."""
        if not self.exists(connection):
            self.table.create(connection)

    def read(self, connection: Connection) -> tuple[Entry, ...]:
        """All that is half done, in order; the table need not be there."""
        if not self.exists(connection):
            return ()
        columns = self.table.c
        asked = (
            sa.select(*(columns[name] for name in Entry._fields))
            .where(columns.version_table == self._of)
            .order_by(columns.operation, columns.statement)
        )
        return tuple(_entry(row) for row in connection.execute(asked))

    def insert(self, connection: Connection, entries: Sequence[Entry]) -> None:
        for entry in entries:
            values = {**entry._asdict(), "version_table": self._of}
            values["before"] = json.dumps(dict(entry.before))
            values["after"] = json.dumps(dict(entry.after))
            connection.execute(sa.insert(self.table).values(values).inline())

    def update(self, connection: Connection, entry: Entry) -> None:
        """Write what is known of an entry by now."""
        values = {
            "statements": entry.statements,
            "finished": entry.finished,
            "after": json.dumps(dict(entry.after)),
            "error": entry.error,
            "started": entry.started,
        }
        connection.execute(sa.update(self.table).where(self._row(entry)).values(values))

    def remove(self, connection: Connection, entry: Entry) -> None:
        connection.execute(sa.delete(self.table).where(self._row(entry)))

    def clear(self, connection: Connection, revision: str) -> None:
        """Forget a revision: it is done, or undone."""
        columns = self.table.c
        mine = (columns.version_table == self._of) & (columns.revision == revision)
        connection.execute(sa.delete(self.table).where(mine))

    def discard(self, connection: Connection) -> None:
        """Drop the table if nothing is half done; only whoever has the lock may do it."""
        count = sa.select(sa.func.count()).select_from(self.table)
        if self.exists(connection) and not connection.scalar(count):
            self.table.drop(connection)

    def require_done(self, connection: Connection) -> None:
        """Raise HalfDone if something is half done; else drop the empty table that a crash left.

        Only whoever has the lock may do it.
        """
        found = self.read(connection)
        if found:
            raise stopped(found[0], found)
        self.discard(connection)

    def _row(self, entry: Entry) -> sa.ColumnElement[bool]:
        columns = self.table.c
        return sa.and_(
            columns.version_table == self._of,
            columns.revision == entry.revision,
            columns.direction == entry.direction,
            columns.operation == entry.operation,
            columns.statement == entry.statement,
        )


def begun(
    step: Step, place: tuple[int, int], digest: str, words: str, sql: str, sort: str
) -> Entry:
    """The entry of a statement that is about to run."""
    return Entry(
        revision=step.script.revision,
        direction=direction_of(step),
        operation=place[0],
        statement=place[1],
        statements=None,
        digest=digest,
        words=words[:255],
        sql=sql[:_SHOWN],
        sort=sort,
        before={},
        after={},
        started=now(),
        finished=None,
        process=os.getpid(),
        host=socket.gethostname()[:255],
        error=None,
        undo=None,
        planned=None,
    )


def told(entries: Sequence[Entry]) -> str:
    """What was done of a revision and what was not, in words; what was not answered is neither."""
    done = dict.fromkeys((e.operation, e.words) for e in entries if e.finished is not None)
    open_ = {(e.operation, e.words): e for e in entries if e.finished is None}
    words = [f"{number}. {text}" for number, text in done if (number, text) not in open_]
    sentences = [f"Done: {'; '.join(words)}."] if words else []
    for (number, text), entry in open_.items():
        words_of = "Not done" if entry.error is not None else "Begun, and perhaps done"
        sentences.append(f"{words_of}: {number}. {text}.")
    return " ".join(sentences)


def stopped(entry: Entry, entries: Sequence[Entry]) -> HalfDone:
    """The error for a command that passes by a revision which was stopped in the middle."""
    mine = [one for one in entries if one.revision == entry.revision]
    return HalfDone(
        f"The {entry.direction} of revision '{entry.revision}' was stopped in the middle"
        f" (process {entry.process} on {entry.host}, {entry.started} UTC). {told(mine)}",
        hint=f"Go on with it first: 'flask db {entry.direction}'; or take it back, or record it as"
        " done: 'flask db repair'.",
    )


def direction_of(step: Step) -> str:
    return "upgrade" if step.is_upgrade else "downgrade"


def now() -> datetime:
    """This moment in UTC, as it is stored: without a zone, which MySQL would not keep."""
    return datetime.now(UTC).replace(tzinfo=None, microsecond=0)


def _entry(row: sa.Row[Any]) -> Entry:
    found = Entry._make(row)
    return found._replace(
        before=json.loads(str(found.before) or "{}"), after=json.loads(str(found.after) or "{}")
    )


@lru_cache(maxsize=32)
def _table(table: str, schema: str | None) -> sa.Table:
    name = sa.String(255)
    return sa.Table(
        table,
        sa.MetaData(),
        sa.Column("version_table", name, primary_key=True),
        sa.Column("revision", name, primary_key=True),
        sa.Column("direction", sa.String(10), primary_key=True),
        sa.Column("operation", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("statement", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("statements", sa.Integer),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("words", name, nullable=False),
        sa.Column("sql", sa.Text, nullable=False),
        sa.Column("sort", sa.String(10), nullable=False),
        sa.Column("before", sa.Text, nullable=False),
        sa.Column("after", sa.Text, nullable=False),
        sa.Column("started", sa.DateTime, nullable=False),
        sa.Column("finished", sa.DateTime),
        sa.Column("process", sa.Integer, nullable=False),
        sa.Column("host", name, nullable=False),
        sa.Column("error", sa.Text),
        sa.Column("undo", sa.Text),
        sa.Column("planned", sa.Text),
        schema=schema,
        # Rows and journal are one transaction only in an engine that has transactions.
        mysql_engine="InnoDB",
        mariadb_engine="InnoDB",
    )
