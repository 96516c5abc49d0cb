"""BEGIN and COMMIT in scripts, and savepoints of a caller: by database, setting and command."""

from __future__ import annotations

import io
from typing import Any

import pytest
import sqlalchemy as sa

from flask_schemaver.errors import CommandError

ALONE = """
    op.execute("ONE")
    with op.get_context().autocommit_block():
        op.execute("ALONE")
    op.execute("TWO")
"""
WORDS = {"BEGIN", "BEGIN TRANSACTION", "COMMIT", "ONE", "TWO", "ALONE", "THREE"}


@pytest.fixture
def words(project) -> Any:
    """The statements of interest in the script of two revisions; a version row is '*'."""

    def run(url: str, second: str, **options: Any) -> str:
        project.add("a1", second)
        project.add("a2", 'op.execute("THREE")')
        buffer = io.StringIO()
        with project.environment(as_sql=True) as environment:
            environment.configure(url=url, output_buffer=buffer, **options)
            with environment.begin_transaction():
                environment.run_migrations()
        found = []
        for part in buffer.getvalue().split("\n\n"):
            text = part.strip().removesuffix(";")
            if text in WORDS:
                found.append(text.replace(" TRANSACTION", ""))
            elif "version_num" in text and not text.startswith("CREATE"):
                found.append("*")
        return " ".join(found)

    return run


TRANSACTIONAL = ["postgresql://", "sqlite://", "mssql://"]
OTHERS = ["mysql://", "mariadb://", "oracle://"]
ONE = 'op.execute("ONE")'


@pytest.mark.parametrize("url", TRANSACTIONAL)
@pytest.mark.parametrize(
    ("options", "body", "script"),
    [
        ({}, ONE, "BEGIN ONE * COMMIT BEGIN THREE * COMMIT"),
        ({"transaction_per_migration": True}, ONE, "BEGIN ONE * COMMIT BEGIN THREE * COMMIT"),
        ({"transaction_per_migration": False}, ONE, "BEGIN ONE * THREE * COMMIT"),
        ({"transactional_ddl": False}, ONE, "ONE * THREE *"),
        ({}, ALONE, "BEGIN ONE COMMIT ALONE BEGIN TWO * COMMIT BEGIN THREE * COMMIT"),
        (
            {"transaction_per_migration": False},
            ALONE,
            "BEGIN ONE COMMIT ALONE BEGIN TWO * THREE * COMMIT",
        ),
        ({"transactional_ddl": False}, ALONE, "ONE ALONE TWO * THREE *"),
    ],
)
def test_a_script_says_where_transactions_end(
    words, url: str, options: dict[str, Any], body: str, script: str
) -> None:
    """Where DDL can be rolled back: by each setting, with a block outside of it and without."""
    assert words(url, body, **options) == script


@pytest.mark.parametrize("url", OTHERS)
@pytest.mark.parametrize(
    ("options", "body", "script"),
    [
        ({}, ONE, "ONE * THREE *"),
        ({"transaction_per_migration": True}, ALONE, "ONE ALONE TWO * THREE *"),
        ({"transaction_per_migration": False}, ALONE, "ONE ALONE TWO * THREE *"),
    ],
)
def test_a_script_promises_nothing_that_is_not_kept(
    words, url: str, options: dict[str, Any], body: str, script: str
) -> None:
    """Where DDL commits by itself there are no transactions, unless the setting asks for them."""
    assert words(url, body, **options) == script


@pytest.mark.parametrize("url", ["mysql://", "mariadb://"])
def test_transactional_ddl_can_be_demanded(words, url: str) -> None:
    """`transactional_ddl=True` writes what it says."""
    assert words(url, ALONE, transactional_ddl=True) == (
        "BEGIN ONE COMMIT ALONE BEGIN TWO * COMMIT BEGIN THREE * COMMIT"
    )


MADE = "CREATE TABLE made (id INTEGER)"
FAILS = "INSERT INTO made VALUES (1)\nINSERT INTO nowhere VALUES (1)"


def tables(engine: sa.Engine) -> set[str]:
    names = sa.inspect(engine).get_table_names()
    return {name for name in names if not name.startswith("schemaver_")}


def test_a_callers_savepoint_is_the_callers(project, engine, rows_of) -> None:
    """Rolling it back takes the upgrade back, and the transaction around it goes on."""
    project.add("a1", MADE)
    with engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE before (id INTEGER)")
        savepoint = connection.begin_nested()
        project.upgrade(connection)
        assert connection.in_nested_transaction()
        savepoint.rollback()
        connection.exec_driver_sql("INSERT INTO before VALUES (1)")
    assert tables(engine) == {"before"}
    assert rows_of(engine) == ()


def test_a_callers_savepoint_is_kept(project, engine, rows_of) -> None:
    """Released, and the transaction committed, all is there."""
    project.add("a1", MADE)
    with engine.begin() as connection, connection.begin_nested():
        project.upgrade(connection)
    assert tables(engine) == {"made"}
    assert rows_of(engine) == ("a1",)


def test_a_failure_leaves_the_callers_transaction_to_the_caller(project, engine, rows_of) -> None:
    """The error arrives; what the caller did before is neither committed nor rolled back here."""
    project.add("a1", MADE)
    project.add("a2", FAILS)
    with engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE before (id INTEGER)")
    with engine.connect() as connection:
        transaction = connection.begin()
        connection.exec_driver_sql("INSERT INTO before VALUES (1)")
        with pytest.raises(CommandError, match="a2"):
            project.upgrade(connection)
        assert transaction.is_active
        transaction.rollback()
        assert connection.exec_driver_sql("SELECT * FROM before").all() == []
    assert tables(engine) == {"before"}


@pytest.mark.parametrize("options", [{}, {"transaction_per_migration": True}])
def test_a_savepoint_of_a_script_keeps_what_was_before_it(project, engine, options) -> None:
    """A revision may try something and go on."""
    project.add(
        "a1",
        """
        CREATE TABLE made (id INTEGER)
        savepoint = op.get_bind().begin_nested()
        op.execute("INSERT INTO made VALUES (1)")
        savepoint.rollback()
        INSERT INTO made VALUES (2)
        """,
    )
    project.upgrade(engine, **options)
    with engine.connect() as connection:
        assert connection.exec_driver_sql("SELECT id FROM made").scalars().all() == [2]


@pytest.mark.databases("mariadb")
def test_mariadb_in_a_callers_transaction(project, engine, rows_of) -> None:
    """DDL commits, rows wait for the caller: both as the server does it."""
    project.add("a1", MADE)
    project.add("a2", "INSERT INTO made VALUES (1)")
    with engine.begin() as connection:
        project.upgrade(connection)
    assert rows_of(engine) == ("a2",)
    with engine.connect() as connection:
        assert connection.exec_driver_sql("SELECT id FROM made").scalars().all() == [1]


@pytest.mark.databases("sqlite", "postgresql", "mariadb")
def test_each_command_tells_what_it_applied(project, engine, rows_of) -> None:
    """`on_version_apply` at any move of the rows: keywords, and the row is moved by then."""
    told: list[tuple[Any, ...]] = []

    def applied(*, ctx: Any, step: Any, heads: Any, run_args: Any) -> None:
        found = ctx.connection.exec_driver_sql("SELECT version_num FROM schemaver_version")
        ids = (step.up_revision_id, step.source_revision_ids, step.destination_revision_ids)
        rows = set(found.scalars().all())
        told.append((step.is_upgrade, step.is_stamp, step.is_migration, *ids, rows == set(heads)))

    project.add("a1", MADE)
    project.add("a2")
    project.upgrade(engine, on_version_apply=applied)
    project.downgrade(engine, "a1", on_version_apply=[applied])
    project.stamp(engine, "heads", on_version_apply=applied)
    assert told == [
        (True, False, True, "a1", (), ("a1",), True),
        (True, False, True, "a2", ("a1",), ("a2",), True),
        (False, False, True, "a2", ("a2",), ("a1",), True),
        (True, True, False, "a2", ("a1",), ("a2",), True),
    ]


@pytest.mark.databases("postgresql")
def test_rows_that_wait_for_deferred_constraints_are_told(project, engine, rows_of) -> None:
    """PostgreSQL changes no such table: the hint is the statement that helps, and it does."""
    project.add(
        "a1",
        """
        CREATE TABLE up (id INTEGER PRIMARY KEY)
        CREATE TABLE down (id INTEGER REFERENCES up (id) DEFERRABLE INITIALLY DEFERRED)
        INSERT INTO down VALUES (1)
        INSERT INTO up VALUES (1)
        op.add_column("down", sa.Column("more", sa.Integer))
        """,
    )
    with pytest.raises(CommandError, match="pending trigger events") as caught:
        project.upgrade(engine)
    statement = "op.execute('SET CONSTRAINTS ALL IMMEDIATE')"
    assert statement in str(caught.value.hint)
    path = project.versions / "a1.py"
    path.write_text(path.read_text().replace("op.add_column", f"{statement}; op.add_column"))
    project.upgrade(engine)
    assert rows_of(engine) == ("a1",)


def test_an_error_of_the_callback_undoes_its_step(project, engine, rows_of) -> None:
    """It runs in the transaction of the step."""

    def refuse(**keywords: Any) -> None:
        if keywords["step"].up_revision_id == "a2":
            raise RuntimeError("not this one")

    project.add("a1", MADE)
    project.add("a2", "CREATE TABLE more (id INTEGER)")
    with pytest.raises(Exception, match="not this one"):
        project.upgrade(engine, on_version_apply=(refuse,))
    assert rows_of(engine) == ("a1",)
    assert tables(engine) == {"made"}
