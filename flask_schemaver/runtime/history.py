"""The history: a row for each step that was run, stamped or failed; rows are never changed."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterable, Mapping
from datetime import datetime
from functools import cache
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from .journal import direction_of, now

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection

    from .journal import Entry
    from .ledger import Ledger
    from .planner import Step

HISTORY_TABLE: Final = "schemaver_history"
_CREATION = 0x5C4E_3A7E_7AB1
"""The key of the lock under which PostgreSQL creates the table."""


class Applied(NamedTuple):
    """One row: what was done, when and by whom; times are of UTC.

    `direction` is "upgrade", "downgrade", "stamp", "accept" (the file's change is all right) or
    "protect" and "unprotect" (`message` is the name of the database); `status` is "done",
    "failed", "marked" (a person said that it is done) or "undone" (what was half done of it).
    `digest` is that of the file as it was run.
    """

    id: int | None
    revision: str | None
    parent: str | None
    direction: str
    message: str | None
    started: datetime
    seconds: float
    status: str
    user: str
    host: str
    process: int
    tool_version: str
    app_version: str | None
    digest: str | None
    source: str | None
    """The digest of the file's bytes."""


class History:
    """The rows of one version table; the table is shared by all version tables of a schema."""

    def __init__(self, ledger: Ledger) -> None:
        self._of = ledger.label
        self.table: sa.Table = _table(ledger.schema)

    def exists(self, connection: Connection) -> bool:
        schema = connection.schema_for_object(self.table)
        return sa.inspect(connection).has_table(HISTORY_TABLE, schema=schema)

    def ensure(self, connection: Connection) -> None:
        """Create the table if it is not there, in the transaction that is open.

        Migrators of other version tables, whose lock is another, may do so at the same moment.
        """
        if self.exists(connection):
            return
        if connection.dialect.name == "postgresql":
            # An error would end the transaction; the lock ends with it.
            connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_CREATION)))
            if self.exists(connection):
                return
        try:
            self.table.create(connection)
        except DBAPIError:
            if not self.exists(connection):
                raise

    def add(self, connection: Connection, row: Applied) -> None:
        values = {name: value for name, value in row._asdict().items() if name != "id"}
        # The values apart from the statement: SQLAlchemy then knows it from the last time.
        connection.execute(sa.insert(self.table).inline(), {**values, "version_table": self._of})

    def read(self, connection: Connection, *directions: str) -> tuple[Applied, ...]:
        """All rows, or those of some directions, the oldest first; none if there is no table."""
        if not self.exists(connection):
            return ()
        columns = [self.table.c[name] for name in Applied._fields]
        mine = self.table.c.version_table == self._of
        asked = sa.select(*columns).where(mine).order_by(self.table.c.id)
        if directions:
            asked = asked.where(self.table.c.direction.in_(directions))
        return tuple(Applied._make(row) for row in connection.execute(asked))

    def digests(self, connection: Connection) -> dict[str, tuple[str, str | None]]:
        """For each revision the digests of its file, as it ran last or was accepted."""
        if not self.exists(connection):
            return {}
        columns = self.table.c
        asked = (
            sa.select(columns.revision, columns.digest, columns.source)
            .where(
                columns.version_table == self._of,
                columns.status.in_(("done", "marked")),
                columns.direction.in_(("upgrade", "accept")),
                columns.digest.is_not(None),
            )
            .order_by(columns.id)
        )
        # The rows as the driver has them: of 10,000, SQLAlchemy's take three times as long.
        rows: Any = connection.execute(asked).cursor
        return {row[0]: (row[1], row[2]) for row in rows.fetchall()}


def row_of(step: Step, seconds: float, app_version: str | None, *, status: str = "done") -> Applied:
    """The row of a step that has just been run."""
    from ..script.digest import digests_of

    revision = step.revision
    path = getattr(revision, "path", None)
    ran = (None, None) if step.is_stamp or path is None else digests_of(str(path))
    return made(
        "stamp" if step.is_stamp else direction_of(step),
        revision=", ".join(step.to_revisions) or None if step.is_stamp else revision_name(step),
        parent=", ".join(step.from_revisions if step.is_upgrade else step.to_revisions) or None,
        message=None if step.is_stamp else getattr(revision, "doc", None),
        seconds=seconds,
        status=status,
        app_version=app_version,
        digest=ran[0],
        source=ran[1],
    )


def undone_row(entry: Entry, app_version: str | None) -> Applied:
    """The row of a half-done revision of which everything was taken back."""
    known = {"revision": entry.revision, "app_version": app_version}
    return made(entry.direction, status="undone", **known)


def revision_name(step: Step) -> str | None:
    return None if step.revision is None else step.revision.revision


def made(direction: str, **known: Any) -> Applied:
    """A row of this moment, by this process."""
    values: dict[str, Any] = {
        "id": None,
        "revision": None,
        "parent": None,
        "message": None,
        "seconds": 0.0,
        "status": "done",
        "app_version": None,
        "digest": None,
        "source": None,
        **_whoami(),
        "process": os.getpid(),
        "started": now(),
        **known,
    }
    for name in ("message", "parent", "revision", "app_version"):
        if values[name] is not None:
            values[name] = str(values[name])[:255]
    return Applied(direction=direction, **values)


@cache
def _whoami() -> Mapping[str, Any]:
    import getpass

    from .. import __version__

    try:
        user = getpass.getuser()
    except (OSError, KeyError):  # a container's user without a name
        user = str(os.getuid()) if hasattr(os, "getuid") else "?"
    return {
        "user": user[:255],
        "host": socket.gethostname()[:255],
        "tool_version": __version__[:50],
    }


def protected_name(rows: Iterable[Applied]) -> str | None:
    """The name by which a database was marked as one that nobody destroys by mistake."""
    name = None
    for row in rows:
        if row.direction in ("protect", "unprotect"):
            name = row.message if row.direction == "protect" else None
    return name


def _table(schema: str | None) -> sa.Table:
    text = sa.String(255)
    return sa.Table(
        HISTORY_TABLE,
        sa.MetaData(),
        sa.Column("id", sa.Integer, sa.Identity(), primary_key=True),
        sa.Column("version_table", text, nullable=False),
        sa.Column("revision", text),
        sa.Column("parent", text),
        sa.Column("direction", sa.String(10), nullable=False),
        sa.Column("message", text),
        sa.Column("started", sa.DateTime, nullable=False),
        sa.Column("seconds", sa.Float(53), nullable=False),
        sa.Column("status", sa.String(20), nullable=False),
        sa.Column("user", text, nullable=False),
        sa.Column("host", text, nullable=False),
        sa.Column("process", sa.Integer, nullable=False),
        sa.Column("tool_version", sa.String(50), nullable=False),
        sa.Column("app_version", text),
        sa.Column("digest", sa.String(64)),
        sa.Column("source", sa.String(64)),
        schema=schema,
    )
