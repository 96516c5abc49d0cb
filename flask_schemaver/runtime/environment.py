"""EnvironmentContext: what an env.py finds behind `context` while a command runs."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, MutableMapping, Sequence
from contextlib import AbstractContextManager
from contextvars import ContextVar, Token
from types import TracebackType
from typing import TYPE_CHECKING, Any, Literal, overload

from ..errors import NOTHING_CHANGED, CommandError
from .failures import connect_failure, connection_lost, listed, refusal
from .migration import MigrationContext, PlanFunction

if TYPE_CHECKING:
    from sqlalchemy import MetaData
    from sqlalchemy.engine import URL, Connection
    from sqlalchemy.sql import Executable

    from ..config import Config
    from ..dialects.base import Dialect as Spelling
    from ..script.directory import ScriptDirectory
    from .runner import Observer, RunResult

Hook = Callable[..., Any]

NameFilterType = Literal[
    "schema", "table", "column", "index", "unique_constraint", "foreign_key_constraint"
]
NameFilterParentNames = MutableMapping[
    Literal["schema_name", "table_name", "schema_qualified_table_name"], str | None
]
IncludeNameFn = Callable[[str | None, NameFilterType, NameFilterParentNames], bool]
IncludeObjectFn = Callable[[Any, str | None, str, bool, Any], bool]
ProcessRevisionDirectivesFn = Callable[[MigrationContext, Any, list[Any]], None]
ProcessRevisionDirectiveFn = ProcessRevisionDirectivesFn
RenderItemFn = Callable[[str, Any, Any], str | Literal[False] | None]
CompareType = Callable[[MigrationContext, Any, Any, Any, Any], bool | None]
CompareServerDefault = Callable[[MigrationContext, Any, Any, Any, Any, Any], bool | None]
OnVersionApplyFn = Callable[..., None]

_current: ContextVar[EnvironmentContext] = ContextVar("flask_schemaver_environment")


def current() -> EnvironmentContext:
    """The environment of the command that runs in this thread or task."""
    try:
        return _current.get()
    except LookupError:
        raise CommandError(
            "'flask_schemaver.context' works only while a command runs an env.py.",
            hint="Run 'flask db ...', or a function of 'flask_schemaver.command'.",
        ) from None


class EnvironmentContext:
    """One run of an env.py: the command's intent, and the contexts that env.py configures.

    `fn(heads, migration_context)` returns the Plan to follow, or () for a command that only looks.
    `results` has one RunResult for each `run_migrations`, after a failure too. `lock_timeout` is
    in seconds. As a context manager it is what `flask_schemaver.context` speaks to; an engine that
    cannot connect then raises CannotConnect.
    """

    def __init__(
        self,
        config: Config,
        script: ScriptDirectory,
        *,
        fn: PlanFunction | None = None,
        as_sql: bool = False,
        starting_rev: str | Sequence[str] | None = None,
        destination_rev: str | Sequence[str] | None = None,
        tag: str | None = None,
        purge: bool = False,
        template_args: dict[str, Any] | None = None,
        observer: Observer | None = None,
        lock_timeout: float | None = None,
        **context_opts: Any,
    ) -> None:
        self.config = config
        self.script = script
        self.results: list[RunResult] = []
        self.context_opts: dict[str, Any] = {
            "fn": fn,
            "as_sql": as_sql,
            "starting_rev": starting_rev,
            "destination_rev": destination_rev,
            "tag": tag,
            "purge": purge,
            "template_args": template_args,
            "observer": observer,
            "lock_timeout": lock_timeout,
            **context_opts,
        }
        self._migration_context: MigrationContext | None = None
        self._token: Token[EnvironmentContext] | None = None

    def __enter__(self) -> EnvironmentContext:
        self._token = _current.set(self)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        cause: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._token is not None:
            _current.reset(self._token)
            self._token = None
        if isinstance(cause, CommandError) and cause.hint:
            cause.hint = self._truthful(cause.hint)
        failure = connect_failure(cause) or connection_lost(cause) or refusal(cause)
        if failure is not None:
            raise failure from cause

    def _truthful(self, hint: str) -> str:
        """A hint that says what was changed before the error, here or in other databases."""
        told = [
            f"{'the database' if run.database is None else repr(run.database or 'default')}"
            f" was brought to {listed(run.done[-1].step.to_revisions) or 'base'}"
            for run in self.results
            if run.done
        ]
        return hint.replace(NOTHING_CHANGED, f"Before that, {'; '.join(told)}.") if told else hint

    # -- what the command means -------------------------------------------------------------

    def is_offline_mode(self) -> bool:
        """Whether SQL is to be written instead of run."""
        return bool(self.context_opts["as_sql"])

    def requires_connection(self) -> bool:
        return not self.is_offline_mode()

    def is_transactional_ddl(self) -> bool:
        """Whether the configured database can roll DDL back."""
        return self.get_context().transactional_ddl

    def get_head_revision(self) -> str | tuple[str, ...] | None:
        """The one head of the files; an error if there are several."""
        return self.script.as_revision_number("head")

    def get_head_revisions(self) -> str | tuple[str, ...] | None:
        return self.script.as_revision_number("heads")

    def get_starting_revision_argument(self) -> str | tuple[str, ...] | None:
        """Where a SQL script starts, as a revision id; None for base."""
        found = self._option("starting_rev")
        if found is None:
            raise CommandError(
                "This command has no revision to start from.",
                hint="Give a range, as in 'flask db upgrade --sql ae10:head'.",
            )
        return self.script.as_revision_number(found)

    def get_revision_argument(self) -> str | tuple[str, ...] | None:
        """Where the command goes, as a revision id; None for base, KeyError if it goes nowhere."""
        found = self.context_opts["destination_rev"]
        if found is None:
            raise KeyError("destination_rev")
        if isinstance(found, str):
            return self.script.as_revision_number(found)
        revisions = [script.revision for script in self.script.get_revisions(found)]
        return tuple(revisions) if len(revisions) > 1 else next(iter(revisions), None)

    def get_tag_argument(self) -> str | None:
        """The value of '--tag'."""
        found: str | None = self._option("tag")
        return found

    @overload
    def get_x_argument(self, as_dictionary: Literal[False] = ...) -> list[str]: ...

    @overload
    def get_x_argument(self, as_dictionary: Literal[True]) -> dict[str, str]: ...

    @overload
    def get_x_argument(self, as_dictionary: bool) -> list[str] | dict[str, str]: ...

    def get_x_argument(self, as_dictionary: bool = False) -> list[str] | dict[str, str]:
        """The values of '-x'; as a dictionary each is split at its first '='."""
        given = getattr(self.config.cmd_opts, "x", None) or []
        values = [given] if isinstance(given, str) else list(given)
        if not as_dictionary:
            return values
        return {name: value for name, _, value in (text.partition("=") for text in values)}

    # -- configuring ------------------------------------------------------------------------

    def configure(
        self,
        /,
        connection: Connection | None = None,
        url: str | URL | None = None,
        dialect_name: str | None = None,
        dialect_opts: Mapping[str, Any] | None = None,
        transactional_ddl: bool | None = None,
        transaction_per_migration: bool | None = None,
        output_buffer: Any = None,
        starting_rev: str | None = None,
        tag: str | None = None,
        template_args: Mapping[str, Any] | None = None,
        render_as_batch: bool = False,
        target_metadata: MetaData | Sequence[MetaData] | None = None,
        include_name: Hook | None = None,
        include_object: Hook | None = None,
        include_schemas: bool = False,
        process_revision_directives: Hook | None = None,
        compare_type: bool | Hook = True,
        compare_server_default: bool | Hook = True,
        render_item: Hook | None = None,
        literal_binds: bool = False,
        upgrade_token: str = "upgrades",
        downgrade_token: str = "downgrades",
        alembic_module_prefix: str | None = "op.",
        sqlalchemy_module_prefix: str | None = "sa.",
        user_module_prefix: str | None = None,
        on_version_apply: Hook | Collection[Hook] | None = None,
        autogenerate_plugins: Sequence[str] | None = None,
        **kw: Any,
    ) -> None:
        """Say which database is migrated and how; may be called again, the last call counts.

        `transaction_per_migration` None and True: each revision in a transaction of its own where
        DDL can be rolled back; False: one for all. Further keywords, `version_table`,
        `version_table_schema`, `exclude_tables` and `output_encoding` among them, are kept in
        the context's `opts`.
        """
        given = dict(locals())
        for name in ("self", "kw", "connection", "url", "dialect_name", "dialect_opts"):
            del given[name]
        options = {**self.context_opts, **_kept(given), **kw, "script": self.script}
        patterns = [*self.config.get_excluded_tables(), *_listed(kw.get("exclude_tables"))]
        options["exclude_tables"] = patterns
        options["ignore"] = [*self.config.get_ignored_objects(), *_listed(kw.get("ignore"))]
        options["template_args"] = {
            **(self.context_opts["template_args"] or {}),
            **(template_args or {}),
        }
        self._migration_context = MigrationContext.configure(
            connection, url, dialect_name, None, self, dialect_opts, options
        )

    # -- delegates --------------------------------------------------------------------------

    def run_migrations(self, /, **kw: Any) -> None:
        """Do what the command means on the configured database; `kw` go to each script."""
        self.get_context().run_migrations(**kw)

    def execute(
        self, sql: str | Executable, execution_options: Mapping[str, Any] | None = None
    ) -> None:
        """Run a statement on the configured database, or write it."""
        self.get_context().execute(sql, execution_options)

    def static_output(self, text: str) -> None:
        """Write text into the SQL script."""
        self.get_context().static_output(text)

    def begin_transaction(self) -> AbstractContextManager[None]:
        """A block around `run_migrations`; see MigrationContext.begin_transaction."""
        return self.get_context().begin_transaction()

    def get_context(self) -> MigrationContext:
        """The MigrationContext that `configure` has made."""
        if self._migration_context is None:
            raise CommandError(
                "There is no migration context yet.",
                hint="Call 'context.configure' in env.py before this.",
            )
        return self._migration_context

    def get_bind(self) -> Connection | None:
        """The connection; one that writes, while SQL is written."""
        return self.get_context().bind

    def get_impl(self) -> Spelling:
        return self.get_context().impl

    def _option(self, name: str) -> Any:
        """An option as configured last, or as the command has it."""
        configured = self._migration_context
        return self.context_opts[name] if configured is None else configured.opts.get(name)


def _listed(patterns: Any) -> list[str]:
    return [patterns] if isinstance(patterns, str) else list(patterns or ())


def _kept(given: Mapping[str, Any]) -> dict[str, Any]:
    """What was given; None leaves what the command has, and is no prefix at all for modules."""
    return {n: v for n, v in given.items() if v is not None or n.endswith("_module_prefix")}
