"""A plan becomes transactions, statements and moved rows; what happened is the result.

Nothing is printed here. Whoever shows progress gives an observer.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any, Final, NamedTuple, Protocol

import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from ..errors import CommandError, HalfDone, LockLost
from . import sections
from .failures import Outcome, is_lock_timeout, message_of, place_in, step_failed, title
from .info import MigrationInfo
from .journal import Entry, Journal, told
from .readback import verify
from .recorder import Recorder
from .telling import warn
from .transaction import settle

if TYPE_CHECKING:
    from .hanging import Blocker
    from .lock import Held
    from .migration import MigrationContext
    from .planner import Plan, Step
    from .transaction import Transaction

logger: Final = logging.getLogger("flask_schemaver.runtime.migration")


class Observer(Protocol):
    """Whoever wants to know how a run goes on."""

    def on_database(self, name: str) -> None:
        """One of several databases comes next; the name of the default one is empty."""

    def on_waiting(self, seconds: float, holder: str | None) -> None:
        """Another migrator holds the lock; told every few seconds with who it is, if known."""

    def on_step_start(self, step: Step, number: int, total: int) -> None:
        """A revision begins; `number` counts from 1."""

    def on_step_done(self, result: StepResult) -> None:
        """A revision has run, and is committed unless one transaction holds several."""

    def on_blocked(self, seconds: float, blockers: Sequence[Blocker]) -> None:
        """A statement waits for these sessions of the server; told from another thread."""

    def on_warning(self, message: str, hint: str | None) -> None:
        """Something that does not stop the run."""


class SilentObserver:
    """An observer that looks away."""

    def on_database(self, name: str) -> None: ...

    def on_waiting(self, seconds: float, holder: str | None) -> None: ...

    def on_step_start(self, step: Step, number: int, total: int) -> None: ...

    def on_step_done(self, result: StepResult) -> None: ...

    def on_blocked(self, seconds: float, blockers: Sequence[Blocker]) -> None: ...

    def on_warning(self, message: str, hint: str | None) -> None: ...


class StepResult(NamedTuple):
    """A revision that has run."""

    step: Step
    seconds: float


class RunResult(NamedTuple):
    """What a run did; `before` and `after` are the version rows, `failed` the step that did."""

    done: tuple[StepResult, ...]
    not_run: tuple[Step, ...]
    before: tuple[str, ...]
    after: tuple[str, ...]
    seconds: float
    failed: Step | None = None
    database: str | None = None
    """The name of the database, where there are several; that of the default one is empty."""


class Manner(NamedTuple):
    """How a plan is run: who watches, what scripts are given, who hears of each moved row."""

    observer: Observer
    arguments: Mapping[str, Any]
    callbacks: Sequence[Callable[..., object]]
    one_transaction: bool = False
    lock: Held | None = None
    half_done: Sequence[Entry] = ()
    """What the journal says of revisions that were stopped in the middle."""
    trusted: tuple[int, int] | None = None
    """The operation and statement at which a half-done revision goes on, if a person said so."""
    database: str | None = None
    """The name of the database, where there are several."""
    lock_timeout_ddl: float | None = None
    """Seconds that a statement waits for a lock before its step is begun anew."""


def nothing_done(rows: tuple[str, ...]) -> RunResult:
    return RunResult(done=(), not_run=(), before=rows, after=rows, seconds=0.0)


def run(plan: Plan, context: MigrationContext, manner: Manner) -> RunResult:
    """Run all steps of a plan, each in its own transaction or all in one.

    A failing step raises StepFailed after its transaction was rolled back; the result so far is
    in `context.results` then, too. All files are loaded before the first statement, so that a
    mistake in the last does not leave the database half way. Where the database is at the end is
    read on another connection.
    """
    load(plan)
    result = _Run(plan, context, manner).run()
    if not context.transaction.joined:
        verify(context.bind_connection, context.ledger, plan.after)
    return result


def load(plan: Plan) -> None:
    for step in plan.steps:
        if not step.is_stamp:
            step.script.function(_direction(step))


def _direction(step: Step) -> str:
    return "upgrade" if step.is_upgrade else "downgrade"


def write(plan: Plan, context: MigrationContext, manner: Manner) -> RunResult:
    """Write the statements of all steps as SQL text instead of running them."""
    load(plan)
    began = time.monotonic()
    done = []
    if any(not step.is_stamp for step in plan.steps):
        context.spelling.start_migrations()
    for number, step in enumerate(plan.steps, 1):
        try:
            done.append(_written(step, number, plan, context, manner))
        except BrokenPipeError:
            raise  # whoever reads the script, 'head' for one, has enough of it
        except Exception as cause:
            outcome = Outcome("The script ends before it; no database was touched.", None, ())
            url = sa.make_url(f"{context.dialect.name}://")
            raise step_failed(cause, step, outcome, url) from cause
    seconds = time.monotonic() - began
    return RunResult(tuple(done), (), plan.before, plan.after, seconds)


def _written(
    step: Step, number: int, plan: Plan, context: MigrationContext, manner: Manner
) -> StepResult:
    script = context.sql_script
    if not manner.one_transaction:
        script.begin()
    script.comment(running(step))
    if number == 1 and not plan.before:
        script.statement(sa.schema.CreateTable(context.ledger.table))
    result = _apply(step, number, plan, context, manner)
    if not manner.one_transaction:
        script.commit()
    manner.observer.on_step_done(result)
    return result


def running(step: Step) -> str:
    """The line that says which revision runs."""
    verb = "stamp" if step.is_stamp else _direction(step)
    doc = "" if step.is_stamp else step.script.doc
    line = f"Running {verb} {', '.join(step.from_revisions)} -> {', '.join(step.to_revisions)}"
    return f"{line}, {doc}" if doc else line


def _apply(
    step: Step, number: int, plan: Plan, context: MigrationContext, manner: Manner
) -> StepResult:
    """Call the script and move the version rows, in whatever transaction is open."""
    from ..operations.facade import Operations

    if logger.isEnabledFor(logging.INFO):
        logger.info("%s", running(step))
    manner.observer.on_step_start(step, number, len(plan.steps))
    began = time.monotonic()
    if not step.is_stamp:
        with Operations.context(context), _recorded(context, step, manner):
            sections.call(step.script, _direction(step), manner.database, manner.arguments)
    context.move_rows(step.changes)
    if context.recorder is not None:
        context.recorder.close()
        context.recorder = None
    if not context.as_sql:
        from .history import row_of

        seconds = time.monotonic() - began
        row = row_of(step, seconds, context.opts.get("app_version"))
        context.history.add(context.bind_connection, row)
    info = MigrationInfo(step, context.revision_map)
    for callback in manner.callbacks:
        heads = _rows_after(plan, number)
        callback(ctx=context, step=info, heads=heads, run_args=dict(manner.arguments))
    return StepResult(step, time.monotonic() - began)


@contextmanager
def _recorded(context: MigrationContext, step: Step, manner: Manner) -> Iterator[None]:
    """Keep the journal of a script, and leave out what an earlier attempt has done."""
    if context.as_sql:
        yield
        return
    known = [one for one in manner.half_done if one.revision == step.script.revision]
    journal = Journal(context.ledger)
    recorder = Recorder(context, step, journal, known, trusted=manner.trusted, lock=manner.lock)
    context.recorder = recorder
    with recorder.listening():
        yield


def _rows_after(plan: Plan, number: int) -> set[str]:
    """The version rows after the first `number` steps."""
    rows = set(plan.before)
    for step in plan.steps[:number]:
        for change in step.changes:
            rows.discard(change.old or "")
            rows |= {change.new} if change.new else set()
    return rows


class _TryAgain(Exception):
    """A step was rolled back because a lock was not had in time."""

    def __init__(self, step: Step) -> None:
        self.step = step


class _Run:
    """One run; `done` are the steps whose transaction was committed."""

    def __init__(self, plan: Plan, context: MigrationContext, manner: Manner) -> None:
        self.plan = plan
        self.context = context
        self.manner = manner
        self.done: list[StepResult] = []
        self.began = time.monotonic()

    @property
    def transaction(self) -> Transaction:
        return self.context.transaction

    def run(self) -> RunResult:
        steps = self.plan.steps
        groups = [steps] if self.manner.one_transaction else [(step,) for step in steps]
        from .hanging import watched
        from .patience import lock_timeout

        connection, joined = self.context.bind_connection, self.transaction.joined
        seconds = self.manner.lock_timeout_ddl
        with (
            self.transaction.session(),
            lock_timeout(connection, seconds, joined=joined),
            watched(connection, self._blocked),
        ):
            for group in groups:
                self._group(group)
        self._tidy()
        return self._result()

    def _blocked(self, seconds: float, blockers: Sequence[Blocker]) -> None:
        words = "; ".join(map(str, blockers))
        tell = getattr(self.context.opts.get("observer"), "on_blocked", None)
        if tell is not None:
            tell(seconds, blockers)
        if tell is None or logger.hasHandlers():
            logger.warning("No progress for %.0f s, blocked by %s", seconds, words)

    def _tidy(self) -> None:
        """Drop the empty journal where that is not part of a transaction."""
        if not self.context.transactional_ddl and not self.transaction.joined:
            connection = self.context.bind_connection
            Journal(self.context.ledger).discard(connection)
            settle(connection)

    def _group(self, group: Sequence[Step]) -> None:
        """Run steps in one transaction, again if a lock was not had in time."""
        from .patience import TRIES

        for attempt in range(2, TRIES + 1):
            try:
                self._attempt(group, last=False)
            except _TryAgain as again:
                self._pause(again, attempt)
            else:
                return
        self._attempt(group, last=True)

    def _pause(self, again: _TryAgain, attempt: int) -> None:
        """Let others pass, and read what the journal has kept of the attempt."""
        from .patience import TRIES, pause_before

        seconds = pause_before(attempt)
        message = (
            f"{title(again.step)} did not get a lock within {self.manner.lock_timeout_ddl:g} s;"
            f" it is begun again in {seconds:.1f} s (try {attempt} of {TRIES})."
        )
        warn(self.context.opts.get("observer"), message)
        time.sleep(seconds)
        half_done = Journal(self.context.ledger).read(self.context.bind_connection)
        settle(self.context.bind_connection)
        self.manner = self.manner._replace(half_done=half_done)

    def _attempt(self, group: Sequence[Step], *, last: bool) -> None:
        """Run steps in one transaction; all of them are undone if one fails."""
        done: list[StepResult] = []
        try:
            self.transaction.begin()
            for step in group:
                if self.manner.lock is not None:
                    self.manner.lock.check()
                if not self.done and not done:
                    if not step.is_stamp:
                        self.context.spelling.start_migrations()
                    self.context.ledger.ensure(self.context.bind_connection)
                    self.context.history.ensure(self.context.bind_connection)
                number = len(self.done) + len(done) + 1
                done.append(_apply(step, number, self.plan, self.context, self.manner))
                if len(group) > 1:
                    self.manner.observer.on_step_done(done[-1])
            self.transaction.commit()
            if len(group) == 1:  # the disk may be full, or a deferred constraint broken
                self.manner.observer.on_step_done(done[0])
        except (Exception, KeyboardInterrupt) as cause:
            step = group[min(len(done), len(group) - 1)]
            if not last and self._may_try_again(cause):
                self.transaction.rollback()
                self._noted(cause)
                raise _TryAgain(step) from cause
            raise self._failed(cause, group, step) from cause
        except BaseException:
            self.transaction.rollback()
            raise
        self.done += done

    def _may_try_again(self, cause: BaseException) -> bool:
        waits = self.manner.lock_timeout_ddl is not None and self.manner.trusted is None
        return waits and not self.transaction.joined and is_lock_timeout(cause)

    def _failed(self, cause: BaseException, group: Sequence[Step], step: Step) -> CommandError:
        """Roll back, and say in the error what became of the work."""
        self.transaction.rollback()
        cause = self._repeated(cause, step)
        noted = self._noted(cause)
        if not isinstance(cause, LockLost):  # the step did not begin, and another may migrate
            self._remember(step)
        rows = self._rows()
        kept = self._kept(cause, group, rows)
        if noted and not self.transaction.joined:
            kept = f"{kept} {told(noted)}"
        not_run = self.plan.steps[self.plan.steps.index(step) + 1 :]
        self.context.results.append(self._result(failed=step, not_run=not_run, rows=rows))
        if isinstance(cause, LockLost | HalfDone):
            return type(cause)(cause.message, hint=cause.hint)
        names = tuple(later.script.revision for later in not_run if not later.is_stamp)
        url = self.context.bind_connection.engine.url
        outcome = Outcome(kept, rows, names, bool(noted), self.context.database)
        return step_failed(cause, step, outcome, url)

    def _repeated(self, cause: BaseException, step: Step) -> BaseException:
        """The cause, or what is to be said if only what was read has changed since a crash."""
        recorder = self.context.recorder
        if recorder is None or isinstance(cause, CommandError | KeyboardInterrupt):
            return cause
        if self.context.bind_connection.invalidated or is_lock_timeout(cause):
            return cause
        return recorder.cannot_repeat(place_in(cause, step), message_of(cause)) or cause

    def _remember(self, step: Step) -> None:
        """A row of the history for the step that failed, if there is a history to write it in."""
        connection = self.context.bind_connection
        if self.transaction.joined or connection.closed:
            return
        from .history import row_of

        with suppress(Exception):
            if self.context.history.exists(connection):
                version = self.context.opts.get("app_version")
                self.context.note(row_of(step, 0.0, version, status="failed"))
            settle(connection)

    def _noted(self, cause: BaseException) -> tuple[Entry, ...]:
        """What the journal has of the step that failed; nothing if all of it was rolled back."""
        recorder, self.context.recorder = self.context.recorder, None
        if recorder is None or self.transaction.joined:
            return ()
        with suppress(Exception):
            answered = isinstance(cause, DBAPIError) and not cause.connection_invalidated
            return recorder.failed(message_of(cause) if answered else None)
        return ()

    def _kept(
        self, cause: BaseException, group: Sequence[Step], rows: tuple[str, ...] | None
    ) -> str:
        if self.transaction.joined:
            return "The transaction is the caller's, who has to roll it back."
        expected = _rows_after(self.plan, len(self.done) + len(group))
        # An error of ours comes before the commit: then another process has moved the rows.
        if rows is not None and set(rows) == expected and not isinstance(cause, CommandError):
            return "It had been committed just before."
        if not self.context.transactional_ddl:
            return (
                "This database cannot roll DDL back: what the revision did before this is kept,"
                " its version row was not moved."
            )
        if self.transaction.split:
            return (
                "What the revision did up to its last commit (an autocommit block) is kept, the"
                " rest was rolled back."
            )
        many = f"All {len(group)} revisions were" if len(group) > 1 else "All of it was"
        return f"{many} rolled back."

    def _rows(self) -> tuple[str, ...] | None:
        """Where the database is after a rollback; None if it cannot be asked, or is not ours."""
        connection = self.context.bind_connection
        if self.transaction.joined or connection.closed:
            return None
        with suppress(Exception):
            # A connection that an interrupt broke is made anew, and may look at another schema.
            anew = connection.invalidated
            rows = self.context.ledger.read(connection)
            settle(connection)
            return rows if rows or not (anew and self.plan.before) else None
        return None

    def _result(
        self,
        *,
        failed: Step | None = None,
        not_run: Sequence[Step] = (),
        rows: tuple[str, ...] | None = None,
    ) -> RunResult:
        after = self.plan.after if failed is None else (rows or ())
        seconds = time.monotonic() - self.began
        return RunResult(
            tuple(self.done),
            tuple(not_run),
            self.plan.before,
            after,
            seconds,
            failed,
            self.context.database,
        )
