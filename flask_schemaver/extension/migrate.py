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

    def get_engine(self, bind_key: str | None = None) -> Any:
        """The engine as it was given: that of an asynchronous driver is awaited by env.py."""
        return self._state.sources.given_engines()[bind_key or ""]
