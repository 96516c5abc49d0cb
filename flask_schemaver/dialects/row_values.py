"""What rows without a value are given, where a database has types and words of its own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

import sqlalchemy as sa

if TYPE_CHECKING:
    from sqlalchemy.types import TypeEngine


class RowNumbers(NamedTuple):
    """A number for each row of a table, as an UPDATE takes it."""

    sql: str
    joined: str = ""
    """What stands behind the name of the table."""

    source: str = ""
    """FROM and WHERE, behind the values."""


class RowValues:
    """The questions about values that a dialect may answer in its own way."""

    name: str

    def empty_literal(self, type_: TypeEngine[Any]) -> str | None:
        """The empty value of a type of this database; None for types that others have too."""
        return None

    def numbered_rows(self, place: str, options: Mapping[str, Any]) -> RowNumbers | None:
        """A number for each row of a table with these options, whatever its key.

        None where the database tells rows apart by their values alone.
        """
        return None

    def distinct_value(self, number: str, type_: TypeEngine[Any]) -> str | None:
        """An expression of the type that differs wherever the whole number `number` does.

        None where there are too few values, or none that are known here.
        """
        if isinstance(type_, sa.Enum | sa.Boolean):
            return None
        if isinstance(type_, sa.String):
            return f"CAST({number} AS {'CHAR' if self.name == 'mysql' else 'VARCHAR'})"
        return number if isinstance(type_, sa.Integer | sa.Numeric | sa.Float) else None
