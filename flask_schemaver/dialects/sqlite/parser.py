"""Reads the text of a CREATE TABLE as SQLite does, and notes where each part stands.

The grammar is https://sqlite.org/lang_createtable.html and, for what is accepted beyond it (a name
after CONSTRAINT with nothing to follow, table constraints without commas, a DEFERRABLE clause
far from its REFERENCES), SQLite's own parse.y.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any, TypeVar

from ...errors import CommandError
from .parts import Clause, ColumnDefinition, ConstraintDefinition, Generated, Item, Span
from .tokens import Token, closing, folded, significant, split_commas, unquoted

T = TypeVar("T")

_TABLE_WORDS = frozenset({"CONSTRAINT", "PRIMARY", "UNIQUE", "CHECK", "FOREIGN"})
_CLAUSE_WORDS = frozenset(
    {
        "CONSTRAINT", "NULL", "NOT", "PRIMARY", "UNIQUE", "CHECK", "REFERENCES", "DEFAULT",
        "COLLATE", "DEFERRABLE", "AS",
    }
)  # fmt: skip


def read_table(sql: str, make: Callable[..., T]) -> T:
    """Call `make` with the parts of the table that `sql` creates, by keyword.

    Raises `CommandError` where the text is no CREATE TABLE with a list of columns.
    """
    reader = _Reader(sql)
    header = reader.header()
    body = reader.body()
    options = reader.options()
    return make(
        sql=sql,
        **header,
        **options,
        columns=tuple(reader.columns),
        constraints=reader.finished_constraints(),
        items=tuple(reader.items),
        body=body,
    )


class _Reader:
    """A place in the tokens of one text, and the parts found so far."""

    def __init__(self, sql: str) -> None:
        self.sql = sql
        self.found = significant(sql)
        # Enough ends for the longest look ahead.
        self.found += [Token("end", "", len(sql))] * 3
        self.words = [
            token.text.upper() if token.kind in ("word", "operator") else "" for token in self.found
        ]
        self.at = 0
        self.columns: list[ColumnDefinition] = []
        self.constraints: list[dict[str, Any]] = []
        self.items: list[Item] = []
        self.last_key: dict[str, Any] | None = None

    # -- moving on --------------------------------------------------------------------------

    @property
    def now(self) -> Token:
        return self.found[self.at]

    @property
    def word(self) -> str:
        """What comes now in capitals, if it is a word or a sign."""
        return self.words[self.at]

    def next(self) -> Token:
        token = self.now
        if token.kind == "end":
            raise self.error()
        self.at += 1
        return token

    def accept(self, *texts: str) -> bool:
        """Move over these words or signs if they are what comes now."""
        at = self.at
        words = self.words
        for text in texts:
            if words[at] != text:
                return False
            at += 1
        self.at = at
        return True

    def expect(self, *texts: str) -> None:
        if not self.accept(*texts):
            raise self.error()

    def name(self) -> str:
        if not self.now.is_name:
            raise self.error()
        return self.next().name

    def group(self) -> list[Token]:
        """Move over a pair of parentheses; the tokens between them."""
        start = self.at
        if self.word != "(" or (end := closing(self.found, start)) < 0:
            raise self.error()
        self.at = end + 1
        return self.found[start + 1 : end]

    def group_text(self) -> str:
        """Move over a pair of parentheses; the text between them, without space around it."""
        start = self.now.end
        self.group()
        return self.sql[start : self.previous_end() - 1].strip()

    def previous_end(self) -> int:
        return self.found[self.at - 1].end

    def error(self) -> CommandError:
        place = self.now.start
        near = self.sql[place : place + 30].split("\n")[0] or "its end"
        start = " ".join(self.sql[:60].split())
        return CommandError(
            f"The definition of a table cannot be read near '{near}': '{start} ...'.",
            hint="Please report it with the whole CREATE TABLE text.",
        )

    # -- around the columns -----------------------------------------------------------------

    def header(self) -> dict[str, Any]:
        self.expect("CREATE")
        if not self.accept("TEMP"):
            self.accept("TEMPORARY")
        self.expect("TABLE")
        self.accept("IF", "NOT", "EXISTS")
        start = self.now.start
        schema, name = None, self.name()
        if self.accept("."):
            schema, name = name, self.name()
        return {"schema": schema, "name": name, "name_span": Span(start, self.previous_end())}

    def body(self) -> Span:
        """Read all items; what the parentheses around them enclose."""
        self.expect("(")
        begin = self.previous_end()
        comma = None
        while True:
            start = self.now.start
            in_table = self.word in _TABLE_WORDS
            (self.table_constraint if in_table else self.column)()
            self.items.append(Item(Span(start, self.previous_end()), comma))
            comma = self.now.start
            if self.accept(","):
                continue
            if self.accept(")"):
                return Span(begin, comma)
            comma = None
            if self.word not in _TABLE_WORDS:
                raise self.error()

    def options(self) -> dict[str, bool]:
        """The words after the columns, which come in any order and may be repeated."""
        found = {"strict": False, "without_rowid": False}
        while self.now.kind != "end":
            if self.accept("STRICT"):
                found["strict"] = True
            elif self.accept("WITHOUT", "ROWID"):
                found["without_rowid"] = True
            elif not self.accept(",") and not self.accept(";"):
                raise self.error()
        return found

    def finished_constraints(self) -> tuple[ConstraintDefinition, ...]:
        """The constraints, their columns spelled as the columns are."""
        spellings = {folded(column.name): column.name for column in self.columns}
        for facts in self.constraints:
            facts["columns"] = tuple(spellings.get(folded(n), n) for n in facts["columns"])
        return tuple(ConstraintDefinition(**facts) for facts in self.constraints)

    # -- constraints of the table -------------------------------------------------------------

    def table_constraint(self) -> None:
        start, name = self.now.start, self.constraint_name()
        facts: dict[str, Any] = {"name": name, "columns": ()}
        if self.accept("PRIMARY", "KEY"):
            facts |= {"kind": "primary_key", **self.key_columns()}
        elif self.accept("UNIQUE"):
            facts |= {"kind": "unique", **self.key_columns()}
        elif self.accept("CHECK"):
            facts |= {"kind": "check", "expression": self.group_text()} | self.conflict()
        elif self.accept("FOREIGN", "KEY"):
            facts["columns"] = self.column_names()
            self.expect("REFERENCES")
            facts |= {"kind": "foreign_key", **self.reference()}
        else:  # a name that nothing follows
            return
        self.add(facts, start)

    def constraint_name(self) -> str | None:
        """The last of the names given here; SQLite forgets those before it."""
        name = None
        while self.accept("CONSTRAINT"):
            name = self.name()
        return name

    def key_columns(self) -> dict[str, Any]:
        inside = self.group()
        autoincrement = bool(inside) and inside[-1].keyword == "AUTOINCREMENT"
        columns = tuple(_column_of(run) for run in split_commas(inside))
        if autoincrement:
            self.mark_autoincrement(columns[0])
        return {"columns": columns} | self.conflict()

    def mark_autoincrement(self, name: str) -> None:
        self.columns = [
            replace(c, autoincrement=True) if folded(c.name) == folded(name) else c
            for c in self.columns
        ]

    def conflict(self) -> dict[str, Any]:
        return {"on_conflict": self.next().keyword} if self.accept("ON", "CONFLICT") else {}

    def column_names(self) -> tuple[str, ...]:
        return tuple(_column_of(run) for run in split_commas(self.group()))

    def reference(self) -> dict[str, Any]:
        """What follows REFERENCES."""
        facts: dict[str, Any] = {"referred_table": self.name()}
        if self.word == "(":
            facts["referred_columns"] = self.column_names()
        while True:
            if self.accept("ON", "DELETE"):
                facts["ondelete"] = self.action()
            elif self.accept("ON", "UPDATE"):
                facts["onupdate"] = self.action()
            elif self.accept("ON", "INSERT"):
                self.action()
            elif self.accept("MATCH"):
                facts["match"] = self.name().upper()
            else:
                return facts | self.deferral()

    def action(self) -> str:
        word = self.next().keyword
        return f"{word} {self.next().keyword}" if word in ("SET", "NO") else word

    def deferral(self) -> dict[str, Any]:
        """[NOT] DEFERRABLE [INITIALLY ...], if it comes now."""
        if self.accept("NOT", "DEFERRABLE"):
            facts: dict[str, Any] = {"deferrable": False}
        elif self.accept("DEFERRABLE"):
            facts = {"deferrable": True}
        else:
            return {}
        if self.accept("INITIALLY"):
            facts["initially"] = self.next().keyword
        return facts

    def add(self, facts: dict[str, Any], start: int) -> None:
        facts["spans"] = (Span(start, self.previous_end()),)
        self.constraints.append(facts)
        if facts["kind"] == "foreign_key":
            self.last_key = facts

    # -- columns ------------------------------------------------------------------------------

    def column(self) -> None:
        start = self.now.start
        facts: dict[str, Any] = {"name": self.name(), "clauses": ()}
        facts["head"] = Span(start, self.previous_end())
        self.type(facts)
        while self.word not in (",", ")"):
            self.clause(facts)
        self.columns.append(ColumnDefinition(span=Span(start, self.previous_end()), **facts))

    def type(self, facts: dict[str, Any]) -> None:
        start = self.now.start
        first = self.at
        while self.now.is_name and not self.clause_begins():
            self.next()
        if self.at == first:
            return
        if self.word == "(":
            self.group()
        span = Span(start, self.previous_end())
        text = self.sql[span.start : span.end]
        opening = self.found[first]
        # A type in quotes is what its first pair of quotes holds.
        facts["type_sql"] = unquoted(opening.text) if opening.kind != "word" else text
        facts["type_span"] = span

    def clause_begins(self) -> bool:
        if self.word == "GENERATED":
            return self.words[self.at + 1 : self.at + 3] == ["ALWAYS", "AS"]
        return self.word in _CLAUSE_WORDS

    def clause(self, facts: dict[str, Any]) -> None:
        start, name = self.now.start, self.constraint_name()
        kind = "bare"
        if self.word not in (",", ")"):
            read = _CLAUSES.get(self.word)
            if read is None:
                raise self.error()
            kind = read(self, facts, start, name)
        facts["clauses"] += (Clause(kind, Span(start, self.previous_end())),)

    def null(self, facts: dict[str, Any], start: int, name: str | None) -> str:
        self.next()
        self.conflict()
        return "null"

    def negation(self, facts: dict[str, Any], start: int, name: str | None) -> str:
        if self.accept("NOT", "NULL"):
            facts["not_null"] = True
            facts["null_conflict"] = self.conflict().get("on_conflict")
            return "not_null"
        return self.stray_deferral(start)

    def deferrable(self, facts: dict[str, Any], start: int, name: str | None) -> str:
        return self.stray_deferral(start)

    def stray_deferral(self, start: int) -> str:
        """A DEFERRABLE clause by itself is about the foreign key before it, wherever that is."""
        found = self.deferral()
        if not found:
            raise self.error()
        if self.last_key is not None:
            self.last_key |= found
            self.last_key["spans"] += (Span(start, self.previous_end()),)
        return "deferrable"

    def collate(self, facts: dict[str, Any], start: int, name: str | None) -> str:
        self.next()
        facts["collation"] = self.name()
        return "collate"

    def default(self, facts: dict[str, Any], start: int, name: str | None) -> str:
        self.next()
        if self.word == "(":
            facts["default"] = self.group_text()
            return "default"
        first = self.next()
        if first.text in ("+", "-"):
            self.next()
        facts["default"] = self.sql[first.start : self.previous_end()]
        return "default"

    def generated(self, facts: dict[str, Any], start: int, name: str | None) -> str:
        self.accept("GENERATED", "ALWAYS")
        self.expect("AS")
        expression = self.group_text()
        stored = self.accept("STORED")
        if not stored:
            self.accept("VIRTUAL")
        facts["generated"] = Generated(expression, stored)
        return "generated"

    def primary(self, facts: dict[str, Any], start: int, name: str | None) -> str:
        self.expect("PRIMARY", "KEY")
        descending = self.accept("DESC")
        if not descending:
            self.accept("ASC")
        conflict = self.conflict()
        facts["primary_key"] = True
        facts["autoincrement"] = self.accept("AUTOINCREMENT")
        found = {"descending": descending, **conflict}
        return self.own(facts, start, name, "primary_key", found)

    def unique(self, facts: dict[str, Any], start: int, name: str | None) -> str:
        self.next()
        return self.own(facts, start, name, "unique", self.conflict())

    def check(self, facts: dict[str, Any], start: int, name: str | None) -> str:
        self.next()
        found = {"expression": self.group_text(), "columns": ()}
        return self.own(facts, start, name, "check", found)

    def references(self, facts: dict[str, Any], start: int, name: str | None) -> str:
        self.next()
        return self.own(facts, start, name, "foreign_key", self.reference())

    def own(
        self, facts: dict[str, Any], start: int, name: str | None, kind: str, found: dict[str, Any]
    ) -> str:
        """Note a constraint that stands in its column's definition."""
        column = facts["name"]
        given = {"kind": kind, "name": name, "columns": (column,), "column": column}
        self.add(given | found, start)
        return kind


_Clause = Callable[[_Reader, dict[str, Any], int, str | None], str]
_CLAUSES: dict[str, _Clause] = {
    "NULL": _Reader.null,
    "NOT": _Reader.negation,
    "PRIMARY": _Reader.primary,
    "UNIQUE": _Reader.unique,
    "CHECK": _Reader.check,
    "REFERENCES": _Reader.references,
    "DEFERRABLE": _Reader.deferrable,
    "COLLATE": _Reader.collate,
    "DEFAULT": _Reader.default,
    "GENERATED": _Reader.generated,
    "AS": _Reader.generated,
}


def _column_of(run: list[Token]) -> str:
    """The column in one element of a key: a name, maybe in parentheses, COLLATE, ASC, DESC."""
    for token in run:
        if token.is_name:
            return token.name
    return "".join(token.text for token in run)
