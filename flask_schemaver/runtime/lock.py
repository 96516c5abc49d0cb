"""One migrator at a time for each database and version table.

PostgreSQL and MySQL/MariaDB: a session lock, polled, on a connection of its own in autocommit.
Waiting inside the server instead would make 'CREATE INDEX CONCURRENTLY' of the holder wait for the
waiter, and the waiter's open transaction would take part in deadlocks. SQLite: a lock of the
operating system on a file beside the database, which ends with the process that holds it; a
database in memory needs none. Other databases: none, the conditional move of the version row is
what stops the second migrator there.
"""

from __future__ import annotations

import hashlib
import json
import os
import socket
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from contextvars import ContextVar
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from ..errors import LockTimeout, ReadOnlyDatabase

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection, Engine

TIMEOUT = 600.0
"""How long a migrator waits for another, in seconds."""

REPORT_EVERY = 5.0
"""Seconds between two reports of who is waited for."""

OnWait = Callable[[float, "str | None"], None]
"""Called while waiting with the seconds waited and who holds the lock, as far as it is known."""

# A start-up that holds the lock may run an upgrade that takes it again.
_held: ContextVar[frozenset[str]] = ContextVar("flask_schemaver_locks", default=frozenset())


class Lock(Protocol):
    """A lock of one database that can be tried."""

    key: str

    def acquire(self) -> bool: ...

    def holder(self) -> str | None: ...

    def close(self) -> None: ...


@contextmanager
def migration_lock(
    connection: Connection, name: str, *, timeout: float = TIMEOUT, on_wait: OnWait | None = None
) -> Iterator[None]:
    """Hold the lock of the database behind `connection` for the version table `name`.

    Waits at most `timeout` seconds, then raises LockTimeout; 0 tries once. Held again by the same
    context it is not taken a second time. `connection` itself is only asked what it is.
    """
    lock = _lock_for(connection, name)
    if lock is None:
        yield
        return
    with closing(lock):
        if lock.key in _held.get():
            yield
            return
        _wait(lock, timeout, on_wait)
        token = _held.set(_held.get() | {lock.key})
        try:
            yield
        finally:
            _held.reset(token)


def _wait(lock: Lock, timeout: float, on_wait: OnWait | None) -> None:
    began = time.monotonic()
    pause, reported = 0.02, 0.0
    while not lock.acquire():
        waited = time.monotonic() - began
        if waited >= timeout:
            raise _timeout(lock, waited)
        if on_wait is not None and waited >= reported:
            on_wait(waited, lock.holder())
            reported = waited + REPORT_EVERY
        time.sleep(min(pause, max(timeout - waited, 0)))
        pause = min(pause * 1.5, 0.5)


def _timeout(lock: Lock, waited: float) -> LockTimeout:
    holder = lock.holder()
    who = f" It is {holder}." if holder else ""
    return LockTimeout(
        f"Another process is migrating this database and was not done after {waited:.0f} s.{who}",
        hint="Nothing was changed. Wait for it to end, then run the same command again.",
    )


def _lock_for(connection: Connection, name: str) -> Lock | None:
    dialect = connection.dialect.name
    if dialect == "postgresql":
        return PostgreSQLLock(connection, name)
    if dialect in ("mysql", "mariadb"):
        return MySQLLock(connection, name)
    if dialect == "sqlite":
        file = sqlite_file(connection)
        return None if file is None else FileLock(file)
    return None


# -- servers --------------------------------------------------------------------------------


def side_engine(engine: Engine) -> Engine:
    """An engine with a pool of its own, made as `engine`'s: one that is full cannot block it."""
    return sa.Engine(engine.pool.recreate(), engine.dialect, engine.url)


class _ServerLock:
    """A lock that lives in a session of the server and ends with it."""

    def __init__(self, connection: Connection, name: str) -> None:
        self._engine = side_engine(connection.engine)
        self._side: Connection | None = None
        self.key: str = f"{connection.engine.url.render_as_string()} {name}"
        self._name = name

    @property
    def side(self) -> Connection:
        if self._side is None:
            opened = self._engine.connect()
            self._side = opened.execution_options(isolation_level="AUTOCOMMIT")
        return self._side

    def close(self) -> None:
        if self._side is not None:
            # A proxy that pools sessions would keep this one, and the lock with it.
            with suppress(DBAPIError):
                self._release()
            self._side.close()
        self._engine.dispose()

    def _release(self) -> None:
        """Let go of the lock; closing the session would, too."""

    def _ask(self, sql: str, **values: Any) -> Any:
        return self.side.execute(sa.text(sql), values).first()


class PostgreSQLLock(_ServerLock):
    """An advisory lock; PostgreSQL keeps these for each database apart."""

    def acquire(self) -> bool:
        return bool(
            self._ask("SELECT pg_try_advisory_lock(CAST(:key AS bigint))", key=self._number)[0]
        )

    def _release(self) -> None:
        self._ask("SELECT pg_advisory_unlock(CAST(:key AS bigint))", key=self._number)

    def holder(self) -> str | None:
        """Who holds it; the session has been idle since it got the lock."""
        found = self._ask(
            "SELECT a.pid, a.application_name, a.client_addr, a.state_change FROM pg_locks l"
            " JOIN pg_stat_activity a USING (pid) WHERE l.locktype = 'advisory' AND l.granted"
            " AND l.objsubid = 1 AND CAST(l.classid AS bigint) = CAST(:high AS bigint)"
            " AND CAST(l.objid AS bigint) = CAST(:low AS bigint) AND l.database ="
            " (SELECT oid FROM pg_database WHERE datname = current_database())",
            high=(self._number >> 32) & 0xFFFFFFFF,
            low=self._number & 0xFFFFFFFF,
        )
        if found is None:
            return None
        application = f" '{found[1]}'" if found[1] else ""
        place = f" on {found[2]}" if found[2] else ""
        return f"process {found[0]}{application}{place}{_since(found[3])}"

    @property
    def _number(self) -> int:
        digest = hashlib.sha256(f"flask_schemaver {self._name}".encode()).digest()
        return int.from_bytes(digest[:8], "big", signed=True)


class MySQLLock(_ServerLock):
    """GET_LOCK; it is one for the whole server, so that its name contains the database's."""

    def __init__(self, connection: Connection, name: str) -> None:
        super().__init__(connection, name)
        self._lock_name: str | None = None

    def acquire(self) -> bool:
        if self._lock_name is None:
            database = self._ask("SELECT DATABASE()")[0]
            digest = hashlib.sha256(f"{database} {self._name}".encode()).hexdigest()
            self._lock_name = f"flask_schemaver {digest[:40]}"  # 64 characters are allowed
        return bool(self._ask("SELECT GET_LOCK(:name, 0)", name=self._lock_name)[0])

    def _release(self) -> None:
        self._ask("SELECT RELEASE_LOCK(:name)", name=self._lock_name)

    def holder(self) -> str | None:
        """Who holds it, as far as this user may see other users' sessions."""
        number = self._ask("SELECT IS_USED_LOCK(:name)", name=self._lock_name)[0]
        if number is None:
            return None
        with suppress(DBAPIError):
            found = self._ask(
                "SELECT user, host, time FROM information_schema.processlist WHERE id = :id",
                id=number,
            )
            if found is not None:
                return f"connection {number} of '{found[0]}' on {found[1]}, idle for {found[2]} s"
        return f"connection {number}"


def _since(moment: datetime | None) -> str:
    return f", since {moment.astimezone():%H:%M:%S}" if moment else ""


# -- SQLite ---------------------------------------------------------------------------------


def sqlite_file(connection: Connection) -> Path | None:
    """The file of the main database, None for one in memory."""
    cursor = connection.connection.cursor()
    try:
        cursor.execute("PRAGMA database_list")
        files = {row[1]: row[2] for row in cursor.fetchall()}
    finally:
        cursor.close()
    return Path(files["main"]) if files.get("main") else None


class FileLock:
    """A lock of the operating system; the file that carries it is removed at the end."""

    def __init__(self, database: Path) -> None:
        self.key: str = str(database.resolve())
        self._paths = _lock_paths(database.resolve())
        self._path = self._paths[0]
        self._descriptor: int | None = None

    def acquire(self) -> bool:
        descriptor = self._open()
        if not _try_lock(descriptor):
            os.close(descriptor)
            return False
        if not _is_at(descriptor, self._path):  # removed by its holder since it was opened
            os.close(descriptor)
            return False
        self._descriptor = descriptor
        with suppress(OSError):  # another user's file, which can only be read
            os.ftruncate(descriptor, 0)
            os.write(descriptor, _signature())
        return True

    def holder(self) -> str | None:
        try:
            found = json.loads(self._path.read_bytes())
            since = datetime.fromisoformat(found["since"])
            return f"process {found['process']} on {found['host']}{_since(since)}"
        except (OSError, ValueError, KeyError):
            return None

    def close(self) -> None:
        if self._descriptor is not None:
            with suppress(OSError):  # Windows removes no file that somebody has open
                self._path.unlink()
            os.close(self._descriptor)
            self._descriptor = None

    def _attempts(self) -> Iterator[tuple[Path, int]]:
        for path in self._paths:
            yield path, os.O_RDWR | os.O_CREAT
            if path.is_file():  # another user's, which can be locked all the same
                yield path, os.O_RDONLY

    def _open(self) -> int:
        """Open the file beside the database, or in the temporary folder if that is read-only."""
        for path, flags in self._attempts():
            self._path = path
            with suppress(OSError):
                return os.open(path, flags, 0o666)
        raise ReadOnlyDatabase(
            f"No lock file can be made: neither '{self._paths[0]}' nor '{self._paths[1]}' can be"
            " written.",
            hint="Give this process the right to write one of these folders.",
        )


def _lock_paths(database: Path) -> tuple[Path, Path]:
    digest = hashlib.sha256(os.fsencode(database)).hexdigest()[:16]
    beside = database.with_name(f"{database.name}.schemaver-lock")
    return beside, Path(tempfile.gettempdir()) / f"flask_schemaver-{digest}.lock"


def _signature() -> bytes:
    since = datetime.now(UTC).isoformat(timespec="seconds")
    return json.dumps(
        {"process": os.getpid(), "host": socket.gethostname(), "since": since}
    ).encode()


def _is_at(descriptor: int, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(descriptor), path.stat())
    except OSError:
        return False


if sys.platform == "win32":
    import msvcrt

    def _try_lock(descriptor: int) -> bool:
        os.lseek(descriptor, 1 << 20, os.SEEK_SET)  # far behind the text, which others may read
        try:
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        os.lseek(descriptor, 0, os.SEEK_SET)
        return True

else:
    import fcntl

    def _try_lock(descriptor: int) -> bool:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        except OSError:
            # A file system without locks: SQLite's write lock and the version row remain.
            return True
        return True
