"""The place of a column among the columns of its table, where a table is built anew."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ...dialects.sqlite.definition import TableDefinition


def moved_column(
    definition: TableDefinition, name: str, before: str | None, after: str | None
) -> TableDefinition:
    """The table with a column before, or after, another one; None for both leaves it."""
    if after is not None:
        return definition.with_column_moved(name, after=after)
    if before is not None:
        return definition.with_column_moved(name, before=before)
    return definition
