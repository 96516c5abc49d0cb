"""What stands for a `db` object before an env.py of Flask-Migrate, where an app has none."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .state import AppState


class Stand:
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

    @property
    def engines(self) -> dict[str | None, Any]:
        """The engines as they were given: that of an asynchronous driver is awaited by env.py."""
        return {name or None: engine for name, engine in self._given().items()}

    def get_engine(self, bind_key: str | None = None, *, bind: str | None = None) -> Any:
        """One of the engines, by either name of the argument."""
        return self._given()[bind_key or bind or ""]

    def bind_names(self) -> list[str]:
        """The names of all databases but the default one."""
        return [name for name in self._given() if name]

    def _given(self) -> dict[str, Any]:
        return self._state.sources.given_engines()
