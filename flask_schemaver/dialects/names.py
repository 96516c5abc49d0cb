"""Other names: how a database gives one, and one in the place of a column's inside a text."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection

# A word behind '::' is a type, one before a parenthesis is a function.
_PIECE = re.compile(
    r"'(?:[^']|'')*'"
    r'|(?P<quoted>"(?:[^"]|"")*"|`(?:[^`]|``)*`)'
    r"|(?P<type>::\s*[\w.]+)"
    r"|(?P<word>[cC][aA][sS][eE](?![\w$])|[^\W\d][\w$]*(?!\s*\(|[\w$]))"
)


# No column can be called so without quotes; SQLite would let the order of an index be one.
_KEYWORDS = frozenset(
    {"and", "as", "asc", "between", "case", "collate", "desc", "distinct", "else", "from", "in"}
    | {"is", "not", "null", "or", "then", "when"}
)


class _Reading:
    """Tells names from keywords in one text, piece by piece; END is one if it ends a CASE."""

    def __init__(self) -> None:
        self._open_cases = 0

    def name(self, match: re.Match[str]) -> str | None:
        """The name that a piece is, without its quotes; None if it is none."""
        quoted, word = match["quoted"], match["word"]
        if quoted is not None:
            mark = quoted[0]
            return quoted[1:-1].replace(mark * 2, mark)
        folded = word.lower() if word is not None else ""
        if folded == "case":
            self._open_cases += 1
        elif folded == "end" and self._open_cases:
            self._open_cases -= 1
            return None
        return None if folded in _KEYWORDS else word


def with_other_name(sql: str, old: str, new: str, quote: Callable[[str], str]) -> str:
    """`sql` with each mention of the column `old` as `new`; strings, types and functions stay."""
    reading = _Reading()

    def piece(match: re.Match[str]) -> str:
        name, quoted = reading.name(match), match["quoted"]
        if name is None or (name != old if quoted else name.lower() != old.lower()):
            return match[0]
        if not quoted:
            return quote(new)
        mark = quoted[0]
        return mark + new.replace(mark, mark * 2) + mark

    return _PIECE.sub(piece, sql)


def names_in(sql: str) -> frozenset[str]:
    """What an expression mentions, in small letters: its columns, and words of SQL among them."""
    reading = _Reading()
    names = (reading.name(match) for match in _PIECE.finditer(sql))
    return frozenset(name.lower() for name in names if name)


class OtherNames:
    """How a database gives another name to what is there, and which names it gives by itself."""

    named_in_schema: ClassVar[frozenset[str]] = frozenset(
        {"index", "unique", "exclude", "foreign_key"}
    )
    """Kinds that cannot have one name on two tables of a schema, or that need not have."""

    regardless_of_case: ClassVar[frozenset[str]] = frozenset()
    """Kinds, "table" and "column", of which two names cannot differ by their case alone."""

    def quote(self, name: str) -> str:
        raise NotImplementedError

    def qualified(self, table: str, schema: str | None) -> str:
        raise NotImplementedError

    def expect(self, names: Iterable[tuple[str | None, str]]) -> None:
        """Learn how the models spell what is about to be read, each by its schema and its name.

        It matters where the database does not mind the case of tables' names.
        """

    def stored_name(self, table: str) -> str:
        """The name of a table as the database keeps it."""
        return table

    def rename_table(self, old: str, new: str, schema: str | None) -> Iterator[str]:
        yield f"ALTER TABLE {self.qualified(old, schema)} RENAME TO {self.quote(new)}"

    def renames_constraint(self, type_: str | None) -> bool:
        """Whether a constraint of this type ('unique', 'foreignkey' ...) can get another name."""
        return False

    def rename_constraint(
        self, old: str, new: str, table: str, schema: str | None
    ) -> Iterator[str]:
        start = f"ALTER TABLE {self.qualified(table, schema)}"
        yield f"{start} RENAME CONSTRAINT {self.quote(old)} TO {self.quote(new)}"

    def rename_index(
        self, old: str, new: str, table: str | None, schema: str | None, text: str | None
    ) -> Iterator[str]:
        """Another name for an index; `text` is what `stored_index_text` knows of it."""
        yield f"ALTER INDEX {self.qualified(old, schema)} RENAME TO {self.quote(new)}"

    def stored_index_text(
        self, connection: Connection, name: str, schema: str | None
    ) -> str | None:
        """The statement that makes an index, where another name means to make it anew."""
        return None

    def rename_sequence(self, old: str, new: str, schema: str | None) -> Iterator[str]:
        yield f"ALTER SEQUENCE {self.qualified(old, schema)} RENAME TO {self.quote(new)}"

    def given_name(
        self, kind: str, table: str, columns: Sequence[str], expression: str | None
    ) -> str | None:
        """The name that the server gives to a constraint without one; a number may follow it.

        None where it gives none, or gives it another one by itself when its table gets another
        name. `columns` are those of a key, or those that the `expression` of a CHECK mentions.
        """
        return None

    def owned_sequences(
        self, connection: Connection, schema: str | None, tables: Sequence[str]
    ) -> dict[tuple[str, str], str]:
        """The sequences behind columns, by table and column. Reads only."""
        return {}
