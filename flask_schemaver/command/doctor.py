"""What the tool sees of a project: settings and their origins, databases, and what is wrong."""

from __future__ import annotations

import platform
from collections.abc import Iterator, Sequence
from contextlib import closing, suppress
from typing import TYPE_CHECKING, Any, NamedTuple

from ..config import SETTING_NAMES, Config, Settings
from ..errors import CommandError
from .running import database_label, run_environment

if TYPE_CHECKING:
    from sqlalchemy import Connection, MetaData

    from ..runtime.migration import MigrationContext
    from ..script.directory import ScriptDirectory


class Setting(NamedTuple):
    """A setting, and where its value comes from."""

    name: str
    value: Any
    origin: str


class DatabaseSeen(NamedTuple):
    """One database; what could not be found out is None."""

    name: str
    url: str
    driver: str
    server: str | None = None
    tables: int = 0
    """How many tables the models have."""
    modules: tuple[str, ...] = ()
    """The modules that the models are in."""
    applied: tuple[str, ...] | None = None
    pending: int | None = None
    lock_holder: str | None = None


class Diagnosis(NamedTuple):
    """All that `doctor` has to say; `problems` are sentences, each with what to do."""

    app: str | None
    versions: tuple[tuple[str, str], ...]
    settings: tuple[Setting, ...]
    directory: str | None
    revisions: int
    heads: tuple[str, ...]
    databases: tuple[DatabaseSeen, ...]
    problems: tuple[str, ...]


def doctor(config: Config) -> Diagnosis:
    """Look at everything and change nothing; what fails becomes a problem that is told."""
    problems: list[str] = []
    state = config.attributes.get("app_state")
    script = _script(config, problems)
    databases: list[DatabaseSeen] = []
    if state is not None:
        databases += _of_app(config, state, script, problems)
    elif script is not None:
        databases += _of_environment(config, script, problems)
    heads = () if script is None else tuple(script.get_heads())
    if len(heads) > 1:
        problems.append(
            f"There are several heads: {', '.join(heads)}. Join them: 'flask db merge heads'."
        )
    return Diagnosis(
        None if state is None else state.name,
        _versions(),
        _settings(config),
        None if script is None else script.dir,
        0 if script is None else len(list(script.walk_revisions())),
        heads,
        tuple(databases),
        tuple(dict.fromkeys(problems)),
    )


def _script(config: Config, problems: list[str]) -> ScriptDirectory | None:
    from ..script.directory import ScriptDirectory

    try:
        script = ScriptDirectory.from_config(config)
        _ = script.revision_map.heads
    except CommandError as error:
        problems.append(str(error))
        return None
    return script


def _settings(config: Config) -> tuple[Setting, ...]:
    found: Settings | None = config.attributes.get("settings")
    if found is None:
        found = Settings().having_files(config)
    settings = found
    return tuple(Setting(n, getattr(settings, n), settings.origin(n)) for n in SETTING_NAMES)


def _versions() -> tuple[tuple[str, str], ...]:
    from importlib.metadata import PackageNotFoundError, version

    found = [("Python", platform.python_version())]
    for name in ("flask_schemaver", "Flask", "SQLAlchemy", "Flask-SQLAlchemy"):
        with suppress(PackageNotFoundError):
            found.append((name, version(name)))
    return tuple(found)


def _of_app(
    config: Config, state: Any, script: ScriptDirectory | None, problems: list[str]
) -> Iterator[DatabaseSeen]:
    try:
        databases = state.all_databases
    except CommandError as error:
        problems.append(str(error))
        return
    try:
        _ = state.databases
    except CommandError as error:
        problems.append(str(error))
    if not any(one.tables for one in databases):
        problems.append(
            f"No models are registered in the app '{state.name}'. Import the modules of the models"
            " where the app is made."
        )
    binds = config.attributes.get("binds")
    for database in databases:
        if not binds or database.label in binds:
            yield state.bridged(lambda database=database: _looked_at(database, script, problems))


def _looked_at(database: Any, script: ScriptDirectory | None, problems: list[str]) -> DatabaseSeen:
    from ..runtime.failures import address
    from ..runtime.ledger import Ledger

    dialect = database.engine.dialect
    seen = DatabaseSeen(
        database.label,
        address(database.url),
        f"{dialect.name}, by {_driver(dialect)}",
        None,
        database.tables,
        modules_of(database.several_metadata),
    )
    table = database.options["version_table"], database.options["version_table_schema"]
    try:
        with database.connect() as connection:
            ledger = Ledger(*table)
            seen = seen._replace(
                server=_server(connection),
                applied=ledger.read(connection),
                lock_holder=_holder(connection, ledger.label),
            )
            connection.rollback()
        return _judged(seen, script, problems)
    except CommandError as error:
        problems.append(str(error))
    except Exception as error:
        problems.append(f"The database '{database.label}': {type(error).__name__}: {error}.")
    return seen


def _of_environment(
    config: Config, script: ScriptDirectory, problems: list[str]
) -> list[DatabaseSeen]:
    """The databases that an env.py without an app connects to."""
    found: list[DatabaseSeen] = []

    def look(heads: tuple[str, ...], context: MigrationContext) -> tuple[()]:
        connection = context.bind_connection
        metadata = context.opts.get("target_metadata")
        several = metadata if isinstance(metadata, list | tuple) else [metadata]
        known = [one for one in several if one is not None]
        if not any(one.tables for one in known):
            problems.append("env.py gives no models: set 'target_metadata' in it.")
        seen = DatabaseSeen(
            database_label(context.database),
            connection.engine.url.render_as_string(hide_password=True),
            f"{context.dialect.name}, by {_driver(context.dialect)}",
            _server(connection),
            sum(len(one.tables) for one in known),
            modules_of(known),
            heads,
            None,
            _holder(connection, context.ledger.label),
        )
        found.append(_judged(seen, script, problems))
        return ()

    try:
        run_environment(config, script, look)
    except CommandError as error:
        problems.append(str(error))
    except Exception as error:
        problems.append(f"env.py fails: {type(error).__name__}: {error}.")
    return found


def _judged(
    seen: DatabaseSeen, script: ScriptDirectory | None, problems: list[str]
) -> DatabaseSeen:
    """What is to be applied; a problem is told if that is anything."""
    from ..runtime.planner import plan_upgrade

    if seen.lock_holder:
        problems.append(f"The database '{seen.name}' is being migrated by {seen.lock_holder}.")
    if script is None or seen.applied is None:
        return seen
    try:
        count = len(plan_upgrade(script.revision_map, seen.applied, "heads").steps)
    except CommandError as error:
        problems.append(str(error))
        return seen
    if count:
        words = "one revision" if count == 1 else f"{count} revisions"
        problems.append(f"The database '{seen.name}' is {words} behind. Run 'flask db upgrade'.")
    return seen._replace(pending=count)


def _driver(dialect: Any) -> str:
    module = getattr(dialect, "dbapi", None)
    version = getattr(module, "__version__", None) or getattr(module, "version", None)
    return f"{dialect.driver} {version}" if isinstance(version, str) else str(dialect.driver)


def _server(connection: Connection) -> str:
    info = connection.dialect.server_version_info or ()
    return ".".join(str(part) for part in info)


def _holder(connection: Connection, name: str) -> str | None:
    """Who migrates this database just now."""
    from ..runtime.lock import lock_for

    lock = lock_for(connection, name)
    if lock is None:
        return None
    with closing(lock):
        return None if lock.acquire() else (lock.holder() or "another process")


def modules_of(several: Sequence[MetaData]) -> tuple[str, ...]:
    """The modules of the classes that are mapped to these tables."""
    from sqlalchemy.orm import mapperlib

    tables = {table for metadata in several for table in metadata.tables.values()}
    found = {
        mapper.class_.__module__
        for registry in mapperlib._all_registries()
        for mapper in registry.mappers
        if mapper.local_table in tables
    }
    return tuple(sorted(found))
