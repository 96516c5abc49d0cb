"""What a callback is told about a step: the revisions that it came from and went to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .planner import Step


class MigrationInfo:
    """One step, as `on_version_apply` callbacks see it."""

    def __init__(self, step: Step, revision_map: Any) -> None:
        self._step = step
        self.revision_map = revision_map
        self.is_upgrade: bool = step.is_upgrade
        self.is_stamp: bool = step.is_stamp
        self.source_revision_ids: tuple[str, ...] = tuple(step.from_revisions)
        self.destination_revision_ids: tuple[str, ...] = tuple(step.to_revisions)

    @property
    def is_migration(self) -> bool:
        return not self.is_stamp

    @property
    def up_revision_ids(self) -> tuple[str, ...]:
        """The revisions on the side of the heads: several for a stamp alone."""
        return self.destination_revision_ids if self.is_upgrade else self.source_revision_ids

    @property
    def up_revision_id(self) -> str | None:
        return self.up_revision_ids[0] if self.up_revision_ids else None

    @property
    def down_revision_ids(self) -> tuple[str, ...]:
        """The revisions on the side of the base: several for a merge."""
        return self.source_revision_ids if self.is_upgrade else self.destination_revision_ids

    @property
    def up_revision(self) -> Any:
        return self.revision_map.get_revision(self.up_revision_id)

    @property
    def up_revisions(self) -> tuple[Any, ...]:
        return self._objects(self.up_revision_ids)

    @property
    def down_revisions(self) -> tuple[Any, ...]:
        return self._objects(self.down_revision_ids)

    @property
    def source_revisions(self) -> tuple[Any, ...]:
        return self._objects(self.source_revision_ids)

    @property
    def destination_revisions(self) -> tuple[Any, ...]:
        return self._objects(self.destination_revision_ids)

    def _objects(self, ids: tuple[str, ...]) -> tuple[Any, ...]:
        return tuple(self.revision_map.get_revision(id_) for id_ in ids)
