"""The stored text of an index, taken apart."""

from __future__ import annotations

from dataclasses import dataclass

from .definition import TableDefinition
from .tokens import Token, closing, mentioned_names, significant, split_commas


@dataclass(frozen=True, slots=True)
class IndexDefinition:
    """A CREATE INDEX text; `elements` are the texts between its commas."""

    sql: str
    name: str
    unique: bool
    elements: tuple[str, ...]
    where: str | None

    @classmethod
    def parse(cls, sql: str) -> IndexDefinition:
        """Read a text that SQLite has stored, and so has accepted."""
        found = significant(sql)
        unique = found[1].keyword == "UNIQUE"
        place = 3 if unique else 2
        if [t.keyword for t in found[place : place + 3]] == ["IF", "NOT", "EXISTS"]:
            place += 3
        if found[place + 1].text == ".":
            place += 2
        opening = next(i for i in range(place + 1, len(found)) if found[i].text == "(")
        end = closing(found, opening)
        elements = tuple(_text(sql, run) for run in split_commas(found[opening + 1 : end]))
        where = _text(sql, found[end + 2 :]) if len(found) > end + 2 else None
        return cls(sql, found[place].name, unique, elements, where)

    def plain_column(self, element: str, table: TableDefinition) -> tuple[str | None, bool]:
        """The column that an element is, None for an expression; and whether it descends."""
        found = significant(element)
        descending = found[-1].keyword == "DESC" and len(found) > 1
        if len(found) > 1 and found[-1].keyword in ("ASC", "DESC"):
            found.pop()
        if len(found) == 1 and found[0].is_name:
            for column in table.columns:
                if column.name.lower() == found[0].name.lower():
                    return column.name, descending
        return None, descending

    def mentioned(self) -> frozenset[str]:
        """The folded names that the index can depend on, columns among them."""
        parts = [*self.elements, self.where or ""]
        strings = {
            token.name.lower()
            for element in self.elements
            for token in significant(element)
            if token.kind == "string"
        }
        return frozenset().union(strings, *(mentioned_names(part) for part in parts))


def _text(sql: str, run: list[Token]) -> str:
    return sql[run[0].start : run[-1].end] if run else ""
