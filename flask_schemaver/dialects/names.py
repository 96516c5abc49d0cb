"""Other names: how a database gives one, and one in the place of a column's inside a text."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection

# A word behind '::' is a type, one before a parenthesis is a function.
_PIECE = re.compile(
    r"'(?:[^']|'')*'"
    r'|(?P<quoted>"(?:[^"]|"")*"|`(?:[^`]|``)*`)'
    r"|(?P<type>::\s*[\w.]+)"
    r"|(?P<word>[^\W\d][\w$]*)(?!\s*\(|[\w$])"
)


def with_other_name(sql: str, old: str, new: str, quote: Callable[[str], str]) -> str:
    """`sql` with each mention of the column `old` as `new`; strings, types and functions stay."""

    def piece(match: re.Match[str]) -> str:
        quoted, word = match["quoted"], match["word"]
        if quoted is not None:
            mark = quoted[0]
            same = quoted[1:-1].replace(mark * 2, mark) == old
            return mark + new.replace(mark, mark * 2) + mark if same else quoted
        return quote(new) if word is not None and word.lower() == old.lower() else match[0]

    return _PIECE.sub(piece, sql)


def names_in(sql: str) -> frozenset[str]:
    """What an expression mentions, in small letters: its columns, and words of SQL among them."""
    found = set()
    for match in _PIECE.finditer(sql):
        if match["quoted"] is not None:
            found.add(match["quoted"][1:-1].lower())
        elif match["word"] is not None:
            found.add(match["word"].lower())
    return frozenset(found)


class OtherNames:
    """How a database gives another name to what is there, and which names it gives by itself."""

    def quote(self, name: str) -> str:
        raise NotImplementedError

    def qualified(self, table: str, schema: str | None) -> str:
        raise NotImplementedError

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
