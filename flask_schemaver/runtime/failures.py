"""From an exception while a revision ran to the error that tells where, what and what now."""

from __future__ import annotations

import re
import traceback
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy.engine import Connection, Engine
from sqlalchemy.exc import (
    ArgumentError,
    DBAPIError,
    InterfaceError,
    NoSuchModuleError,
    OperationalError,
    PendingRollbackError,
    SQLAlchemyError,
    StatementError,
)

from ..errors import (
    NOTHING_CHANGED,
    CannotConnect,
    ChangedRevision,
    CommandError,
    DatabaseError,
    ReadOnlyDatabase,
    StepFailed,
    StepInterrupted,
    also,
)

if TYPE_CHECKING:
    from sqlalchemy.engine import URL

    from .planner import Step

_STATEMENT_SHOWN = 2000
"""Characters of a failing statement that a message repeats."""

_LOCK_NOT_AVAILABLE = "55P03"
"""https://www.postgresql.org/docs/current/errcodes-appendix.html"""
_LOCK_WAIT_TIMEOUT = 1205
"""https://dev.mysql.com/doc/mysql-errors/8.0/en/server-error-reference.html"""
_READ_ONLY_SQLSTATE = "25006"  # read_only_sql_transaction
_OBJECT_IN_USE = "55006"  # object_in_use
_NO_SPACE_SQLITE = ("SQLITE_FULL", "SQLITE_IOERR")  # a limit for the size of files is IOERR
_NO_SPACE = {"53100", 1021, 1114}  # disk_full, ER_DISK_FULL, ER_RECORD_FILE_FULL
_LOST = {"57P01", "57P02", "08003", "08006", 2006, 2013, 4031}
"""admin_shutdown, crash_shutdown, connection_failure ...; CR_SERVER_LOST ..."""
_LOST_HINT = "Run the same command again: it goes on where the database is."
_DEADLOCKS = {"40P01", "40001", 1213}
_READ_ONLY_MYSQL = {1290, 1792, 1836}  # https://dev.mysql.com/doc/mysql-errors/8.0/en/


class Outcome(NamedTuple):
    """What became of the work: how much was kept, where the database is, what was not run."""

    kept: str
    rows: tuple[str, ...] | None
    not_run: tuple[str, ...]
    half_done: bool = False
    database: str | None = None
    """Its name, where there are several; that of the default one is empty."""


def step_failed(cause: BaseException, step: Step, outcome: Outcome, url: URL) -> CommandError:
    """The error for `cause`, which ended `step`; it is of the class of `cause` as well."""
    if isinstance(cause, Exception) and is_read_only(cause):
        return read_only(cause, url)
    interrupted = isinstance(cause, KeyboardInterrupt)
    verb = "was interrupted" if interrupted else "failed"
    told = [f"{title(step)} {verb}{place_in(cause, step)}"]
    if not interrupted:
        told[0] += f": {hide_password(message_of(cause), url)}"
    statement = _statement_of(cause)
    if statement:
        told.append(f"    {statement}")
    told[0] = _sentence(told[0])
    message = "\n".join((*told, _told(outcome)))
    hint = _hint(cause, half_done=outcome.half_done)
    return also((StepInterrupted if interrupted else StepFailed)(message, hint=hint), cause)


def message_of(cause: BaseException) -> str:
    """What the database said, without SQLAlchemy's additions; of other errors, their class too."""
    if isinstance(cause, CommandError):
        return cause.message
    if isinstance(cause, StatementError) and cause.orig is not None:
        return _said(cause.orig)
    if _sqlite_code(cause):
        return str(cause)
    if _is_late(cause):
        return "its session has ended"
    if isinstance(cause, SQLAlchemyError):
        return next((str(part) for part in cause.args), type(cause).__name__)
    return "".join(traceback.format_exception_only(cause)).strip()


def _said(origin: BaseException) -> str:
    """The text in a driver's error: MySQL's come with a number, asyncpg's with a class."""
    args = origin.args
    if len(args) == 2 and isinstance(args[0], int) and isinstance(args[1], str):
        return f"{args[1]} ({args[0]})"
    return re.sub(r"^<class '[^']*'>: ", "", str(origin)).strip()


def _sqlite_code(cause: object) -> str:
    """The name of SQLite's own code in an error of its driver, or ''."""
    return str(getattr(cause, "sqlite_errorname", ""))


def hide_password(text: str, url: URL) -> str:
    password = str(url.password or "")
    return text.replace(password, "***") if len(password) > 2 else text


def is_lock_timeout(cause: BaseException) -> bool:
    """Whether a statement gave up waiting for a lock."""
    origin: Any = getattr(cause, "orig", None)
    return not _codes_of(origin).isdisjoint((_LOCK_NOT_AVAILABLE, _LOCK_WAIT_TIMEOUT))


def is_read_only(cause: Exception) -> bool:
    """Whether the database refused because it cannot be written at all."""
    origin: Any = getattr(cause, "orig", None) or cause
    code = _sqlite_code(origin)
    if code:
        return code.startswith(("SQLITE_READONLY", "SQLITE_CANTOPEN"))
    found = _codes_of(origin)
    if _READ_ONLY_SQLSTATE in found:
        return True
    return isinstance(cause, DBAPIError) and not found.isdisjoint(_READ_ONLY_MYSQL)


def read_only(cause: Exception, url: URL) -> ReadOnlyDatabase:
    said = hide_password(message_of(cause), url)
    if url.get_backend_name() == "sqlite":
        hint = "Give this process the right to write the file and its folder."
    else:
        hint = "Connect to the primary server, as a user who may write."
    words = f"The database '{named(url)}' cannot be written: {said}."
    return also(ReadOnlyDatabase(words, hint=f"{NOTHING_CHANGED} {hint}"), cause)


def cannot_connect(cause: BaseException, url: URL) -> CannotConnect:
    said = hide_password(message_of(cause), url)
    if url.get_backend_name() == "sqlite":
        hint = "Check that the folder of the file is there, and may be read and written."
    else:
        hint = "Check that the server runs, and the host, user and password of the URL."
    if "@" in (url.host or ""):
        # What stands before it is the rest of a password, and the driver repeats it.
        said = "the user or the password has an '@' of its own."
        hint = "Write it as '%40' in the URL, or build the URL with sqlalchemy.URL.create()."
    return also(CannotConnect(f"No connection to '{named(url)}': {said}", hint=hint), cause)


def named(url: URL) -> str:
    """The database as messages name it: SQLite's file, else the URL without its password."""
    if url.get_backend_name() == "sqlite" and url.database:
        return url.database.removeprefix("file:")
    return address(url)


def address(url: URL) -> str:
    """A URL without its password; an '@' in that made the rest of it a part of the host."""
    return url.set(host=url.host and url.host.rpartition("@")[2]).render_as_string()


def connect_failure(cause: BaseException | None) -> CannotConnect | None:
    """The error to show if `cause` was raised because an engine could not be made, or connect."""
    if isinstance(cause, CommandError):
        return None
    if isinstance(cause, (ArgumentError, NoSuchModuleError)) and _about_url(cause.__traceback__):
        return _no_engine(cause)
    if isinstance(cause, DBAPIError) and _sqlite_code(cause.orig) == "SQLITE_NOTADB":
        unread = CannotConnect(
            f"The file of the database cannot be read: {message_of(cause)}.",
            hint="Check the path in the URL, and whether the file is whole, or encrypted.",
        )
        return also(unread, cause)
    if not isinstance(cause, (OperationalError, InterfaceError)) or cause.statement is not None:
        return None
    engine = _engine_of(cause.__traceback__)
    return None if engine is None else cannot_connect(cause, engine.url)


def connection_lost(cause: BaseException | None) -> DatabaseError | None:
    """The error to show if `cause` is that a session ended, outside of any revision."""
    if not isinstance(cause, Exception) or isinstance(cause, CommandError):
        return None
    origin: Any = getattr(cause, "orig", None) or cause
    if _sqlite_code(origin) or not _is_lost(cause, _codes_of(origin)):
        return None
    words = f"The connection to the database was lost: {message_of(cause)}."
    return also(DatabaseError(words, hint=_LOST_HINT), cause)


def refusal(cause: BaseException | None) -> DatabaseError | None:
    """The error to show if, outside of any revision, what is around a database was in the way.

    It cannot be written, another process writes to it, its disk is full.
    """
    if not isinstance(cause, DBAPIError) or isinstance(cause, CommandError):
        return None
    url, words = _url_of(cause.__traceback__), _outside(cause)
    if url is not None and is_read_only(cause):
        return read_only(cause, url)
    if url is None or words is None:
        return None
    said = _sentence(hide_password(message_of(cause), url))
    refused = DatabaseError(f"The database '{named(url)}' refused: {said}", hint=words)
    return also(refused, cause)


def _about_url(trace: TracebackType | None) -> bool:
    """Whether SQLAlchemy was reading a URL, or looking for the dialect that it names."""
    readers = {"make_url", "_parse_url", "_get_entrypoint"}
    return any(frame.f_code.co_name in readers for frame, _ in traceback.walk_tb(trace))


def _no_engine(cause: ArgumentError | NoSuchModuleError) -> CannotConnect:
    # The text of an ArgumentError may hold the URL, and with it the password.
    said = f": {cause}" if isinstance(cause, NoSuchModuleError) else ""
    return CannotConnect(
        f"The URL of the database is missing or cannot be understood{said}.",
        hint="Look for 'sqlalchemy.url' in the settings, and for what env.py makes of it.",
    )


def _engine_of(trace: TracebackType | None) -> Engine | None:
    """The engine whose `raw_connection` is on the traceback: the URL is nowhere in the error."""
    for frame, _ in traceback.walk_tb(trace):
        owner = frame.f_locals.get("self")
        if frame.f_code.co_name == "raw_connection" and isinstance(owner, Engine):
            return owner
    return None


def _url_of(trace: TracebackType | None) -> URL | None:
    """The database whose connection is on the traceback."""
    for frame, _ in traceback.walk_tb(trace):
        owner = frame.f_locals.get("self")
        if isinstance(owner, Connection):
            return owner.engine.url
    return None


def changed_since(names: Sequence[str], places: Mapping[str, str]) -> ChangedRevision:
    """The error for applied files that mean something else than when they were run."""
    verb = "has" if len(names) == 1 else "have"
    files = ", ".join(f"'{name}' in '{places[name]}'" for name in names)
    return ChangedRevision(
        f"{len(names)} applied {'revision' if len(names) == 1 else 'revisions'} {verb} changed"
        f" since {'it was' if len(names) == 1 else 'they were'} run: {files}.",
        hint="What it did is not done again. Write a new revision for the change and take it back"
        f" there; or, if it makes no difference: 'flask db accept {names[0]}'.",
    )


def title(step: Step) -> str:
    """The step as messages call it."""
    return "The stamping" if step.revision is None else f"Revision '{step.revision.revision}'"


def place_in(cause: BaseException, step: Step) -> str:
    """The file of the script and the line that was running in it."""
    if step.is_stamp:
        return ""
    file = Path(step.script.path)
    lines = [
        line
        for frame, line in traceback.walk_tb(cause.__traceback__)
        if Path(frame.f_code.co_filename) == file
    ]
    return f" in '{file}', line {lines[-1]}" if lines else f" in '{file}'"


def _statement_of(cause: BaseException) -> str | None:
    statement = getattr(cause, "statement", None)
    if not isinstance(statement, str):
        return None
    text = statement.strip()
    return text if len(text) <= _STATEMENT_SHOWN else f"{text[:_STATEMENT_SHOWN]} ..."


def _told(outcome: Outcome) -> str:
    told = [outcome.kept]
    if outcome.rows is not None:
        name = "" if outcome.database is None else f" '{outcome.database or 'default'}'"
        told.append(f"The database{name} is at {listed(outcome.rows) or 'base'}.")
    if outcome.not_run:
        verb = "was" if len(outcome.not_run) == 1 else "were"
        told.append(f"Not run {verb} {listed(outcome.not_run)}.")
    return " ".join(told)


def _hint(cause: BaseException, *, half_done: bool) -> str:
    if (words := _outside(cause)) is not None:
        return words
    if half_done and isinstance(cause, Exception):
        return (
            "Correct the file from there on, then run the same command again: what was done is left"
            " out. To take it back instead: 'flask db repair'."
        )
    if isinstance(cause, CommandError) and cause.hint:
        return cause.hint
    if _has_pending_events(cause):
        return (
            "Rows still wait for their deferred constraints. Check them first: put"
            " op.execute('SET CONSTRAINTS ALL IMMEDIATE') before the statement."
        )
    if is_lock_timeout(cause):
        return (
            "Another session holds a lock on what the revision changes. Run the same command again"
            " when it has ended, or give it more time: SCHEMAVER_LOCK_TIMEOUT_DDL, in seconds."
        )
    if isinstance(cause, KeyboardInterrupt):
        return "Run the same command again to go on."
    return "Correct the file, then run the same command again."


def _outside(cause: BaseException) -> str | None:
    """What to do if neither the file nor the schema is to blame, but what is around them."""
    origin: Any = getattr(cause, "orig", None) or cause
    code, codes = _sqlite_code(origin), _codes_of(origin)
    if code.startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
        return "Another process writes to this database: let it end, then run the command again."
    if code.startswith(_NO_SPACE_SQLITE) or not codes.isdisjoint(_NO_SPACE):
        return "Make room where the database has its files, then run the same command again."
    if not codes.isdisjoint(_DEADLOCKS):
        return "Another session was in the way. Run the same command again."
    if not code and _is_lost(cause, codes):
        return f"The connection to the server was lost. {_LOST_HINT}"
    return None


def _is_lost(cause: BaseException, codes: set[Any]) -> bool:
    """Whether the session has ended; SQLAlchemy passes on as they are errors of COMMIT and such."""
    if isinstance(cause, DBAPIError):
        return cause.connection_invalidated
    if _is_late(cause):
        return True
    names = {one.__name__ for one in type(cause).__mro__}
    return not names.isdisjoint(("OperationalError", "InterfaceError")) and (
        codes == {None} or not codes.isdisjoint(_LOST)
    )


def _is_late(cause: BaseException) -> bool:
    """Whether it is said of the statement after the one that found the session ended."""
    return isinstance(cause, PendingRollbackError) and "reconnect" in str(cause)


def _codes_of(origin: Any) -> set[Any]:
    """PostgreSQL's SQLSTATE, and MySQL's number, in an error of a driver."""
    state = getattr(origin, "sqlstate", getattr(origin, "pgcode", None))
    return {state, *(one for one in getattr(origin, "args", ())[:1] if isinstance(one, int))}


def _has_pending_events(cause: BaseException) -> bool:
    """Whether PostgreSQL cannot change a table whose rows a deferred constraint waits for.

    https://www.postgresql.org/docs/current/sql-set-constraints.html
    """
    origin = getattr(cause, "orig", None)
    return _OBJECT_IN_USE in _codes_of(origin) and "pending trigger events" in str(origin)


def _sentence(text: str) -> str:
    return text if text.endswith((".", "!", "?", "...")) else f"{text}."


def listed(names: Sequence[str]) -> str:
    return ", ".join(f"'{name}'" for name in names)
