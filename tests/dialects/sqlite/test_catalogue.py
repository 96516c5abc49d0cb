"""What is read of a SQLite database."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.dialects import sqlite
from sqlalchemy.engine import Connection

from flask_schemaver.dialects.reflected import NamedType, ReflectedTable
from flask_schemaver.dialects.sqlite.catalogue import (
    TEMPORARY_PREFIX,
    read_definition,
    read_tables,
    reflect_definition,
)
from flask_schemaver.dialects.sqlite.definition import TableDefinition
from flask_schemaver.errors import CommandError


@pytest.fixture
def connection() -> Iterator[Connection]:
    engine = sa.create_engine("sqlite://")
    with engine.connect() as connection:
        yield connection


def read(connection: Connection, *statements: str) -> ReflectedTable:
    """The table 't' after the statements."""
    for statement in statements:
        connection.exec_driver_sql(statement)
    [table] = read_tables(connection, None, "t".__eq__)
    return table


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("INTEGER", sa.INTEGER()),
        ("int", sa.INTEGER()),
        ("BIGINT", sa.BIGINT()),
        ("VARCHAR(20)", sa.VARCHAR(20)),
        ("varchar ( 20 )", sa.VARCHAR(20)),
        ("NUMERIC(10, 2)", sa.NUMERIC(10, 2)),
        ("DECIMAL(5)", sa.DECIMAL(5)),
        ("DOUBLE PRECISION", sa.DOUBLE_PRECISION()),
        ("double   precision", sa.DOUBLE_PRECISION()),
        ("FLOAT", sa.FLOAT()),
        ("BOOLEAN", sa.BOOLEAN()),
        ("DATETIME", sa.DATETIME()),
        ("DATE", sa.DATE()),
        ("TIMESTAMP", sa.TIMESTAMP()),
        ("JSON", sqlite.JSON()),
        ("BLOB", sa.BLOB()),
        ("", sa.types.NullType()),
        ("MONEY", NamedType("MONEY")),
        ("GEO POINT (3, 4)", NamedType("GEO POINT (3, 4)")),
        ("INTEGER(11)", NamedType("INTEGER(11)")),
        ("DATETIME(6)", NamedType("DATETIME(6)")),
    ],
)
def test_types(connection: Connection, text: str, expected: Any) -> None:
    """A type SQLAlchemy knows is its class; any other keeps its text; all give their text."""
    table = read(connection, f"CREATE TABLE t (a {text})")
    [column] = table.columns
    assert type(column["type"]) is type(expected)
    assert str(column["type"]) == str(expected)
    assert column["sqlite_type_text"] == text  # type: ignore[typeddict-item]


def test_collation_is_the_strings(connection: Connection) -> None:
    """COLLATE is an argument of a string's type, and noted for all."""
    table = read(connection, "CREATE TABLE t (a VARCHAR(9) COLLATE NOCASE, b INT COLLATE RTRIM)")
    columns: list[Any] = list(table.columns)
    assert columns[0]["type"].collation == "NOCASE"
    texts = [c["sqlite_type_text"] for c in columns]
    assert texts == ['VARCHAR(9) COLLATE "NOCASE"', 'INT COLLATE "RTRIM"']
    assert str(columns[1]["type"]) == texts[1]


def test_columns(connection: Connection) -> None:
    """NOT NULL, keys, defaults and generated columns are as they are stored."""
    table = read(
        connection,
        "CREATE TABLE t (b TEXT, a INTEGER, c INT NOT NULL DEFAULT (1 + 2), d DEFAULT 'x',"
        " e AS (c * 2) STORED, f INT GENERATED ALWAYS AS (c) VIRTUAL, PRIMARY KEY (a, B))",
    )
    found = [(c["name"], c["nullable"], c["default"], c.get("computed")) for c in table.columns]
    assert found == [
        ("b", False, None, None),
        ("a", False, None, None),
        ("c", False, "1 + 2", None),
        ("d", True, "'x'", None),
        ("e", True, None, {"sqltext": "c * 2", "persisted": True}),
        ("f", True, None, {"sqltext": "c", "persisted": False}),
    ]
    positions: list[Any] = [c.get("primary_key") for c in table.columns]
    assert positions == [2, 1, 0, 0, 0, 0]
    assert table.primary_key == {
        "name": None,
        "constrained_columns": ["a", "b"],
        "dialect_options": {},
    }


def test_uniques_are_named_or_not_and_once(connection: Connection) -> None:
    """Each UNIQUE is read, of the column or of the table; the one with a name stands for both."""
    table = read(
        connection,
        "CREATE TABLE t (a UNIQUE, b CONSTRAINT ub UNIQUE, c, UNIQUE (b), UNIQUE (c, a),"
        " CONSTRAINT ua UNIQUE (a))",
    )
    found = [(u["name"], u["column_names"]) for u in table.uniques]
    assert found == [("ua", ["a"]), ("ub", ["b"]), (None, ["c", "a"])]
    assert table.indexes == []


def test_checks(connection: Connection) -> None:
    """Each CHECK is read with its own text, parentheses and strings included."""
    table = read(
        connection,
        "CREATE TABLE t (a CHECK ((a) > (0)), b, CONSTRAINT c CHECK (b <> ')' AND a IN (1, 2)))",
    )
    found = [(c["name"], c["sqltext"]) for c in table.checks]
    assert found == [(None, "(a) > (0)"), ("c", "b <> ')' AND a IN (1, 2)")]


def test_foreign_keys(connection: Connection) -> None:
    """Names, actions and deferral are read; the parent's key stands in where none is named."""
    table = read(
        connection,
        "CREATE TABLE Parent (X INTEGER, y INTEGER, PRIMARY KEY (y, X))",
        "CREATE TABLE t (a CONSTRAINT fa REFERENCES parent (x) ON DELETE NO ACTION,"
        " b REFERENCES missing (Z), c, FOREIGN KEY (a, c) REFERENCES parent ON UPDATE CASCADE"
        " ON DELETE SET NULL MATCH FULL DEFERRABLE INITIALLY DEFERRED)",
    )
    assert table.foreign_keys == [
        {
            "name": "fa",
            "constrained_columns": ["a"],
            "referred_schema": None,
            "referred_table": "Parent",
            "referred_columns": ["X"],
            "options": {},
        },
        {
            "name": None,
            "constrained_columns": ["b"],
            "referred_schema": None,
            "referred_table": "missing",
            "referred_columns": ["Z"],
            "options": {},
        },
        {
            "name": None,
            "constrained_columns": ["a", "c"],
            "referred_schema": None,
            "referred_table": "Parent",
            "referred_columns": ["y", "X"],
            "options": {
                "onupdate": "CASCADE",
                "ondelete": "SET NULL",
                "match": "FULL",
                "deferrable": True,
                "initially": "DEFERRED",
            },
        },
    ]


def test_indexes(connection: Connection) -> None:
    """Columns, order, expressions, condition and the text of each index are read."""
    table = read(
        connection,
        'CREATE TABLE t (a, "B b", c UNIQUE)',
        "CREATE UNIQUE INDEX one ON t ([b B] DESC, A ASC)".replace("[b B]", '"b B"'),
        "CREATE INDEX IF NOT EXISTS main.two ON t (lower(a) DESC, c) WHERE c > (1)",
        "CREATE INDEX three ON t (a COLLATE NOCASE)",
    )
    one, two, three = table.indexes
    assert one == {
        "name": "one",
        "unique": True,
        "column_names": ["B b", "a"],
        "column_sorting": {"B b": ("desc",)},
        "dialect_options": {"sqlite_where": None},
        "sqlite_sql": 'CREATE UNIQUE INDEX one ON t ("b B" DESC, A ASC)',
    }
    assert two["column_names"] == [None, "c"]
    assert two["expressions"] == ["lower(a) DESC", "c"]
    assert two["dialect_options"] == {"sqlite_where": "c > (1)"}
    assert three["expressions"] == ["a COLLATE NOCASE"]


def test_options(connection: Connection) -> None:
    """Only options that are set are there."""
    plain = read(connection, "CREATE TABLE t (a INTEGER PRIMARY KEY AUTOINCREMENT)")
    assert plain.options == {"sqlite_autoincrement": True}
    other = read(
        connection, "DROP TABLE t", "CREATE TABLE t (a INT PRIMARY KEY) WITHOUT ROWID, STRICT"
    )
    assert other.options == {"sqlite_strict": True, "sqlite_with_rowid": False}


def test_only_the_users_tables(connection: Connection) -> None:
    """SQLite's own tables, views, virtual tables and leftovers of a rebuild are not read."""
    for sql in [
        "CREATE TABLE doc (id INTEGER PRIMARY KEY AUTOINCREMENT)",
        "CREATE TABLE doc_content_of_mine (a)",
        "CREATE VIEW v AS SELECT 1",
        "CREATE VIRTUAL TABLE search USING fts5(body)",
        "CREATE TABLE search_mine (a)",
        f"CREATE TABLE {TEMPORARY_PREFIX}doc (a)",
        "CREATE TEMP TABLE scratch (a)",
        "ANALYZE",
    ]:
        connection.exec_driver_sql(sql)
    names = [table.name for table in read_tables(connection, None)]
    assert names == ["doc", "doc_content_of_mine", "search_mine"]


@pytest.mark.parametrize("count", [1, 40])
def test_queries_do_not_grow_with_the_tables(connection: Connection, count: int) -> None:
    """One query reads all tables, however many."""
    for number in range(count):
        connection.exec_driver_sql(f"CREATE TABLE t{number} (id INTEGER, a REFERENCES t0)")
        connection.exec_driver_sql(f"CREATE INDEX i{number} ON t{number} (a)")
    queries: list[str] = []
    sa.event.listen(
        connection, "before_cursor_execute", lambda *arguments: queries.append(arguments[2])
    )
    assert len(read_tables(connection, None)) == count
    assert len(queries) == 1


def test_names_are_found_in_any_case(connection: Connection) -> None:
    """Tables are asked for as SQLite would find them."""
    connection.exec_driver_sql("CREATE TABLE Item (a)")
    assert [t.name for t in read_tables(connection, None, lambda n: n in ("Item", "x"))] == ["Item"]
    assert read_definition(connection, "iTEM", None).name == "Item"


def test_attached_schema(connection: Connection) -> None:
    """The schema says which database is read."""
    connection.exec_driver_sql("ATTACH ':memory:' AS other")
    connection.exec_driver_sql("CREATE TABLE other.t (a)")
    assert read_tables(connection, None) == []
    [table] = read_tables(connection, "other")
    assert (table.schema, table.name) == ("other", "t")


@pytest.mark.parametrize(
    ("name", "message"),
    [("nothing", "There is no table 'nothing'"), ("search", "'search' is a virtual table")],
)
def test_no_definition(connection: Connection, name: str, message: str) -> None:
    """A table that is not there, or is none of SQLite's own making, has no definition."""
    connection.exec_driver_sql("CREATE VIRTUAL TABLE search USING fts5(body)")
    with pytest.raises(CommandError, match=message):
        read_definition(connection, name, None)


def test_sqlalchemys_text_reads_like_the_stored_one(connection: Connection) -> None:
    """What SQLAlchemy would create reads as what it has created."""
    metadata = sa.MetaData(naming_convention={"ck": "ck_%(table_name)s_%(constraint_name)s"})
    sa.Table("p", metadata, sa.Column("id", sa.Integer, primary_key=True))
    table = sa.Table(
        "t",
        metadata,
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("p_id", sa.ForeignKey("p.id", ondelete="CASCADE"), nullable=False),
        sa.Column("name", sa.String(20, collation="NOCASE"), unique=True, server_default="it's"),
        sa.Column("kind", sa.Enum("a", "b", name="kind", create_constraint=True)),
        sa.Column("twice", sa.Integer, sa.Computed("id * 2", persisted=True)),
        sa.CheckConstraint("id > 0", name="positive"),
        sqlite_autoincrement=True,
    )
    metadata.create_all(connection)
    text = str(sa.schema.CreateTable(table).compile(dialect=connection.dialect)).strip()
    declared = reflect_definition(TableDefinition.parse(text))
    [stored] = read_tables(connection, None, "t".__eq__)
    for part in ("primary_key", "uniques", "checks", "foreign_keys", "options"):
        assert getattr(declared, part) == getattr(stored, part), part
    for one, other in zip(declared.columns, stored.columns, strict=True):
        assert {**one, "type": None} == {**other, "type": None}
        assert str(one["type"]) == str(other["type"])
    assert [c["name"] for c in stored.checks] == ["ck_t_positive", "ck_t_kind"]
    assert stored.foreign_keys[0]["options"] == {"ondelete": "CASCADE"}
