"""Real transactions on every database, whatever mode the user's engine is in.

Each class is one way to begin, commit and roll back on one connection; `transaction_for` chooses.
Control statements of SQLite go through the driver's own cursor, since SQLAlchemy would begin a
transaction before the first of them.
"""

from __future__ import annotations

import logging
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any, Final

from ..errors import CommandError
from .foreign_keys import Violations, dangling, new_violations

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection

logger: Final = logging.getLogger("flask_schemaver.runtime.migration")

BUSY_SECONDS = 60
"""How long SQLite waits for its write lock; the default, 5, is too short for 8 processes."""


class Transaction:
    """The transactions of one run on a connection that the run owns, one after the other."""

    joined = False
    """The transaction is the caller's, who commits."""

    split: bool
    """Part of what the current step did was committed before the step ended."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.split = False

    @contextmanager
    def session(self) -> Iterator[None]:
        """Prepare the connection for transactions, and restore its settings at the end."""
        settle(self.connection)
        autocommits = _autocommits(self.connection)
        if autocommits:
            level = self.connection.default_isolation_level or "READ COMMITTED"
            self.connection.execution_options(isolation_level=level)
        try:
            yield
        finally:
            if autocommits and not self.connection.invalidated:
                self.connection.execution_options(isolation_level="AUTOCOMMIT")

    def begin(self) -> None:
        self.split = False
        self.connection.begin()

    def ensure_open(self) -> None:
        """Begin again if a script has ended the transaction."""
        if not self.connection.in_transaction():
            self.connection.begin()
            self.split = True

    def commit(self) -> None:
        self.connection.commit()

    def rollback(self) -> None:
        """Roll back; on a connection that is broken the server does it."""
        try:
            self.connection.rollback()
        except Exception:
            self.connection.invalidate()

    @contextmanager
    def autocommit(self) -> Iterator[None]:
        """Commit what was done so far, and run a block of statements that each commit at once."""
        level = self.connection.get_isolation_level()
        self.commit()
        self.connection.execution_options(isolation_level="AUTOCOMMIT")
        try:
            yield
            self.connection.commit()
        except BaseException:
            self.rollback()
            raise
        finally:
            if not self.connection.invalidated:
                self.connection.execution_options(isolation_level=level)
        self.begin()
        self.split = True


class JoinedTransaction(Transaction):
    """A transaction that the caller has begun and will end."""

    joined = True

    @contextmanager
    def session(self) -> Iterator[None]:
        yield

    def begin(self) -> None:
        """Nothing to begin, except that Python's SQLite driver has not begun before DDL."""
        if not _is_sqlite(self.connection):
            return
        driver = _driver(self.connection)
        if driver.in_transaction:
            return
        if getattr(driver, "autocommit", None) is True:
            raise CommandError(
                "The connection's driver has 'autocommit=True', so that the transaction around"
                " this command is none.",
                hint="Hand over a connection that is in no transaction, or one without it.",
            )
        _execute(self.connection, "BEGIN IMMEDIATE")

    def ensure_open(self) -> None:
        pass

    def commit(self) -> None:
        pass

    def rollback(self) -> None:
        pass

    @contextmanager
    def autocommit(self) -> Iterator[None]:
        raise CommandError(
            "An autocommit block has to commit what was done before it, but the transaction was"
            " begun by the caller of this command.",
            hint="Hand over a connection that is in no transaction, or a URL.",
        )
        yield  # pragma: no cover


class SQLiteTransaction(Transaction):
    """A transaction that holds SQLite's write lock from its first statement on.

    Python's driver begins none before DDL in its default mode, and commits none that it did not
    begin in others; so BEGIN and COMMIT are sent as SQL wherever the driver does not do it.
    Foreign keys are not enforced meanwhile, since rebuilding a table with it would delete rows
    that refer to it (https://sqlite.org/lang_altertable.html#otheralter); they are checked before
    each commit instead, if they were enforced.
    """

    split: bool

    def __init__(self, connection: Connection) -> None:
        super().__init__(connection)
        self._known: Violations | None = None
        self._checks = False

    @contextmanager
    def session(self) -> Iterator[None]:
        settle(self.connection)
        before = {name: self._pragma(name) for name in ("busy_timeout", "legacy_alter_table")}
        wait = max(before["busy_timeout"], int(BUSY_SECONDS * 1000))
        _execute(self.connection, f"PRAGMA busy_timeout={wait}")
        self._checks = bool(self._pragma("foreign_keys"))
        if self._checks:
            self._enforce_foreign_keys(on=False)
        try:
            yield
        finally:
            if not (self.connection.invalidated or self.connection.closed):
                for name, value in before.items():
                    _execute(self.connection, f"PRAGMA {name}={value}")
                if self._checks:
                    self._enforce_foreign_keys(on=True)

    def begin(self) -> None:
        self.split = False
        deadline = time.monotonic() + BUSY_SECONDS
        while True:
            try:
                self.connection.begin()
                self._take_write_lock()
                break
            except Exception as cause:
                self._end("ROLLBACK")
                # A reader that turns writer is told so at once, without any wait.
                if not _is_busy(cause) or time.monotonic() > deadline:
                    raise
                time.sleep(0.02)
        if self._checks and self._known is None:
            self._known = self._violations()

    def ensure_open(self) -> None:
        if not self.connection.in_transaction():
            self.connection.begin()
            self.split = True
        if not _driver(self.connection).in_transaction:
            logger.warning(
                "The revision ended its transaction, as 'executescript' does: what it did so far"
                " could not be rolled back any more."
            )
            _execute(self.connection, "BEGIN IMMEDIATE")
            self.split = True

    def commit(self) -> None:
        """Commit, unless rows refer to rows that are gone; the caller then rolls back."""
        if self._checks:
            found = self._violations()
            new = new_violations(self._known or Counter(), found, self._tables)
            if new:
                raise dangling(new)
            self._known = found
        self._end("COMMIT")

    def rollback(self) -> None:
        try:
            self._end("ROLLBACK")
        except Exception:
            self.connection.invalidate()

    @contextmanager
    def autocommit(self) -> Iterator[None]:
        self.commit()
        self.connection.begin()
        driver = _driver(self.connection)
        dbapi: Any = self.connection.connection.dbapi_connection
        legacy = getattr(driver, "autocommit", None) not in (True, False)
        level = dbapi.isolation_level if legacy else None
        if driver.in_transaction:
            _execute(self.connection, "COMMIT")
        if legacy:
            dbapi.isolation_level = None
        try:
            yield
            self._end("COMMIT")
        except BaseException:
            self.rollback()
            raise
        finally:
            if legacy:
                dbapi.isolation_level = level
        self._known = None
        self.begin()
        self.split = True

    def _take_write_lock(self) -> None:
        driver = _driver(self.connection)
        if getattr(driver, "autocommit", None) is False or driver.in_transaction:
            # A write that changes nothing: it takes the lock and goes with the transaction.
            _execute(self.connection, f"PRAGMA user_version={self._pragma('user_version')}")
        else:
            _execute(self.connection, "BEGIN IMMEDIATE")

    def _end(self, word: str) -> None:
        """End the transaction by SQL where the driver's own method would not, then through it."""
        if self.connection.invalidated:  # an interrupt broke it, and SQLite rolled back
            self.connection.rollback()
        if not self.connection.in_transaction():
            return
        driver = _driver(self.connection)
        drivers = getattr(driver, "autocommit", None) is False
        if driver.in_transaction and not drivers:
            _execute(self.connection, word)
        elif drivers and not driver.in_transaction:
            _execute(self.connection, "BEGIN")
        if word == "COMMIT":
            self.connection.commit()
        else:
            self.connection.rollback()

    def _enforce_foreign_keys(self, *, on: bool) -> None:
        """Set the pragma, which SQLite ignores in a transaction."""
        driver = _driver(self.connection)
        always_open = getattr(driver, "autocommit", None) is False
        if always_open and driver.in_transaction:
            _execute(self.connection, "COMMIT")
        _execute(self.connection, f"PRAGMA foreign_keys={int(on)}")
        if always_open:
            _execute(self.connection, "BEGIN")

    def _pragma(self, name: str) -> int:
        return int(_execute(self.connection, f"PRAGMA {name}")[0][0])

    def _violations(self) -> Violations:
        """Rows that refer to no row, as (table, parent, rowid); rowid None where there is none."""
        try:
            rows = _execute(self.connection, "PRAGMA foreign_key_check")
        except Exception as cause:  # a parent key that is not unique; the driver's own class
            return Counter([(str(cause), None, None)])
        return Counter((table, parent, rowid) for table, rowid, parent, _ in rows)

    def _tables(self) -> set[str]:
        rows = _execute(self.connection, "SELECT name FROM sqlite_master WHERE type = 'table'")
        return {row[0] for row in rows}


def transaction_for(connection: Connection) -> Transaction:
    """The way to work on `connection`: in its caller's transaction, or in ones of its own."""
    if begun_by_caller(connection):
        return JoinedTransaction(connection)
    return SQLiteTransaction(connection) if _is_sqlite(connection) else Transaction(connection)


def begun_by_caller(connection: Connection) -> bool:
    """Whether somebody began the connection's transaction and means to end it.

    SQLAlchemy begins one by itself at a connection's first statement and keeps no note of it. Such
    a transaction is known to nobody but the connection, while one that was begun on purpose is
    held by a `with` block, a variable or a session.
    """
    if not connection.in_transaction():
        return False
    if getattr(connection, "_trans_context_manager", None) is not None:
        return True
    return connection.in_nested_transaction() or _references(connection) > _references(_Holder())


@contextmanager
def left_as_it_was(connection: Connection) -> Iterator[None]:
    """End the transaction that reading in the block begins, unless one was open before."""
    before = connection.in_transaction()
    try:
        yield
    finally:
        if not before and connection.in_transaction():
            connection.rollback()


def settle(connection: Connection) -> None:
    """End, by a commit, the transaction that a statement before ours has begun."""
    if connection.invalidated:
        connection.rollback()  # the server has done so; SQLAlchemy wants to hear it
    elif connection.in_transaction():
        connection.commit()


class _Holder:
    """Stands for a connection whose transaction nobody else holds."""

    def __init__(self) -> None:
        self._transaction = object()

    def get_transaction(self) -> object:
        return self._transaction


def _references(connection: Any) -> int:
    return sys.getrefcount(connection.get_transaction())


def _autocommits(connection: Connection) -> bool:
    level = connection.get_execution_options().get("isolation_level")
    if level is not None:
        return bool(level == "AUTOCOMMIT")
    driver = connection.connection.dbapi_connection
    flag = getattr(driver, "get_autocommit", None) or getattr(driver, "autocommit", False)
    return (flag() if callable(flag) else flag) is True


def _is_sqlite(connection: Connection) -> bool:
    return connection.dialect.name == "sqlite" and hasattr(_driver(connection), "in_transaction")


def _driver(connection: Connection) -> Any:
    """The driver's own connection; aiosqlite keeps the one of sqlite3 in an attribute."""
    driver = connection.connection.driver_connection
    return getattr(driver, "_conn", driver)


def _execute(connection: Connection, sql: str) -> list[Any]:
    cursor = connection.connection.cursor()
    try:
        cursor.execute(sql)
        return list(cursor.fetchall()) if cursor.description else []
    finally:
        with suppress(Exception):
            cursor.close()


def _is_busy(cause: Exception) -> bool:
    name = getattr(getattr(cause, "orig", cause), "sqlite_errorname", "")
    return str(name).startswith(("SQLITE_BUSY", "SQLITE_LOCKED"))
