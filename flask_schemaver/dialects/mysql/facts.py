"""What MySQL and MariaDB tell of a table, in the form that this project reads tables in.

Both readers, that of the whole catalogue and that of one CREATE TABLE, say what they found in
these records, so that what they read is alike.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from ..reflected import ReflectedTable
from .expressions import normal_expression
from .tokens import ticked
from .types import TypeText, parsed_type, type_of

if TYPE_CHECKING:
    from .dialect import MySQLDialect


@dataclass(slots=True)
class ServerDefaults:
    """What a server does where nothing is said: learned when it is read."""

    engine: str = "InnoDB"
    collations: dict[str, str] = field(default_factory=dict)
    """The collation of each character set."""
    databases: dict[str | None, str] = field(default_factory=dict)
    """The collation of each database, by the schema's name."""

    def collation_of(self, charset: str | None) -> str | None:
        return None if charset is None else self.collations.get(charset)


@dataclass(slots=True)
class ColumnFacts:
    """A column; texts are SQL as the server prints it."""

    name: str
    type_text: str
    collation: str | None
    nullable: bool
    default: str | None = None
    on_update: str | None = None
    generated: str | None = None
    stored: bool = False
    increments: bool = False
    invisible: bool = False
    comment: str | None = None
    check: str | None = None


IndexPart = tuple[str, int | None, bool, bool]
"""A part of an index: its text, the length of its prefix, DESC, and whether it is an expression."""


@dataclass(slots=True)
class IndexFacts:
    """An index."""

    name: str
    kind: str = ""
    """UNIQUE, FULLTEXT, SPATIAL, or ''."""
    parts: list[IndexPart] = field(default_factory=list)
    using: str | None = None
    ignored: bool = False
    comment: str | None = None

    @property
    def columns(self) -> list[str]:
        return [text for text, _, _, is_expression in self.parts if not is_expression]

    @property
    def plain(self) -> bool:
        """Whether a UNIQUE constraint can be the same thing."""
        usual = all(not (length or desc or expr) for _, length, desc, expr in self.parts)
        return usual and self.kind == "UNIQUE" and not self.using


def told_method(word: str | None, options: Mapping[str, str]) -> str | None:
    """What USING says of an index, where the engine of its table has more than one sort.

    What InnoDB shows as a hash is a unique index of long texts:
    https://mariadb.com/kb/en/getting-started-with-indexes/#unique-index
    """
    return "BTREE" if word == "BTREE" and options.get("ENGINE") == "MEMORY" else None


@dataclass(slots=True)
class TableFacts:
    """A table; `options` by the server's words for them, in capitals."""

    name: str
    collation: str | None = None
    comment: str | None = None
    options: dict[str, str] = field(default_factory=dict)
    columns: list[ColumnFacts] = field(default_factory=list)
    primary_key: list[str] = field(default_factory=list)
    indexes: dict[str, IndexFacts] = field(default_factory=dict)
    foreign_keys: list[dict[str, Any]] = field(default_factory=list)
    checks: list[tuple[str, str]] = field(default_factory=list)


def reflected_table(
    found: TableFacts,
    schema: str | None,
    dialect: MySQLDialect,
    known_indexes: Sequence[str | None] = (),
) -> ReflectedTable:
    """The table in the form that kinds read.

    A UNIQUE constraint and a unique index are one thing here; the `known_indexes` were made as
    indexes, and so was what a constraint cannot say.
    """
    usual = dialect.defaults.databases.get(schema)
    primary = set(found.primary_key)
    uniques, indexes = [], []
    for index in found.indexes.values():
        if index.plain and index.name not in known_indexes:
            uniques.append({"name": index.name, "column_names": index.columns})
        else:
            indexes.append(_index(index, dialect))
    return ReflectedTable(
        schema,
        found.name,
        [reflected_column(c, found, usual, primary, dialect) for c in found.columns],  # type: ignore[misc]
        primary_key={"constrained_columns": found.primary_key, "name": None},
        uniques=uniques,  # type: ignore[arg-type]
        checks=[{"name": name, "sqltext": text} for name, text in found.checks],
        foreign_keys=found.foreign_keys,  # type: ignore[arg-type]
        indexes=indexes,  # type: ignore[arg-type]
        comment=found.comment,
        options=_options(found, dialect),
    )


def _options(found: TableFacts, dialect: MySQLDialect) -> dict[str, Any]:
    """The options as arguments of `create_table`."""
    prefix = dialect.engine.name
    options = {f"{prefix}_{name.lower()}": value for name, value in found.options.items()}
    if found.collation is not None:
        options[f"{prefix}_collate"] = found.collation
    return options


def reflected_column(
    found: ColumnFacts,
    table: TableFacts,
    usual: str | None,
    primary: set[str],
    dialect: MySQLDialect,
) -> Mapping[str, Any]:
    """A column in SQLAlchemy's form; `usual` is the collation of its database."""
    type_ = parsed_type(found.type_text, shows_widths=dialect.shows_widths)
    check = found.check
    if check is not None and _is_json(type_, found, check):
        type_, check = TypeText("JSON"), None
    collation = found.collation if type_.has_collation else None
    own = None if collation == table.collation else collation
    default = None if found.generated is not None else found.default
    if found.on_update is not None:
        default = f"{default or 'NULL'} ON UPDATE {found.on_update}"
    column: dict[str, Any] = {
        "name": found.name,
        "type": type_of(_with_collation(type_, own)),
        "stored_type": stored_type(type_, collation, usual),
        "nullable": found.nullable,
        "default": default,
        "comment": found.comment or None,
        "increments": found.increments,
        "check": check,
        "invisible": found.invisible,
    }
    if found.increments or (found.name in primary and "INT" in type_.name):
        column["autoincrement"] = found.increments
    if found.generated is not None:
        column["computed"] = {"sqltext": found.generated, "persisted": found.stored}
    return column


def _is_json(type_: TypeText, found: ColumnFacts, check: str) -> bool:
    """MariaDB's JSON is a LONGTEXT that compares by bytes and has this CHECK."""
    is_text = type_.name == "LONGTEXT" and found.collation == "utf8mb4_bin"
    return is_text and normal_expression(check) == f"json_valid({found.name.lower()})"


def stored_type(type_: TypeText, collation: str | None, usual: str | None) -> str:
    """What types are compared by: with its collation, unless it is what the database has."""
    return _text_of(_with_collation(type_, None if collation == usual else collation))


@lru_cache(maxsize=4096)
def _with_collation(type_: TypeText, collation: str | None) -> TypeText:
    return replace(type_, charset=None, collation=collation)


@lru_cache(maxsize=4096)
def _text_of(type_: TypeText) -> str:
    return str(type_)


def _index(found: IndexFacts, dialect: MySQLDialect) -> Mapping[str, Any]:
    prefix = dialect.engine.name
    lengths = {text: length for text, length, _, _ in found.parts if length}
    options: dict[str, Any] = {}
    if found.kind in ("FULLTEXT", "SPATIAL"):
        options[f"{prefix}_prefix"] = found.kind
        lengths = {}
    # SQLAlchemy asks each part that may have a length for its name: a text has none.
    in_text = any(desc or is_expression for _, _, desc, is_expression in found.parts)
    if lengths and not in_text:
        options[f"{prefix}_length"] = lengths
        lengths = {}
    if found.using:
        options[f"{prefix}_using"] = found.using.lower()
    elements = [
        f"({text})" if is_expression else _element(text, lengths.get(text), dialect, desc=desc)
        for text, _, desc, is_expression in found.parts
    ]
    plain = [not (expr or desc or text in lengths) for text, _, desc, expr in found.parts]
    return {
        "name": found.name,
        "unique": found.kind == "UNIQUE",
        "column_names": found.columns,
        "definition": index_text(found),
        "elements": list(zip(elements, plain, strict=True)),
        "options": options,
    }


def _element(name: str, length: int | None, dialect: MySQLDialect, *, desc: bool) -> str:
    """A part of an index: its name, or its text if more is said of it."""
    if not (length or desc):
        return name
    return dialect.quote(name) + (f"({length})" if length else "") + (" DESC" if desc else "")


def index_text(found: IndexFacts) -> str:
    """All that follows the table in CREATE INDEX, in one way of writing it."""
    spatial = found.kind in ("FULLTEXT", "SPATIAL")
    parts = []
    for text, length, descending, is_expression in found.parts:
        word = f"({text})" if is_expression else ticked(text)
        word += f"({length})" if length and not spatial else ""
        parts.append(f"{word} DESC" if descending and not spatial else word)
    words = [found.kind] if spatial else []
    words.append(f"({', '.join(parts)})")
    words += [f"USING {found.using}"] if found.using else []
    return " ".join(words)


_OPTION = re.compile(r"(\w+)=('(?:[^']|'')*'|\"[^\"]*\"|[^\s]+)")


def create_options(text: str | None) -> dict[str, str]:
    """The options that were given to a table: `row_format=DYNAMIC` and the like."""
    found: Iterable[tuple[str, str]] = _OPTION.findall((text or "").replace("`", ""))
    return {name.upper(): value.strip("'\"").upper() for name, value in found}


_TICKED = re.compile(r"`((?:[^`]|``)+)`")


def column_of_check(name: str, clause: str, columns: Iterable[str]) -> str | None:
    """The column that a CHECK is a part of, None if it is none of these.

    MariaDB calls it as the column was called when it was made: not so after RENAME COLUMN.
    """
    words = {word.replace("``", "`") for word in _TICKED.findall(clause)}
    named = [column for column in columns if column == name or column in words]
    if name in words and name in named:
        return name
    return next((column for column in named if column in words), next(iter(named), None))
