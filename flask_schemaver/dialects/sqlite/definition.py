"""The stored text of a table, understood and edited in place.

SQLite keeps a table as the CREATE TABLE text that made it. An edit changes the few characters it
is about, so that comments, layout and whatever has no name stay as they were.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from ...errors import CommandError, NoSuchColumn, NoSuchConstraint
from .parser import read_table
from .parts import ColumnDefinition, ConstraintDefinition, Item, Span
from .tokens import (
    default_clause_text,
    folded,
    joined,
    mentioned_names,
    quoted,
    safe_end,
    same,
    significant,
    tokens,
)

__all__ = ["ColumnDefinition", "ConstraintDefinition", "TableDefinition"]

_Change = tuple[Span, str]


@dataclass(frozen=True, slots=True)
class TableDefinition:
    """A CREATE TABLE text and what it says. Edits return a new one; none touches a database.

    Names of columns are found as SQLite finds them, whatever the case of their letters. An edit
    raises `NoSuchColumn` or `NoSuchConstraint` for what the table does not have.
    """

    sql: str
    name: str
    schema: str | None
    columns: tuple[ColumnDefinition, ...]
    constraints: tuple[ConstraintDefinition, ...]
    strict: bool
    without_rowid: bool
    name_span: Span = field(compare=False, repr=False)
    items: tuple[Item, ...] = field(compare=False, repr=False)
    body: Span = field(compare=False, repr=False)

    @classmethod
    def parse(cls, sql: str) -> TableDefinition:
        """Read the text of a CREATE TABLE; `parse(sql).sql` is `sql`."""
        return read_table(sql, cls)

    # -- questions --------------------------------------------------------------------------

    def column(self, name: str) -> ColumnDefinition:
        for column in self.columns:
            if same(column.name, name):
                return column
        raise NoSuchColumn(
            f"Table '{self.name}' has no column '{name}'.",
            hint=f"It has: {', '.join(repr(column.name) for column in self.columns)}.",
        )

    def has_column(self, name: str) -> bool:
        return any(same(column.name, name) for column in self.columns)

    @property
    def primary_key(self) -> ConstraintDefinition | None:
        keys = (c for c in self.constraints if c.kind == "primary_key")
        return next(keys, None)

    @property
    def rowid_column(self) -> str | None:
        """The column that is another name of the rowid: https://sqlite.org/rowidtable.html."""
        key = self.primary_key
        if key is None or self.without_rowid or len(key.columns) != 1 or key.descending:
            return None
        column = self.column(key.columns[0])
        return column.name if column.type_sql.upper() == "INTEGER" else None

    def users_of(self, name: str) -> list[str]:
        """What in the table needs a column, beside the column's own definition, in words."""
        return list(self._users_of(self.column(name)))

    def _users_of(self, column: ColumnDefinition) -> Iterator[str]:
        for constraint in self.constraints:
            own = constraint.column is not None and same(constraint.column, column.name)
            if not own and (
                constraint.mentions(column.name) or self._refers_to(constraint, column.name)
            ):
                yield constraint.words()
        for other in self.columns:
            if other.generated and folded(column.name) in mentioned_names(
                other.generated.expression
            ):
                yield f"generated column '{other.name}'"

    def _refers_to(self, constraint: ConstraintDefinition, name: str) -> bool:
        referred = constraint.referred_table
        if referred is None or not same(referred, self.name):
            return False
        return any(same(name, column) for column in constraint.referred_columns)

    # -- edits ------------------------------------------------------------------------------

    def renamed(self, name: str) -> TableDefinition:
        """The same table under another name; what refers to the old name inside is left alone."""
        return self._named(self.schema, name)

    def in_schema(self, schema: str | None) -> TableDefinition:
        """The same table, its name qualified with a schema, or not qualified for None."""
        return self._named(schema, self.name)

    def with_not_null(self, column: str, wanted: bool) -> TableDefinition:  # noqa: FBT001
        found = self.column(column)
        if found.not_null == wanted:
            return self
        if not wanted:
            return self._edited(self._cut(found.spans("not_null")))
        return self._edited([*self._cut(found.spans("null")), self._after_type(found, " NOT NULL")])

    def with_null_conflict(self, column: str, word: str | None) -> TableDefinition:
        """Another ON CONFLICT of a NOT NULL; None takes it away. Of a nullable column nothing."""
        found = self.column(column)
        places = found.spans("not_null")
        if not places or found.null_conflict == word:
            return self
        name = self.sql[places[-1].start : places[-1].end].upper().rindex("NOT")
        named = self.sql[places[-1].start : places[-1].start + name]
        clause = f"{named}NOT NULL" + (f" ON CONFLICT {word}" if word else "")
        return self._edited([*self._cut(places[:-1]), (places[-1], clause)])

    def without_collation(self, column: str) -> TableDefinition:
        """The column compared by BINARY, as without COLLATE."""
        return self._edited(self._cut(self.column(column).spans("collate")))

    def with_default(self, column: str, sql: str | None) -> TableDefinition:
        """Another DEFAULT, put in parentheses where it needs them; none at all for None."""
        found = self.column(column)
        old = found.spans("default")
        if sql is None:
            return self._edited(self._cut(old))
        clause = f"DEFAULT {default_clause_text(sql.strip())}"
        if not old:
            return self._edited([self._after_type(found, f" {clause}")])
        return self._edited([*self._cut(old[:-1]), (old[-1], clause)])

    def with_type(self, column: str, type_sql: str) -> TableDefinition:
        """Another type; '' takes it away. A COLLATE that comes with it replaces the old one."""
        found = self.column(column)
        collates = any(token.keyword == "COLLATE" for token in significant(type_sql))
        changes = self._cut(found.spans("collate")) if collates else []
        if found.type_span is None:
            changes.append(self._after_type(found, f" {type_sql}" if type_sql else ""))
        elif type_sql:
            changes.append((found.type_span, type_sql))
        else:
            changes += self._cut([found.type_span])
        return self._edited(changes)

    def with_column(self, column_sql: str) -> TableDefinition:
        """One more column, after the others."""
        return self._edited(self._insertion(len(self.columns) - 1, column_sql))

    def without_column(self, name: str) -> TableDefinition:
        """One column less, its own constraints with it.

        Raises `CommandError` while something else in the table needs the column, or if it is the
        only one.
        """
        column = self.column(name)
        if len(self.columns) == 1:
            raise CommandError(
                f"'{column.name}' is the only column of table '{self.name}'.",
                hint="Drop the table instead.",
            )
        if users := self.users_of(name):
            raise CommandError(
                f"Column '{column.name}' of table '{self.name}' is used by {', '.join(users)}.",
                hint="Drop what uses the column first.",
            )
        index = next(i for i, item in enumerate(self.items) if item.span == column.span)
        elsewhere = [
            span
            for constraint in self.constraints
            if constraint.column == column.name
            for span in constraint.spans
            if not column.span.start <= span.start < column.span.end
        ]
        return self._edited([*self._removal(index), *self._cut(elsewhere)])

    def with_column_moved(
        self, name: str, *, before: str | None = None, after: str | None = None
    ) -> TableDefinition:
        """A column in another place: right before, or right after, another one."""
        moved = self.column(name).name
        names = [column.name for column in self.columns if column.name != moved]
        if after is not None:
            place = names.index(self.column(after).name) + 1
        else:
            place = names.index(self.column(str(before)).name)
        names.insert(place, moved)
        return self.reordered(names)

    def reordered(self, names: Iterable[str]) -> TableDefinition:
        """The same columns in another order. Comments between them stay in their places."""
        spans = [column.span for column in self.columns]
        wanted = [self.column(name).span for name in names]
        moves = zip(spans, wanted, strict=True)
        return self._edited([(old, self.sql[new.start : new.end]) for old, new in moves])

    def with_autoincrement(self) -> TableDefinition:
        """AUTOINCREMENT for the primary key, which has to be one INTEGER column."""
        key, name = self.primary_key, self.rowid_column
        if key is None or name is None:
            raise CommandError(
                f"Table '{self.name}' has no INTEGER column as its primary key, so that "
                "sqlite_autoincrement means nothing.",
                hint="Leave it out of table_kwargs.",
            )
        if self.column(name).autoincrement:
            return self
        plain = self.without_constraint(key)
        end = plain.column(name).span.end
        named = "" if key.name is None else f"CONSTRAINT {quoted(key.name)} "
        conflict = "" if key.on_conflict is None else f" ON CONFLICT {key.on_conflict}"
        clause = f" {named}PRIMARY KEY{conflict} AUTOINCREMENT"
        return plain._edited([(Span(end, end), clause)])

    def with_option(self, option: str, *, wanted: bool = True) -> TableDefinition:
        """With or without one of the options that follow the parenthesis.

        `option` is STRICT or WITHOUT ROWID.
        """
        there = {"STRICT": self.strict, "WITHOUT ROWID": self.without_rowid}
        if there[option] == wanted:
            return self
        if wanted:
            separator = "," if any(there.values()) else ""
            return self.parse(f"{self.sql.rstrip().removesuffix(';')}{separator} {option}")
        kept = [word for word, is_set in there.items() if is_set and word != option]
        return self.parse(f"{self.sql[: self.body.end + 1]} {', '.join(kept)}".rstrip())

    def without_autoincrement(self) -> TableDefinition:
        """The same table, whose keys may be used again."""
        words = [t for t in significant(self.sql) if t.keyword == "AUTOINCREMENT"]
        return self._edited(self._cut(Span(t.start, t.end) for t in words)) if words else self

    def with_table_options(self, options: Mapping[str, Any]) -> TableDefinition:
        """With options of `create_table`: sqlite_strict, sqlite_with_rowid, sqlite_autoincrement.

        None takes one back.
        """
        made = self
        if "sqlite_strict" in options:
            made = made.with_option("STRICT", wanted=bool(options["sqlite_strict"]))
        if "sqlite_with_rowid" in options:
            made = made.with_option("WITHOUT ROWID", wanted=options["sqlite_with_rowid"] is False)
        if "sqlite_autoincrement" in options:
            wanted = bool(options["sqlite_autoincrement"])
            made = made.with_autoincrement() if wanted else made.without_autoincrement()
        return made

    def with_constraint(self, constraint_sql: str) -> TableDefinition:
        """One more constraint of the table, after the others."""
        return self._edited(self._insertion(len(self.items) - 1, constraint_sql))

    def without_constraint(self, constraint: ConstraintDefinition) -> TableDefinition:
        """One constraint less, wherever it stands: pass one that `constraints` holds."""
        found = next((c for c in self.constraints if c == constraint), None)
        if found is None:
            raise CommandError(
                f"Table '{self.name}' has no {constraint.words()}.",
                hint=f"It has: {', '.join(c.words() for c in self.constraints) or 'none'}.",
            )
        if found.column is not None:
            return self._edited(self._cut(found.spans))
        index = next(i for i, item in enumerate(self.items) if item.span == found.spans[0])
        return self._edited(self._removal(index))

    def with_constraint_renamed(self, old: str, new: str) -> TableDefinition:
        """The same constraint under another name, wherever it stands."""
        found = next((c for c in self.constraints if c.name and same(c.name, old)), None)
        if found is None:
            names = sorted(repr(c.name) for c in self.constraints if c.name)
            raise NoSuchConstraint(
                f"Table '{self.name}' has no constraint '{old}'.",
                hint=f"It has: {', '.join(names)}." if names else "It has none with a name.",
            )
        changes = [change for span in found.spans for change in self._names_in(span, old, new)]
        return self._edited(changes)

    def _names_in(self, span: Span, old: str, new: str) -> Iterator[_Change]:
        seen = significant(self.sql[span.start : span.end])
        for word, name in pairwise(seen):
            if word.keyword == "CONSTRAINT" and same(name.name, old):
                yield Span(span.start + name.start, span.start + name.end), quoted(new)

    # -- characters -------------------------------------------------------------------------

    def _named(self, schema: str | None, name: str) -> TableDefinition:
        prefix = f"{quoted(schema)}." if schema is not None else ""
        return self._edited([(self.name_span, prefix + quoted(name))])

    def _edited(self, changes: Iterable[_Change]) -> TableDefinition:
        pieces: list[str] = []
        place = 0
        for span, text in sorted(changes):
            pieces += [self.sql[place : span.start], text]
            place = span.end
        return self.parse(joined(*pieces, self.sql[place:]))

    def _after_type(self, column: ColumnDefinition, text: str) -> _Change:
        place = (column.type_span or column.head).end
        return Span(place, place), text

    def _cut(self, spans: Iterable[Span]) -> list[_Change]:
        """Take parts out, with the space before them."""
        return [(Span(self._space_before(span.start), span.end), "") for span in spans]

    def _space_before(self, place: int) -> int:
        return len(self.sql[:place].rstrip(" \t\n\f\r"))

    def _line_end(self, start: int, stop: int) -> tuple[int, bool]:
        """Where the line of `start` ends if only comments follow on it, and whether it does.

        It does not where `stop` comes first: then it is where the last comment ends.

        Between `start` and `stop` there are space and comments only.
        """
        place = start
        for token in tokens(self.sql[start:stop]):
            if "\n" in token.text:
                margin = token.text.index("\n") if token.kind == "space" else 0
                return start + token.start + margin, True
            if token.kind == "comment":
                place = start + token.end
        return place, False

    def _insertion(self, index: int, text: str) -> list[_Change]:
        """Put an item after another, on a line of its own if that one is."""
        item = self.items[index]
        text = text.strip()
        before = self.sql[self._space_before(item.span.start) : item.span.start]
        gap = before[before.rindex("\n") :] if "\n" in before else " "
        if index + 1 < len(self.items):
            following = self.items[index + 1]
            assert following.comma is not None
            start = following.comma + 1
            place, ended = self._line_end(start, following.span.start)
            place = place if ended else start
            return [(Span(place, place), f"{gap}{safe_end(text)},")]
        place, _ = self._line_end(item.span.end, self.body.end)
        if place == item.span.end:
            return [(Span(place, place), f",{gap}{text}")]
        comma = Span(item.span.end, item.span.end)
        return [(comma, ","), (Span(place, place), f"{gap}{text}")]

    def _removal(self, index: int) -> list[_Change]:
        """Take an item out, with its comma and with the comments above it and after it.

        What follows the previous comma on its line belongs to the item before.
        """
        item = self.items[index]
        following = self.items[index + 1] if index + 1 < len(self.items) else None
        start = self._lead(index)
        if following is not None and following.comma is None:
            return [(Span(start, item.span.end), "")]
        if following is not None and (index == 0 or item.comma is not None):
            return [(Span(start, self._trail(item, following)), "")]
        if item.comma is None:
            return [(Span(start, item.span.end), "")]
        end, _ = self._line_end(item.span.end, self.body.end)
        comment = self.sql[item.comma + 1 : start].strip()
        comma_end = item.comma + 1 if comment else start
        return [(Span(item.comma, comma_end), ""), (Span(start, end), "")]

    def _lead(self, index: int) -> int:
        """Where an item begins if the comments above it are its own."""
        item = self.items[index]
        if item.comma is not None:
            start = item.comma + 1
        else:
            start = self.items[index - 1].span.end if index else self.body.start
        place, ended = self._line_end(start, item.span.start)
        return place if ended else start

    def _trail(self, item: Item, following: Item) -> int:
        """Where an item ends, its comma and the comments on its line included."""
        assert following.comma is not None
        start = following.comma + 1
        place, ended = self._line_end(start, following.span.start)
        if ended:
            return place
        if item.span.start == self.body.start:
            return start + len(self.sql[start:]) - len(self.sql[start:].lstrip(" \t"))
        return start
