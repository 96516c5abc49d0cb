"""One migrator at a time for each database and version table: who has the lock, and waiting for it.

PostgreSQL and MySQL/MariaDB: a session lock on a connection of its own in autocommit, polled by
those who wait on the one they have.
Waiting inside the server instead would make 'CREATE INDEX CONCURRENTLY' of the holder wait for the
waiter, and the waiter's open transaction would take part in deadlocks. SQLite: a lock of the
operating system on a file beside the database, which ends with the process that holds it; a
database in memory needs none. Other databases, and PostgreSQL behind a proxy that hands one
session to many: a row with a heart-beat, which expires.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from contextvars import ContextVar
from types import MappingProxyType
from typing import TYPE_CHECKING, Protocol

from sqlalchemy.exc import SQLAlchemyError

from ..errors import NOTHING_CHANGED, LockLost, LockTimeout
from .file_lock import FileLock, sqlite_file

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection

TIMEOUT = 600.0
"""How long a migrator waits for another, in seconds."""

REPORT_EVERY = 5.0
"""Seconds between two reports of who is waited for."""

OnWait = Callable[[float, "str | None"], None]
"""Called while waiting with the seconds waited and who holds the lock, as far as it is known."""


class Lock(Protocol):
    """A lock of one database that can be tried."""

    @property
    def key(self) -> str: ...

    def acquire(self) -> bool: ...

    def is_held(self) -> bool: ...

    def holder(self) -> str | None: ...

    def close(self) -> None: ...


# A start-up that holds the lock may run an upgrade that takes it again.
_held: ContextVar[Mapping[str, Lock]] = ContextVar(
    "flask_schemaver_locks", default=MappingProxyType({})
)


class Held:
    """The lock as long as it is held; a database that nobody else can see has none."""

    def __init__(self, lock: Lock | None) -> None:
        self._lock = lock

    def check(self) -> None:
        """Raise LockLost unless it is held still: the session may have ended, the row expired."""
        if self._lock is None:
            return
        try:
            held = self._lock.is_held()
        except SQLAlchemyError:
            held = False
        if not held:
            raise LockLost(
                "The lock of this database was lost while it was being migrated: its session was"
                " ended, or another process took over.",
                hint="Nothing was written after that. Run the same command again: it goes on where"
                " the database is.",
            )


@contextmanager
def migration_lock(
    connection: Connection, name: str, *, timeout: float = TIMEOUT, on_wait: OnWait | None = None
) -> Iterator[Held]:
    """Hold the lock of the database behind `connection` for the version table `name`.

    Waits at most `timeout` seconds, then raises LockTimeout; 0 tries once. Held again by the same
    context it is not taken a second time. `connection` asks for it while another
    has it, and is in no transaction afterwards that it was not in before.
    """
    lock = lock_for(connection, name)
    if lock is None:
        yield Held(None)
        return
    with closing(lock):
        outer = _held.get().get(lock.key)
        if outer is not None:
            yield Held(outer)
            return
        _wait(lock, timeout, on_wait)
        token = _held.set(MappingProxyType({**_held.get(), lock.key: lock}))
        try:
            yield Held(lock)
        finally:
            _held.reset(token)


def lock_for(connection: Connection, name: str) -> Lock | None:
    """The kind of lock for a database; None where one connection alone can see it."""
    dialect = connection.dialect.name
    if dialect == "sqlite":
        file = sqlite_file(connection)
        return None if file is None else FileLock(file)
    from .server_lock import MySQLLock, PostgreSQLLock, behind_proxy

    if dialect == "postgresql" and not behind_proxy(connection):
        return PostgreSQLLock(connection, name)
    if dialect in ("mysql", "mariadb"):
        return MySQLLock(connection, name)
    from .lease import LeaseLock

    return LeaseLock(connection, name)


def _wait(lock: Lock, timeout: float, on_wait: OnWait | None) -> None:
    began = time.monotonic()
    pause, reported = 0.02, 0.0
    while not lock.acquire():
        waited = time.monotonic() - began
        if on_wait is not None and timeout > 0 and waited >= reported:
            on_wait(waited, lock.holder())
            reported = waited + REPORT_EVERY
        if waited >= timeout:
            raise _timeout(lock, waited)
        time.sleep(min(pause, max(timeout - waited, 0)))
        pause = min(pause * 1.5, 0.5)


def _timeout(lock: Lock, waited: float) -> LockTimeout:
    holder = None
    with suppress(SQLAlchemyError):
        holder = lock.holder()
    who = f" It is {holder}." if holder else ""
    patience = f" and was not done after {waited:.0f} s" if waited >= 1 else ""
    return LockTimeout(
        f"Another process is migrating this database{patience}.{who}",
        hint=f"{NOTHING_CHANGED} Wait for it to end, then run the same command again.",
    )
