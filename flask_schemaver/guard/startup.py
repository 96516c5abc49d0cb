"""What happens to a database when its application starts: nothing, a look, a stamp or an upgrade.

A database that is where the files are costs one query and no lock. Anything else is looked at
again under the lock, so that of many processes that start at the same instant one does the work.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from enum import Enum
from typing import TYPE_CHECKING, Any, Final, Literal, Protocol

import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from ..errors import (
    DatabaseNotAtHead,
    NoModels,
    NoScriptDirectory,
    UnversionedDatabase,
)
from ..runtime.adopted import going_on
from ..runtime.failures import cannot_connect, is_read_only, listed, named, read_only
from ..runtime.ledger import OWN_TABLES, VERSION_TABLE, Ledger, journal_name
from ..runtime.lock import TIMEOUT, migration_lock
from ..runtime.planner import unknown_row
from ..runtime.transaction import settle, transaction_for
from ..script.graph import RevisionMap
from ..script.tables import tables_after

if TYPE_CHECKING:
    from sqlalchemy import URL, MetaData
    from sqlalchemy.engine import Connection, Engine

    from ..config import Config, Settings
    from ..script.directory import ScriptDirectory

logger: Final = logging.getLogger(__name__)

Policy = Literal["off", "check", "stamp", "upgrade"]
_TABLES_SHOWN = 5


class State(Enum):
    """What the version rows and the tables of a database say about it."""

    UNKNOWN = "it was not looked at"
    CURRENT = "it is at the heads of the revision files"
    EMPTY = "it has no tables"
    BEHIND = "revisions are to be applied"
    AHEAD = "its version table names a revision that no file has"
    UNVERSIONED = "it has tables and no version row"
    WITHOUT_REVISIONS = "there are no revision files"


@dataclass(frozen=True, slots=True)
class StartupResult:
    """How the database was found and what was done; `before` and `after` are the version rows.

    `action` is one of "nothing", "created" (tables and, if there are revisions, version rows),
    "upgraded", "warned" (`message` is what was logged as a warning) and "deferred" (models are
    still to be imported).
    """

    policy: Policy
    state: State
    action: Literal["nothing", "created", "upgraded", "warned", "deferred"]
    before: tuple[str, ...] = ()
    after: tuple[str, ...] = ()
    message: str = ""
    others: tuple[StartupResult, ...] = ()
    """Where there are several databases: the result for each."""


class DatabaseOfApp(Protocol):
    """What `ensure` needs of one of the databases; `options` are those of `context.configure`."""

    @property
    def engine(self) -> Engine: ...
    @property
    def metadata(self) -> MetaData | Sequence[MetaData] | None: ...
    @property
    def options(self) -> Mapping[str, Any]: ...
    @property
    def several_metadata(self) -> list[MetaData]: ...
    @property
    def label(self) -> str: ...
    @property
    def tables(self) -> int: ...
    def connect(self) -> AbstractContextManager[Connection]: ...


class Application(Protocol):
    """What `ensure` needs of an app that uses the extension."""

    @property
    def databases(self) -> Sequence[DatabaseOfApp]: ...
    @property
    def settings(self) -> Settings: ...
    def config(self, *, binds: Sequence[str] = ()) -> Config: ...


def ensure(app: Application, policy: Policy, *, early: bool = False) -> StartupResult:
    """Do what `policy` says to each database of an app; see `ensure_database`.

    Of several results, the first that says more than "nothing" is returned, with all in `others`.
    """
    from ..script.directory import ScriptDirectory

    if policy == "off":
        return StartupResult("off", State.UNKNOWN, "nothing")
    try:
        script = ScriptDirectory.from_config(app.config())
    except NoScriptDirectory:
        script = None
    databases = app.databases
    several = len(databases) > 1
    results = [
        _ensured(app, one, script, policy, early=early)
        for one in databases
        # What nobody has a model for is migrated by its commands, and not made here.
        if not several or one.tables or policy in ("check", "upgrade")
    ]
    told = next((one for one in results if one.action != "nothing"), results[0])
    return replace(told, others=tuple(results)) if several else told


def _ensured(
    app: Application,
    database: DatabaseOfApp,
    script: ScriptDirectory | None,
    policy: Policy,
    *,
    early: bool,
) -> StartupResult:
    def upgrade() -> object:
        from .. import command

        name = database.options.get("engine_name")
        return command.upgrade(app.config(binds=() if name is None else (database.label,)), "heads")

    return ensure_database(
        database.engine,
        database.metadata if database.metadata is not None else (),
        script,
        policy,
        version_table=database.options.get("version_table"),
        version_table_schema=database.options.get("version_table_schema"),
        lock_timeout=app.settings.lock_timeout,
        on_database_ahead=app.settings.on_database_ahead,
        app_version=app.settings.app_version,
        upgrade=upgrade,
        early=early,
        name=database.options.get("engine_name"),
    )


def ensure_database(
    engine: Engine,
    metadata: MetaData | Sequence[MetaData],
    script: ScriptDirectory | None,
    policy: Policy,
    *,
    version_table: str | None = None,
    version_table_schema: str | None = None,
    lock_timeout: float | None = None,
    upgrade: Callable[[], object] | None = None,
    early: bool = False,
    name: str | None = None,
    on_database_ahead: str = "error",
    app_version: str | None = None,
) -> StartupResult:
    """Bring one database to where its files are, or say why that is not done.

    ==================  ====================  =========================  =======================
    the database        "check"               "stamp"                    "upgrade"
    ==================  ====================  =========================  =======================
    is at the heads     nothing               nothing                    nothing
    is empty            DatabaseNotAtHead     create_all, stamp heads    create_all, stamp heads
    is behind           DatabaseNotAtHead     warning                    `upgrade()`
    is ahead            UnknownDatabase-      warning                    UnknownDatabase-
                        Revision                                         Revision
    has tables, no row  UnversionedDatabase   UnversionedDatabase        UnversionedDatabase
    ==================  ====================  =========================  =======================

    "off" does not touch the database. Without revision files (`script` None or without a file)
    there is nothing to compare with: "stamp" creates what is missing of an empty database's tables
    and warns that no version could be noted, the other policies only warn. `create_all` and the
    version rows are one transaction wherever DDL can be rolled back. Where the revision files
    create tables that the models do not have, "stamp" warns, and "upgrade" runs the revisions.

    When `early`, models may still be imported later: an empty database is left alone unless the
    models have every table that the revision files create. Raises also CannotConnect,
    ReadOnlyDatabase, NoModels, and LockTimeout (after `lock_timeout` seconds, 600 if None).
    `name` is that of the database where there are several. A database that is ahead is warned of
    with `on_database_ahead` "warn", and let pass with "ignore", whatever the policy.
    """
    if policy == "off":
        return StartupResult(policy, State.UNKNOWN, "nothing")
    ledger = Ledger(version_table or VERSION_TABLE, version_table_schema)
    several = [metadata] if isinstance(metadata, sa.MetaData) else list(metadata)
    guard = _Guard(engine, several, script, policy, ledger, upgrade, early, name)
    guard = replace(guard, on_database_ahead=on_database_ahead, app_version=app_version)
    with _connect(engine) as connection:
        if guard.is_current(connection):
            rows = tuple(sorted(guard.heads))
            return StartupResult(policy, State.CURRENT, "nothing", rows, rows)
        ledger = going_on(connection, ledger, script)
        guard = replace(guard, ledger=ledger)
        settle(connection)
        timeout = TIMEOUT if lock_timeout is None else lock_timeout
        with migration_lock(connection, ledger.label, timeout=timeout, on_wait=_waiting):
            return guard.settle(connection)


def _waiting(seconds: float, holder: str | None) -> None:
    logger.info("Waiting for another migrator (%s), %.0f s", holder or "unknown", seconds)


def _connect(engine: Engine) -> Connection:
    try:
        return engine.connect()
    except DBAPIError as cause:
        raise cannot_connect(cause, engine.url) from cause


@dataclass(frozen=True)
class _Guard:
    """One database and what it should be."""

    engine: Engine
    metadata: list[MetaData]
    script: ScriptDirectory | None
    policy: Policy
    ledger: Ledger
    upgrade: Callable[[], object] | None
    early: bool
    name: str | None
    on_database_ahead: str = "error"
    app_version: str | None = None

    @property
    def heads(self) -> frozenset[str]:
        """The rows of a database to which everything was applied."""
        return frozenset() if self.script is None else _tips(self.script)

    def is_current(self, connection: Connection) -> bool:
        """One query; a failing one means no table, and is looked into under the lock."""
        if not self.heads:
            return False
        try:
            return frozenset(self.ledger.rows(connection)) == self.heads
        except DBAPIError:
            return False
        finally:
            connection.rollback()

    def settle(self, connection: Connection) -> StartupResult:
        """Look at the database, with the lock held, and act."""
        rows = self.ledger.read(connection)
        tables = () if rows else user_tables(connection, self.metadata, self.ledger)
        settle(connection)
        state = self._state(rows, tables)
        if state is State.EMPTY:
            return self._empty(connection)
        if state is State.CURRENT:
            return StartupResult(self.policy, state, "nothing", rows, rows)
        if state is State.WITHOUT_REVISIONS:
            return self._without_revisions(connection, tables)
        if state is State.UNVERSIONED:
            raise _unversioned(self.engine.url, tables)
        if state is State.AHEAD:
            return self._ahead(rows)
        return self._behind(connection, rows)

    def _state(self, rows: tuple[str, ...], tables: Collection[str]) -> State:
        known = () if self.script is None else self.script.revision_map
        if any(row not in known for row in rows):
            return State.AHEAD
        if not self.heads:
            return State.WITHOUT_REVISIONS
        if rows:
            return State.CURRENT if frozenset(rows) == self.heads else State.BEHIND
        return State.UNVERSIONED if tables else State.EMPTY

    def _empty(self, connection: Connection) -> StartupResult:
        if self.policy == "check":
            raise DatabaseNotAtHead(
                f"The database '{named(self.engine.url)}' is empty.",
                hint="Run 'flask db upgrade' first.",
            )
        unknown = self._tables_without_model()
        if self.early and (unknown or not self._has_models()):
            return StartupResult(self.policy, State.EMPTY, "deferred")
        if self.policy == "upgrade" and unknown:
            return self._upgraded(connection, State.EMPTY, ())
        self._create(connection)
        rows = tuple(sorted(self.heads))
        logger.info("Created the tables of an empty database, which is at %s", listed(rows))
        if unknown:
            logger.warning(
                "The revision files create %s, which the models do not have: such tables were"
                " not created. Is a module of models not imported?",
                listed(unknown),
            )
        return StartupResult(self.policy, State.EMPTY, "created", (), rows)

    def _has_models(self) -> bool:
        return any(metadata.tables for metadata in self.metadata)

    def _tables_without_model(self) -> list[str]:
        """What the revision files create and `create_all` would not."""
        if self.script is None:
            return []
        oldest_first = reversed(list(self.script.walk_revisions()))
        declared = {key for metadata in self.metadata for key in metadata.tables}
        return sorted(tables_after(oldest_first, self.name) - declared)

    def _create(self, connection: Connection) -> None:
        """create_all and the version rows, in one transaction where DDL can be rolled back."""
        if self.heads and not self._has_models():
            raise NoModels(
                "The models have no table, so an empty database would be taken for a complete one.",
                hint="Import the modules of the models before 'ensure()' is called.",
            )
        transaction = transaction_for(connection)
        try:
            with transaction.session():
                try:
                    transaction.begin()
                    for metadata in self.metadata:
                        metadata.create_all(connection)
                    if self.heads:
                        self.ledger.ensure(connection)
                        self.ledger.insert(connection, sorted(self.heads))
                        self._note(connection)
                    transaction.commit()
                except BaseException:
                    transaction.rollback()
                    raise
        except Exception as cause:
            if is_read_only(cause):
                raise read_only(cause, self.engine.url) from cause
            raise

    def _note(self, connection: Connection) -> None:
        """A row of the history: the tables were made from the models, and no revision was run."""
        from ..runtime.history import History, made

        history = History(self.ledger)
        history.ensure(connection)
        heads = ", ".join(sorted(self.heads))
        message = "tables made from the models"
        row = made("stamp", revision=heads, message=message, app_version=self.app_version)
        history.add(connection, row)

    def _behind(self, connection: Connection, rows: tuple[str, ...]) -> StartupResult:
        if self.policy == "upgrade":
            return self._upgraded(connection, State.BEHIND, rows)
        message = (
            f"The database '{named(self.engine.url)}' is at {listed(rows)}, the revision files are"
            f" at {listed(sorted(self.heads))}."
        )
        hint = "Run 'flask db upgrade' first."
        if self.policy == "check":
            raise DatabaseNotAtHead(message, hint=hint)
        return self._warned(State.BEHIND, f"{message} {hint}", rows)

    def _ahead(self, rows: tuple[str, ...]) -> StartupResult:
        revisions = RevisionMap(()) if self.script is None else self.script.revision_map
        error = unknown_row(revisions, next(row for row in rows if row not in revisions))
        if self.on_database_ahead == "ignore":
            return StartupResult(self.policy, State.AHEAD, "nothing", rows, rows)
        if self.policy != "stamp" and self.on_database_ahead == "error":
            raise error
        return self._warned(State.AHEAD, str(error), rows)

    def _upgraded(
        self, connection: Connection, state: State, rows: tuple[str, ...]
    ) -> StartupResult:
        if self.upgrade is None:
            raise DatabaseNotAtHead(
                f"The database '{named(self.engine.url)}' has to be upgraded.",
                hint="Run 'flask db upgrade' first.",
            )
        connection.close()  # the upgrade opens its own, which a pool of one would not give
        self.upgrade()
        with self.engine.connect() as again:
            after = self.ledger.read(again)
        return StartupResult(self.policy, state, "upgraded", rows, after)

    def _without_revisions(self, connection: Connection, tables: Collection[str]) -> StartupResult:
        """A project before its first revision: nothing says what its database should be."""
        if self.early:
            return StartupResult(self.policy, State.WITHOUT_REVISIONS, "deferred")
        first = "" if self.script else "'flask db init' and "
        message = (
            "There are no revision files, so the database is given no version. Make the first on"
            f" an empty database with {first}'flask db revision --autogenerate', then run"
            " 'flask db stamp head' on one that has the tables."
        )
        if self.policy == "stamp" and not tables:
            self._create(connection)
            message = f"Created the tables of '{named(self.engine.url)}'. {message}"
        result = self._warned(State.WITHOUT_REVISIONS, message, ())
        if self.policy != "stamp" or tables:
            return result
        return StartupResult(
            self.policy, State.WITHOUT_REVISIONS, "created", message=result.message
        )

    def _warned(self, state: State, message: str, rows: tuple[str, ...]) -> StartupResult:
        logger.warning("%s", message)
        return StartupResult(self.policy, state, "warned", rows, rows, message)


def user_tables(
    connection: Connection, metadata: Sequence[MetaData], ledger: Ledger
) -> tuple[str, ...]:
    """The tables of the default schema and of those that the models use, without our own.

    Tables that an extension of PostgreSQL has made, as PostGIS' 'spatial_ref_sys', do not count.
    """
    schemas = {table.schema for one in metadata for table in one.tables.values()} | {None}
    inspector = sa.inspect(connection)
    known = {*inspector.get_schema_names(), None}
    owned = _owned_by_extensions(connection)
    found = []
    for schema in sorted(schemas & known, key=lambda name: name or ""):
        place = schema or inspector.default_schema_name
        names = (name for name in inspector.get_table_names(schema) if (place, name) not in owned)
        found += [f"{schema}.{name}" if schema else name for name in names]
    own = {ledger.label, journal_name(ledger.name), *OWN_TABLES}
    return tuple(name for name in sorted(found) if not own & {name, name.rpartition(".")[2]})


def _owned_by_extensions(connection: Connection) -> set[tuple[str | None, str]]:
    if connection.dialect.name != "postgresql":
        return set()
    rows = connection.execute(
        sa.text(
            "SELECT n.nspname, c.relname FROM pg_depend d JOIN pg_class c ON c.oid = d.objid"
            " JOIN pg_namespace n ON n.oid = c.relnamespace"
            " WHERE d.classid = CAST('pg_class' AS regclass) AND d.deptype = 'e'"
        )
    )
    return {(row[0], row[1]) for row in rows}


def _tips(script: ScriptDirectory) -> frozenset[str]:
    """The version rows after everything was applied: a dependency has none of its own."""
    return frozenset(script.revision_map.real_heads)


def _unversioned(url: URL, tables: Collection[str]) -> UnversionedDatabase:
    shown = listed(sorted(tables)[:_TABLES_SHOWN])
    more = f" and {len(tables) - _TABLES_SHOWN} more" if len(tables) > _TABLES_SHOWN else ""
    return UnversionedDatabase(
        f"The database '{named(url)}' has tables ({shown}{more}) and no version row, so it is not"
        " known which revisions they contain.",
        hint="If they are what the models say, run 'flask db stamp head'; if they are of an"
        " earlier revision, run 'flask db stamp REVISION' and then 'flask db upgrade'.",
    )
