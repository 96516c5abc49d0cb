"""Watches the statements of one script, writes the journal of them, and leaves out what was run.

Where a failure is rolled back whole, statements are only counted: what a commit in the middle (an
autocommit block) would keep is written just before it, in the same transaction. Where DDL cannot be
rolled back, and inside the block, each statement of DDL is noted before it runs, and rows are
written in one transaction with their note.
"""

from __future__ import annotations

import hashlib
import json
import re
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any, TypeVar

import sqlalchemy as sa

from ..errors import CommandError, HalfDone
from ..script.beside import writes_beside
from . import evidence
from .contradiction import begun_was_done, contradictions, short
from .journal import Entry, Journal, begun, now, told
from .offline import text_dialect, text_of
from .telling import warn

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection

    from ..schema.operation import Operation
    from .lock import Held
    from .migration import MigrationContext
    from .planner import Step

T = TypeVar("T")

_CONCURRENTLY = re.compile(r"\s*CREATE\s+(UNIQUE\s+)?INDEX\s+CONCURRENTLY\b", re.IGNORECASE)
_ADDRESS = re.compile(r" at 0x[0-9a-fA-F]+")
_KEPT = 60_000
"""Characters of planned statements that are kept; a TEXT of MySQL holds 65,535 bytes."""
_LOOK_AGAIN = 0.5
"""Seconds between two looks at whether the server still runs a statement."""
_EXPLICIT = {"postgresql", "mysql", "mariadb", "sqlite"}
"""Databases that begin a transaction inside autocommit by the word BEGIN."""


class Recorder:
    """The statements of one step on one connection; `known` is what an earlier attempt noted."""

    def __init__(
        self,
        context: MigrationContext,
        step: Step,
        journal: Journal,
        known: Sequence[Entry],
        *,
        trusted: tuple[int, int] | None = None,
        lock: Held | None = None,
    ) -> None:
        self.context = context
        self.step = step
        self.journal = journal
        self.connection: Connection = context.bind_connection
        self.known: dict[tuple[int, int], Entry] = {entry.place: entry for entry in known}
        self._lock = lock
        self._trusted = trusted
        """The place to go on at, as a person said; what is before it counts as done."""
        self._operation, self._statement = 0, 0
        self._label, self._digest = "", ""
        self._planned: list[str] = []
        self._count: int | None = None
        self._doing: Operation | None = None
        self._inside = False
        self._busy = False
        self._skipping = False
        self._wrapped = False
        self._current: Entry | None = None
        self._memory: list[tuple[Entry, Operation | None]] = []
        self._written = bool(known)

    @contextmanager
    def listening(self) -> Iterator[None]:
        """Watch the connection while the script runs."""
        listeners: dict[str, Any] = {
            "before_cursor_execute": self._before,
            "after_cursor_execute": self._after,
            "commit": self._flush,
        }
        if self.known and self._trusted is None:
            if (beside := writes_beside(self.step.script)) is not None:
                raise self._half_done(
                    f"Its file calls '{beside.call}' in line {beside.line}: what that wrote, the"
                    " journal does not see, and running it again might write it twice."
                )
            with self._own():
                self._wait_for_the_server()
                found = contradictions(self.connection, list(self.known.values()))
            if found:
                raise self._half_done(found[0])
        for name, function in listeners.items():
            changes = {"retval": True} if name == "before_cursor_execute" else {}
            sa.event.listen(self.connection, name, function, **changes)
        try:
            yield
            self._finish(None)
            self._memory.clear()
        finally:
            for name, function in listeners.items():
                sa.event.remove(self.connection, name, function)

    def perform(self, operation: Operation, run: Callable[[], T]) -> T | None:
        """Run an operation, whose statements are numbered together; None if it was run before."""
        if self._inside or self._busy:
            return run()
        self._label, self._digest = operation.describe(), _hash(identity_of(operation))
        self._operation, self._statement = self._place_of(self._digest), 0
        self._doing, self._planned, self._count = operation, [], None
        with self._own():
            complete = self._is_complete()
        if complete:
            return None
        self._inside = True
        try:
            result = run()
            self._finish(self._statement)
        finally:
            self._inside = False
        return result

    def rest(self) -> list[str] | None:
        """What is left of the operation at hand, if an earlier attempt came to its middle."""
        first = self.known.get((self._operation, 1))
        if not self._inside or first is None or first.planned is None:
            return None
        if self._trusted is not None:
            done = self._trusted[1] - 1 if self._trusted[0] == self._operation else 0
        else:
            done = sum(one.finished is not None for one in self._noted())
        if not done:
            return None
        self._planned, self._statement = json.loads(first.planned), done
        self._count = len(self._planned)
        return self._planned[done:]

    def plan(self, statements: Sequence[Any]) -> None:
        """Hear which statements the operation at hand is going to run.

        Rows are the same when it is run again, and may be many: their text is not kept.
        """
        if not (self._inside and self._persistent):
            return
        self._count = len(statements)
        if self._count > 1 and not any(isinstance(one, sa.Insert) for one in statements):
            dialect = text_dialect(self.context.dialect)
            with suppress(Exception):  # a value that its type cannot write as text
                self._planned = [text_of(one, dialect) for one in statements]

    @contextmanager
    def aside(self) -> Iterator[None]:
        """Statements inside are part of nothing: they clean up, and may be run again."""
        before, self._busy = self._busy, True
        try:
            yield
        finally:
            self._busy = before

    def before_commit(self) -> None:
        """Write what the coming commit keeps; for databases that tell of commits too late."""
        self._flush(self.connection)

    def close(self) -> None:
        """Forget the step, in the transaction that records it as done."""
        if self._written:
            with self._own():
                self.journal.clear(self.connection, self.step.script.revision)
                if self.context.transactional_ddl:
                    self.journal.discard(self.connection)

    def cannot_repeat(self, place: str, error: str) -> HalfDone | None:
        """The error if the script failed before it came to where an earlier attempt was stopped.

        What was done is left out there, so that it was a reading which finds things changed.
        """
        if self._trusted is None and any(at[0] > self._operation for at in self.known):
            done = [one for _, one in sorted(self.known.items()) if one.finished is not None]
            return HalfDone(
                f"Revision '{self.step.script.revision}' is half done, and its file cannot be run"
                f" again up to where it was stopped: what it reads has changed since{place}:"
                f" {error}. {told(done)}",
                hint="If nothing is left to do: 'flask db repair --mark-done'. Else leave in the"
                " file what is not done yet, and run that: 'flask db repair --resume --at 1'.",
            )
        return None

    def failed(self, error: str | None) -> tuple[Entry, ...]:
        """After a rollback: note what failed; returns what is kept of the step.

        `error` is what the server answered; without an answer a statement may have been done.
        """
        with self._own():
            if self._wrapped:
                self._wrapped = False
                with suppress(Exception):
                    self._control("ROLLBACK")
            entry = self._current
            if entry is not None and entry.finished is None and self._written and error:
                self.journal.update(self.connection, entry._replace(error=error[:1000]))
            found = self.journal.read(self.connection) if self._written else ()
            if self.connection.in_transaction():
                self.connection.commit()
        return tuple(one for one in found if one.revision == self.step.script.revision)

    # -- statements -------------------------------------------------------------------------

    def _before(
        self,
        connection: Connection,
        cursor: Any,
        statement: str,
        parameters: Any,
        context: Any,
        executemany: bool,  # noqa: FBT001 - SQLAlchemy gives it by its place
    ) -> tuple[str, Any]:
        if self._busy:
            return statement, parameters
        sort = evidence.sort_of(statement)
        if sort == "read":
            return statement, parameters
        with self._own():
            self._finish(None)
            entry = self._next(statement, parameters, sort)
            known = self.known.get(entry.place)
            if self._was_run(entry, known):
                self._skipping = True
                nothing: Any = () if context.dialect.positional else {}
                return self._nothing, [nothing] if executemany else nothing
            self._begin(entry, known)
        return statement, parameters

    def _after(self, *_: Any) -> None:
        if self._busy:
            return
        if self._skipping:
            self._skipping = False
        elif self._current is not None and self._current.finished is None:
            self._current = self._current._replace(finished=now())
            if not self._inside:
                self._finish(1)

    def _next(self, statement: str, parameters: Any, sort: evidence.Sort) -> Entry:
        # Keys and moments of rows may be made up as the script runs.
        values = "" if sort == "rows" else repr(parameters)
        digest = f"{self._digest if self._inside else '':<32}{_hash(statement + values)}"
        if self._inside:
            self._statement += 1
            words = self._label
        else:
            self._operation, self._statement = self._place_of(digest), 1
            words = " ".join(statement.split())[:80]
        place = (self._operation, self._statement)
        entry = begun(self.step, place, digest, words, statement, sort)
        if not self._inside:
            return entry
        planned = json.dumps(self._planned) if self._begins(entry) and self._planned else None
        if planned is not None and len(planned) > _KEPT:
            planned = None
        return entry._replace(statements=self._count, planned=planned)

    def _begin(self, entry: Entry, known: Entry | None) -> None:
        by_itself = entry.sort == "schema" or self.context.in_autocommit_block
        if self._lock is not None and self._persistent and by_itself:
            self._lock.check()  # what is committed could not be undone at the end
        self._current = entry
        if not self._persistent:
            return
        if not self._written:
            self.journal.ensure(self.connection)
            self._written = True
        if known is not None:
            self.journal.remove(self.connection, known)
        if entry.sort == "schema":
            state = evidence.state_of(self.connection, entry.sql)
            undo = self._undo(self._doing if self._begins(entry) else None, online=True)
            self._current = entry._replace(before=state, undo=undo)
            self._clear_invalid(entry, state)
            self.journal.insert(self.connection, [self._current])
            self._commit()
        elif self.context.in_autocommit_block and self.connection.dialect.name in _EXPLICIT:
            self._control("BEGIN")
            self._wrapped = True

    def _finish(self, statements: int | None) -> None:
        """Note that the last statement is done, and that the operation is, if it is."""
        entry, self._current = self._current, None
        if entry is None or entry.finished is None:
            self._current = entry
            if entry is None and statements:
                self._complete(statements)
            return
        entry = entry._replace(statements=entry.statements if statements is None else statements)
        if not self._persistent and not self._wrapped:
            self._memory.append((entry, self._doing if self._begins(entry) else None))
            return
        with self._own():
            if entry.sort == "rows":
                self.journal.insert(self.connection, [entry])
            else:
                after = evidence.state_of(self.connection, entry.sql)
                self.journal.update(self.connection, entry._replace(after=after))
            if self._wrapped:
                self._wrapped = False
                self._control("COMMIT")
            elif entry.sort == "schema":
                self._commit()

    def _begins(self, entry: Entry) -> bool:
        """Whether a statement is the first of an operation."""
        return self._inside and entry.statement == 1

    def _undo(self, doing: Operation | None, *, online: bool) -> str | None:
        """What takes an operation back, to be noted with its first statement."""
        if doing is None:
            return None
        from .undo import undo_of

        return undo_of(doing, self.context, online=online)

    def _complete(self, statements: int) -> None:
        """Note that an operation is done whose last statement was run by an earlier attempt."""
        last = self.known.get((self._operation, statements))
        if last is not None and last.statements is None:
            with self._own():
                self.journal.update(self.connection, last._replace(statements=statements))

    def _flush(self, connection: Connection) -> None:
        if self._busy or not self._memory:
            return
        with self._own():
            self.journal.ensure(connection)
            kept = [e._replace(undo=self._undo(op, online=False)) for e, op in self._memory]
            self.journal.insert(connection, kept)
            self._memory, self._written = [], True

    # -- what an earlier attempt did --------------------------------------------------------

    def _place_of(self, digest: str) -> int:
        """The number of the next operation, by its digest.

        A script that asks what is there already leaves out what an earlier attempt has done: such
        operations are passed over, if all up to the one at hand were finished.
        """
        following = self._operation + 1
        passed: set[int] = set()
        for place, entry in sorted(self.known.items()):
            if place[0] < following:
                continue
            if entry.digest.startswith(digest) and place[0] not in passed:
                return place[0]
            if entry.finished is None:
                break
            passed.add(place[0])
        return following

    def _is_complete(self) -> bool:
        """Whether the operation at hand was done by an earlier attempt."""
        if self._trusted is not None:
            return self._operation < self._trusted[0]
        noted = self._noted()
        if not noted:
            # It had nothing to do then; now it might undo what came after it.
            return any(place[0] > self._operation for place in self.known)
        if any(entry.digest[:32].strip() not in ("", self._digest) for entry in noted):
            if all(entry.finished is None and not self._may_be_there(entry) for entry in noted):
                return False
            raise self._half_done(
                f"Operation {self._operation} was '{noted[0].words}' when it was run, and is"
                f" '{self._label}' in the file now."
            )
        last = noted[-1]
        if last.finished is None and (last.sort != "schema" or not self._is_there(last)):
            return False
        return last.statements == last.statement

    def _noted(self) -> list[Entry]:
        """What is known of the operation at hand, in order."""
        return [one for place, one in sorted(self.known.items()) if place[0] == self._operation]

    def _may_be_there(self, known: Entry) -> bool:
        return known.sort == "schema" and begun_was_done(self.connection, known) is not False

    def _was_run(self, entry: Entry, known: Entry | None) -> bool:
        if self._trusted is not None:
            return entry.place < self._trusted
        if known is None:
            return False
        same = known.digest[32:] == entry.digest[32:]
        if known.finished is not None:
            if not same:
                raise self._half_done(
                    f"Operation {entry.operation} ran '{short(known.sql)}', and would run"
                    f" '{short(entry.sql)}' now."
                )
            return True
        return self._is_there(known) if known.sort == "schema" else False

    def _is_there(self, known: Entry) -> bool:
        """Whether a statement of DDL that was begun had been done before the crash."""
        done = begun_was_done(self.connection, known)
        if done is None:
            raise self._half_done(
                f"Operation {known.operation} ('{short(known.sql)}') was begun, and the catalogue"
                " does not tell whether it was done."
            )
        if done:
            after = evidence.state_of(self.connection, known.sql)
            known = known._replace(finished=now(), error=None, after=after)
            self.known[known.place] = known
            self.journal.update(self.connection, known)
            self._commit()
        return done

    def _wait_for_the_server(self) -> None:
        """Wait until no statement of an earlier attempt runs on without whoever sent it."""
        for entry in self.known.values():
            told = False
            while entry.finished is None and evidence.is_running(self.connection, entry.sql):
                if not told:
                    words = f"The server still runs '{short(entry.sql)}' of an earlier attempt."
                    warn(self.context.opts.get("observer"), f"{words} It is waited for.")
                told = True
                time.sleep(_LOOK_AGAIN)

    def _clear_invalid(self, entry: Entry, state: evidence.State) -> None:
        """Drop an index that CREATE INDEX CONCURRENTLY left unfinished: it is made anew."""
        if not _CONCURRENTLY.match(entry.sql):
            return
        quote = self.connection.dialect.identifier_preparer.quote
        for name in [name for name, found in state.items() if found == evidence.INVALID]:
            self.connection.exec_driver_sql(f"DROP INDEX CONCURRENTLY {quote(name)}")

    def _half_done(self, reason: str) -> HalfDone:
        return half_done(self.step.script.revision, reason)

    # -- the connection ---------------------------------------------------------------------

    @property
    def _persistent(self) -> bool:
        return not self.context.transactional_ddl or self.context.in_autocommit_block

    @property
    def _nothing(self) -> str:
        """A statement that does nothing and returns no rows."""
        name = self.connection.dialect.identifier_preparer.format_table(self.journal.table)
        return f"DELETE FROM {name} WHERE 1 = 0"

    @contextmanager
    def _own(self) -> Iterator[None]:
        """Statements inside are the recorder's own."""
        with self.aside():
            yield

    def _commit(self) -> None:
        """Commit what the statement of DDL that follows, or went before, commits anyway."""
        if not self.context.in_autocommit_block:
            driver: Any = self.connection.connection.dbapi_connection
            driver.commit()

    def _control(self, word: str) -> None:
        cursor = self.connection.connection.cursor()
        try:
            cursor.execute(word)
        finally:
            cursor.close()


def half_done(revision: str, reason: str) -> HalfDone:
    return HalfDone(
        f"Revision '{revision}' is half done. {reason}",
        hint="Bring the file or the database to what the journal says, then run the same command"
        " again; or say what is meant: 'flask db repair'.",
    )


def identity_of(operation: Operation) -> str:
    """What an operation says, the same in every process; values of rows may be others each time."""
    text = getattr(operation, "sqltext", None)
    if text is not None:
        return f"execute {text}"
    try:
        return _ADDRESS.sub("", repr(operation.rendering()))
    except CommandError:  # one that is never written into a file, such as the insertion of rows
        return f"{type(operation).__name__} {operation.describe()}"


def _hash(text: str) -> str:
    return hashlib.sha256(_ADDRESS.sub("", text).encode()).hexdigest()[:32]
