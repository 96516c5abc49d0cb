"""What stands beside tables: enumerated types, sequences, schemas, extensions; EXCLUDE; indexes."""

from __future__ import annotations

import asyncio
import logging
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as postgresql_dialect
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine

from flask_schemaver.dialects.base import dialect_for
from flask_schemaver.errors import CommandError
from flask_schemaver.operations import ops
from flask_schemaver.operations.facade import Operations
from flask_schemaver.runtime.migration import MigrationContext

from .live import Database

postgresql = pytest.mark.databases("postgresql")

VALUES = """
    SELECT e.enumlabel FROM pg_enum e JOIN pg_type t ON t.oid = e.enumtypid
    WHERE t.typname = 'mood' ORDER BY e.enumsortorder
"""


@postgresql
def test_values_of_a_type_are_added_and_renamed(database: Database) -> None:
    """A value goes before or after another, or last; rows follow a renaming."""
    op = database.op
    op.create_enum("mood", ["ok", "it's"])
    op.create_table("t", sa.Column("m", sa.Enum("ok", name="mood", create_type=False)))
    op.execute("INSERT INTO t VALUES ('ok')")
    op.add_enum_value("mood", "sad", before="ok")
    op.add_enum_value("mood", "glad", after="ok")
    op.add_enum_value("mood", "last")
    op.add_enum_value("mood", "last", if_not_exists=True)
    op.rename_enum_value("mood", "ok", "fine")
    assert [row[0] for row in database.rows(VALUES)] == ["sad", "fine", "glad", "it's", "last"]
    assert database.rows("SELECT m::text FROM t") == [("fine",)]
    op.drop_table("t")
    op.drop_enum("mood")
    assert database.rows(VALUES) == []


@postgresql
def test_a_new_value_is_used_after_an_autocommit_block(database: Database) -> None:
    """In the block the value is committed, so that the revision itself can use it."""
    op = database.op
    op.create_enum("mood", ["ok"])
    op.create_table("t", sa.Column("m", sa.Enum("ok", name="mood", create_type=False)))
    with op.get_context().autocommit_block():
        op.add_enum_value("mood", "sad")
    op.execute("INSERT INTO t VALUES ('sad')")
    assert database.rows("SELECT m::text FROM t") == [("sad",)]


def test_a_value_cannot_be_before_and_after(database: Database) -> None:
    """One of the two, not both."""
    with pytest.raises(CommandError, match="both"):
        database.op.add_enum_value("mood", "x", before="a", after="b")


@pytest.mark.databases("sqlite")
def test_where_there_are_none_nothing_happens(database: Database) -> None:
    """Types, sequences, schemas and extensions are left out on SQLite."""
    op = database.op
    op.create_enum("mood", ["ok"])
    op.add_enum_value("mood", "sad")
    op.rename_enum_value("mood", "sad", "bad")
    op.create_sequence("numbers", if_not_exists=True)
    op.drop_sequence("numbers", if_exists=True)
    op.create_schema("extra", if_not_exists=True)
    op.drop_schema("extra", if_exists=True, cascade=True)
    op.create_extension("btree_gist")
    op.drop_extension("btree_gist")
    assert database.rows("SELECT name FROM sqlite_master") == []


@postgresql
def test_a_sequence_counts_as_it_was_told(database: Database) -> None:
    """start and increment; and it goes again."""
    op = database.op
    made = ops.CreateSequenceOp.call("numbers", start=10, increment=5)
    op.invoke(made)
    op.create_sequence("numbers", if_not_exists=True)
    assert database.rows("SELECT nextval('numbers'), nextval('numbers')") == [(10, 15)]
    op.invoke(made.reverse())
    op.drop_sequence("numbers", if_exists=True)
    assert not database.seen.has_sequence("numbers")


@postgresql
def test_a_schema_is_made_and_dropped_with_what_is_in_it(database: Database) -> None:
    """`cascade` takes the tables along."""
    op = database.op
    op.create_schema("Extra One")
    op.create_schema("Extra One", if_not_exists=True)
    op.create_table("t", sa.Column("id", sa.Integer, primary_key=True), schema="Extra One")
    op.drop_schema("Extra One", cascade=True)
    op.drop_schema("Extra One", if_exists=True)
    assert "Extra One" not in database.seen.get_schema_names()


def written(dialect_name: str, *operations: ops.MigrateOperation) -> list[str]:
    """The statements of operations on a database that is not there."""
    context = MigrationContext.configure(dialect_name=dialect_name, opts={"as_sql": True})
    made = [s for operation in operations for s in operation.statements(context.spelling)]
    return [" ".join(str(statement).split()) for statement in made]


def test_an_extension_is_installed_with_all_that_was_said() -> None:
    """Schema, version and what it needs."""
    made = ops.CreateExtensionOp("uuid-ossp", schema="x", version="1.1", cascade=True)
    assert written("postgresql", made, made.reverse()) == [
        """CREATE EXTENSION IF NOT EXISTS "uuid-ossp" SCHEMA x VERSION '1.1' CASCADE""",
        'DROP EXTENSION IF EXISTS "uuid-ossp"',
    ]


@postgresql
def test_an_exclude_constraint_keeps_rows_apart(database: Database) -> None:
    """Of the rows that `where` picks, no two overlap."""
    op = database.op
    op.create_table("t", sa.Column("r", postgresql_dialect.INT4RANGE), sa.Column("on", sa.Integer))
    op.create_exclude_constraint("ex", "t", ("r", "&&"), using="gist", where='"on" = 1')
    op.execute("INSERT INTO t VALUES ('[1,5]', 1), ('[1,5]', 0)")
    nested = database.connection.begin_nested()
    with pytest.raises(IntegrityError, match="ex"):
        op.execute("INSERT INTO t VALUES ('[2,3]', 1)")
    nested.rollback()
    with op.batch_alter_table("t") as batch_op:
        batch_op.drop_constraint("ex", type_="exclude")
        batch_op.create_exclude_constraint("ex2", (sa.column("on"), "="), using="btree")
    op.drop_constraint("ex2", "t")


@pytest.mark.databases("sqlite")
def test_where_there_are_no_exclude_constraints_it_is_told(database: Database) -> None:
    """A constraint is not left out silently."""
    with pytest.raises(CommandError, match="no such constraints"):
        database.op.create_exclude_constraint("ex", "t", ("r", "&&"))


@postgresql
def test_an_index_is_made_concurrently_by_itself(
    database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    """What was done before is committed, which the log says with advice."""
    caplog.set_level(logging.WARNING)
    op = database.op
    op.create_table("t", sa.Column("a", sa.Integer))
    op.create_index("i", "t", ["a"], postgresql_concurrently=True)
    assert "a revision of its own" in caplog.text
    caplog.clear()
    with op.get_context().autocommit_block():
        op.drop_index("i", "t", postgresql_concurrently=True)
    assert caplog.text == ""
    assert database.seen.get_indexes("t") == []


@postgresql
def test_an_index_that_was_left_unfinished_is_made_anew(database: Database) -> None:
    """A failed concurrent build leaves an invalid index; the next attempt replaces it."""
    op = database.op
    op.create_table("t", sa.Column("a", sa.Integer))
    op.execute("INSERT INTO t VALUES (1), (1)")
    with pytest.raises(IntegrityError), op.get_context().autocommit_block():
        op.create_index("i", "t", ["a"], unique=True, postgresql_concurrently=True)
    valid = "SELECT indisvalid FROM pg_index WHERE indexrelid = 'i'::regclass"
    assert database.rows(valid) == [(False,)]
    op.execute("DELETE FROM t")
    options = {"unique": True, "if_not_exists": True, "postgresql_concurrently": True}
    op.create_index("i", "t", ["a"], **options)
    assert database.rows(valid) == [(True,)]


@postgresql
def test_an_index_keeps_the_options_of_the_database(database: Database) -> None:
    """where, using, include, with and ops; and expressions."""
    op = database.op
    op.create_table(
        "t", sa.Column("a", sa.Integer), sa.Column("b", sa.Text), sa.Column("c", sa.Text)
    )
    op.create_index(
        "i",
        "t",
        ["b", sa.text("lower(c)")],
        unique=True,
        postgresql_where=sa.text("a > 1"),
        postgresql_using="btree",
        postgresql_include=["a"],
        postgresql_with={"fillfactor": 50},
        postgresql_ops={"b": "text_pattern_ops"},
        postgresql_nulls_not_distinct=True,
    )
    ((text,),) = database.rows("SELECT indexdef FROM pg_indexes WHERE indexname = 'i'")
    assert text == (
        "CREATE UNIQUE INDEX i ON public.t USING btree (b text_pattern_ops, lower(c)) "
        "INCLUDE (a) NULLS NOT DISTINCT WITH (fillfactor='50') WHERE (a > 1)"
    )


def test_the_name_of_an_index_can_be_quoted(database: Database) -> None:
    """`quote=True` quotes what needs no quoting."""
    operation = ops.CreateIndexOp("plain", "t", ["a"], quote=True)
    assert written(database.name, operation) == ['CREATE INDEX "plain" ON t (a)']


def test_a_text_is_sent_as_it_is_written(database: Database) -> None:
    """Colons and percent signs mean themselves; the backslash of `sa.text()` is taken off."""
    op = database.op
    op.create_table("t", sa.Column("s", sa.Text))
    op.execute("INSERT INTO t VALUES (':x 100% %s %(n)s')")
    op.execute(r"INSERT INTO t VALUES ('a\:b')")
    op.execute("INSERT INTO t VALUES ('c:d')", execution_options={"note": 1})
    bound = sa.text("INSERT INTO t VALUES (:s)").bindparams(s="given")
    op.execute(bound)
    found = {row[0] for row in database.rows("SELECT s FROM t")}
    assert found == {":x 100% %s %(n)s", "a:b", "c:d", "given"}


def test_rows_are_inserted(database: Database) -> None:
    """Into the table that create_table returns, with literals one by one, and none at all."""
    op = database.op
    table = op.create_table(
        "t", sa.Column("id", sa.Integer, primary_key=True), sa.Column("d", sa.Date)
    )
    op.bulk_insert(table, [])
    op.bulk_insert(table, [{"id": n} for n in range(2000)])
    op.bulk_insert(table, [{"id": op.inline_literal(5000), "d": None}], multiinsert=False)
    assert database.rows("SELECT count(*), max(id) FROM t") == [(2001, 5000)]
    for wrong in ({"id": 1}, [(1,)]):
        with pytest.raises(CommandError, match="list of dictionaries"):
            op.bulk_insert(table, wrong)  # type: ignore[arg-type]


def test_a_row_for_another_table_is_told(database: Database) -> None:
    """A value without a column names both, and the columns there are."""
    table = database.op.create_table("t", sa.Column("id", sa.Integer))
    with pytest.raises(CommandError, match="'name', which is no column") as caught:
        database.op.bulk_insert(table, [{"id": 1, "name": "a"}])
    assert caught.value.hint == "It has: 'id'."


def test_rows_are_written_without_types() -> None:
    """A table of bare names takes the types of the values."""
    table = sa.table("t", sa.column("a"), sa.column("s"))
    operation = ops.BulkInsertOp(table, [{"a": 1, "s": "it's"}, {"a": None, "s": None}])
    (statement,) = operation.statements(dialect_for(postgresql_dialect.dialect()))
    text = statement.compile(compile_kwargs={"literal_binds": True})  # type: ignore[union-attr]
    assert str(text) == "INSERT INTO t (a, s) VALUES (1, 'it''s'), (NULL, NULL)"


CONVENTION = {
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "uq": "uq_%(table_name)s_%(column_0_name)s",
}


def test_the_convention_of_the_metadata_names_constraints(engine: sa.Engine) -> None:
    """Unnamed ones are named, given names complete the convention, and op.f() stops it."""
    metadata = sa.MetaData(naming_convention=CONVENTION)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"target_metadata": metadata})
        op = Operations(context)
        op.create_table("t", sa.Column("a", sa.Integer), sa.Column("b", sa.Integer))
        op.create_check_constraint("plain", "t", "a > 0")
        op.create_check_constraint(op.f("final"), "t", "a < 9")
        op.create_unique_constraint(None, "t", ["b"])
        inspector = sa.inspect(connection)
        checks = {c["name"] for c in inspector.get_check_constraints("t")}
        assert checks == {"ck_t_plain", "final"}
        assert [c["name"] for c in inspector.get_unique_constraints("t")] == ["uq_t_b"]
        op.drop_constraint("plain", "t", type_="check")
        op.drop_constraint("final", "t")
        op.drop_constraint("uq_t_b", "t", type_="unique")
        inspector = sa.inspect(connection)
        assert inspector.get_check_constraints("t") == []
        assert inspector.get_unique_constraints("t") == []
        connection.rollback()


def test_a_constraint_is_of_a_known_type(database: Database) -> None:
    """Another word for the type is told, with the words that are known."""
    database.op.create_table("t", sa.Column("a", sa.Integer))
    with pytest.raises(CommandError, match="'fk'") as caught:
        database.op.drop_constraint("x", "t", type_="fk")
    assert "'foreignkey'" in str(caught.value.hint)


def test_a_constraint_without_a_name_is_not_dropped_by_chance(database: Database) -> None:
    """None is no name: not even that of a constraint which has none."""
    database.op.create_table("t", sa.Column("a", sa.Integer, primary_key=True))
    with pytest.raises(CommandError, match="has no name"):
        database.op.drop_constraint(None, "t")  # type: ignore[arg-type]
    with (
        pytest.raises(CommandError, match="has no name"),
        database.op.batch_alter_table("t") as batch_op,
    ):
        batch_op.drop_constraint(None, type_="primary")
    assert database.seen.get_pk_constraint("t")["constrained_columns"] == ["a"]


@pytest.mark.databases("sqlite")
def test_a_constraint_on_no_column_names_it(database: Database) -> None:
    """Before the rebuild begins, the error names table and column."""
    database.op.create_table("t", sa.Column("a", sa.Integer))
    for operation in (
        ops.CreateUniqueConstraintOp("uq", "t", ["b"]),
        ops.CreatePrimaryKeyOp("pk", "t", ["b"]),
        ops.CreateForeignKeyOp("fk", "t", "u", ["b"], ["id"]),
    ):
        with pytest.raises(CommandError, match="Table 't' has no column 'b'"):
            database.op.invoke(operation)


def run_on_async_engine(url: str, function: Any) -> Any:
    async def main() -> Any:
        engine = create_async_engine(url)
        async with engine.connect() as connection:
            found = await connection.run_sync(function)
        await engine.dispose()
        return found

    return asyncio.run(main())


def test_an_async_function_shares_the_transaction(tmp_path: Any) -> None:
    """`run_async` hands over an AsyncConnection on the migration's own connection."""

    async def insert(connection: AsyncConnection, number: int, *, more: int) -> int:
        await connection.execute(sa.text("INSERT INTO t VALUES (:n)"), {"n": number + more})
        found = await connection.execute(sa.text("SELECT sum(n) FROM t"))
        return int(found.scalar_one())

    def migrate(connection: sa.Connection) -> int:
        op = Operations(MigrationContext.configure(connection))
        op.create_table("t", sa.Column("n", sa.Integer))
        return op.run_async(insert, 1, more=2)

    assert run_on_async_engine(f"sqlite+aiosqlite:///{tmp_path / 'a.db'}", migrate) == 3


def test_a_sync_engine_cannot_await(database: Database) -> None:
    """The error is a ValueError, and says which engine is needed."""

    async def nothing(connection: AsyncConnection) -> None:
        """Not reached."""

    with pytest.raises(ValueError, match="sync engine"):
        database.op.run_async(nothing)
