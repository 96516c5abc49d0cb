"""One app's share of a `SchemaVer`: its settings, its connection, its start-up."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any, TypeVar, cast

from flask import Flask, current_app, has_app_context
from werkzeug.local import LocalProxy

from ..config import Config, Settings
from ..errors import CommandError, ConfigError, NoModels
from ..mount import MountedCommand, command_running, in_command, remember
from .database import Database, Sources, require_distinct
from .origins import ProjectFiles, folder_for, ini_in, toml_beside

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

    from sqlalchemy import URL, Connection, Engine, MetaData

    from ..guard.startup import Policy, StartupResult
    from .schemaver import SchemaVer


T = TypeVar("T")

ONLY_LOOKING = ("routes", "shell")
"""Commands of Flask's own that look at an app; the database is not touched for their sake."""


class AppState:
    """One app's share of a `SchemaVer`; env.py meets it as `current_schemaver`."""

    def __init__(
        self,
        *,
        owner: SchemaVer,
        app: Flask,
        settings: Settings,
        files: ProjectFiles,
        sources: Sources,
        configure_kwargs: Mapping[str, Any],
        callbacks: Sequence[Callable[[Config], Config]],
    ) -> None:
        self.owner = owner
        self.app = app
        self.settings = settings
        self.files = files
        self.sources = sources
        self.configure_kwargs = configure_kwargs
        self._callbacks = callbacks
        self._first_request = Lock()
        self._ensured = False
        self._early: StartupResult | None = None

    @property
    def name(self) -> str:
        """The name by which messages call the app."""
        return self.app.import_name

    @property
    def databases(self) -> tuple[Database, ...]:
        """The databases that the command at hand is for: all, or those that '--bind' names.

        Raises ConfigError if a name is unknown, or if two of them are one database.
        """
        found = self.all_databases
        require_distinct(found)
        wanted = attribute_of_command("binds")
        shared = attribute_of_command("connection")
        if wanted:
            found = _named(found, wanted)
        if shared is None:
            return found
        same = [one for one in found if one.url == shared.engine.url]
        return (replace((same or list(found))[0], shared=shared),)

    @property
    def all_databases(self) -> tuple[Database, ...]:
        """The databases that the settings name, by default all, the default one first."""
        with _context_of(self.app):
            engines = self.sources.engines_by_name()
            metadata = self.sources.metadata_by_name()
        several = len(engines) > 1
        found = tuple(
            Database(
                name, engine, metadata.get(name), self._options(name, metadata, several=several)
            )
            for name, engine in engines.items()
        )
        return _named(found, self.settings.binds) if self.settings.binds else found

    def _options(self, name: str, metadata: Mapping[str, Any], *, several: bool) -> dict[str, Any]:
        place = {"engine_name": name} if several else {}
        return {
            "target_metadata": metadata.get(name),
            "version_table": self.settings.version_table,
            "version_table_schema": self.settings.version_table_schema,
            **place,
            **self.configure_kwargs,
        }

    @property
    def default(self) -> Database:
        """The database of an app that has one; of several, the one without a name."""
        found = self.databases
        return next((one for one in found if not one.name), found[0])

    @property
    def metadata(self) -> MetaData | Sequence[MetaData] | None:
        """The tables of the models."""
        with _context_of(self.app):
            return self.sources.metadata_by_name().get("")

    @property
    def engine(self) -> Engine:
        """The engine of the app's database."""
        return self.default.engine

    @property
    def url(self) -> URL:
        """The address of the database, an object: any character may be in the password."""
        return self.engine.url

    def configure_options(self) -> dict[str, Any]:
        """The keywords for `context.configure`: the same ones online and offline."""
        return dict(self.default.options)

    @contextmanager
    def connect(self) -> Iterator[Connection]:
        """The connection to migrate on: a caller's own if there is one, else a new one."""
        with self.default.connect() as connection:
            yield connection

    def directory(self, given: str | Path | None = None) -> Path:
        """The migrations folder: seen from where the process runs, else from the app."""
        return folder_for(self.app, given or self.settings.directory)

    def config(
        self,
        directory: str | Path | None = None,
        x_arg: str | Sequence[str] | None = None,
        options: Mapping[str, Any] | None = None,
        binds: Sequence[str] = (),
    ) -> Config:
        """A `Config` that carries this state to env.py; `options` become its `cmd_opts`.

        `binds` are the databases that its commands are for, by default all.
        """
        folder = self.directory(directory)
        arguments = [x_arg] if isinstance(x_arg, str) else list(x_arg or ())
        config = Config(
            ini_in(folder) or self.files.ini,
            self.files.toml or toml_beside(folder),
            cmd_opts=Namespace(**{"x": arguments, **(options or {})}),
            attributes={
                "app_state": self,
                "binds": tuple(binds),
                **self.settings.run_options(),
                "settings": self.settings.having("--directory", {"directory": directory}),
            },
        )
        config.set_main_option("script_location", str(folder).replace("%", "%%"))
        for name, value in self.settings.main_options().items():
            config.set_main_option(name, value)
        for callback in self._callbacks:
            config = callback(config) or config
        return config

    def ensure(self, policy: str | None = None) -> StartupResult | None:
        """See `SchemaVer.ensure`."""
        early, self._early = self._early, None
        if policy is None and early is not None:
            return early
        policy = self.settings.having("ensure(policy=...)", {"on_startup": policy}).on_startup
        if policy == "off" or in_command(command_names(self.app)):
            return None
        from ..guard import startup

        with _context_of(self.app):
            if policy == "stamp" and not any(one.tables for one in self.databases):
                raise _no_models(self.app)
            result = self.bridged(lambda: startup.ensure(self, cast("Policy", policy)))
        self._ensured = True
        return result

    def ensure_early(self) -> None:
        """Do the work of `ensure` as far as it is sure that no model is still to be imported.

        A database that cannot be reached yet, or is not configured yet, is left for later.
        """
        from ..errors import CannotConnect

        if in_command({*command_names(self.app), *ONLY_LOOKING}):
            return
        from ..guard import startup

        policy = cast("Policy", self.settings.on_startup)
        try:
            with _context_of(self.app):
                result = self.bridged(lambda: startup.ensure(self, policy, early=True))
        except (CannotConnect, ConfigError, NoModels):
            return
        if result.action != "deferred":
            self._ensured, self._early = True, result
        # A server may fork after this: its workers must not share a connection.
        for one in self.databases:
            if one.url.database not in (None, "", ":memory:"):
                one.engine.dispose()

    @property
    def is_asynchronous(self) -> bool:
        """Whether the driver of a database is one that needs a loop."""
        return any(one.engine.dialect.is_async for one in self.all_databases)

    def database_names(self, binds: Sequence[str] = ()) -> list[str]:
        """The names of the databases that `binds` asks for, none where there is one alone."""
        found = self.all_databases
        if not any("engine_name" in one.options for one in found):
            return []
        return [one.name for one in (_named(found, binds) if binds else found)]

    def within(self, function: Callable[[], T]) -> T:
        """Call what uses the databases, in the app's context, as one of our own commands."""
        with _context_of(self.app), command_running():
            return self.bridged(function)

    def is_current(self) -> bool:
        """Whether every database is at the heads of the revision files; a query for each."""
        from ..guard.pending import pending

        return not self.within(lambda: pending(self))

    def bridged(self, function: Callable[[], T]) -> T:
        """Call what uses the databases, on a loop of its own if a driver needs one."""
        if not self.is_asynchronous:
            return function()
        from ..runtime import bridge

        return bridge.run(function)

    def ensure_once(self) -> None:
        """Do the work of `ensure` unless it was done; the threads that come meanwhile wait."""
        with self._first_request:
            if not self._ensured:
                self.ensure()


class MigrateRecord:
    """One app's migrations under the names that Flask-Migrate gives them."""

    def __init__(self, state: AppState) -> None:
        self._own = state

    @property
    def _state(self) -> AppState:
        """That of the command which runs; an app may have several."""
        found: AppState = attribute_of_command("app_state") or self._own
        return found

    @property
    def migrate(self) -> SchemaVer:
        return self._state.owner

    @property
    def db(self) -> Any:
        """The app's Flask-SQLAlchemy object; without one, what stands for it."""
        found = self._state.sources.db
        plain = hasattr(found, "metadata") and not self._state.sources.has_own_engine
        if plain:
            return found
        from .migrate import Stand

        return Stand(self._state)

    @property
    def metadata(self) -> Any:
        """The tables of the models."""
        return self._state.metadata

    @property
    def directory(self) -> str:
        return str(self._state.settings.directory)

    @property
    def configure_args(self) -> dict[str, Any]:
        """The keywords for `context.configure`: a dictionary of its own for each run.

        An env.py adds a function to it that belongs to this run alone.
        """
        settings = self._state.settings
        named = ("version_table", "version_table_schema")
        chosen = {name: getattr(settings, name) for name in named}
        given = {k: v for k, v in chosen.items() if settings.origin(k) != "default"}
        return {**given, **self._state.configure_kwargs}

    def get_config(self, directory: str | None = None, x_arg: Any = None, opts: Any = None) -> Any:
        return self.migrate.get_config(directory, x_arg, opts)


class _AtFirstRequest:
    """A WSGI layer that has the database looked after before the first request is answered."""

    def __init__(self, state: AppState, wsgi_app: WSGIApplication) -> None:
        self._state = state
        self._wsgi_app = wsgi_app
        self._done = False

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Any:
        if not self._done:
            self._state.ensure_once()
            self._done = True
        return self._wsgi_app(environ, start_response)


class _Guarded:
    """A WSGI layer that looks at the databases until they are current, and then is a plain call."""

    def __init__(self, state: AppState, wsgi_app: WSGIApplication) -> None:
        self._state = state
        self._wsgi_app = wsgi_app
        self._gate: Any = None

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Any:
        if self._gate is not None and self._gate.is_open:
            return self._wsgi_app(environ, start_response)
        if (
            self._gate is None
            and self._state.settings.guard == "page"
            and not self._state.app.debug
        ):
            return self._wsgi_app(environ, start_response)
        if self._gate is None:
            from ..guard.gate import Gate

            self._gate = Gate(self._state, self._wsgi_app)
        return self._gate.answer(environ, start_response)


def register(state: AppState) -> None:
    """Put a state in its app: its record, its command, its work at start-up."""
    app, command = state.app, state.settings.command
    states: dict[str, AppState] = app.extensions.setdefault("schemaver", {})
    if command in states:
        raise ConfigError(
            f"The app '{app.import_name}' has a SchemaVer with the command '{command}' already.",
            hint="Give the second one a name of its own: SchemaVer(app, db, command='...').",
        )
    if command in app.cli.commands:
        raise _command_is_taken(app, command)
    states[command] = state
    remember(app)
    # That of Flask-Migrate itself, if an app has both, is left to it.
    app.extensions.setdefault("migrate", MigrateRecord(state))
    app.cli.add_command(MountedCommand(command))
    if state.settings.on_startup != "off":
        app.wsgi_app = _AtFirstRequest(state, app.wsgi_app)  # type: ignore[method-assign]
        state.ensure_early()
    if state.settings.guard != "off":
        app.wsgi_app = _Guarded(state, app.wsgi_app)  # type: ignore[method-assign]


def _command_is_taken(app: Flask, command: str) -> ConfigError:
    owner = (getattr(app.cli.commands[command].callback, "__module__", None) or "?").partition(".")
    return ConfigError(
        f"The app '{app.import_name}' has a command '{command}' already, from '{owner[0]}'.",
        hint="Leave that out, or give this one another name: SchemaVer(app, db, command='schema').",
    )


def command_names(app: Flask) -> set[str]:
    return set(app.extensions.get("schemaver", {}))


def _named(databases: Sequence[Database], names: Sequence[str]) -> tuple[Database, ...]:
    """The databases with these names, in their own order."""
    known = [one.label for one in databases]
    for name in names:
        if name not in known:
            raise ConfigError(
                f"The app has no database '{name}'.",
                hint=f"It has {', '.join(repr(one) for one in known)}.",
            )
    return tuple(one for one in databases if one.label in names)


@contextmanager
def _context_of(app: Flask) -> Iterator[None]:
    if has_app_context() and current_app._get_current_object() is app:  # type: ignore[attr-defined]
        yield
        return
    with app.app_context():
        yield


def _no_models(app: Flask) -> NoModels:
    return NoModels(
        f"No models are registered in the app '{app.import_name}': nothing could be created.",
        hint="Import the modules of the models before 'ensure()' and before the first request.",
    )


def current_application() -> Flask:
    if not has_app_context():
        raise ConfigError(
            "No Flask app is at hand.", hint="Work inside 'with app.app_context():', or pass app."
        )
    return cast("Flask", current_app._get_current_object())  # type: ignore[attr-defined]


def attribute_of_command(name: str) -> Any:
    """An object that the running command's `Config` carries, None if no command runs."""
    from ..runtime.environment import current

    try:
        return current().config.attributes.get(name)
    except CommandError:
        return None


def _current_state() -> AppState:
    state = attribute_of_command("app_state")
    if state is None:
        states = current_application().extensions.get("schemaver")
        if not states:
            raise ConfigError(
                f"SchemaVer is not set up on the app '{current_application().import_name}'.",
                hint="Add 'SchemaVer(app, db)' where the app is made.",
            )
        state = next(iter(states.values()))
    return cast("AppState", state)


current_schemaver: AppState = LocalProxy(_current_state)  # type: ignore[assignment]
"""What the current app has settled on; in env.py, that of the command that runs it."""
