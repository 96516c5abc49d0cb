"""Names of tables where the server keeps them in small letters, or does not mind the case.

That is how it is by default on Windows and on macOS:
https://mariadb.com/kb/en/identifier-case-sensitivity/
"""

from __future__ import annotations

from collections.abc import Iterable

from ..base import Dialect, TableKey


class Casing(Dialect):
    """Reads names of tables as the models spell them."""

    def __init__(self, *given: object) -> None:
        super().__init__(*given)  # type: ignore[arg-type]
        self._schemas: dict[str | None, str | None] = {}
        self._names: dict[tuple[str | None, str], str] = {}

    @property
    def minds_case(self) -> bool:
        """Whether two names of tables differ by case alone; SQLAlchemy asks when it connects."""
        return not getattr(self.engine, "_casing", 0)

    def expect(self, names: Iterable[TableKey]) -> None:
        if not self.minds_case:
            for schema, name in names:
                self._schemas[_small(schema)] = schema
                self._names[_small(schema), name.lower()] = name

    def normal_schema(self, schema: str | None) -> str | None:
        if self.minds_case:
            return super().normal_schema(schema)
        if _small(schema) == _small(self.engine.default_schema_name):
            return None
        return self._schemas.get(_small(schema), schema)

    def stored_name(self, table: str) -> str:
        return table.lower() if getattr(self.engine, "_casing", 0) == 1 else table

    def expected(self, schema: str | None, name: str) -> str:
        """A table's name that was read, as the models spell it; else as it is."""
        return self._names.get((_small(schema), name.lower()), name) if self._names else name


def _small(schema: str | None) -> str | None:
    return None if schema is None else schema.lower()
