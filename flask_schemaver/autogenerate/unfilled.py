"""NOT NULL columns for which rows that are there have no value."""

from __future__ import annotations

from ..schema.record import record


@record
class Unfilled:
    """A column that is added or becomes NOT NULL, and that rows have no value for."""

    schema: str | None
    table: str
    column: str
    type: str
    is_new: bool

    @property
    def words(self) -> str:
        """The column as `--fill` takes it."""
        return ".".join(word for word in (self.schema, self.table, self.column) if word)

    def describe(self) -> str:
        state = "is added" if self.is_new else "is NULL in some rows"
        return f"column '{self.words}' ({self.type}) {state}"
