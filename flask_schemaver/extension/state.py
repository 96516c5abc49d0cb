"""One app's share of a `SchemaVer`: its settings, its connection, its start-up."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any, cast

from flask import Flask, current_app, has_app_context
from werkzeug.local import LocalProxy

from ..config import Config, Settings
from ..errors import CommandError, ConfigError, NoModels
from ..mount import MountedCommand, in_command
from .database import Database

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

    from sqlalchemy import URL, Connection, Engine, MetaData

    from ..guard.startup import Policy, StartupResult
    from .schemaver import SchemaVer


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
        database: Database,
        configure_kwargs: Mapping[str, Any],
        callbacks: Sequence[Callable[[Config], Config]],
    ) -> None:
        self.owner = owner
        self.app = app
        self.settings = settings
        self.database = database
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
    def metadata(self) -> MetaData | Sequence[MetaData]:
        """The tables of the models."""
        return self.database.metadata

    @property
    def engine(self) -> Engine:
        """The engine of the app's database."""
        with _context_of(self.app):
            return self.database.engine

    @property
    def url(self) -> URL:
        """The address of the database, an object: any character may be in the password."""
        return self.engine.url

    def configure_options(self) -> dict[str, Any]:
        """The keywords for `context.configure`: the same ones online and offline."""
        return {
            "target_metadata": self.metadata,
            "version_table": self.settings.version_table,
            "version_table_schema": self.settings.version_table_schema,
            **self.configure_kwargs,
        }

    @contextmanager
    def connect(self) -> Iterator[Connection]:
        """The connection to migrate on: a caller's own if there is one, else a new one."""
        shared = _attribute_of_command("connection")
        if shared is not None:
            yield shared
            return
        connection = _opened(self.engine)
        with connection:
            yield connection

    def directory(self, given: str | Path | None = None) -> Path:
        """The migrations folder: seen from where the process runs, else from the app."""
        wanted = Path(given or self.settings.directory)
        root = Path(self.app.root_path)
        places = (wanted, root / wanted, root.parent / wanted)
        return next((place for place in places if place.is_dir()), wanted)

    def config(
        self,
        directory: str | Path | None = None,
        x_arg: str | Sequence[str] | None = None,
        options: Mapping[str, Any] | None = None,
    ) -> Config:
        """A `Config` that carries this state to env.py; `options` become its `cmd_opts`."""
        folder = self.directory(directory)
        arguments = [x_arg] if isinstance(x_arg, str) else list(x_arg or ())
        config = Config(
            _ini_in(folder),
            _toml_beside(folder),
            cmd_opts=Namespace(**{"x": arguments, **(options or {})}),
            attributes={"app_state": self, "lock_timeout": self.settings.lock_timeout},
        )
        config.set_main_option("script_location", str(folder).replace("%", "%%"))
        for name, value in self.settings.main_options().items():
            config.set_main_option(name, value)
        for callback in self._callbacks:
            config = callback(config)
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
            if policy == "stamp" and not self.database.tables:
                raise _no_models(self.app)
            result = startup.ensure(self, cast("Policy", policy))
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
                result = startup.ensure(self, policy, early=True)
        except (CannotConnect, ConfigError, NoModels):
            return
        if result.action != "deferred":
            self._ensured, self._early = True, result
        # A server may fork after this: its workers must not share a connection.
        if self.url.database not in (None, "", ":memory:"):
            self.engine.dispose()

    def ensure_once(self) -> None:
        """Do the work of `ensure` unless it was done; the threads that come meanwhile wait."""
        with self._first_request:
            if not self._ensured:
                self.ensure()


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
    app.cli.add_command(MountedCommand(command))
    if state.settings.on_startup != "off":
        app.wsgi_app = _AtFirstRequest(state, app.wsgi_app)  # type: ignore[method-assign]
        state.ensure_early()


def _command_is_taken(app: Flask, command: str) -> ConfigError:
    owner = (getattr(app.cli.commands[command].callback, "__module__", None) or "?").partition(".")
    return ConfigError(
        f"The app '{app.import_name}' has a command '{command}' already, from '{owner[0]}'.",
        hint="Leave that out, or give this one another name: SchemaVer(app, db, command='schema').",
    )


def command_names(app: Flask) -> set[str]:
    return set(app.extensions.get("schemaver", {}))


def _ini_in(folder: Path) -> Path | None:
    """The ini file in a migrations folder, that of a project begun with Alembic included."""
    files = (folder / name for name in ("schemaver.ini", "alembic.ini"))
    return next((file for file in files if file.is_file()), None)


def _toml_beside(folder: Path) -> Path | None:
    """The project's pyproject.toml: its '[tool.schemaver]' is read where the ini file is silent."""
    file = folder.absolute().parent / "pyproject.toml"
    return file if file.is_file() else None


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


def _opened(engine: Engine) -> Connection:
    from sqlalchemy.exc import DBAPIError

    from ..runtime.failures import cannot_connect

    try:
        return engine.connect()
    except DBAPIError as cause:
        raise cannot_connect(cause, engine.url) from cause


def current_application() -> Flask:
    if not has_app_context():
        raise ConfigError(
            "No Flask app is at hand.", hint="Work inside 'with app.app_context():', or pass app."
        )
    return cast("Flask", current_app._get_current_object())  # type: ignore[attr-defined]


def _attribute_of_command(name: str) -> Any:
    """An object that the running command's `Config` carries, None if no command runs."""
    from ..runtime.environment import current

    try:
        return current().config.attributes.get(name)
    except CommandError:
        return None


def _current_state() -> AppState:
    state = _attribute_of_command("app_state")
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
