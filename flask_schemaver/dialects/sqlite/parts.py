"""What the text of a CREATE TABLE is made of, each part with its place in the text."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

from .tokens import folded, mentioned_names


class Span(NamedTuple):
    """A stretch of the text, in characters; `end` is the first one after it."""

    start: int
    end: int


class Clause(NamedTuple):
    """A part of a column's definition, with its CONSTRAINT name; `kind` such as 'not_null'."""

    kind: str
    span: Span


class Item(NamedTuple):
    """One of the things that commas separate; `comma` is the place of the one before it.

    SQLite also accepts table constraints with no comma between them: then `comma` is None, as it
    is for the first item.
    """

    span: Span
    comma: int | None


class Generated(NamedTuple):
    """How the value of a column is computed."""

    expression: str
    stored: bool


@dataclass(frozen=True, slots=True)
class ColumnDefinition:
    """A column. `type_sql` '' is no type; `default` is what PRAGMA table_xinfo reports.

    A default that was written in parentheses stands here without them. `null_conflict` is what
    follows NOT NULL ON CONFLICT.
    """

    name: str
    type_sql: str = ""
    not_null: bool = False
    null_conflict: str | None = None
    default: str | None = None
    collation: str | None = None
    generated: Generated | None = None
    primary_key: bool = False
    autoincrement: bool = False
    span: Span = field(default=Span(0, 0), compare=False, repr=False)
    head: Span = field(default=Span(0, 0), compare=False, repr=False)
    type_span: Span | None = field(default=None, compare=False, repr=False)
    clauses: tuple[Clause, ...] = field(default=(), compare=False, repr=False)

    def spans(self, kind: str) -> list[Span]:
        """The places of all clauses of one kind."""
        return [clause.span for clause in self.clauses if clause.kind == kind]


@dataclass(frozen=True, slots=True)
class ConstraintDefinition:
    """A constraint of a table, or of one column if `column` names it.

    `kind` is 'primary_key', 'unique', 'check' or 'foreign_key'. Two that say the same are equal
    wherever they stand. Of a CHECK only `expression` says what it is about: see `mentions`.
    """

    kind: str
    name: str | None = None
    columns: tuple[str, ...] = ()
    expression: str | None = None
    referred_table: str | None = None
    referred_columns: tuple[str, ...] = ()
    onupdate: str | None = None
    ondelete: str | None = None
    match: str | None = None
    deferrable: bool | None = None
    initially: str | None = None
    on_conflict: str | None = None
    descending: bool = False
    column: str | None = None
    spans: tuple[Span, ...] = field(default=(), compare=False, repr=False)

    def mentions(self, column: str) -> bool:
        """Whether the constraint is on the column, or uses it in its expression."""
        if self.expression is not None:
            return folded(column) in mentioned_names(self.expression)
        return folded(column) in map(folded, self.columns)

    def words(self) -> str:
        """The constraint as a person would name it."""
        kind = self.kind.replace("_", " ").upper()
        if self.name is not None:
            return f"{kind} '{self.name}'"
        inside = self.expression if self.expression is not None else ", ".join(self.columns)
        return f"{kind} ({inside})"
