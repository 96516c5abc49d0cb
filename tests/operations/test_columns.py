"""Columns: added with what belongs to them, guarded, placed, dropped and altered."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from flask_schemaver.errors import CommandError

from .live import Database


@pytest.fixture
def table(database: Database) -> Database:
    """Two tables with a row each."""
    op = database.op
    op.create_table("parent", sa.Column("id", sa.Integer, primary_key=True))
    op.create_table(
        "t",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("name", sa.String(20)),
    )
    op.execute("INSERT INTO t (id, name) VALUES (1, 'a')")
    return database


def test_a_column_brings_its_keys_and_its_index_along(table: Database) -> None:
    """Foreign key, UNIQUE and index of a new column are made too."""
    table.op.add_column(
        "t",
        sa.Column(
            "p", sa.Integer, sa.ForeignKey("parent.id", name="fk_p"), unique=True, index=True
        ),
    )
    assert [k["referred_table"] for k in table.seen.get_foreign_keys("t")] == ["parent"]
    indexes = {i["name"]: i for i in table.seen.get_indexes("t")}
    assert indexes["ix_t_p"]["unique"]


def test_a_unique_column_with_an_index_in_a_batch_has_both(table: Database) -> None:
    """A rebuild makes the index of a new column, too."""
    with table.op.batch_alter_table("t") as batch_op:
        batch_op.add_column(sa.Column("a", sa.Integer, index=True))
        batch_op.create_check_constraint("ck", "a > 0")
    assert "ix_t_a" in {i["name"] for i in table.seen.get_indexes("t")}
    assert table.rows("SELECT id, name FROM t") == [(1, "a")]


def test_an_inline_reference_keeps_its_name(table: Database) -> None:
    """`inline_references` writes the key into the column's own definition."""
    key = sa.ForeignKey("parent.id", name="fk_p", ondelete="CASCADE")
    table.op.add_column("t", sa.Column("p", sa.Integer, key), inline_references=True)
    (found,) = table.seen.get_foreign_keys("t")
    assert found["referred_table"] == "parent"
    if table.name == "sqlite":
        assert "CONSTRAINT fk_p REFERENCES parent (id) ON DELETE CASCADE" in table.sql("t")
    table.op.drop_constraint("fk_p", "t", type_="foreignkey")
    assert table.seen.get_foreign_keys("t") == []


def test_an_inline_primary_key_makes_the_column_the_key(database: Database) -> None:
    """`inline_primary_key` gives a table without a key one."""
    database.op.create_table("bare", sa.Column("name", sa.String(5)))
    database.op.add_column(
        "bare", sa.Column("id", sa.Integer, primary_key=True), inline_primary_key=True
    )
    assert database.seen.get_pk_constraint("bare")["constrained_columns"] == ["id"]


def test_the_check_of_a_type_comes_with_the_column(table: Database) -> None:
    """A Boolean with `create_constraint`, where booleans are numbers, takes 0 and 1 only."""
    enum = sa.Enum("a", "b", name="ck_letter", native_enum=False, create_constraint=True)
    table.op.add_column("t", sa.Column("letter", enum))
    assert [c["name"] for c in table.seen.get_check_constraints("t")] == ["ck_letter"]


def test_a_new_type_exchanges_the_check_of_the_old_one(table: Database) -> None:
    """With `existing_type` and `type_`, the CHECK of the old type goes and the new one's comes."""
    old = sa.Enum("a", "b", name="ck_old", native_enum=False, create_constraint=True)
    new = sa.Enum("a", "c", name="ck_new", native_enum=False, create_constraint=True)
    table.op.add_column("t", sa.Column("letter", old))
    table.op.alter_column("t", "letter", existing_type=old, type_=new)
    assert [c["name"] for c in table.seen.get_check_constraints("t")] == ["ck_new"]


def test_what_is_there_is_not_added_again(table: Database) -> None:
    """`if_not_exists` leaves the column as it is, its values and its keys too."""
    before = table.columns("t")
    for column in (
        sa.Column("name", sa.Text, unique=True),
        sa.Column("name", sa.Text, server_default="other"),
    ):
        table.op.add_column("t", column, if_not_exists=True)
    with table.op.batch_alter_table("t") as batch_op:
        batch_op.add_column(sa.Column("name", sa.Text, server_default="x"), if_not_exists=True)
        batch_op.create_check_constraint("ck", "id > 0")
    assert str(table.columns("t")) == str(before)
    assert table.rows("SELECT id, name FROM t") == [(1, "a")]


def test_what_is_not_there_is_not_dropped(table: Database) -> None:
    """`if_exists` of columns, constraints, indexes and tables."""
    op = table.op
    op.drop_column("t", "absent", if_exists=True)
    op.drop_constraint("absent", "t", if_exists=True)
    op.drop_constraint("absent", "t", type_="unique", if_exists=True)
    op.drop_index("absent", "t", if_exists=True)
    op.drop_table("absent", if_exists=True)
    with op.batch_alter_table("t") as batch_op:
        batch_op.drop_column("absent", if_exists=True)
        batch_op.drop_constraint("absent", if_exists=True)
        batch_op.drop_index("absent", if_exists=True)
    assert table.rows("SELECT id, name FROM t") == [(1, "a")]


def test_what_is_there_is_dropped_with_a_guard_too(table: Database) -> None:
    """`if_exists` drops what exists."""
    op = table.op
    op.create_unique_constraint("uq", "t", ["name"])
    op.drop_constraint("uq", "t", if_exists=True)
    op.drop_column("t", "name", if_exists=True)
    assert list(table.columns("t")) == ["id"]
    assert table.seen.get_unique_constraints("t") == []


def test_using_needs_a_type(table: Database) -> None:
    """`postgresql_using` without `type_` says nothing, and is told."""
    with pytest.raises(CommandError, match="postgresql_using"):
        table.op.alter_column("t", "name", postgresql_using="name::int")


@pytest.mark.databases("postgresql")
def test_identity_comes_changes_and_goes(table: Database) -> None:
    """A column becomes an identity, counts otherwise, and is plain again."""
    op = table.op
    op.add_column("t", sa.Column("n", sa.Integer, server_default=sa.Identity(), nullable=False))
    first, second = sa.Identity(), sa.Identity(always=True, increment=5)
    op.alter_column("t", "n", server_default=second, existing_server_default=first)
    identity = table.columns("t")["n"].get("identity")
    assert identity is not None
    assert (identity["always"], identity["increment"]) == (True, 5)
    op.alter_column("t", "n", server_default=None, existing_server_default=second)
    assert not table.columns("t")["n"].get("identity")
    op.alter_column("t", "n", server_default=first)
    assert table.columns("t")["n"].get("identity")


@pytest.mark.databases("postgresql")
def test_a_computed_column_becomes_a_plain_one(table: Database) -> None:
    """DROP EXPRESSION keeps the values."""
    computed = sa.Computed("id * 2", persisted=True)
    table.op.add_column("t", sa.Column("double", sa.Integer, computed))
    table.op.alter_column("t", "double", server_default=None, existing_server_default=computed)
    assert table.rows("SELECT double FROM t") == [(2,)]
    table.op.execute("UPDATE t SET double = 7")


def test_what_the_database_cannot_generate_is_told(table: Database) -> None:
    """A column that cannot become computed: the error says what to do instead."""
    with pytest.raises(CommandError, match="cannot be changed") as caught:
        table.op.alter_column("t", "name", server_default=sa.Computed("id"))
    assert "op.add_column()" in str(caught.value.hint)


@pytest.mark.databases("sqlite")
def test_a_plain_column_is_dropped_by_alter_table(table: Database) -> None:
    """Where nothing else names the column, the table is not copied."""
    table.op.add_column("t", sa.Column("n", sa.Integer))
    number = table.rows("SELECT rootpage FROM sqlite_master WHERE name = 't'")
    table.op.drop_column("t", "n")
    assert table.rows("SELECT rootpage FROM sqlite_master WHERE name = 't'") == number
    assert list(table.columns("t")) == ["id", "name"]


@pytest.mark.databases("sqlite")
@pytest.mark.parametrize(
    "made",
    [
        "CREATE INDEX i ON t (n)",
        "CREATE INDEX i ON t (name) WHERE n > 1",
        "CREATE UNIQUE INDEX i ON t (lower(n))",
    ],
)
def test_a_column_in_an_index_is_dropped_with_it(table: Database, made: str) -> None:
    """DROP COLUMN of SQLite would refuse; a rebuild does it."""
    table.op.add_column("t", sa.Column("n", sa.Integer))
    table.op.execute(made)
    table.op.drop_column("t", "n")
    assert list(table.columns("t")) == ["id", "name"]
    assert table.rows("SELECT id, name FROM t") == [(1, "a")]


def test_not_null_is_enforced_after_the_change(table: Database) -> None:
    """nullable=False is what the database then demands."""
    table.op.alter_column("t", "name", nullable=False, existing_type=sa.String(20))
    with pytest.raises(IntegrityError):
        table.op.execute("INSERT INTO t (id) VALUES (2)")


@pytest.mark.databases("sqlite", "mariadb")
def test_the_check_of_a_new_type_is_added(database: Database) -> None:
    """A type that brings a CHECK along does so without `existing_type`, and not twice."""
    database.op.execute("CREATE TABLE t (a BOOLEAN NOT NULL)")
    told = {"existing_server_default": None, "existing_nullable": False}
    for _ in range(1 if database.name == "mysql" else 2):
        with database.op.batch_alter_table("t") as batch_op:
            batch_op.alter_column("a", type_=sa.Boolean(create_constraint=True), **told)
    database.op.execute("INSERT INTO t VALUES (1)")
    with pytest.raises(sa.exc.DBAPIError):
        database.op.execute("INSERT INTO t VALUES (2)")
    checks = sa.inspect(database.op.get_bind()).get_check_constraints("t")
    assert len(checks) == 1
