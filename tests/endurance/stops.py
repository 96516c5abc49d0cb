"""Stops a migrator at each of its statements, then runs the command again.

The migrator is a child process. Between it and a server stands a line that counts messages, so that
nothing is missed, be it sent by SQLAlchemy, by a driver or while connecting; SQLite tells of its
statements itself. Afterwards the database must be that of a run that nothing disturbed.
"""

from __future__ import annotations

import os
import random
import signal
import tempfile
import time
import traceback
import warnings
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, suppress
from typing import IO, Any, Literal, NamedTuple

import sqlalchemy as sa
from laws.snapshot import snapshot
from sqlalchemy.exc import DBAPIError

import databases
from flask_schemaver.errors import CommandError

from .wire import Line, Wire

How = Literal["process", "session", "line"]
"""kill -9; the server ends the session; the line breaks and the server's last answer is lost."""

Move = Callable[[str], object]
"""A command, given the URL of a database."""

Make = Callable[[], AbstractContextManager[str]]
"""Makes an empty database; its URL."""

UNREPORTED = 97
"""The exit code of a child that ended by an error which the command line would not understand."""


class Child(NamedTuple):
    """A process that runs a command; an error that is no message is written to the file."""

    number: int
    said: IO[str]

    def kill(self) -> None:
        with suppress(ProcessLookupError):
            os.kill(self.number, signal.SIGKILL)

    def wait(self) -> int:
        """Wait for its end: its status."""
        return os.waitpid(self.number, 0)[1]

    def wrong(self, status: int, how: How) -> str:
        """What is wrong with the way in which it ended, having been stopped."""
        if os.WIFSIGNALED(status):
            good = how == "process" and os.WTERMSIG(status) == signal.SIGKILL
            return "" if good else f"the stopped run ended by signal {os.WTERMSIG(status)}"
        said = self.words
        bad = os.WEXITSTATUS(status) == UNREPORTED or "Traceback" in said
        return f"the stopped run ended by a traceback: {said}" if bad else ""

    @property
    def words(self) -> str:
        """What it said of its end."""
        self.said.seek(0)
        return self.said.read()


class Case(NamedTuple):
    """What is stopped: `move` on a database that `before` has prepared.

    It runs in forks, which are cheap, or as programs of their own, if `program` starts one: these
    share no address and no hash with each other.
    """

    make: Make
    before: Move
    move: Move
    program: Callable[[str], Child] | None = None

    def begin(self, url: str) -> Child:
        return forked(url, self.move) if self.program is None else self.program(url)


class Round(NamedTuple):
    """What one stop led to: where it was, whether it hit, what was wrong afterwards."""

    place: str
    hit: bool
    wrong: str


def nothing(url: str) -> None:
    """The preparation of an empty database."""


def rounds(case: Case, how: How, *, first: int = 1, every: int = 1) -> Iterator[Round]:
    """Stop before every `every`-th statement, on a database of its own each, until none is left."""
    wanted = undisturbed(case)[0]
    number = first
    while True:
        with case.make() as url:
            case.before(url)
            hit, wrong = _at_statement(url, case, number, how)
            wrong = wrong or after(url, case, wanted)
        if not hit and not wrong:
            return
        yield Round(f"{how} at statement {number}", hit, wrong)
        number += every


def instants(case: Case, count: int, seed: int) -> Iterator[Round]:
    """kill -9 at `count` random moments; a seed gives the same ones again, as shares of a run."""
    chance = random.Random(seed)
    wanted, seconds = undisturbed(case)
    for number in range(count):
        moment = chance.uniform(0, seconds * 1.05)
        with case.make() as url:
            case.before(url)
            child = case.begin(url)
            time.sleep(moment)
            child.kill()
            status = child.wait()
            wrong = child.wrong(status, "process") or after(url, case, wanted)
        yield Round(f"moment {number}, {moment:.3f} s", os.WIFSIGNALED(status), wrong)


def undisturbed(case: Case) -> tuple[dict[str, Any], float]:
    """What the command leads to, and how many seconds it takes in a child."""
    with case.make() as url:
        case.before(url)
        case.move(url)  # A child finds all modules loaded.
    with case.make() as url:
        case.before(url)
        began = time.monotonic()
        status = case.begin(url).wait()
        seconds = time.monotonic() - began
        assert status == 0, f"An undisturbed run ended with status {status}."
        return content(url), seconds


def content(url: str) -> dict[str, Any]:
    """The catalogue, the rows of each table, and which revisions the history has as done."""
    engine = sa.create_engine(url, poolclass=sa.NullPool)
    with engine.connect() as connection:
        found: dict[str, Any] = dict(snapshot(connection))
        for name in sa.inspect(connection).get_table_names():
            asked = f"SELECT * FROM {connection.dialect.identifier_preparer.quote(name)}"
            if name == "schemaver_history":
                asked = f"SELECT revision, direction FROM {name} WHERE status = 'done'"
            if name != "schemaver_lock":
                rows = connection.exec_driver_sql(asked).fetchall()
                found[f"rows of {name}"] = sorted(map(repr, rows))
        if engine.dialect.name == "postgresql":
            asked = "SELECT count(*) FROM pg_index WHERE NOT indisvalid"
            found["invalid indexes"] = [connection.exec_driver_sql(asked).scalar()]
    return {
        name: [value for value in values if "schemaver_lock" not in str(value)]
        for name, values in found.items()
    }


def after(url: str, case: Case, wanted: dict[str, Any]) -> str:
    """Run the command again; what is wrong then, or nothing."""
    child = case.begin(url)
    status = child.wait()
    if status:
        return f"the next run ended with {os.waitstatus_to_exitcode(status)}: {child.words}"
    found = content(url)
    return difference(found, wanted)


def difference(found: dict[str, Any], wanted: dict[str, Any]) -> str:
    """What two contents differ in, in words."""
    names = [name for name in found.keys() | wanted.keys() if found.get(name) != wanted.get(name)]
    return "; ".join(f"{n}: {found.get(n)} instead of {wanted.get(n)}" for n in sorted(names))


def failures(found: Iterable[Round]) -> list[Round]:
    return [one for one in found if one.wrong]


def _at_statement(url: str, case: Case, number: int, how: How) -> tuple[bool, str]:
    """Stop the command in a child at a statement: whether it was hit, and what is wrong with it."""
    address = sa.make_url(url)
    if address.get_backend_name() == "sqlite":
        child = forked(url, case.move, number)
        status = child.wait()
        return os.WIFSIGNALED(status), child.wrong(status, how)

    def stop(line: Line) -> None:
        if how == "process":
            child.kill()
        elif how == "session" and line.session is not None:
            _end_session(address, line.session)

    wire = Wire(address, number, stop, answered=how == "line")
    child = case.begin(databases.text_of(wire.url))
    status = wire.serve(child.number)
    return wire.hit, child.wrong(status, how)


def _end_session(url: sa.URL, number: int) -> None:
    """End a session of the server from another one."""
    words = {"postgresql": f"SELECT pg_terminate_backend({number})"}
    other = sa.create_engine(url, isolation_level="AUTOCOMMIT", poolclass=sa.NullPool)
    with other.connect() as aside, suppress(DBAPIError):  # it may have ended meanwhile
        aside.exec_driver_sql(words.get(url.get_backend_name(), f"KILL {number}"))


def forked(url: str, move: Move, killed_at: int = 0) -> Child:
    """Start a process that runs the command; SQLite's is killed before a statement of a number."""
    said = tempfile.TemporaryFile("w+")  # noqa: SIM115 - it goes with the child
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # of forks beside threads
        number = os.fork()
    if number:
        return Child(number, said)
    code = UNREPORTED
    try:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
        if killed_at:
            _kill_at(killed_at)
        move(url)
        code = 0
    except (CommandError, DBAPIError) as cause:
        code = getattr(cause, "exit_code", 1)
        said.write(str(cause))
        said.flush()
    except BaseException:
        traceback.print_exc(file=said)
        said.flush()
    finally:
        os._exit(code)


def _kill_at(number: int) -> None:
    seen = [0]

    def count(_: str) -> None:
        seen[0] += 1
        if seen[0] == number:
            os.kill(os.getpid(), signal.SIGKILL)

    sa.event.listen(sa.Pool, "connect", lambda driver, _: driver.set_trace_callback(count))
