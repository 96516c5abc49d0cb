"""The Flask extension: one `SchemaVer`, any number of apps, and what each app has settled on.

Nothing heavy is loaded here: SQLAlchemy only where a database is asked for, Typer never.
"""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any, TypeVar, cast

from flask import Flask, current_app, has_app_context
from werkzeug.local import LocalProxy

from .config import Config, Settings
from .errors import CommandError, ConfigError, NoModels
from .mount import MountedCommand, errors_shown, in_command

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

    from sqlalchemy import URL, Connection, Engine, MetaData

    from .guard.startup import Policy, StartupResult

ONLY_LOOKING = ("routes", "shell")
"""Commands of Flask's own that look at an app; the database is not touched for their sake."""

Configured = TypeVar("Configured", bound=Callable[[Config], Config])


class SchemaVer:
    """Migrations for Flask apps: `SchemaVer(app, db)`, or `SchemaVer()` and `init_app(app, db)`.

    `db` is a Flask-SQLAlchemy or Flask-SQLAlchemy-Lite object; without it, that of the app is
    used. `metadata` is needed where `db` has none, `engine` or `url` where there is no `db`; each
    may also be a function without arguments, called in the app's context when it is needed.
    All other keywords go to `context.configure` in env.py: `compare_type`, `include_object` ...

    Without `on_startup` nothing is read, written or connected to here. With it the database is
    looked after when the app starts: at once where all models are imported already, else at
    `ensure()`, or before the first request is answered if nobody called that: see `ensure`.
    """

    def __init__(
        self,
        app: Flask | None = None,
        db: Any = None,
        *,
        metadata: MetaData | Sequence[MetaData] | Callable[[], MetaData] | None = None,
        engine: Engine | Callable[[], Engine] | None = None,
        url: str | URL | Callable[[], str | URL] | None = None,
        directory: str | Path | None = None,
        command: str | None = None,
        on_startup: str | None = None,
        version_table: str | None = None,
        version_table_schema: str | None = None,
        lock_timeout: float | None = None,
        **configure_kwargs: Any,
    ) -> None:
        self._sources = {"db": db, "metadata": metadata, "engine": engine, "url": url}
        self._arguments = {
            "directory": directory,
            "command": command,
            "on_startup": on_startup,
            "version_table": version_table,
            "version_table_schema": version_table_schema,
            "lock_timeout": lock_timeout,
        }
        self._configure_kwargs = configure_kwargs
        self._callbacks: list[Callable[[Config], Config]] = []
        if app is not None:
            self.init_app(app)

    def init_app(
        self,
        app: Flask,
        db: Any = None,
        *,
        metadata: MetaData | Sequence[MetaData] | Callable[[], MetaData] | None = None,
        engine: Engine | Callable[[], Engine] | None = None,
        url: str | URL | Callable[[], str | URL] | None = None,
        directory: str | Path | None = None,
        command: str | None = None,
        on_startup: str | None = None,
        version_table: str | None = None,
        version_table_schema: str | None = None,
        lock_timeout: float | None = None,
        **configure_kwargs: Any,
    ) -> None:
        """Set up one app; an argument given here wins over the same one of the constructor."""
        sources = {"db": db, "metadata": metadata, "engine": engine, "url": url}
        arguments = {
            "directory": directory,
            "command": command,
            "on_startup": on_startup,
            "version_table": version_table,
            "version_table_schema": version_table_schema,
            "lock_timeout": lock_timeout,
        }
        with errors_shown():
            self._set_up(app, {**self._sources, **_given(sources)}, arguments, configure_kwargs)

    def _set_up(
        self,
        app: Flask,
        sources: Mapping[str, Any],
        arguments: Mapping[str, Any],
        configure_kwargs: Mapping[str, Any],
    ) -> None:
        settings = (
            Settings()
            .having("SchemaVer(...)", self._arguments)
            .having("SchemaVer.init_app(...)", arguments)
            .having_app_config(app.config)
        )
        state = AppState(
            owner=self,
            app=app,
            settings=settings,
            database=Database(app, **sources),
            configure_kwargs={**self._configure_kwargs, **configure_kwargs},
            callbacks=self._callbacks,
        )
        _register(state)

    def configure(self, function: Configured) -> Configured:
        """Register a function that gets each `Config` before it is used, and returns it."""
        self._callbacks.append(function)
        return function

    def state(self, app: Flask | None = None) -> AppState:
        """What this instance has settled on for `app`, the current app by default."""
        app = app or _current_app()
        for state in app.extensions.get("schemaver", {}).values():
            if state.owner is self:
                return cast("AppState", state)
        raise ConfigError(
            f"This SchemaVer is not set up on the app '{app.import_name}'.",
            hint="Call 'init_app(app, db)' on it first.",
        )

    def get_config(
        self, directory: str | Path | None = None, x_arg: str | Sequence[str] | None = None
    ) -> Config:
        """A `Config` for the functions of `flask_schemaver.command`; needs an app context."""
        return self.state().config(directory, x_arg)

    def ensure(self, app: Flask | None = None, policy: str | None = None) -> StartupResult | None:
        """Do now what `on_startup` says: call it last in `create_app`, with all models imported.

        It takes the lock, so that any number of processes may do it at once, and writes to the
        database as far as the policy says. A failure is a `CommandError` here, where the server
        starts. Without a call, the same happens in `init_app` if the models that are imported by
        then have every table of the revision files, else before the first request is answered.
        Returns None, without touching the database, for "off" and inside `flask db`.
        """
        with errors_shown():
            return self.state(app).ensure(policy)

    def in_command(self, app: Flask | None = None) -> bool:
        """Whether a `flask db` command runs: then `create_app` should not query its tables."""
        return in_command(_command_names(app or _current_app()))


class Database:
    """Where the engine and the metadata of one app come from; looked up when they are needed."""

    def __init__(self, app: Flask, *, db: Any, metadata: Any, engine: Any, url: Any) -> None:
        self._app = app
        self._db = db
        self._metadata = metadata
        self._engine = engine
        self._url = url
        if db is not None and metadata is None and not hasattr(db, "metadata"):
            raise _no_metadata(db)

    @property
    def db(self) -> Any:
        """The object of Flask-SQLAlchemy, or of Flask-SQLAlchemy-Lite; None without one."""
        return self._db if self._db is not None else self._app.extensions.get("sqlalchemy")

    @property
    def metadata(self) -> MetaData | Sequence[MetaData]:
        """The models' tables."""
        if self._metadata is not None:
            return cast("MetaData | Sequence[MetaData]", _called(self._metadata))
        if self.db is None:
            raise self._no_database()
        if not hasattr(self.db, "metadata"):
            raise _no_metadata(self.db)
        return cast("MetaData", self.db.metadata)

    @cached_property
    def engine(self) -> Engine:
        """The engine; nothing is connected to yet."""
        if self._engine is not None:
            return cast("Engine", _called(self._engine))
        if self._url is not None:
            return _engine_for(_called(self._url))
        if self.db is None:
            raise self._no_database()
        return self._engine_of_db()

    @property
    def tables(self) -> int:
        """How many tables the models have."""
        metadata = self.metadata
        several = metadata if isinstance(metadata, list | tuple) else (metadata,)
        return sum(len(one.tables) for one in several)

    def _engine_of_db(self) -> Engine:
        try:
            return cast("Engine", self.db.engine)
        except (RuntimeError, KeyError) as cause:
            raise ConfigError(
                f"The app '{self._app.import_name}' has no database: {_text_of(cause)}",
                hint="Call 'db.init_app(app)', with the database's URL in app.config.",
            ) from cause

    def _no_database(self) -> ConfigError:
        return ConfigError(
            f"No database is configured for the app '{self._app.import_name}'.",
            hint="Use SchemaVer(app, db) with the db of Flask-SQLAlchemy, or "
            "SchemaVer(app, metadata=..., url=...).",
        )


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
        if policy == "off" or in_command(_command_names(self.app)):
            return None
        from .guard import startup

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
        from .errors import CannotConnect

        if in_command({*_command_names(self.app), *ONLY_LOOKING}):
            return
        from .guard import startup

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


def _register(state: AppState) -> None:
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


def _given(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}


def _called(value: Any) -> Any:
    return value() if callable(value) else value


def _text_of(cause: Exception) -> str:
    return str(cause.args[0]) if cause.args else type(cause).__name__


def _command_names(app: Flask) -> set[str]:
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


def _no_metadata(db: Any) -> ConfigError:
    return ConfigError(
        f"The db object of '{type(db).__module__.partition('.')[0]}' holds no metadata.",
        hint="Pass that of the models: SchemaVer(app, db, metadata=Model.metadata).",
    )


def _engine_for(url: str | URL) -> Engine:
    import sqlalchemy as sa
    from sqlalchemy.exc import ArgumentError, NoSuchModuleError

    try:
        return sa.create_engine(url)
    except (ArgumentError, NoSuchModuleError, ImportError) as cause:
        raise ConfigError(
            f"No engine can be made for the database's URL: {_without_url(cause, url)}",
            hint="Correct the URL, or install the database's driver.",
        ) from None


def _without_url(cause: Exception, url: str | URL) -> str:
    """The text of an error; SQLAlchemy quotes a URL it cannot read, with its password."""
    text = str(cause)
    return text.replace(str(url), "...") if isinstance(url, str) else text


def _opened(engine: Engine) -> Connection:
    from sqlalchemy.exc import DBAPIError

    from .runtime.failures import cannot_connect

    try:
        return engine.connect()
    except DBAPIError as cause:
        raise cannot_connect(cause, engine.url) from cause


def _current_app() -> Flask:
    if not has_app_context():
        raise ConfigError(
            "No Flask app is at hand.", hint="Work inside 'with app.app_context():', or pass app."
        )
    return cast("Flask", current_app._get_current_object())  # type: ignore[attr-defined]


def _attribute_of_command(name: str) -> Any:
    """An object that the running command's `Config` carries, None if no command runs."""
    from .runtime.environment import current

    try:
        return current().config.attributes.get(name)
    except CommandError:
        return None


def _current_state() -> AppState:
    state = _attribute_of_command("app_state")
    if state is None:
        states = _current_app().extensions.get("schemaver")
        if not states:
            raise ConfigError(
                f"SchemaVer is not set up on the app '{_current_app().import_name}'.",
                hint="Add 'SchemaVer(app, db)' where the app is made.",
            )
        state = next(iter(states.values()))
    return cast("AppState", state)


current_schemaver: AppState = LocalProxy(_current_state)  # type: ignore[assignment]
"""What the current app has settled on; in env.py, that of the command that runs it."""
