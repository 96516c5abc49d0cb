"""Locks that live in a session of the server and end with it."""

from __future__ import annotations

import hashlib
import os
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from .transaction import left_as_it_was

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection, Engine

IDLE_SECONDS = 7 * 24 * 3600
"""How long a server lets the session with the lock be idle: a revision may run for hours."""

_SIGN = "schemaver"
_NAME_LENGTH = 63  # https://www.postgresql.org/docs/current/limits.html


def side_engine(engine: Engine) -> Engine:
    """An engine with a pool of its own, made as `engine`'s: one that is full cannot block it."""
    return sa.Engine(engine.pool.recreate(), engine.dialect, engine.url)


class SideConnection:
    """A connection beside the one that migrates, in autocommit; opened when it is first used."""

    def __init__(self, connection: Connection) -> None:
        self._engine = side_engine(connection.engine)
        self._side: Connection | None = None

    @property
    def side(self) -> Connection:
        if self._side is None:
            opened = self._engine.connect()
            self._side = opened.execution_options(isolation_level="AUTOCOMMIT")
            self._prepare(self._side)
        return self._side

    def close(self) -> None:
        self._close_side()

    def _close_side(self) -> None:
        side, self._side = self._side, None
        if side is not None:
            # A pool of sessions in between would keep this one, and the lock with it.
            try:
                if not side.invalidated:
                    self._release(side)
            except SQLAlchemyError:
                side.invalidate()
            side.close()
        self._engine.dispose()

    def _prepare(self, opened: Connection) -> None:
        """Make settings of the session."""

    def _release(self, side: Connection) -> None:
        """Let go of the lock; closing the session would, too."""

    def ask(self, sql: str, **values: Any) -> Any:
        return _first(self.side, sql, **values)


def _first(connection: Connection, sql: str, **values: Any) -> Any:
    return connection.execute(sa.text(sql), values).first()


class _ServerLock(SideConnection):
    """A lock that a session takes; the side connection is opened for whoever gets it.

    Those who wait ask on the connection that is to migrate, so that each of them has one alone.
    """

    def __init__(self, connection: Connection, name: str) -> None:
        super().__init__(connection)
        self.key: str = f"{connection.engine.url.render_as_string()} {name}"
        self._name = name
        self._main = connection
        self._has_it = False

    def acquire(self) -> bool:
        with left_as_it_was(self._main):
            if not self._try(self._main):
                return False
            try:
                # Nobody else finds the lock free meanwhile: of a crowd, one opens a connection.
                opened = self.side
            finally:
                self._unlock(self._main)
        self._has_it = self._try(opened)
        if not self._has_it:
            self._close_side()
        return self._has_it

    def holder(self) -> str | None:
        """Who holds it, as far as the server tells."""
        with left_as_it_was(self._main):
            return self._holder(self._main)

    def close(self) -> None:
        super().close()
        self._has_it = False

    def _release(self, side: Connection) -> None:
        if self._has_it:
            self._unlock(side)

    def _try(self, connection: Connection) -> bool:
        raise NotImplementedError

    def _unlock(self, connection: Connection) -> None:
        raise NotImplementedError

    def _holder(self, connection: Connection) -> str | None:
        raise NotImplementedError


class PostgreSQLLock(_ServerLock):
    """An advisory lock; PostgreSQL keeps these for each database apart."""

    def _prepare(self, opened: Connection) -> None:
        with unless_lost():  # PostgreSQL 14 and newer
            opened.execute(sa.text("SET idle_session_timeout = 0"))

    def acquire(self) -> bool:
        if super().acquire():
            self.ask("SELECT set_config('application_name', :name, false)", name=_signature())
        return self._has_it

    def is_held(self) -> bool:
        found = self.ask(f"{_GRANTED} AND l.pid = pg_backend_pid()", **self._halves)
        return self._has_it and found is not None

    def _holder(self, connection: Connection) -> str | None:
        """Who holds it, since when; of another program than this, what the server knows."""
        found = _first(connection, _GRANTED, **self._halves)
        if found is None:
            return None
        signed = _read_signature(found[1] or "")
        if signed is not None:
            return f"{signed} (session {found[0]} of PostgreSQL)"
        application = f" '{found[1]}'" if found[1] else ""
        place = f" on {found[2]}" if found[2] else ""
        since = f", since {found[3].astimezone():%H:%M:%S}" if found[3] else ""
        return f"process {found[0]}{application}{place}{since}"

    def _try(self, connection: Connection) -> bool:
        asked = "SELECT pg_try_advisory_lock(CAST(:key AS bigint))"
        return bool(_first(connection, asked, key=self._number)[0])

    def _unlock(self, connection: Connection) -> None:
        _first(connection, "SELECT pg_advisory_unlock(CAST(:key AS bigint))", key=self._number)

    @property
    def _halves(self) -> dict[str, int]:
        return {"high": (self._number >> 32) & 0xFFFFFFFF, "low": self._number & 0xFFFFFFFF}

    @property
    def _number(self) -> int:
        digest = hashlib.sha256(f"flask_schemaver {self._name}".encode()).digest()
        return int.from_bytes(digest[:8], "big", signed=True)


_GRANTED = (
    "SELECT a.pid, a.application_name, a.client_addr, a.backend_start FROM pg_locks l"
    " JOIN pg_stat_activity a USING (pid) WHERE l.locktype = 'advisory' AND l.granted"
    " AND l.objsubid = 1 AND CAST(l.classid AS bigint) = CAST(:high AS bigint)"
    " AND CAST(l.objid AS bigint) = CAST(:low AS bigint) AND l.database ="
    " (SELECT oid FROM pg_database WHERE datname = current_database())"
)
"""Sessions that hold an advisory lock (https://www.postgresql.org/docs/current/view-pg-locks.html)."""


def _signature() -> str:
    """Who has the lock since when, in as many characters as an application's name may have."""
    words = f"{_SIGN}/{int(time.time())}/{os.getpid()}/{socket.gethostname()}"
    return words.encode("ascii", "replace").decode()[:_NAME_LENGTH]


def _read_signature(name: str) -> str | None:
    sign, *parts = name.split("/", 3)
    if sign != _SIGN or len(parts) != 3 or not parts[0].isdigit():
        return None
    since = time.strftime("%H:%M:%S", time.localtime(int(parts[0])))
    return f"process {parts[1]} on {parts[2]}, since {since}"


class MySQLLock(_ServerLock):
    """GET_LOCK; it is one for the whole server, so that its name contains the database's."""

    def __init__(self, connection: Connection, name: str) -> None:
        super().__init__(connection, name)
        self._lock_name: str | None = None

    def _prepare(self, opened: Connection) -> None:
        with unless_lost():
            opened.execute(sa.text(f"SET SESSION wait_timeout = {IDLE_SECONDS}"))

    def is_held(self) -> bool:
        asked = "SELECT IS_USED_LOCK(:name) = CONNECTION_ID()"
        return self._has_it and bool(self.ask(asked, name=self._lock_name)[0])

    def _try(self, connection: Connection) -> bool:
        if self._lock_name is None:
            database = _first(connection, "SELECT DATABASE()")[0]
            digest = hashlib.sha256(f"{database} {self._name}".encode()).hexdigest()
            self._lock_name = f"flask_schemaver {digest[:40]}"  # 64 characters are allowed
        return bool(_first(connection, "SELECT GET_LOCK(:name, 0)", name=self._lock_name)[0])

    def _unlock(self, connection: Connection) -> None:
        _first(connection, "SELECT RELEASE_LOCK(:name)", name=self._lock_name)

    def _holder(self, connection: Connection) -> str | None:
        """Who holds it, as far as this user may see other users' sessions."""
        number = _first(connection, "SELECT IS_USED_LOCK(:name)", name=self._lock_name)[0]
        if number is None:
            return None
        with unless_lost():
            found = _first(
                connection,
                "SELECT user, host, time FROM information_schema.processlist WHERE id = :id",
                id=number,
            )
            if found is not None:
                return f"connection {number} of '{found[0]}' on {found[1]}, idle for {found[2]} s"
        return f"connection {number}"


@contextmanager
def unless_lost() -> Iterator[None]:
    """Let a statement fail, unless its session has ended: the next one would not run either."""
    try:
        yield
    except DBAPIError as cause:
        if cause.connection_invalidated:
            raise


# -- proxies --------------------------------------------------------------------------------


def behind_proxy(connection: Connection) -> bool:
    """Whether a proxy stands between this client and PostgreSQL.

    A proxy that pools transactions gives each transaction whatever session of the server is free,
    so that a lock of the session is everybody's, and stays when its client has left. Such a proxy
    makes up the process number that the driver was told when it connected; the server knows its
    own. Drivers that do not tell the number are taken to be connected directly.
    """
    told = told_session(connection.connection.driver_connection)
    if told is None:
        return False
    with left_as_it_was(connection):
        real = connection.scalar(sa.text("SELECT pg_backend_pid()"))
    return bool(real != told)


_SESSION_NUMBERS: tuple[Callable[[Any], Any], ...] = (
    lambda driver: driver.info.backend_pid,  # psycopg, psycopg2
    lambda driver: driver.get_server_pid(),  # asyncpg
    lambda driver: driver._backend_key_data and int.from_bytes(driver._backend_key_data[:4]),
    lambda driver: driver.thread_id(),  # PyMySQL, mysqlclient, asyncmy
    lambda driver: driver.connection_id,  # MySQL Connector
)


def told_session(driver: Any) -> int | None:
    """The number of its session that the server told a driver's connection, if it was kept."""
    for number in _SESSION_NUMBERS:
        with suppress(Exception):
            found = number(driver)
            if found:
                return int(found)
    return None
