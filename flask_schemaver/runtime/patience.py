"""How long a statement waits for a lock of the server, and how often a step is tried again then.

ALTER TABLE waits for a long query, and everybody else waits behind it: better to give up soon, let
the others pass, and try again.
"""

from __future__ import annotations

import math
import random
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any, Final

import sqlalchemy as sa

from .transaction import settle

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection

TRIES: Final = 6
"""How often a step is begun before a lock that is not had is an error."""

_FIRST_PAUSE, _LONGEST_PAUSE = 0.5, 15.0  # seconds


@contextmanager
def lock_timeout(connection: Connection, seconds: float | None, *, joined: bool) -> Iterator[None]:
    """Have statements wait for a lock at most so long inside the block; then all is as before.

    PostgreSQL: lock_timeout, in milliseconds. MySQL and MariaDB: lock_wait_timeout, for metadata
    locks, in whole seconds. Nothing elsewhere, or if `seconds` is None.
    """
    names = {"postgresql": "lock_timeout", "mysql": "lock_wait_timeout"}
    names["mariadb"] = names["mysql"]
    name = names.get(connection.dialect.name)
    if seconds is None or name is None:
        yield
        return
    before = _exchanged(connection, name, seconds)
    if not joined:
        settle(connection)
    try:
        yield
    finally:
        if not (connection.closed or connection.invalidated):
            # A caller's transaction that has failed takes no more statements.
            with suppress(sa.exc.SQLAlchemyError):
                _set(connection, name, before)
                if not joined:
                    settle(connection)


def _exchanged(connection: Connection, name: str, seconds: float) -> Any:
    """Set the new value and return the old one."""
    if connection.dialect.name == "postgresql":
        before = connection.scalar(sa.text("SELECT current_setting(:name)"), {"name": name})
        # 0 would mean for ever.
        _set(connection, name, f"{max(round(seconds * 1000), 1)}ms")
        return before
    before = connection.scalar(sa.text(f"SELECT @@SESSION.{name}"))
    _set(connection, name, max(math.ceil(seconds), 1))
    return before


def _set(connection: Connection, name: str, value: Any) -> None:
    if connection.dialect.name == "postgresql":
        setting = sa.text("SELECT set_config(:name, :value, false)")
        connection.execute(setting, {"name": name, "value": str(value)})
    else:
        connection.execute(sa.text(f"SET SESSION {name} = {int(value)}"))


def pause_before(attempt: int) -> float:
    """Seconds to wait before try number `attempt`, the second being the first to wait for."""
    longest = min(_FIRST_PAUSE * 2.0 ** (attempt - 2), _LONGEST_PAUSE)
    return longest * (0.5 + random.random() / 2)
