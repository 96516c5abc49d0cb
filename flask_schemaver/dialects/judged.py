"""What a class of another package may judge by itself: whether two columns differ."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

if TYPE_CHECKING:
    import sqlalchemy as sa
    from sqlalchemy.types import TypeEngine


class Judged:
    """The judgements of a dialect; a class that overrides one is asked for each pair of columns."""

    __dialect__: ClassVar[str] = "default"
    """The database that a class of another package is for."""

    def compared_type(self, type_: TypeEngine[Any]) -> str:
        raise NotImplementedError

    def compare_type(
        self, inspector_column: sa.Column[Any], metadata_column: sa.Column[Any]
    ) -> bool | None:
        """Whether the types of a column that was read and of a model's differ."""
        stored, declared = inspector_column.type, metadata_column.type
        return self.compared_type(stored) != self.compared_type(declared)

    def compare_server_default(
        self,
        inspector_column: sa.Column[Any],
        metadata_column: sa.Column[Any],
        rendered_metadata_default: str | None,
        rendered_inspector_default: str | None,
    ) -> bool | None:
        """Whether two defaults, as they are written, differ."""
        return rendered_inspector_default != rendered_metadata_default

    @property
    def judges_types(self) -> bool:
        """Whether a class of another package compares types."""
        return type(self).compare_type is not Judged.compare_type

    @property
    def judges_defaults(self) -> bool:
        """Whether a class of another package compares defaults."""
        return type(self).compare_server_default is not Judged.compare_server_default
