"""A lock that is a row with a heart-beat: for databases and proxies without locks of a session.

The row says who holds it and until when. Whoever holds it moves that moment on from a thread; a
row whose moment is past belongs to nobody. All clocks are the database's.
"""

from __future__ import annotations

import asyncio
import os
import socket
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from uuid import uuid4

import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from .server_lock import SideConnection

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection

SECONDS = 30.0
"""How long a row is good without a heart-beat; a killed holder is waited for no longer."""

BEAT = SECONDS / 6
LOCK_TABLE = "schemaver_lock"

table: sa.Table = sa.Table(
    LOCK_TABLE,
    sa.MetaData(),
    sa.Column("name", sa.String(255), primary_key=True, autoincrement=False),
    sa.Column("owner", sa.String(32), nullable=False),
    sa.Column("expires", sa.Float(53), nullable=False),
    sa.Column("since", sa.Float(53), nullable=False),
    sa.Column("process", sa.Integer, nullable=False),
    sa.Column("host", sa.String(255), nullable=False),
)

_UTC = {
    "mysql": sa.text("SELECT UTC_TIMESTAMP(3)"),
    "mariadb": sa.text("SELECT UTC_TIMESTAMP(3)"),
    "mssql": sa.text("SELECT SYSUTCDATETIME()"),
    "oracle": sa.text("SELECT SYS_EXTRACT_UTC(SYSTIMESTAMP) FROM DUAL"),
}
"""Spellings of the time that do not depend on the time zone of a session."""


class LeaseLock(SideConnection):
    """A row of `schemaver_lock`; each statement is a transaction of its own."""

    def __init__(self, connection: Connection, name: str) -> None:
        super().__init__(connection)
        self.key: str = f"{connection.engine.url.render_as_string()} {name}"
        self._name = name[:255]
        self._owner = uuid4().hex
        self._until = 0.0
        self._made = False
        self._stop = threading.Event()
        self._beating: threading.Thread | None = None
        self._beside = connection.engine

    def _prepare(self, opened: Connection) -> None:
        # A prepared statement may be looked for in a session that has never seen it.
        driver = opened.connection.driver_connection
        if getattr(driver, "prepare_threshold", None) is not None:
            driver.prepare_threshold = None  # type: ignore[union-attr]

    def acquire(self) -> bool:
        if not self._made:
            self._make_table()
        now = _now(self.side)
        if not (self._take_over(now) or self._insert(now)):
            return False
        self._until = time.monotonic() + SECONDS
        self._beating = threading.Thread(target=self._beat, daemon=True, name="schemaver-lease")
        self._beating.start()
        return True

    def is_held(self) -> bool:
        """Whether the row is this one's still; moves its end on."""
        return time.monotonic() < self._until and self._renew(self.side)

    def holder(self) -> str | None:
        found = self.side.execute(self._row).first()
        if found is None:
            return None
        since = datetime.fromtimestamp(found.since, UTC).astimezone()
        ends = max(found.expires - _now(self.side), 0)
        return (
            f"process {found.process} on {found.host}, since {since:%H:%M:%S}"
            f" (a sign of life is due within {ends:.0f} s)"
        )

    def close(self) -> None:
        self._stop.set()
        if self._beating is not None:
            self._beating.join(timeout=BEAT)
        super().close()

    def _release(self, side: Connection) -> None:
        if self._until:
            self._until = 0.0
            mine = (table.c.name == self._name) & (table.c.owner == self._owner)
            side.execute(sa.delete(table).where(mine))

    @property
    def _row(self) -> sa.Select[tuple[object, ...]]:
        return sa.select(table).where(table.c.name == self._name)

    def _make_table(self) -> None:
        if not sa.inspect(self.side).has_table(LOCK_TABLE):
            with suppress(DBAPIError):  # another process made it at the same moment
                table.create(self.side)
        self._made = True

    def _signed(self, now: float) -> dict[str, object]:
        return {
            "owner": self._owner,
            "expires": now + SECONDS,
            "since": now,
            "process": os.getpid(),
            "host": socket.gethostname()[:255],
        }

    def _take_over(self, now: float) -> bool:
        """Take a row whose holder gave no sign of life; of several who try, one hits it."""
        over = (table.c.name == self._name) & (table.c.expires < now)
        update = sa.update(table).where(over).values(self._signed(now))
        return bool(self.side.execute(update).rowcount == 1)

    def _insert(self, now: float) -> bool:
        if self.side.execute(self._row).first() is not None:
            return False
        insert = sa.insert(table).values(name=self._name, **self._signed(now)).inline()
        try:
            self.side.execute(insert)
        except sa.exc.IntegrityError:
            return False
        return True

    def _renew(self, connection: Connection) -> bool:
        asked = time.monotonic()
        mine = (table.c.name == self._name) & (table.c.owner == self._owner)
        update = sa.update(table).where(mine).values(expires=_now(connection) + SECONDS)
        renewed = bool(connection.execute(update).rowcount == 1)
        if renewed:
            self._until = asked + SECONDS
        return renewed

    def _beat(self) -> None:
        """Renew the row from a thread and a connection of its own until told to stop."""
        while not self._stop.wait(BEAT):
            # A beat that fails is made good by the next, or the row expires.
            with suppress(SQLAlchemyError, OSError):
                self._in_thread(self._renew_aside)

    def _renew_aside(self) -> None:
        aside = sa.Engine(
            sa.NullPool(self._beside.pool._creator), self._beside.dialect, self._beside.url
        )
        with aside.connect() as opened:
            connection = opened.execution_options(isolation_level="AUTOCOMMIT")
            self._prepare(connection)
            if not self._stop.is_set() and not self._renew(connection):
                self._stop.set()

    def _in_thread(self, function: Callable[[], None]) -> None:
        if not self._beside.dialect.is_async:
            function()
            return
        from sqlalchemy.util import greenlet_spawn

        asyncio.run(greenlet_spawn(function))  # an event loop of the thread's own


def _now(connection: Connection) -> float:
    """The database's clock, in seconds."""
    asked = _UTC.get(connection.dialect.name, sa.select(sa.func.current_timestamp()))
    found = connection.scalar(asked)
    if isinstance(found, str):
        found = datetime.fromisoformat(found)
    assert isinstance(found, datetime)
    return (found if found.tzinfo else found.replace(tzinfo=UTC)).timestamp()
