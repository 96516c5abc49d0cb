"""What looks like a rename, what was said of it, and what follows it: without a database."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa

from flask_schemaver.dialects.base import Dialect, plain_dialect
from flask_schemaver.dialects.names import names_in, with_other_name
from flask_schemaver.errors import UnknownRename
from flask_schemaver.kinds import KINDS
from flask_schemaver.schema.following import Renaming, followed
from flask_schemaver.schema.model import Schema
from flask_schemaver.schema.rename import candidates, hinted, in_order, rest, told
from flask_schemaver.schema.sources import declare

DIALECT: Dialect = plain_dialect()


def schema(*columns: Any, name: str = "users", **more: Any) -> Schema:
    metadata = sa.MetaData()
    key = sa.Column("id", sa.Integer, primary_key=True)
    table = sa.Table(name, metadata, key, *columns, **more)
    return declare([table], KINDS, DIALECT)


def text(name: str, length: int = 40, **more: Any) -> sa.Column[Any]:
    return sa.Column(name, sa.String(length), **more)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (text("name"), text("full_name")),
        (text("name"), text("full_name", nullable=False)),
        (text("name"), text("full_name", 80)),
        (text("a"), text("b")),
        (sa.Column("n", sa.Integer), sa.Column("count", sa.BigInteger)),
    ],
)
def test_columns_that_are_alike(before: Any, after: Any) -> None:
    """Values pass from one to the other, and most else agrees."""
    (found,) = candidates(schema(before), schema(after), "column")
    assert (found.old, found.new) == (f"users.{before.name}", after.name)
    assert found.flag == f"--rename users.{before.name}:{after.name}"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (text("name"), sa.Column("age", sa.Integer)),
        (sa.Column("on", sa.Date), sa.Column("at", sa.Boolean)),
        (sa.Column("n", sa.Integer), sa.Column("m", sa.Integer, sa.Computed("id + 1"))),
        (
            sa.Column("age", sa.Integer, index=True),
            sa.Column("zip", sa.BigInteger, nullable=False, server_default="1"),
        ),
    ],
)
def test_columns_that_are_not(before: Any, after: Any) -> None:
    """Other values, another way to come by them, or nothing else in common."""
    assert candidates(schema(before), schema(after), "column") == []


def test_the_likeliest_comes_first() -> None:
    """The nearest name counts where all else is the same; one answer closes other questions."""
    before = schema(text("name"), text("street"))
    after = schema(text("full_name"), text("street_name"))
    found = candidates(before, after, "column")
    assert (found[0].old, found[0].new) in {
        ("users.name", "full_name"),
        ("users.street", "street_name"),
    }
    assert len(found) == 4
    (left,) = rest(found, found[0])
    assert left.new != found[0].new
    assert "a similar name" in found[0].reasons


def test_tables_that_share_their_columns() -> None:
    """Three quarters of them are enough, one is not."""
    before = schema(text("name"), text("mail"), text("street"))
    most = schema(text("name"), text("mail"), text("town"), name="people")
    (found,) = candidates(before, most, "table")
    assert found.describe().startswith("table 'users' -> 'people' (3 of 4 columns the same")
    few = schema(text("title"), text("isbn"), name="books")
    assert candidates(before, few, "table") == []
    assert candidates(schema(), schema(name="other"), "table") == []


def test_hints_of_models() -> None:
    """They count while the old name is the database's alone."""
    hint = {"info": {"renamed_from": "name"}}
    after = schema(text("full_name", **hint))
    assert hinted(after, schema(text("name")), "column") == [
        Renaming(None, "users", "name", "full_name")
    ]
    assert hinted(after, schema(text("full_name")), "column") == []
    assert hinted(after, schema(text("name"), text("full_name")), "column") == []
    assert hinted(after, schema(), "column") == []


def test_texts_of_renamings() -> None:
    """Columns by table and name, tables by name, either with a schema."""
    before, after = schema(text("name")), schema(text("full_name"), name="people")
    texts = ["users:people", "users.name:full_name", "people.name:full_name"]
    assert told(texts, after, before) == [
        Renaming(None, "users", None, "people"),
        Renaming(None, "users", "name", "full_name"),
        Renaming(None, "people", "name", "full_name"),
    ]
    before, after = schema(text("a"), schema="app"), schema(text("b"), schema="app")
    assert told(["app.users.a:b"], after, before) == [Renaming("app", "users", "a", "b")]
    for wrong in ("users", ":", "a.b.c.d:e", "nothing:people", "app.users.a:c"):
        with pytest.raises(UnknownRename):
            told([wrong], after, before)


def test_names_that_move_on_are_put_in_order() -> None:
    """What leaves a name comes before what takes it; a ring cannot be made."""
    first, second = Renaming(None, "t", "a", "b"), Renaming(None, "t", "b", "c")
    assert in_order([first, second]) == [second, first]
    with pytest.raises(UnknownRename, match="ring"):
        in_order([first, Renaming(None, "t", "b", "a")])


def test_what_mentions_a_column_follows_it() -> None:
    """Keys, checks, computed columns and indexes on it."""

    def made(name: str) -> Schema:
        return schema(
            sa.Column(name, sa.Integer),
            sa.Column("twice", sa.Integer, sa.Computed(f"{name} * 2")),
            sa.CheckConstraint(f"{name} > 0", name="ck"),
            sa.UniqueConstraint(name, name="uq"),
            sa.ForeignKeyConstraint([name], [f"users.{name}"], name="fk"),
            sa.Index("ix", name, sa.text("abs(twice)")),
        )

    renaming = Renaming(None, "users", "n", "number")
    assert dict(followed(made("n"), renaming, DIALECT)) == dict(made("number"))


def test_what_belongs_to_a_table_follows_it() -> None:
    """Its parts, and keys of other tables that lead to it."""

    def made(name: str) -> Schema:
        metadata = sa.MetaData()
        sa.Table(name, metadata, sa.Column("id", sa.Integer, primary_key=True))
        sa.Table("posts", metadata, sa.Column("who", sa.ForeignKey(f"{name}.id", name="fk")))
        return declare(metadata.tables.values(), KINDS, DIALECT)

    renaming = Renaming(None, "users", None, "people")
    assert dict(followed(made("users"), renaming, DIALECT)) == dict(made("people"))


@pytest.mark.parametrize(
    ("sql", "renamed"),
    [
        ("name <> 'name'", "full_name <> 'name'"),
        ("(name)::name = name(name)", "(full_name)::name = name(full_name)"),
        ('"name" = `name`', '"full_name" = `full_name`'),
        ("surname || name2 || NAME", "surname || name2 || full_name"),
        ("'it''s name' = name", "'it''s name' = full_name"),
    ],
)
def test_a_name_inside_a_text(sql: str, renamed: str) -> None:
    """Strings, types, functions and longer names stay."""
    assert with_other_name(sql, "name", "full_name", DIALECT.quote) == renamed


def test_the_order_of_an_index_is_no_column() -> None:
    """A column may be called as the order is, in quotes."""
    sql = "(`desc` DESC, name ASC)"
    assert with_other_name(sql, "desc", "age", DIALECT.quote) == "(`age` DESC, name ASC)"


def test_names_in_a_text() -> None:
    """What an expression mentions, whatever its case."""
    assert names_in("lower(Name) = 'age' AND \"Mail\"::text > 1") >= {"name", "mail"}
    assert "age" not in names_in("'age'")
