"""`app.extensions["migrate"]`: what an env.py of Flask-Migrate asks of the app."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .attributes import attribute_of_command

if TYPE_CHECKING:
    from .schemaver import SchemaVer
    from .state import AppState


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
        return found if plain else _Stand(self._state)

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


class _Stand:
    """The engines and the metadata of an app that was given them without a `db`."""

    def __init__(self, state: AppState) -> None:
        self._state = state

    @property
    def engine(self) -> Any:
        return self.get_engine()

    @property
    def metadata(self) -> Any:
        return self._state.metadata

    @property
    def metadatas(self) -> dict[str | None, Any]:
        found = self._state.sources.metadata_by_name()
        return {name or None: metadata for name, metadata in found.items()}

    def get_engine(self, bind_key: str | None = None) -> Any:
        """The engine as it was given: that of an asynchronous driver is awaited by env.py."""
        return self._state.sources.given_engines()[bind_key or ""]
