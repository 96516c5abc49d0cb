"""MigrationContext: one database and its version table, on a connection or as SQL text."""

from __future__ import annotations

import codecs
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from functools import cached_property
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from ..config import as_seconds
from ..errors import CommandError, DatabaseAhead
from .adopted import going_on, ledger_by
from .applied_files import check_applied
from .block import TransactionBlock, single_autocommit
from .failures import listed
from .info import MigrationInfo as MigrationInfo
from .journal import Entry, Journal, direction_of, stopped
from .ledger import Ledger
from .lock import TIMEOUT, OnWait, migration_lock
from .offline import SQLScript, named_dialect, text_dialect
from .runner import Manner, RunResult, SilentObserver, logger, nothing_done, run, write
from .sections import ARGUMENT
from .steps import HeadMaintainer as HeadMaintainer
from .steps import MigrationStep as MigrationStep
from .steps import RevisionStep as RevisionStep
from .steps import StampStep as StampStep
from .telling import warn
from .transaction import Transaction, begun_by_caller, left_as_it_was, settle, transaction_for

if TYPE_CHECKING:
    from sqlalchemy.engine import URL, Connection
    from sqlalchemy.engine.interfaces import Dialect
    from sqlalchemy.sql import Executable

    from ..config import Config
    from ..dialects.base import Dialect as Spelling
    from ..script.directory import ScriptDirectory
    from .environment import EnvironmentContext
    from .history import Applied, History
    from .planner import Plan, RowChange
    from .recorder import Recorder

PlanFunction = Callable[[tuple[str, ...], "MigrationContext"], "Plan | Sequence[Any]"]
"""From the applied revisions to what to do: a Plan, or () for nothing."""


class MigrationContext:
    """What env.py, scripts and programs do to one database.

    Each revision runs in a transaction of its own, its version row with it, wherever DDL can be
    rolled back (PostgreSQL, SQLite, SQL Server); `transaction_per_migration=False` makes it one
    transaction for all. On other databases (MySQL, MariaDB, Oracle) each revision is committed at
    its end. A connection whose transaction the caller has begun stays in it: the caller commits.
    """

    def __init__(
        self,
        dialect: Dialect,
        connection: Connection | None,
        opts: Mapping[str, Any],
        environment_context: EnvironmentContext | None = None,
    ) -> None:
        self.opts: dict[str, Any] = dict(opts)
        self.environment_context = environment_context
        self.as_sql: bool = bool(self.opts.get("as_sql"))
        self.purge: bool = bool(self.opts.get("purge"))
        self.dialect: Dialect = text_dialect(dialect) if self.as_sql and connection else dialect
        self.connection: Connection | None = None if self.as_sql else connection
        self.ledger: Ledger = ledger_by(self.opts, self.config, self.dialect)
        # The name by which an env.py for Alembic gives the table another shape.
        self._version = self.ledger.table
        self.results: list[RunResult] = []
        if environment_context is not None:
            self.results = environment_context.results
        self.in_autocommit_block: bool = False
        self.recorder: Recorder | None = None
        """Watches the statements of the script that runs."""
        self._running: Transaction | None = None
        self._block: TransactionBlock | None = None
        self._script: SQLScript | None = None
        self._told: str | None = None
        if self.opts.get("literal_binds") and not self.as_sql:
            raise CommandError(
                "'literal_binds' is for SQL scripts, and this command runs on a database.",
                hint="Leave it out of the 'context.configure' call for online mode.",
            )

    @classmethod
    def configure(
        cls,
        connection: Connection | None = None,
        url: str | URL | None = None,
        dialect_name: str | None = None,
        dialect: Dialect | None = None,
        environment_context: EnvironmentContext | None = None,
        dialect_opts: Mapping[str, Any] | None = None,
        opts: Mapping[str, Any] | None = None,
    ) -> MigrationContext:
        """Make a context, with or without an env.py; touches no database.

        Without a connection (`url` or `dialect_name` alone) it can only write SQL. `opts` are the
        keywords of `EnvironmentContext.configure`, `as_sql` too; unknown ones are kept.
        """
        if connection is not None and not isinstance(connection, sa.Connection):
            raise CommandError(
                f"'connection' has to be a Connection and is a '{type(connection).__name__}'.",
                hint="Use 'with engine.connect() as connection:' and hand over the connection.",
            )
        if connection is not None:
            dialect = connection.dialect
        elif dialect is None:
            dialect = named_dialect(url, dialect_name, dialect_opts)
        return cls(dialect, connection, opts or {}, environment_context)

    # -- what it is -------------------------------------------------------------------------

    @property
    def bind(self) -> Connection | None:
        """The connection; when SQL is written, one that writes what it is given to execute."""
        return self.sql_script.connection if self.as_sql else self.connection

    @property
    def bind_connection(self) -> Connection:
        """The connection, which has to be there."""
        if self.connection is None:
            raise CommandError(
                "This needs a database, and the context was made without a connection.",
                hint="Give 'connection=' to 'context.configure' in env.py.",
            )
        return self.connection

    @cached_property
    def spelling(self) -> Spelling:
        """How this database spells things; loaded when something has to be spelled."""
        from ..dialects.base import dialect_for

        spelling = dialect_for(self.dialect)
        spelling.context = self
        return spelling

    @property
    def impl(self) -> Spelling:
        return self.spelling

    @property
    def version_table(self) -> str:
        return self.ledger.name

    @property
    def version_table_schema(self) -> str | None:
        return self.ledger.schema

    @property
    def config(self) -> Config | None:
        return None if self.environment_context is None else self.environment_context.config

    @property
    def script(self) -> ScriptDirectory | None:
        found: ScriptDirectory | None = self.opts.get("script")
        if found is None and self.environment_context is not None:
            return self.environment_context.script
        return found

    @property
    def database(self) -> str | None:
        """The name of the database where there are several, '' for the default one."""
        found: str | None = self.opts.get(ARGUMENT, self._told)
        return found

    @property
    def revision_map(self) -> Any:
        return None if self.script is None else self.script.revision_map

    @property
    def transactional_ddl(self) -> bool:
        """Whether DDL can be rolled back here, as configured or as the database is."""
        chosen = self.opts.get("transactional_ddl")
        return self.spelling.transactional_ddl if chosen is None else bool(chosen)

    @property
    def transaction(self) -> Transaction:
        """The transactions of the run that is going on."""
        assert self._running is not None
        return self._running

    @property
    def output_buffer(self) -> Any:
        """Where SQL is written: as configured, else the config's own, else standard output."""
        buffer: Any = self.opts.get("output_buffer")
        if buffer is None:
            buffer = getattr(self.config, "output_buffer", None) or sys.stdout
        encoding = self.opts.get("output_encoding")
        return codecs.getwriter(encoding)(buffer) if encoding else buffer

    @property
    def sql_script(self) -> SQLScript:
        if self._script is None:
            self._script = SQLScript(
                self.spelling,
                self.dialect,
                self.output_buffer,
                literal_binds=bool(self.opts.get("literal_binds")),
                transactional=self.transactional_ddl,
                separator=self.opts.get(f"{self.dialect.name}_batch_separator"),
            )
        return self._script

    # -- where the database is --------------------------------------------------------------

    def get_current_heads(self) -> tuple[str, ...]:
        """The applied revisions; of a SQL script, where it starts. Never creates a table."""
        if self.as_sql:
            return self._starting_revisions()
        connection = self.bind_connection
        with left_as_it_was(connection):
            rows = self.ledger.read(connection)
            if not rows and (self.script is not None or not self.opts.get("version_table")):
                found = going_on(connection, self.ledger, self.script)
                if found is not self.ledger:
                    self.use_ledger(found)
                    rows = found.read(connection)
            return rows

    def use_ledger(self, ledger: Ledger) -> None:
        """Keep the state of the database in another version table from here on."""
        self.ledger, self._version = ledger, ledger.table
        for name in ("history", "journal"):
            self.__dict__.pop(name, None)

    def get_current_revision(self) -> str | None:
        """The applied revision, None for a database at base; an error if there are several."""
        heads = self.get_current_heads()
        if len(heads) > 1:
            raise CommandError(
                f"The version table '{self.ledger.label}' has several rows: {listed(heads)}.",
                hint="Use 'get_current_heads()', which returns all of them.",
            )
        return heads[0] if heads else None

    def _starting_revisions(self) -> tuple[str, ...]:
        start = self.opts.get("starting_rev")
        if start is None:
            return ()
        found = start if self.script is None else self.script.as_revision_number(start)
        if found is None:
            return ()
        return (found,) if isinstance(found, str) else tuple(found)

    @cached_property
    def history(self) -> History:
        """What was done to the database."""
        from .history import History

        return History(self.ledger)

    @cached_property
    def journal(self) -> Journal:
        """What is half done."""
        return Journal(self.ledger)

    def note(self, row: Applied) -> None:
        """Write a row of the history in a transaction of its own."""
        connection = self.bind_connection
        joined = connection.in_transaction() and begun_by_caller(connection)
        self.history.ensure(connection)
        self.history.add(connection, row)
        if not joined and connection.in_transaction():
            connection.commit()

    def protected_name(self) -> str | None:
        """The name by which the database is marked as one that nobody destroys by mistake."""
        from .history import protected_name

        return protected_name(self.history.read(self.bind_connection, "protect", "unprotect"))

    # -- moving it --------------------------------------------------------------------------

    def run_migrations(self, **kw: Any) -> None:
        """Do what the command at hand means to do, under the lock; `kw` go to each script.

        Reads the version rows first: if there is nothing to do, no lock is taken. What env.py has
        done on the connection before is committed, unless it is in a transaction of the caller.
        Raises StepFailed, LockTimeout, ReadOnlyDatabase and the errors of the planner.
        """
        function = self.opts.get("fn")
        if function is None:
            raise CommandError(
                "This context was made without a command, so there is nothing to run.",
                hint="Use a function of 'flask_schemaver.command', or call the operations.",
            )
        callbacks = _collection(self.opts.get("on_version_apply"))
        self._told = kw.get(ARGUMENT)
        result = self._move(function, callbacks, kw)
        self.results.append(result._replace(database=self.database))

    def stamp(self, script_directory: ScriptDirectory, revision: str | Sequence[str]) -> None:
        """Move the version rows to `revision` and run nothing; no callback hears of it."""
        from .planner import plan_stamp

        targets = [revision] if isinstance(revision, str) else list(revision or ["base"])
        revisions = script_directory.revision_map
        self.opts.setdefault("script", script_directory)
        self._move(lambda heads, _: plan_stamp(revisions, heads, targets), (), {})

    def move_rows(self, changes: Iterable[RowChange]) -> None:
        """Move rows of the version table, in the transaction that is open."""
        if not self.as_sql:
            self.transaction.ensure_open()
        for change in changes:
            if self.as_sql:
                self.sql_script.statement(self.ledger.statement(change), literal_binds=True)
            else:
                self.ledger.move(self.bind_connection, change)

    def _move(
        self,
        function: PlanFunction,
        callbacks: Sequence[Callable[..., object]],
        arguments: Mapping[str, Any],
    ) -> RunResult:
        if self._version is not self.ledger.table:
            self.ledger.take_shape(self._version)
        # Text is written in no time, and perhaps to the stream that shows progress.
        observer = (not self.as_sql and self.opts.get("observer")) or SilentObserver()
        whole = self.opts.get("transaction_per_migration") is False and self.transactional_ddl
        manner = Manner(observer, arguments, callbacks, whole, database=self.opts.get(ARGUMENT))
        if self.database is not None:
            observer.on_database(self.database)
        if self.as_sql:
            return self._write(function, manner)
        connection = self.bind_connection
        if self._block is not None:
            self._block.commit()
        self._running = transaction_for(connection)
        try:
            return self._run(function, manner)
        finally:
            self._settle()
            self._running = None

    def _run(self, function: PlanFunction, manner: Manner) -> RunResult:
        connection = self.bind_connection
        self._settle()
        try:
            heads, plan = self._plan(function)
        except DatabaseAhead as error:
            return self._ahead(error)
        if self.opts.get("looks_at_applied"):
            check_applied(self, heads)
            self._settle()
        if plan is None or not (plan.steps or self._leaves_a_journal()):
            return nothing_done(heads)
        if plan.steps and (consent := self.opts.get("consent")) is not None:
            consent(self, plan)
            self._settle()

        timeout = self.opts.get("lock_timeout")
        timeout = TIMEOUT if timeout is None else as_seconds(timeout, "lock_timeout")
        waiting = self._waiting(manner)
        with migration_lock(
            connection, self.ledger.label, timeout=timeout, on_wait=waiting
        ) as held:
            heads, plan = self._plan(function, known=(heads, plan))
            if plan is None or not plan.steps:
                if self._leaves_a_journal():
                    self.journal.require_done(connection)
                return nothing_done(heads)
            half_done = self._half_done(plan)
            trusted = self.opts.get("resume_from")
            seconds = self.opts.get("lock_timeout_ddl")
            ddl = None if seconds in (None, "") else as_seconds(seconds, "lock_timeout_ddl")
            manner = manner._replace(
                lock=held, half_done=half_done, trusted=trusted, lock_timeout_ddl=ddl
            )
            return run(plan, self, manner)

    def _leaves_a_journal(self) -> bool:
        """Whether a move with nothing to run finds what a crash, or the other way, has left."""
        found = self.journal.exists(self.bind_connection)
        self._settle()
        return found

    def _ahead(self, error: DatabaseAhead) -> RunResult:
        """Raise with what the history knows; an upgrade may only warn, or do nothing."""
        rows = self.get_current_heads()
        known = [row for row in self.history.read(self.bind_connection) if row.revision in rows]
        self._settle()
        ran = [row for row in known if row.direction == "upgrade" and row.status == "done"]
        words = error.message
        if ran:
            last = ran[-1]
            release = f", release {last.app_version}" if last.app_version else ""
            words += (
                f" Its history says: '{last.revision}' ({last.message}) was applied on"
                f" {last.started:%Y-%m-%d %H:%M} UTC by {last.user} on {last.host}{release}."
            )
        policy = self.opts.get("on_database_ahead") or "error"
        if policy == "error" or not self.opts.get("looks_at_applied"):
            raise DatabaseAhead(words, hint=error.hint) from error
        if policy == "warn":
            warn(self.opts.get("observer"), words, error.hint)
        return nothing_done(rows)

    def _half_done(self, plan: Plan) -> tuple[Entry, ...]:
        """What the journal has of revisions that the plan finishes; raises HalfDone for others."""
        found = Journal(self.ledger).read(self.bind_connection)
        self._settle()
        goes = {(s.script.revision, direction_of(s)) for s in plan.steps if not s.is_stamp}
        for entry in found:
            if (entry.revision, entry.direction) not in goes:
                raise stopped(entry, found)
        return found

    def _waiting(self, manner: Manner) -> OnWait:
        """What is told while another migrator has the lock: who it is, and how far it has come."""

        def told(seconds: float, holder: str | None) -> None:
            words = [holder] if holder else []
            with suppress(Exception):  # only words: the database may be busy with the other
                rows = self.get_current_heads()
                words.append(f"the database is at {listed(rows) or 'base'}")
            holder = "; ".join(words) or None
            logger.info("Waiting for another migrator (%s), %.0f s", holder or "unknown", seconds)
            manner.observer.on_waiting(seconds, holder)

        return told

    def _plan(
        self, function: PlanFunction, known: tuple[tuple[str, ...], Plan | None] | None = None
    ) -> tuple[tuple[str, ...], Plan | None]:
        """The rows, and the plan for them; a plan that was made for these rows is kept."""
        heads = self.get_current_heads()
        if known is not None and known[0] == heads:
            return known
        plan: Any = function(heads, self)
        if isinstance(plan, list):
            from .planner import plan_of

            plan = plan_of(plan, heads)
        if not self.as_sql:
            self._settle()
        return heads, plan or None

    def _write(self, function: PlanFunction, manner: Manner) -> RunResult:
        heads, plan = self._plan(function)
        if plan is None:
            return nothing_done(heads)
        if self.database is not None:
            self.sql_script.comment(f"Database '{self.database or 'default'}'")
        if not manner.one_transaction or self._block is not None:
            return write(plan, self, manner)
        self.sql_script.begin()
        result = write(plan, self, manner)
        self.sql_script.commit()
        return result

    def _settle(self) -> None:
        """End what a statement of env.py, or one of ours, has begun; not what a caller has."""
        if self._running is not None and not self._running.joined:
            settle(self.bind_connection)

    # -- statements -------------------------------------------------------------------------

    def execute(
        self,
        sql: str | Executable,
        execution_options: Mapping[str, Any] | None = None,
    ) -> None:
        """Run a statement, or write it; in a string `:name` is a parameter."""
        statement = sa.text(sql) if isinstance(sql, str) else sql
        if self.as_sql:
            self.sql_script.statement(statement)
            return
        self._begin_block(str(sql) if isinstance(sql, str) else "")
        self.bind_connection.execute(statement, execution_options=dict(execution_options or {}))

    def run_statement(self, statement: str | Executable) -> None:
        """Run, or write, a statement of an operation; a string is sent just as it is."""
        if self.as_sql:
            # A script has nothing beside it that could hold the values.
            self.sql_script.statement(statement, literal_binds=True)
        elif not isinstance(statement, str):
            self.execute(statement)
        else:
            self._begin_block(statement)
            options = {"no_parameters": True, **getattr(statement, "options", {})}
            self.bind_connection.exec_driver_sql(statement, execution_options=options)

    def static_output(self, text: str) -> None:
        """Write text into the SQL script."""
        self.sql_script.text(text)

    # -- transactions -----------------------------------------------------------------------

    @contextmanager
    def begin_transaction(self, _per_migration: bool = False) -> Iterator[None]:
        """A block whose statements are committed at its end, rolled back if it raises.

        `run_migrations` inside commits what env.py did before it, and then each revision for
        itself. In a transaction of the caller, nothing is begun or committed here.
        """
        if self.as_sql:
            with self._written_block():
                yield
            return
        if self.connection is None or self._nested() or begun_by_caller(self.connection):
            yield
            return
        self._block = TransactionBlock(self.connection)
        try:
            with self._block.open():
                yield
        finally:
            self._block = None

    @contextmanager
    def autocommit_block(self) -> Iterator[None]:
        """A block whose statements commit at once, as 'CREATE INDEX CONCURRENTLY' must.

        What the revision did before is committed, and a new transaction begins after the block: a
        failure later in the script does not undo either. An error in a caller's transaction.
        """
        if self.recorder is not None:
            self.recorder.before_commit()
        before, self.in_autocommit_block = self.in_autocommit_block, True
        try:
            with self._autocommitting():
                yield
        finally:
            self.in_autocommit_block = before

    @contextmanager
    def _autocommitting(self) -> Iterator[None]:
        if self.as_sql:
            self.sql_script.commit()
            yield
            self.sql_script.begin()
        elif self._running is not None:
            with self._running.autocommit():
                yield
        else:
            with single_autocommit(self.bind_connection, self._block):
                yield

    def _nested(self) -> bool:
        return self._running is not None or self._block is not None

    @contextmanager
    def _written_block(self) -> Iterator[None]:
        """BEGIN and COMMIT around all, if they are not written around each revision."""
        if self.opts.get("transaction_per_migration") is not False and self.opts.get("fn"):
            yield
            return
        self._block = TransactionBlock(None)
        self.sql_script.begin()
        try:
            yield
        finally:
            self._block = None
        self.sql_script.commit()

    def _begin_block(self, sql: str) -> None:
        """Begin the block's transaction at the first statement that writes."""
        if self._block is None or self._running is not None:
            return
        if not sql.lstrip().lower().startswith(("select", "pragma", "set")):
            self._block.begin()


def _collection(callbacks: Any) -> tuple[Callable[..., object], ...]:
    if callbacks is None:
        return ()
    return (callbacks,) if callable(callbacks) else tuple(callbacks)
