"""Transactions are real: all of a revision is kept, or nothing."""

from __future__ import annotations

import asyncio
import sqlite3
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from flask_schemaver.errors import CommandError, StepFailed

TEN_STATEMENTS = """
    CREATE TABLE made (id INTEGER PRIMARY KEY, name TEXT)
    INSERT INTO made VALUES (1, 'one')
    ALTER TABLE made ADD COLUMN size INTEGER
    UPDATE made SET size = 5
    CREATE INDEX ix_made ON made (name)
    ALTER TABLE made RENAME COLUMN name TO title
    ALTER TABLE made DROP COLUMN size
    DROP TABLE old
    ALTER TABLE made RENAME TO old
    UPDATE old SET title = 'two'
"""


def _legacy(path: Path) -> sa.Engine:
    return sa.create_engine(f"sqlite:///{path}")


def _hooks(path: Path) -> sa.Engine:
    engine = sa.create_engine(f"sqlite:///{path}")

    @sa.event.listens_for(engine, "connect")
    def connect(dbapi: Any, record: Any) -> None:
        dbapi.isolation_level = None

    @sa.event.listens_for(engine, "begin")
    def begin(connection: sa.Connection) -> None:
        connection.exec_driver_sql("BEGIN")

    return engine


def _autocommit(path: Path) -> sa.Engine:
    return sa.create_engine(f"sqlite:///{path}", isolation_level="AUTOCOMMIT")


def _driver_autocommit(path: Path) -> sa.Engine:
    return sa.create_engine(f"sqlite:///{path}", connect_args={"autocommit": True})


def _driver_transactions(path: Path) -> sa.Engine:
    return sa.create_engine(f"sqlite:///{path}", connect_args={"autocommit": False})


MODES = [_legacy, _hooks, _autocommit]
if sys.version_info >= (3, 12):
    MODES += [_driver_autocommit, _driver_transactions]


# The driver's own autocommit mode knows no transaction of a caller, which has a test of its own.
WITH_TRANSACTIONS = pytest.mark.parametrize(
    "mode", [mode for mode in MODES if mode is not _driver_autocommit], indirect=True
)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "shop.sqlite3"
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE old (id INTEGER)")
    connection.close()
    return path


@pytest.fixture(params=MODES, ids=lambda mode: mode.__name__.strip("_"))
def mode(request: pytest.FixtureRequest, path: Path) -> Iterator[sa.Engine]:
    """An engine in each of the modes that Python's driver can be in."""
    engine = request.param(path)
    yield engine
    engine.dispose()


def dump(path: Path) -> list[str]:
    connection = sqlite3.connect(path)
    try:
        return list(connection.iterdump())
    finally:
        connection.close()


def enforce_foreign_keys(engine: sa.Engine) -> None:
    @sa.event.listens_for(engine, "connect")
    def connect(dbapi: Any, record: Any) -> None:
        manual = getattr(dbapi, "autocommit", None) is False
        if manual:
            dbapi.autocommit = True
        dbapi.execute("PRAGMA foreign_keys = ON")
        if manual:
            dbapi.autocommit = False


class TestSQLiteModes:
    def test_a_failing_revision_leaves_the_database_as_it_was(self, project, mode, path):
        """Nothing of ten statements stays, whichever mode the engine is in."""
        project.add("a1", TEN_STATEMENTS + "    SELECT * FROM nowhere\n")
        before = dump(path)
        with pytest.raises(StepFailed):
            project.upgrade(mode)
        assert dump(path) == before

    def test_a_revision_is_committed(self, project, mode, path, rows_of):
        """All of ten statements and the version row are there for another connection."""
        project.add("a1", TEN_STATEMENTS)
        project.upgrade(mode)
        assert "INSERT INTO \"old\" VALUES(1,'two');" in dump(path)
        assert rows_of(_legacy(path)) == ("a1",)

    def test_a_select_before_does_not_matter(self, project, mode, rows_of, path):
        """A transaction that a statement of env.py began does not swallow the upgrade."""
        project.add("a1", TEN_STATEMENTS)
        with mode.connect() as connection:
            connection.execute(sa.text("SELECT * FROM old"))
            project.upgrade(connection)
        assert rows_of(_legacy(path)) == ("a1",)

    def test_other_writers_are_locked_out_from_the_first_statement(self, project, mode, path):
        """The write lock is had before the script says anything."""
        project.add(
            "a1",
            f"""
            import sqlite3
            other = sqlite3.connect({str(path)!r}, timeout=0)
            try:
                other.execute("INSERT INTO old VALUES (7)")
            except sqlite3.OperationalError as refused:
                arguments["seen"].append(str(refused))
            finally:
                other.close()
            """,
        )
        seen: list[str] = []
        environment = project.environment()
        with environment, mode.connect() as connection:
            environment.configure(connection=connection)
            environment.run_migrations(seen=seen)
        assert seen == ["database is locked"]

    @WITH_TRANSACTIONS
    def test_a_caller_who_rolls_back_undoes_the_upgrade(self, project, mode, path):
        """In a transaction that the caller began, nothing is committed here."""
        project.add("a1", TEN_STATEMENTS)
        before = dump(path)
        with mode.connect() as connection:
            transaction = connection.begin()
            project.upgrade(connection)
            transaction.rollback()
        assert dump(path) == before

    @WITH_TRANSACTIONS
    def test_a_caller_who_commits_keeps_the_upgrade(self, project, mode, path, rows_of):
        """`with engine.begin()` around the upgrade commits it."""
        project.add("a1", TEN_STATEMENTS)
        with mode.begin() as connection:
            project.upgrade(connection)
        assert rows_of(_legacy(path)) == ("a1",)

    def test_statements_of_an_autocommit_block_commit_at_once(self, project, mode, path):
        """What was done before the block and in it stays, what comes after is rolled back."""
        project.add(
            "a1",
            """
            CREATE TABLE before (id INTEGER)
            with context.get_context().autocommit_block():
                context.execute("INSERT INTO before VALUES (1)")
                context.execute("VACUUM")
                assert not op.get_bind().connection.driver_connection.in_transaction
            CREATE TABLE after (id INTEGER)
            SELECT * FROM nowhere
            """,
        )
        with pytest.raises(StepFailed, match="up to its last commit"):
            project.upgrade(mode)
        text = "\n".join(dump(path))
        assert 'INSERT INTO "before" VALUES(1);' in text
        assert "CREATE TABLE after" not in text

    def test_an_error_in_an_autocommit_block_leaves_a_usable_connection(self, project, mode):
        """After a failure in the block the connection is in its mode again."""
        project.add(
            "a1",
            """
            with context.get_context().autocommit_block():
                context.execute("SELECT * FROM nowhere")
            """,
        )
        with mode.connect() as connection:
            level = connection.connection.dbapi_connection.isolation_level
            with pytest.raises(StepFailed):
                project.upgrade(connection)
            assert connection.connection.dbapi_connection.isolation_level == level
            assert connection.scalar(sa.text("SELECT count(*) FROM old")) == 0

    def test_settings_of_the_connection_are_restored(self, project, mode):
        """Foreign keys, legacy_alter_table and the busy timeout are as before."""
        enforce_foreign_keys(mode)
        project.add("a1", "PRAGMA legacy_alter_table = ON\nCREATE TABLE made (id INTEGER)")
        names = ("foreign_keys", "legacy_alter_table", "busy_timeout")
        with mode.connect() as connection:
            before = [connection.scalar(sa.text(f"PRAGMA {name}")) for name in names]
            project.upgrade(connection)
            assert [connection.scalar(sa.text(f"PRAGMA {name}")) for name in names] == before

    def test_foreign_keys_are_off_while_a_revision_runs(self, project, mode):
        """A parent that is dropped and made anew keeps the children that would cascade."""
        enforce_foreign_keys(mode)
        project.add(
            "a1",
            """
            CREATE TABLE parent (id INTEGER PRIMARY KEY)
            CREATE TABLE child (p INTEGER REFERENCES parent (id) ON DELETE CASCADE)
            INSERT INTO parent VALUES (1)
            INSERT INTO child VALUES (1)
            """,
        )
        project.add(
            "a2",
            """
            CREATE TABLE new (id INTEGER PRIMARY KEY, x TEXT)
            INSERT INTO new (id) SELECT id FROM parent
            DROP TABLE parent
            ALTER TABLE new RENAME TO parent
            """,
        )
        project.upgrade(mode)
        with mode.connect() as connection:
            assert connection.scalar(sa.text("SELECT count(*) FROM child")) == 1
            assert connection.scalar(sa.text("PRAGMA foreign_keys")) == 1


@pytest.mark.skipif(sys.version_info < (3, 12), reason="the mode is new in Python 3.12")
def test_a_callers_transaction_that_is_none_is_refused(project, path):
    """With autocommit=True the caller's transaction could not be rolled back, so it is said."""
    project.add("a1", "CREATE TABLE made (id INTEGER)")
    with _driver_autocommit(path).begin() as connection, pytest.raises(CommandError) as caught:
        project.upgrade(connection)
    assert "autocommit=True" in str(caught.value)


class TestForeignKeyCheck:
    @pytest.fixture
    def engine(self, path: Path) -> sa.Engine:
        engine = _legacy(path)
        enforce_foreign_keys(engine)
        return engine

    def test_rows_without_a_parent_fail_the_revision(self, project, engine, rows_of):
        """The error names the child table, the parent and the row, and nothing is kept."""
        project.add(
            "a1",
            """
            CREATE TABLE parent (id INTEGER PRIMARY KEY)
            CREATE TABLE child (p INTEGER REFERENCES parent (id))
            INSERT INTO child (rowid, p) VALUES (17, 3)
            """,
        )
        with pytest.raises(StepFailed) as caught:
            project.upgrade(engine)
        assert "1 row(s) of 'child' refer to no row of 'parent' (rowid 17)" in str(caught.value)
        assert rows_of(engine) == ()

    def test_what_was_wrong_before_does_not_count(self, project, engine, path, rows_of):
        """Rows that had no parent before the upgrade do not stop it, under a new name neither."""
        with sqlite3.connect(path) as plain:
            plain.execute("CREATE TABLE parent (id INTEGER PRIMARY KEY)")
            plain.execute("CREATE TABLE child (p INTEGER REFERENCES parent (id))")
            plain.execute("INSERT INTO child VALUES (3)")
        plain.close()
        project.add("a1", "ALTER TABLE child RENAME TO kid")
        project.add("a2", "CREATE TABLE more (id INTEGER)")
        project.upgrade(engine)
        assert rows_of(engine) == ("a2",)

    def test_a_new_wrong_row_counts_beside_an_old_one(self, project, engine, path):
        """An old violation does not hide a new one."""
        with sqlite3.connect(path) as plain:
            plain.execute("CREATE TABLE parent (id INTEGER PRIMARY KEY)")
            plain.execute("CREATE TABLE child (p INTEGER REFERENCES parent (id))")
            plain.execute("INSERT INTO child VALUES (3)")
        plain.close()
        project.add("a1", "INSERT INTO child VALUES (4)")
        with pytest.raises(StepFailed, match="rowid 2"):
            project.upgrade(engine)

    def test_nothing_is_checked_where_nothing_is_enforced(self, project, path, rows_of):
        """An application that does not enforce foreign keys is not held to them."""
        project.add("a1", "CREATE TABLE child (p INTEGER REFERENCES parent (id))")
        project.add("a2", "INSERT INTO child VALUES (4)")
        project.upgrade(_legacy(path))
        assert rows_of(_legacy(path)) == ("a2",)


def test_a_script_that_ends_the_transaction_is_recorded_all_the_same(project, path, rows_of):
    """`executescript` commits; the version row is then moved in a transaction of its own."""
    project.add(
        "a1",
        """
        CREATE TABLE before (id INTEGER)
        op.get_bind().connection.driver_connection.executescript("CREATE TABLE after (id INTEGER)")
        """,
    )
    engine = _legacy(path)
    project.upgrade(engine)
    assert rows_of(engine) == ("a1",)


def test_a_script_may_commit_by_itself(project, engine, rows_of):
    """`op.get_bind().commit()` does not confuse the run."""
    project.add(
        "a1",
        """
        CREATE TABLE before (id INTEGER)
        op.get_bind().commit()
        CREATE TABLE after (id INTEGER)
        """,
    )
    project.upgrade(engine)
    assert rows_of(engine) == ("a1",)
    assert {"before", "after"} <= set(sa.inspect(engine).get_table_names())


def test_a_session_that_owns_the_connection_commits(project, engine, rows_of):
    """The connection of a Session is left to the Session."""
    project.add("a1", "CREATE TABLE made (id INTEGER)")
    with Session(engine) as session:
        project.upgrade(session.connection())
        session.rollback()
    assert rows_of(engine) == ()
    with Session(engine) as session:
        project.upgrade(session.connection())
        session.commit()
    assert rows_of(engine) == ("a1",)


def test_an_autocommit_block_is_refused_in_a_callers_transaction(project, engine):
    """It would have to commit what is not its own."""
    project.add("a1", "with context.get_context().autocommit_block():\n    pass")
    with engine.begin() as connection, pytest.raises(CommandError) as caught:
        project.upgrade(connection)
    assert "begun by the caller" in str(caught.value)


@pytest.mark.databases("postgresql")
def test_an_index_is_created_concurrently_in_an_autocommit_block(project, engine, rows_of):
    """What PostgreSQL refuses in a transaction works in the block, and the script goes on."""
    project.add(
        "a1",
        """
        CREATE TABLE made (id INTEGER)
        with context.get_context().autocommit_block():
            context.execute("CREATE INDEX CONCURRENTLY ix ON made (id)")
        CREATE TABLE after (id INTEGER)
        """,
    )
    project.upgrade(engine)
    assert sa.inspect(engine).get_indexes("made")[0]["name"] == "ix"
    assert rows_of(engine) == ("a1",)


@pytest.mark.databases("postgresql")
def test_an_engine_in_autocommit_mode_gets_real_transactions(project, database_url, rows_of):
    """The mode is left for the run, and restored."""
    engine = sa.create_engine(database_url, isolation_level="AUTOCOMMIT")
    project.add("a1", "CREATE TABLE made (id INTEGER)\nSELECT * FROM nowhere")
    with engine.connect() as connection:
        with pytest.raises(StepFailed):
            project.upgrade(connection)
        assert connection.connection.dbapi_connection.autocommit
    assert sa.inspect(engine).get_table_names() == []
    engine.dispose()


def test_the_asynchronous_driver_of_sqlite_works_as_well(project, path):
    """A connection of aiosqlite, through run_sync, rolls back and commits like the other."""
    asyncio_engine = pytest.importorskip("sqlalchemy.ext.asyncio").create_async_engine
    pytest.importorskip("aiosqlite")

    def attempt(connection: sa.Connection) -> None:
        project.upgrade(connection)

    async def run(work: Callable[[sa.Connection], None]) -> None:
        engine = asyncio_engine(f"sqlite+aiosqlite:///{path}")
        async with engine.connect() as connection:
            await connection.run_sync(work)
        await engine.dispose()

    file = project.add("a1", TEN_STATEMENTS + "    SELECT * FROM nowhere\n")
    before = dump(path)
    with pytest.raises(StepFailed):
        asyncio.run(run(attempt))
    assert dump(path) == before
    file.write_text(file.read_text().replace("SELECT * FROM nowhere", "SELECT 1"))
    asyncio.run(run(attempt))
    assert "INSERT INTO \"old\" VALUES(1,'two');" in dump(path)
