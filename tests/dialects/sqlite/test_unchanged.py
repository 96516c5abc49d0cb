"""Tables that are seen to be unchanged without being read."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from flask_schemaver.autogenerate.api import compare
from flask_schemaver.dialects.base import dialect_for
from flask_schemaver.runtime.migration import MigrationContext


@pytest.fixture
def connection() -> Iterator[Connection]:
    with sa.create_engine("sqlite://").connect() as connection:
        connection.exec_driver_sql("ATTACH ':memory:' AS other")
        yield connection


def model(*items: Any, name: str = "item", schema: str | None = None, **options: Any) -> sa.Table:
    parts = [
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("code", sa.String(20), nullable=False, server_default="it's, \n\tthis"),
        sa.Column("parent_id", sa.Integer),
        sa.CheckConstraint("code <> ''"),
        sa.UniqueConstraint("code", name="uq_code"),
        sa.Index("ix_item", "parent_id", "code", unique=True),
    ]
    return sa.Table(name, sa.MetaData(), *parts, *items, schema=schema, **options)


def seen(connection: Connection, *tables: sa.Table) -> list[sa.Table]:
    return dialect_for(connection.dialect).unchanged(connection, tables)


@pytest.mark.parametrize(
    "table",
    [
        model(),
        model(schema="other"),
        model(name="Odd 'Name'"),
        model(name='a "quoted" %s', schema="other"),
        model(sqlite_with_rowid=False),
        model(sa.Index("ix_more", sa.text("lower(code) DESC"), sqlite_where=sa.text("id > 1"))),
        model(sa.ForeignKeyConstraint(["parent_id"], ["other.up.id"]), schema="other"),
    ],
    ids=["plain", "schema", "odd", "odd in schema", "without rowid", "expression", "reference"],
)
def test_what_create_all_made_is_seen_as_unchanged(connection: Connection, table: sa.Table) -> None:
    """The stored texts are those that the model compiles to."""
    if table.foreign_keys:
        sa.Table("up", table.metadata, sa.Column("id", sa.Integer), schema="other")
    table.metadata.create_all(connection)
    assert seen(connection, table) == [table]


@pytest.mark.parametrize(
    "other",
    [
        model(sa.Column("more", sa.Integer)),
        model(sa.CheckConstraint("id > 0")),
        model(sa.Index("ix_more", "code")),
        model(sqlite_with_rowid=False),
        model(sqlite_autoincrement=True),
    ],
    ids=["column", "check", "index", "without rowid", "autoincrement"],
)
def test_another_text_is_not_seen_as_unchanged(connection: Connection, other: sa.Table) -> None:
    """Whatever has changed, the table has to be read."""
    model().create(connection)
    assert seen(connection, other) == []


def test_the_order_of_columns_and_constraints_does_not_count(connection: Connection) -> None:
    """A revision file adds columns at the end, and writes constraints in an order of its own."""
    table = model(sa.Column("more", sa.Integer))
    table.create(connection)
    again = sa.Table(
        "item",
        sa.MetaData(),
        *(column._copy() for column in reversed(list(table.columns))),
        sa.UniqueConstraint("code", name="uq_code"),
        sa.CheckConstraint("code <> ''"),
        sa.Index("ix_item", "parent_id", "code", unique=True),
    )
    again.c.code.server_default = sa.DefaultClause("it's plain")
    assert seen(connection, again) == []
    connection.exec_driver_sql("DROP TABLE item")
    table.c.code.server_default = sa.DefaultClause("it's plain")
    table.create(connection)
    assert seen(connection, again) == [again]


@pytest.mark.parametrize(
    ("expression", "expected"), [("a IN (1, 2)", 1), ("a IN (1, \n\t2)", 0), ("a <> ', \n\t'", 0)]
)
def test_a_separator_inside_of_a_part_is_none(
    connection: Connection, expression: str, expected: int
) -> None:
    """Where a part goes on in another line, texts in another order are left to the reader."""

    def table(names: str) -> sa.Table:
        columns = [sa.Column(name, sa.Integer) for name in names]
        return sa.Table("t", sa.MetaData(), *columns, sa.CheckConstraint(expression))

    table("ab").create(connection)
    assert len(seen(connection, table("ab"))) == 1
    assert len(seen(connection, table("ba"))) == expected


def test_unchanged_tables_are_counted_and_not_read(connection: Connection) -> None:
    """A comparison knows of the tables, and not of their columns."""
    table = model()
    table.create(connection)
    found = compare(MigrationContext.configure(connection), table.metadata)
    assert found.operations == ()
    assert (found.declared_tables, found.reflected_tables) == (1, 1)
    assert found.reflected.of_kind("column") == []


def test_filters_are_asked_about_what_is_inside(connection: Connection) -> None:
    """A program that filters sees each object, changed or not."""
    table = model()
    table.create(connection)
    asked: list[str | None] = []

    def include(item: Any, name: str | None, *_: Any) -> bool:
        asked.append(name)
        return True

    context = MigrationContext.configure(connection, opts={"include_object": include})
    assert compare(context, table.metadata).operations == ()
    assert {"item", "id", "code"} <= set(asked)
