"""`SchemaVer`: one object for any number of apps."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar, cast

from flask import Flask

from ..config import SETTING_NAMES, Config
from ..errors import CommandError, ConfigError
from ..mount import errors_shown, in_command
from .database import Sources
from .origins import settle
from .state import AppState, command_names, current_application, register

if TYPE_CHECKING:
    from sqlalchemy import URL, Engine, MetaData

    from ..command import Comparison, Moved, Status
    from ..guard.startup import StartupResult


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
        directory: str | Path | None = None,
        command: str | None = None,
        *,
        metadata: MetaData | Sequence[MetaData] | Callable[[], MetaData] | None = None,
        engine: Engine | Callable[[], Engine] | None = None,
        url: str | URL | Callable[[], str | URL] | None = None,
        on_startup: str | None = None,
        guard: str | None = None,
        binds: Sequence[str] | None = None,
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
            "guard": guard,
            "binds": binds,
            "version_table": version_table,
            "version_table_schema": version_table_schema,
            "lock_timeout": lock_timeout,
        }
        self._configure_kwargs = _without_settings(configure_kwargs, self._arguments)
        self._callbacks: list[Callable[[Config], Config]] = []
        if app is not None:
            self.init_app(app)

    def init_app(
        self,
        app: Flask,
        db: Any = None,
        directory: str | Path | None = None,
        command: str | None = None,
        *,
        metadata: MetaData | Sequence[MetaData] | Callable[[], MetaData] | None = None,
        engine: Engine | Callable[[], Engine] | None = None,
        url: str | URL | Callable[[], str | URL] | None = None,
        on_startup: str | None = None,
        guard: str | None = None,
        binds: Sequence[str] | None = None,
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
            "guard": guard,
            "binds": binds,
            "version_table": version_table,
            "version_table_schema": version_table_schema,
            "lock_timeout": lock_timeout,
        }
        rest = _without_settings(configure_kwargs, arguments)
        with errors_shown():
            self._set_up(app, {**self._sources, **_given(sources)}, arguments, rest)

    def _set_up(
        self,
        app: Flask,
        sources: Mapping[str, Any],
        arguments: Mapping[str, Any],
        configure_kwargs: Mapping[str, Any],
    ) -> None:
        given = [("SchemaVer(...)", self._arguments), ("SchemaVer.init_app(...)", arguments)]
        settings, files = settle(app, given)
        state = AppState(
            owner=self,
            app=app,
            settings=settings,
            files=files,
            sources=Sources(app, **sources),
            configure_kwargs={**self._configure_kwargs, **configure_kwargs},
            callbacks=self._callbacks,
        )
        register(state)

    def configure(self, function: Configured) -> Configured:
        """Register a function that gets each `Config` before it is used, and returns it."""
        self._callbacks.append(function)
        return function

    def state(self, app: Flask | None = None) -> AppState:
        """What this instance has settled on for `app`, the current app by default."""
        app = app or current_application()
        for state in app.extensions.get("schemaver", {}).values():
            if state.owner is self:
                return cast("AppState", state)
        raise ConfigError(
            f"This SchemaVer is not set up on the app '{app.import_name}'.",
            hint="Call 'init_app(app, db)' on it first.",
        )

    def get_config(
        self,
        directory: str | Path | None = None,
        x_arg: str | Sequence[str] | None = None,
        opts: Sequence[str] | None = None,
    ) -> Config:
        """A `Config` for the functions of `flask_schemaver.command`; needs an app context.

        `opts` are names of flags that its `cmd_opts` then has.
        """
        return self.state().config(directory, x_arg, dict.fromkeys(opts or (), True))

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

    def is_current(self, app: Flask | None = None) -> bool:
        """Whether every database is at the newest revision; a query for each, nothing is written.

        Raises CannotConnect, and NoScriptDirectory before `flask db init`.
        """
        return self.state(app).is_current()

    def status(self, app: Flask | None = None) -> tuple[Status, ...]:
        """Where each database is and what is pending, as `flask db status` shows it; reads only."""
        from .. import command

        state = self.state(app)
        return state.within(lambda: command.status(state.config()))

    def upgrade(self, revision: str = "head", app: Flask | None = None) -> Moved:
        """Bring the databases to a revision, as `flask db upgrade` does; prints nothing."""
        from .. import command

        state = self.state(app)
        return state.within(lambda: command.upgrade(state.config(), revision))

    def check(self, app: Flask | None = None) -> Comparison:
        """Compare models and databases, as `flask db check` does; a difference is an error."""
        from .. import command

        state = self.state(app)
        return state.within(lambda: command.check(state.config()))

    def health_view(self) -> tuple[dict[str, Any], int]:
        """A view for readiness probes: 200 once every database is current, else 503.

        ``app.add_url_rule("/readyz", view_func=schemaver.health_view)``
        """
        try:
            current = self.is_current()
        except CommandError as error:
            # The message may name hosts, and anybody may ask.
            return {"current": False, "error": type(error).__name__}, 503
        return {"current": current}, 200 if current else 503

    def in_command(self, app: Flask | None = None) -> bool:
        """Whether a `flask db` command runs: then `create_app` should not query its tables."""
        return in_command(command_names(app or current_application()))


def _given(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}


def _without_settings(given: Mapping[str, Any], arguments: dict[str, Any]) -> dict[str, Any]:
    """What is for `context.configure`; settings without a parameter go to `arguments`."""
    arguments.update({name: value for name, value in given.items() if name in SETTING_NAMES})
    return {name: value for name, value in given.items() if name not in SETTING_NAMES}
