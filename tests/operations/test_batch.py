"""`batch_alter_table`: what its arguments mean, and what happens in its block."""

from __future__ import annotations

import io
import logging

import pytest
import sqlalchemy as sa

from flask_schemaver.errors import CommandError
from flask_schemaver.operations import ops
from flask_schemaver.operations.facade import Operations
from flask_schemaver.runtime.migration import MigrationContext

from .live import Database

sqlite = pytest.mark.databases("sqlite")


@pytest.fixture
def table(database: Database) -> Database:
    """A table whose constraints have no names."""
    database.op.execute(
        "CREATE TABLE t (id INTEGER PRIMARY KEY, a INTEGER, b VARCHAR(5) UNIQUE, "
        "c INTEGER CHECK (c > 0))"
    )
    database.op.execute("INSERT INTO t (id, a, b, c) VALUES (1, 2, 'x', 3)")
    return database


@sqlite
def test_a_column_is_put_before_or_after_another(table: Database) -> None:
    """`insert_before` and `insert_after` hold where the table is rebuilt."""
    with table.op.batch_alter_table("t") as batch_op:
        batch_op.add_column(sa.Column("first", sa.Integer), insert_before="id")
        batch_op.add_column(sa.Column("mid", sa.Integer, server_default="7"), insert_after="a")
    assert list(table.columns("t")) == ["first", "id", "a", "mid", "b", "c"]
    assert table.rows("SELECT id, a, mid, b, c FROM t") == [(1, 2, 7, "x", 3)]


@pytest.mark.databases("postgresql")
def test_where_columns_are_only_added_at_the_end_the_place_is_told(
    table: Database, caplog: pytest.LogCaptureFixture
) -> None:
    """PostgreSQL has no place for a new column but the last; the log says so."""
    with table.op.batch_alter_table("t") as batch_op:
        batch_op.add_column(sa.Column("n", sa.Integer), insert_after="a")
    assert list(table.columns("t")) == ["id", "a", "b", "c", "n"]
    assert "recreate='always' puts it there" in caplog.text


@sqlite
def test_arguments_may_be_keywords(table: Database) -> None:
    """Names of constraints and indexes are given by keyword just as well."""
    with table.op.batch_alter_table(table_name="t") as batch_op:
        batch_op.create_index(index_name="ix_a", columns=["a"])
        batch_op.create_unique_constraint(constraint_name="uq_a", columns=["a"])
        batch_op.create_check_constraint(constraint_name="ck_a", condition="a > 0")
    assert table.rows("SELECT name FROM pragma_index_list('t') WHERE name = 'ix_a'") == [("ix_a",)]
    with table.op.batch_alter_table("t") as batch_op:
        batch_op.drop_constraint(constraint_name="uq_a", type_="unique")
        batch_op.drop_constraint(constraint_name="ck_a")
    assert "uq_a" not in table.rows("SELECT sql FROM sqlite_master WHERE name = 't'")[0][0]


@sqlite
def test_a_new_primary_key_in_the_place_of_the_old(table: Database) -> None:
    """Where the column of the key goes, a new one that is declared as the key is it."""
    with table.op.batch_alter_table("t") as batch_op:
        batch_op.drop_column("id")
        batch_op.add_column(sa.Column("number", sa.Integer, primary_key=True))
    key = "SELECT name FROM pragma_table_info('t') WHERE pk"
    assert table.rows(key) == [("number",)]
    assert table.rows("SELECT a, number FROM t") == [(2, 1)]
    with table.op.batch_alter_table("t") as batch_op:
        batch_op.add_column(sa.Column("n", sa.Integer, primary_key=True, server_default="7"))
    assert table.rows(key) == [("number",)]


@sqlite
def test_columns_are_reordered(table: Database) -> None:
    """`partial_reordering` moves columns and leaves the others where they are."""
    with table.op.batch_alter_table("t", partial_reordering=[("c", "a"), ("id", "c")]):
        pass
    assert list(table.columns("t")) == ["id", "b", "c", "a"]
    assert table.rows("SELECT id, a, b, c FROM t") == [(1, 2, "x", 3)]


@sqlite
@pytest.mark.parametrize("order", [[("a", "b"), ("b", "a")], [("a", "nothing")]])
def test_an_order_that_is_none_is_told(table: Database, order: list[tuple[str, ...]]) -> None:
    """A contradiction, or a column that is not there."""
    with (
        pytest.raises(CommandError, match="partial_reordering"),
        table.op.batch_alter_table("t", partial_reordering=order),
    ):
        pass


@sqlite
def test_table_args_add_what_is_not_there_yet(table: Database) -> None:
    """A CHECK that is repeated for Alembic's sake is not there twice."""
    arguments = (sa.CheckConstraint("c > 0"), sa.UniqueConstraint("a", name="uq_a"))
    with table.op.batch_alter_table("t", table_args=arguments) as batch_op:
        batch_op.alter_column("a", nullable=False)
    assert table.sql("t").count("CHECK") == 1
    assert "b VARCHAR(5) UNIQUE" in table.sql("t")
    assert "CONSTRAINT uq_a UNIQUE (a)" in table.sql("t")


@sqlite
def test_table_kwargs_change_the_kind_of_table(table: Database) -> None:
    """AUTOINCREMENT and STRICT."""
    table.op.execute("CREATE TABLE u (id INTEGER, n TEXT, CONSTRAINT k PRIMARY KEY (id))")
    options = {"sqlite_autoincrement": True, "sqlite_strict": True}
    with table.op.batch_alter_table("u", table_kwargs=options) as batch_op:
        batch_op.alter_column("n", nullable=False)
    assert 'CONSTRAINT "k" PRIMARY KEY AUTOINCREMENT' in table.sql("u")
    assert table.sql("u").endswith("STRICT")


@sqlite
def test_an_unnamed_constraint_is_dropped_by_its_conventional_name(table: Database) -> None:
    """`naming_convention` gives names to what has none."""
    convention = {"uq": "uq_%(table_name)s_%(column_0_name)s"}
    with table.op.batch_alter_table("t", naming_convention=convention) as batch_op:
        batch_op.drop_constraint("uq_t_b", type_="unique")
    assert table.seen.get_unique_constraints("t") == []


def drop_and_fail(table: Database) -> None:
    with table.op.batch_alter_table("t") as batch_op:
        batch_op.drop_column("a")
        raise ZeroDivisionError


def test_an_error_inside_the_block_leaves_everything_as_it_was(
    table: Database, caplog: pytest.LogCaptureFixture
) -> None:
    """Nothing of the block is run, and the log says what."""
    caplog.set_level(logging.WARNING)
    with pytest.raises(ZeroDivisionError):
        drop_and_fail(table)
    assert list(table.columns("t")) == ["id", "a", "b", "c"]
    assert "none of its 1 changes was made: drop column 't.a'" in caplog.text


def test_a_statement_runs_in_its_place(table: Database) -> None:
    """`execute` sees what stands before it in the block."""
    with table.op.batch_alter_table("t") as batch_op:
        batch_op.add_column(sa.Column("n", sa.Integer))
        batch_op.execute("UPDATE t SET n = a * 10")
        batch_op.alter_column("n", nullable=False, existing_type=sa.Integer())
    assert table.rows("SELECT n FROM t") == [(20,)]


def test_an_operation_object_is_taken_into_the_batch(table: Database) -> None:
    """`batch_op.invoke` queues it."""
    with table.op.batch_alter_table("t") as batch_op:
        batch_op.invoke(ops.DropColumnOp("t", "a"))
        assert "a" in table.columns("t")
        assert batch_op.get_bind() is table.connection
    assert "a" not in table.columns("t")


def test_a_directive_for_whole_tables_is_not_in_a_batch(table: Database) -> None:
    """The error names the function of `op`."""
    with (
        pytest.raises(AttributeError, match="no 'drop_table'"),
        table.op.batch_alter_table("t") as batch_op,
    ):
        batch_op.drop_table("t")


def test_other_words_for_recreate_are_refused(table: Database) -> None:
    """auto, always, never."""
    with (
        pytest.raises(ValueError, match="sometimes"),
        table.op.batch_alter_table("t", recreate="sometimes"),  # type: ignore[arg-type]
    ):
        pass


def written(**arguments: object) -> str:
    """The SQL of a batch that is only written."""
    buffer = io.StringIO()
    context = MigrationContext.configure(
        dialect_name="sqlite", opts={"as_sql": True, "output_buffer": buffer}
    )
    with (
        Operations.context(context) as op,
        op.batch_alter_table("t", **arguments) as batch_op,  # type: ignore[arg-type]
    ):
        batch_op.alter_column("a", nullable=False, server_default="5")
        batch_op.drop_column("b")
    return buffer.getvalue()


def test_a_rebuild_is_written_from_copy_from(tmp_path: object) -> None:
    """The written statements do to a table what the batch would do to it."""
    known = sa.Table(
        "t",
        sa.MetaData(),
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("a", sa.Integer, index=True),
        sa.Column("b", sa.String(5), index=True),
    )
    engine = sa.create_engine("sqlite://")
    with engine.connect() as connection:
        known.metadata.create_all(connection)
        connection.exec_driver_sql("INSERT INTO t VALUES (1, 2, 'x')")
        for statement in written(copy_from=known).split(";"):
            connection.exec_driver_sql(statement)
        inspector = sa.inspect(connection)
        columns = {c["name"]: c["nullable"] for c in inspector.get_columns("t")}
        assert columns == {"id": False, "a": False}
        assert [i["name"] for i in inspector.get_indexes("t")] == ["ix_t_a"]
        assert connection.exec_driver_sql("SELECT * FROM t").all() == [(1, 2)]


def test_without_a_table_the_rebuild_cannot_be_written() -> None:
    """The error names the argument that would help."""
    with pytest.raises(CommandError) as caught:
        written()
    assert "copy_from" in str(caught.value.hint)


@sqlite
def test_a_constraint_of_the_same_name_takes_the_place_of_the_old(table: Database) -> None:
    """What is added under a name that is there already is not a second one."""
    with table.op.batch_alter_table("t") as batch_op:
        batch_op.create_unique_constraint("uq_t", ["a"])
    with table.op.batch_alter_table("t") as batch_op:
        batch_op.create_unique_constraint("uq_t", ["a", "c"])
    text = table.rows("SELECT sql FROM sqlite_master WHERE name = 't'")[0][0]
    assert text.count("uq_t") == 1
    assert "UNIQUE (a, c)" in text


@sqlite
@pytest.mark.parametrize(
    "key", ["PRIMARY KEY", "CONSTRAINT old PRIMARY KEY AUTOINCREMENT", "NOT NULL UNIQUE"]
)
def test_a_new_primary_key_takes_the_place_of_the_old(database: Database, key: str) -> None:
    """A batch that gives a key to a table which has one makes it the only one."""
    database.op.execute(f"CREATE TABLE t (id INTEGER {key}, a INTEGER NOT NULL)")
    database.op.execute("INSERT INTO t (id, a) VALUES (1, 2)")
    with database.op.batch_alter_table("t") as batch_op:
        batch_op.create_primary_key("pk_t", ["a", "id"])
    assert database.rows("SELECT name FROM pragma_table_info('t') WHERE pk ORDER BY pk") == [
        ("a",),
        ("id",),
    ]
    assert database.rows("SELECT id, a FROM t") == [(1, 2)]


@sqlite
def test_what_a_dropped_column_takes_along_can_be_dropped_after_it(database: Database) -> None:
    """In one block, an index or a constraint on the column may be named after the column."""
    database.op.execute(
        "CREATE TABLE t (a INTEGER, b INTEGER, CONSTRAINT uq UNIQUE (a, b), "
        "CONSTRAINT fk FOREIGN KEY (a) REFERENCES t (b), CONSTRAINT ck CHECK (a > b))"
    )
    database.op.execute("CREATE INDEX ix ON t (a, b)")
    with database.op.batch_alter_table("t") as batch_op:
        batch_op.drop_column("a")
        for name, kind in (("uq", "unique"), ("fk", "foreignkey"), ("ck", "check")):
            batch_op.drop_constraint(name, type_=kind)
        batch_op.drop_index("ix")
        batch_op.create_index("ix", ["b"])
        batch_op.drop_index("ix")
        batch_op.create_index("ix", ["b"], unique=True)
    stored = database.rows("SELECT sql FROM sqlite_master WHERE tbl_name = 't'")
    assert [sql for (sql,) in stored] == [
        'CREATE TABLE "t" (b INTEGER)',
        "CREATE UNIQUE INDEX ix ON t (b)",
    ]


@sqlite
def test_an_index_may_be_named_before_the_columns_that_it_is_on(database: Database) -> None:
    """What is on a column comes after it, and the columns keep their order."""
    database.op.execute("CREATE TABLE t (a INTEGER, b INTEGER)")
    database.op.execute("CREATE INDEX ix ON t (b)")
    with database.op.batch_alter_table("t") as batch_op:
        batch_op.drop_index("ix")
        batch_op.create_index("ix", ["d", "c"])
        batch_op.create_unique_constraint("uq", ["d"])
        batch_op.drop_column("b")
        batch_op.add_column(sa.Column("c", sa.Integer()))
        batch_op.add_column(sa.Column("d", sa.Integer()))
    stored = database.rows(
        "SELECT sql FROM sqlite_master WHERE sql LIKE 'CREATE%' ORDER BY type DESC"
    )
    table, index = (sql for (sql,) in stored)
    assert index == "CREATE INDEX ix ON t (d, c)"
    assert table == 'CREATE TABLE "t" (a INTEGER, c INTEGER, d INTEGER, CONSTRAINT uq UNIQUE (d))'
