"""What is read from a text agrees with what SQLite makes of it."""

from __future__ import annotations

import sqlite3
from contextlib import closing

from dialects.sqlite.create_table import create_tables
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from flask_schemaver.dialects.sqlite.definition import TableDefinition
from flask_schemaver.dialects.sqlite.parts import ColumnDefinition
from flask_schemaver.dialects.sqlite.tokens import (
    folded,
    mentioned_names,
    quoted,
    significant,
    tokens,
)

ADDED = ("-- the new one", "-- less")


def database(sql: str) -> sqlite3.Connection:
    connection = sqlite3.connect(":memory:", isolation_level=None)
    connection.execute(sql)
    return connection


def comments(sql: str) -> list[str]:
    return [token.text for token in tokens(sql) if token.kind == "comment"]


def bare(sql: str) -> str:
    """A text without its comments and spaces."""
    return " ".join(token.text for token in significant(sql)).upper()


def stored(connection: sqlite3.Connection) -> TableDefinition:
    [row] = connection.execute("SELECT sql FROM sqlite_master WHERE type = 'table'")
    return TableDefinition.parse(row[0])


@given(st.text())
def test_tokens_lose_nothing(text: str) -> None:
    """Any text is the sum of its tokens."""
    assert "".join(token.text for token in tokens(text)) == text
    seen = [token for token in tokens(text) if token.kind not in ("space", "comment")]
    assert significant(text) == seen


@settings(max_examples=150, deadline=None)
@given(create_tables())
def test_what_is_read_agrees(sql: str) -> None:
    """Reading a text gives the text back, and says of it what SQLite says."""
    assert TableDefinition.parse(sql).sql == sql
    with closing(database(sql)) as connection:
        [row] = connection.execute("SELECT sql FROM sqlite_master WHERE type = 'table'")
        found = TableDefinition.parse(row[0])
        assert found.sql == row[0]
        columns_agree(connection, found)
        foreign_keys_agree(connection, found)
        uniques_agree(connection, found)


def columns_agree(connection: sqlite3.Connection, found: TableDefinition) -> None:
    """Names, types, NOT NULL, defaults, keys and generated columns are those of table_xinfo."""
    rows = list(connection.execute(f"PRAGMA table_xinfo({quoted(found.name)})"))
    key = found.primary_key.columns if found.primary_key else ()
    assert [
        (
            c.name,
            bare(c.type_sql),
            int(c.not_null or (found.without_rowid and c.name in key)),
            c.default,
            key.index(c.name) + 1 if c.name in key else 0,
            0 if c.generated is None else 3 if c.generated.stored else 2,
        )
        for c in found.columns
    ] == [(row[1], bare(row[2]), *row[3:]) for row in rows]


def foreign_keys_agree(connection: sqlite3.Connection, found: TableDefinition) -> None:
    """Columns and actions of foreign keys are those of foreign_key_list."""
    rows = list(connection.execute(f"PRAGMA foreign_key_list({quoted(found.name)})"))
    keys: dict[int, list[tuple[object, ...]]] = {}
    for number, _, table, column, referred, update, delete, _ in rows:
        keys.setdefault(number, []).append((table, column, referred, update, delete))
    expected = [keys[number] for number in sorted(keys, reverse=True)]
    assert [
        [
            (
                c.referred_table,
                column,
                c.referred_columns[place] if c.referred_columns else None,
                c.onupdate or "NO ACTION",
                c.ondelete or "NO ACTION",
            )
            for place, column in enumerate(c.columns)
        ]
        for c in found.constraints
        if c.kind == "foreign_key"
    ] == expected


def uniques_agree(connection: sqlite3.Connection, found: TableDefinition) -> None:
    """Each index that SQLite makes for a constraint belongs to one that was read."""
    indexes = list(connection.execute(f"PRAGMA index_list({quoted(found.name)})"))
    columns = {
        tuple(row[2] for row in connection.execute(f"PRAGMA index_info({quoted(index[1])})"))
        for index in indexes
        if index[3] == "u"
    }
    uniques = {c.columns for c in found.constraints if c.kind == "unique"}
    key = {found.primary_key.columns} if found.primary_key else set()
    assert columns <= uniques
    assert uniques <= columns | key | {(c,) for k in key for c in k}


@settings(max_examples=150, deadline=None)
@given(create_tables(), st.data())
def test_edits_are_accepted(sql: str, data: st.DataObject) -> None:
    """SQLite accepts an edited text, and what was not edited reads as before."""
    found = TableDefinition.parse(sql)
    column = data.draw(st.sampled_from(found.columns))
    edits = {
        "not null": lambda: found.with_not_null(column.name, not column.not_null),
        "type": lambda: found.with_type(column.name, data.draw(st.sampled_from(["", "BLOB"]))),
        "column": lambda: found.with_column("added INTEGER -- the new one"),
        "constraint": lambda: found.with_constraint("CONSTRAINT added CHECK (2)"),
        "renamed": lambda: found.renamed('other "name"'),
    }
    if column.generated is None:
        edits["default"] = lambda: found.with_default(column.name, "1 - 2 -- less")
    if found.constraints:
        constraint = data.draw(st.sampled_from(found.constraints))
        if constraint.kind != "primary_key":
            edits["less"] = lambda: found.without_constraint(constraint)
    plain = [c for c in found.columns if c.generated is None]
    if not found.users_of(column.name) and len(plain) > 1:
        edits["fewer"] = lambda: found.without_column(column.name)
    edit = data.draw(st.sampled_from(sorted(edits)))
    edited = edits[edit]()
    with closing(database(edited.sql)) as connection:
        assert stored(connection).columns == edited.columns
    if edit not in ("fewer", "less", "type"):
        assert [c for c in comments(edited.sql) if c not in ADDED] == comments(sql)
    others = [c for c in found.columns if c.name != column.name]
    assert [c for c in edited.columns if c.name in {o.name for o in others}] == others


@settings(max_examples=100, deadline=None)
@given(create_tables(), st.data())
def test_mentions_agree(sql: str, data: st.DataObject) -> None:
    """A CHECK or a generated column uses a column if SQLite changes it with the column's name."""
    with closing(database(sql)) as connection:
        found = stored(connection)
        column = data.draw(st.sampled_from(found.columns)).name
        rename = f"ALTER TABLE {quoted(found.name)} RENAME COLUMN {quoted(column)} TO zz"
        try:
            connection.execute(rename)
        except sqlite3.OperationalError:  # some texts are too much for it
            assume(False)
        other = stored(connection)
    for before, after in zip(found.constraints, other.constraints, strict=True):
        if before.expression is not None:
            assert before.mentions(column) == (before.expression != after.expression)
    users = [c.name for c in found.columns if c.generated and uses(c, column)]
    changed = [
        before.name
        for before, after in zip(found.columns, other.columns, strict=True)
        if before.generated != after.generated
    ]
    assert users == changed


def uses(column: ColumnDefinition, name: str) -> bool:
    assert column.generated is not None
    return folded(name) in mentioned_names(column.generated.expression)
