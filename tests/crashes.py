"""Stops a migrator at each of its statements, by kill -9 or by ending its session of the server.

A child process runs `upgrade`; a counter on its engine fires before the statement of a number, the
tool's own statements too. Then the upgrade is run again, and the database must be that of a run
that nothing disturbed.
"""

from __future__ import annotations

import io
import os
import signal
import sys
import traceback
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any, Literal, NamedTuple

import sqlalchemy as sa

How = Literal["process", "session"]
OWN_TABLES = {"schemaver_history", "schemaver_journal", "schemaver_lock", "schemaver_version"}


class Round(NamedTuple):
    """What one stop led to: where it was, whether it hit, what was wrong afterwards."""

    number: int
    hit: bool
    wrong: str


def rounds(
    make_url: Callable[[], Any],
    upgrade: Callable[[sa.Engine], object],
    how: How,
    *,
    first: int = 1,
    every: int = 1,
) -> Iterator[Round]:
    """Stop at every `every`-th statement, on a database of its own each, until none is left.

    `make_url` is a context manager that makes an empty database.
    """
    with make_url() as url:
        engine = sa.create_engine(url)
        upgrade(engine)
        wanted = content(engine)
        engine.dispose()
    number = first
    while True:
        with make_url() as url:
            hit = _stopped(url, upgrade, number, how)
            wrong = _after(url, upgrade, wanted)
        if not hit and not wrong:
            return
        yield Round(number, hit, wrong)
        number += every


def content(engine: sa.Engine) -> dict[str, Any]:
    """The tables, their columns, indexes and rows, and the version row."""
    found: dict[str, Any] = {}
    with engine.connect() as connection:
        inspector = sa.inspect(connection)
        for name in inspector.get_table_names():
            if name in OWN_TABLES - {"schemaver_version"}:
                continue
            quoted = connection.dialect.identifier_preparer.quote(name)
            rows = connection.exec_driver_sql(f"SELECT * FROM {quoted}").fetchall()
            found[name] = (
                [(c["name"], str(c["type"]), c["nullable"]) for c in inspector.get_columns(name)],
                sorted(str(index["name"]) for index in inspector.get_indexes(name)),
                sorted(map(repr, rows)),
            )
        if engine.dialect.name == "postgresql":
            asked = sa.text("SELECT count(*) FROM pg_index WHERE NOT indisvalid")
            found["invalid indexes"] = connection.scalar(asked)
        for name in OWN_TABLES & {"schemaver_journal"} & set(inspector.get_table_names()):
            found["left in the journal"] = connection.scalar(
                sa.text(f"SELECT count(*) FROM {name}")
            )
    return {name: value for name, value in found.items() if value}


def _after(url: str, upgrade: Callable[[sa.Engine], object], wanted: dict[str, Any]) -> str:
    engine = sa.create_engine(url)
    try:
        upgrade(engine)
        found = content(engine)
    except Exception as cause:
        return f"the next upgrade failed: {cause}"
    finally:
        engine.dispose()
    return "" if found == wanted else f"{found} instead of {wanted}"


def _stopped(url: str, upgrade: Callable[[sa.Engine], object], number: int, how: How) -> bool:
    """Run the upgrade in a child that is stopped before statement `number`; whether it was."""
    child = os.fork()
    if child == 0:
        code = 99
        try:
            engine = sa.create_engine(url)
            stop = _kill_process if how == "process" else _end_session
            hit = _arm(engine, number, stop)
            sys.stderr = io.StringIO()
            with suppress(Exception):
                upgrade(engine)
            code = 1 if hit else 0
        except BaseException:
            traceback.print_exc()
        finally:
            os._exit(code)
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status):
        return os.WTERMSIG(status) == signal.SIGKILL
    assert os.WEXITSTATUS(status) in (0, 1), status
    return os.WEXITSTATUS(status) == 1


def _arm(engine: sa.Engine, number: int, stop: Callable[[sa.Connection], None]) -> list[int]:
    seen, hit = [0], list[int]()

    def count(connection: sa.Connection, *_: Any) -> None:
        seen[0] += 1
        if seen[0] == number and not hit:
            hit.append(number)
            stop(connection)

    sa.event.listen(engine, "before_cursor_execute", count)
    sa.event.listen(engine, "commit", count)
    return hit


def _kill_process(connection: sa.Connection) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def _end_session(connection: sa.Connection) -> None:
    """End the session that is about to run a statement, from another one."""
    from flask_schemaver.runtime.server_lock import told_session

    number = told_session(connection.connection.driver_connection)
    word = (
        "SELECT pg_terminate_backend(%s)" if connection.dialect.name == "postgresql" else "KILL %s"
    )
    other = sa.create_engine(connection.engine.url, isolation_level="AUTOCOMMIT")
    with other.connect() as aside:
        aside.exec_driver_sql(word % number)
    other.dispose()
