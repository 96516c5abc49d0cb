"""A statement that makes no progress: who is in its way, asked on another connection.

A thread looks every few seconds at the session that migrates; it prints nothing and stops nothing.
"""

from __future__ import annotations

import gc
import os
import socket
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any, NamedTuple

import sqlalchemy as sa

from .failures import hide_password
from .server_lock import side_engine, told_session

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection

LOOK_EVERY = 5.0
"""Seconds without progress after which it is asked who blocks, and between two answers."""

_PROGRESS = ("before_cursor_execute", "after_cursor_execute")

_SHOWN = 200
"""Characters of the blocking statement that are shown."""


class Blocker(NamedTuple):
    """A session of the server that another one waits for."""

    session: int
    user: str
    application: str
    place: str
    """The address of its client."""
    state: str
    query: str
    """What it runs, or ran last; without passwords."""
    seconds: float
    """How long its transaction, or its statement, has been open."""
    is_own: bool = False
    """It is a session of this very process."""
    is_guess: bool = False
    """The server does not tell who it is; this one has a transaction open in the same database."""

    waits: bool = False
    """It is of this very process, and waits itself for the revision's transaction."""

    def __str__(self) -> str:
        if self.waits:
            return (
                f"session {self.session} of '{self.user}', which is this very process: it waits"
                f" for the transaction of the revision, which may wait for it: {self.query}. In a"
                " revision use op.get_bind(), and no connection or session of its own"
            )
        who = "perhaps " if self.is_guess else ""
        who += f"session {self.session} of '{self.user}'"
        who += f" ('{self.application}')" if self.application else ""
        who += f" on {self.place}" if self.place else ""
        open_ = f"{self.state}, its transaction open for {self.seconds:.0f} s"
        query = f", last statement: {self.query}" if self.query else ""
        if self.is_guess:
            query += (
                " (a guess: without the plugin metadata_lock_info this server does not tell who"
                " holds the lock)"
            )
        if not self.is_own:
            return f"{who}: {open_}{query}"
        return (
            f"{who}, which is this very process: {open_}{query}. A session was left open, perhaps"
            " by create_app() or a module that is imported: end it by db.session.remove()"
        )


OnBlocked = Callable[[float, "Sequence[Blocker]"], None]
"""Called with the seconds without progress and the sessions that are in the way."""


@contextmanager
def watched(
    connection: Connection, told: OnBlocked, *, every: float | None = None
) -> Iterator[None]:
    """Tell of sessions that block a statement of `connection` while the block runs.

    `every` is in seconds. Nothing is asked as long as statements end sooner than that.
    """
    number = _session_of(connection) if connection.dialect.name in _BLOCKERS else None
    if number is None:
        yield
        return
    watch = _Watch(connection, number, told, LOOK_EVERY if every is None else every)
    for name in _PROGRESS:
        sa.event.listen(connection, name, watch.on_progress)
    watch.start()
    try:
        yield
    finally:
        watch.stop()
        for name in _PROGRESS:
            sa.event.remove(connection, name, watch.on_progress)


class _Watch:
    """Looks from a thread of its own, on a connection that is opened when it first looks."""

    def __init__(self, connection: Connection, number: int, told: OnBlocked, every: float) -> None:
        self._connection = connection
        self._number = number
        self._told = told
        self._every = every
        self._last = time.monotonic()
        """When a statement last began or ended; one may run others before it is sent itself."""
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._look, name="schemaver-watch", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._ended.set()
        self._thread.join(timeout=self._every)

    def on_progress(self, *_: Any) -> None:
        self._last = time.monotonic()

    def _look(self) -> None:
        engine = None
        pause = self._every
        try:
            while not self._ended.wait(pause):
                pause, last = self._every, self._last
                waited = time.monotonic() - last
                if waited < self._every:
                    pause = self._every - waited
                    continue
                # A server that is not to be asked is no reason to disturb the run.
                with suppress(Exception):
                    engine = engine or side_engine(self._connection.engine)
                    found = self._asked(engine)
                    if found and self._last == last and not self._ended.is_set():
                        self._told(waited, found)
        finally:
            if engine is not None:
                engine.dispose()

    def _asked(self, engine: sa.Engine) -> tuple[Blocker, ...]:
        if not engine.dialect.is_async:
            return self._blockers(engine)
        from . import bridge

        found: list[tuple[Blocker, ...]] = []
        bridge.run(lambda: found.append(self._blockers(engine)))
        return found[0]

    def _blockers(self, engine: sa.Engine) -> tuple[Blocker, ...]:
        with engine.connect() as aside:
            return blockers(aside.execution_options(isolation_level="AUTOCOMMIT"), self._number)


def blockers(connection: Connection, number: int) -> tuple[Blocker, ...]:
    """The sessions that session `number` of the server waits for, as far as they may be seen."""
    found = _BLOCKERS[connection.dialect.name](connection, number)
    own = own_sessions()
    if not found and connection.dialect.name == "postgresql":
        found = [one for one in _waiting(connection, number) if one.session in own]
    url = connection.engine.url
    return tuple(
        one._replace(
            query=hide_password(_hidden(str(one.query)), url)[:_SHOWN],
            is_own=one.session in own and _is_here(one.place),
        )
        for one in found
    )


def _hidden(query: str) -> str:
    """A statement in one line; of those that set passwords, only what they do."""
    text = " ".join(str(query or "").split())
    low = text.lower()
    return f"{text.split(' ', 1)[0]} ..." if "password" in low or "identified" in low else text


# -- PostgreSQL -----------------------------------------------------------------------------

_SESSION = """
SELECT a.pid, coalesce(a.usename, ''), coalesce(a.application_name, ''),
    coalesce(host(a.client_addr), ''), coalesce(a.state, ''), coalesce(a.query, ''),
    coalesce(extract(epoch FROM clock_timestamp() - coalesce(a.xact_start, a.query_start)), 0)
FROM pg_stat_activity a
"""
_POSTGRESQL = f"{_SESSION} WHERE a.pid = ANY (pg_blocking_pids(:number)) ORDER BY a.pid"
"""https://www.postgresql.org/docs/current/functions-info.html#FUNCTIONS-INFO-SESSION-TABLE"""


_WAITING = f"""{_SESSION}
WHERE a.wait_event_type = 'Lock' AND :number = ANY (pg_blocking_pids(a.pid))
    AND EXISTS (SELECT 1 FROM pg_stat_activity m
        WHERE m.pid = :number AND m.state = 'idle in transaction')
ORDER BY a.pid
"""
"""Sessions that wait for one which runs nothing meanwhile."""


def _postgresql(connection: Connection, number: int) -> Sequence[Blocker]:
    return _asked_of_postgresql(connection, _POSTGRESQL, number)


def _waiting(connection: Connection, number: int) -> Sequence[Blocker]:
    """The sessions that wait for session `number`, which no detector of deadlocks can know of."""
    found = _asked_of_postgresql(connection, _WAITING, number)
    return [one._replace(waits=True) for one in found]


def _asked_of_postgresql(connection: Connection, query: str, number: int) -> Sequence[Blocker]:
    rows = connection.execute(sa.text(query), {"number": number})
    return [Blocker(row[0], row[1], row[2], row[3], row[4], row[5], float(row[6])) for row in rows]


# -- MySQL and MariaDB ----------------------------------------------------------------------

_WAITS = "SELECT state, info, time FROM information_schema.processlist WHERE id = :number"
_ROWS = """
SELECT b.trx_mysql_thread_id FROM information_schema.innodb_lock_waits w
JOIN information_schema.innodb_trx b ON b.trx_id = w.blocking_trx_id
JOIN information_schema.innodb_trx r ON r.trx_id = w.requesting_trx_id
WHERE r.trx_mysql_thread_id = :number
"""
"""https://mariadb.com/kb/en/information-schema-innodb_lock_waits-table/"""
_ROWS_OF_MYSQL = "SELECT blocking_pid FROM sys.innodb_lock_waits WHERE waiting_pid = :number"
_METADATA_OF_MYSQL = """
SELECT blocking_pid FROM sys.schema_table_lock_waits
WHERE waiting_pid = :number AND blocking_pid <> waiting_pid
"""
"""https://dev.mysql.com/doc/refman/8.0/en/sys-schema-table-lock-waits.html"""
_METADATA = """
SELECT DISTINCT h.thread_id FROM information_schema.metadata_lock_info h
WHERE h.thread_id <> :number AND h.table_schema = DATABASE()
"""
"""https://mariadb.com/kb/en/information-schema-metadata_lock_info-table/ (a plugin)"""
_OPEN = """
SELECT p.id FROM information_schema.processlist p
JOIN information_schema.innodb_trx t ON t.trx_mysql_thread_id = p.id
WHERE p.id <> :number AND p.db = DATABASE()
"""
_SESSIONS = """
SELECT p.id, p.user, '', p.host, coalesce(p.command, ''), coalesce(p.info, ''),
    coalesce(TIMESTAMPDIFF(SECOND, t.trx_started, NOW()), p.time)
FROM information_schema.processlist p
LEFT JOIN information_schema.innodb_trx t ON t.trx_mysql_thread_id = p.id
WHERE p.id IN :numbers ORDER BY p.id
"""
_PROGRAMS = """
SELECT processlist_id, attr_value FROM performance_schema.session_connect_attrs
WHERE attr_name = 'program_name' AND processlist_id IN :numbers
"""


def _mysql(connection: Connection, number: int) -> Sequence[Blocker]:
    """Who has the rows; of a wait for a table's definition, who may have it.

    Without the plugin `metadata_lock_info` the server does not tell who holds a metadata lock:
    these are the sessions with an open transaction in the same database.
    """
    waits = connection.execute(sa.text(_WAITS), {"number": number}).first()
    if waits is None or waits[1] is None:
        return []
    metadata = "metadata lock" in str(waits[0] or "").lower()
    asked = (_METADATA_OF_MYSQL, _METADATA, _OPEN) if metadata else (_ROWS_OF_MYSQL, _ROWS)
    for query in asked:
        with suppress(sa.exc.DBAPIError):  # a table that this server does not have
            numbers = [row[0] for row in connection.execute(sa.text(query), {"number": number})]
            if numbers:
                found = _sessions(connection, numbers)
                return [one._replace(is_guess=query is _OPEN) for one in found]
    return []


def _sessions(connection: Connection, numbers: Sequence[int]) -> Sequence[Blocker]:
    known: sa.BindParameter[int] = sa.bindparam("numbers", expanding=True)
    rows = connection.execute(sa.text(_SESSIONS).bindparams(known), {"numbers": numbers})
    found = [
        Blocker(int(row[0]), row[1], "", _host(row[3]), row[4], row[5], float(row[6] or 0))
        for row in rows
    ]
    with suppress(sa.exc.DBAPIError):  # where the performance schema is not there
        programs = connection.execute(sa.text(_PROGRAMS).bindparams(known), {"numbers": numbers})
        names = {int(row[0]): str(row[1]) for row in programs}
        found = [one._replace(application=names.get(one.session, "")) for one in found]
    return found


def _host(place: object) -> str:
    """The address of a client without its port."""
    return str(place).rpartition(":")[0] or str(place)


_BLOCKERS: dict[str, Callable[[Connection, int], Sequence[Blocker]]] = {
    "postgresql": _postgresql,
    "mysql": _mysql,
    "mariadb": _mysql,
}


# -- this process ---------------------------------------------------------------------------


def _session_of(connection: Connection) -> int | None:
    return told_session(connection.connection.driver_connection)


def own_sessions() -> set[int]:
    """The sessions of the server that this process has open, by whatever engine of SQLAlchemy.

    A session left open by create_app() is in no list that this tool has, so that all objects of
    the process are looked at; that is done once somebody blocks.
    """
    found = set()
    for one in gc.get_objects():
        # Proxies of other libraries run code when they are asked for their class.
        if type(one) is sa.pool.base._ConnectionRecord and one.dbapi_connection is not None:
            number = told_session(one.driver_connection)
            if number is not None:
                found.add(number)
    return found


def _is_here(place: str) -> bool:
    """Whether a client's address may be this machine's: numbers of sessions repeat elsewhere."""
    return True if place in ("", "localhost", "127.0.0.1", "::1") else place in _addresses()


def _addresses() -> set[Any]:
    with suppress(OSError):
        return {info[4][0] for info in socket.getaddrinfo(socket.gethostname(), None)} | {
            socket.gethostname()
        }
    return {os.uname().nodename} if hasattr(os, "uname") else set()
