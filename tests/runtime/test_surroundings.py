"""What is around a revision fails: the disk, the file, the connection. The hint is about that."""

from __future__ import annotations

import resource
import sys
from contextlib import suppress

import pytest
import sqlalchemy as sa
from migrators import start
from sqlalchemy.exc import DatabaseError

from flask_schemaver.errors import CannotConnect, ReadOnlyDatabase, StepFailed
from flask_schemaver.errors import DatabaseError as OurError
from flask_schemaver.runtime.server_lock import told_session

FILL = """
op.create_table("big", sa.Column("text", sa.Text))
for _ in range(400):
    op.execute("INSERT INTO big VALUES ('" + "x" * 1000 + "')")
"""
END = """
import contextlib
bind = op.get_bind()
own = "pg_backend_pid()" if bind.dialect.name == "postgresql" else "CONNECTION_ID()"
number = bind.scalar(sa.text("SELECT " + own))
with bind.engine.connect() as other, contextlib.suppress(sa.exc.DBAPIError):
    word = "SELECT pg_terminate_backend(%s)" if "pg" in own else "KILL %s"
    other.exec_driver_sql(word % number)
"""


@pytest.fixture
def filling(project):
    """a1, and a2 that needs 400 KB."""
    project.add("a1", "CREATE TABLE t (id INTEGER)")
    project.add("a2", FILL)
    return project


def test_a_full_disk_is_rolled_back_and_named(filling, tmp_path, rows_of):
    """With room the same command goes on; no row of the first attempt is left."""
    engine = sa.create_engine(f"sqlite:///{tmp_path}/shop.db")
    small = sa.create_engine(engine.url)
    sa.event.listen(small, "connect", lambda driver, _: driver.execute("PRAGMA max_page_count=40"))
    with pytest.raises(StepFailed, match="database or disk is full") as caught:
        filling.upgrade(small)
    assert "All of it was rolled back. The database is at 'a1'." in caught.value.message
    assert caught.value.hint.startswith("Make room")
    assert rows_of(engine) == ("a1",)
    filling.upgrade(engine)
    with engine.connect() as connection:
        assert connection.scalar(sa.text("SELECT count(*) FROM big")) == 400


@pytest.mark.skipif(sys.platform == "win32", reason="there are no such limits")
def test_a_limit_of_size_is_the_same(filling, sqlite_url, rows_of):
    """A process that may write 200 KB to a file; it says so and leaves nothing half done."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, before[1]))
    try:
        process = start(sqlite_url, filling.folder)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 1
    assert "disk I/O error" in said
    assert "Make room" in said
    assert "Traceback" not in said
    engine = sa.create_engine(sqlite_url)
    assert rows_of(engine) == ("a1",)
    assert not sa.inspect(engine).has_table("big")


def test_a_file_that_is_no_database_is_named(project, tmp_path):
    """The hint is about the path; there is no traceback."""
    (tmp_path / "shop.db").write_text("hello " * 100)
    engine = sa.create_engine(f"sqlite:///{tmp_path}/shop.db")
    project.add("a1")
    with pytest.raises(CannotConnect, match="file is not a database") as caught:
        project.upgrade(engine)
    assert caught.value.hint.startswith("Check the path in the URL")


def test_a_busy_or_read_only_file_is_named_outside_of_revisions_too(project, sqlite_url):
    """What notes something about a database says what was in the way, as an upgrade does."""
    engine = sa.create_engine(sqlite_url, connect_args={"timeout": 0.1})
    with engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE t (id INTEGER)")
    insert = "INSERT INTO t VALUES (1)"
    with engine.connect() as writer, engine.connect() as connection:
        writer.exec_driver_sql(insert)
        locked = r"refused: database is locked\. Another process writes"
        with pytest.raises(OurError, match=locked), project.environment():
            connection.exec_driver_sql(insert)
    with engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA query_only = 1")
        refused = r"Nothing was changed\. Give this process"
        with pytest.raises(ReadOnlyDatabase, match=refused), project.environment():
            connection.exec_driver_sql(insert)
    engine.dispose()


@pytest.mark.databases("postgresql", "mariadb")
def test_a_lost_connection_is_not_the_files_fault(project, engine, rows_of):
    """The server ends the session in the middle of a revision: nothing of it is there."""
    project.add("a1", "CREATE TABLE t (id INTEGER)")
    project.add("a2", f"INSERT INTO t VALUES (1)\n{END}\nINSERT INTO t VALUES (2)")
    with pytest.raises(StepFailed) as caught:
        project.upgrade(engine)
    assert isinstance(caught.value.__cause__, DatabaseError)
    assert caught.value.hint.startswith("The connection to the server was lost.")
    assert rows_of(engine) == ("a1",)
    with engine.connect() as connection:
        assert connection.scalar(sa.text("SELECT count(*) FROM t")) == 0


@pytest.mark.databases("postgresql", "mariadb")
def test_a_connection_lost_in_env_py_is_no_traceback(project, engine):
    """Neither SQLAlchemy's error is one, nor the driver's own, nor that of the statement after."""

    def by_sqlalchemy(connection):
        connection.exec_driver_sql("SELECT 1")

    def by_the_driver(connection):
        connection.connection.cursor().execute("SELECT 1")

    def again(connection):
        with suppress(sa.exc.DBAPIError):
            connection.exec_driver_sql("SELECT 1")
        connection.exec_driver_sql("SELECT 1")

    for ask in (by_sqlalchemy, by_the_driver, again):
        connection = engine.connect()
        _end(engine, connection)
        with pytest.raises(OurError, match="was lost") as caught, project.environment():
            ask(connection)
        assert "goes on where the database is" in str(caught.value)
        connection.invalidate()


def _end(engine, connection) -> None:
    """End the session of a connection from another one."""
    number = told_session(connection.connection.driver_connection)
    postgresql = engine.dialect.name == "postgresql"
    with engine.connect() as other:
        other.exec_driver_sql(
            f"SELECT pg_terminate_backend({number})" if postgresql else f"KILL {number}"
        )


@pytest.mark.databases("postgresql", "mariadb")
def test_a_deadlock_asks_for_another_try(project, engine):
    """The one that the server chose says that another session was in the way."""
    with engine.begin() as connection:
        connection.execute(sa.text("CREATE TABLE t (id INTEGER PRIMARY KEY, n INTEGER)"))
        connection.execute(sa.text("INSERT INTO t VALUES (1, 1), (2, 2)"))
    said = _deadlock(project, engine)
    assert "Another session was in the way. Run the same command again." in said


def _deadlock(project, engine) -> str:
    """Two upgrades in one process cannot meet, so that a plain session is the other one."""
    project.add(
        "a1",
        """
        import threading, time
        bind = op.get_bind()
        waits, told = threading.Event(), []

        def other():
            with bind.engine.begin() as mine:
                mine.exec_driver_sql("UPDATE t SET n = 2 WHERE id = 2")
                waits.set()
                try:
                    mine.exec_driver_sql("UPDATE t SET n = 2 WHERE id = 1")
                except sa.exc.DBAPIError as cause:
                    told.append(cause)

        bind.exec_driver_sql("UPDATE t SET n = 1 WHERE id = 1")
        thread = threading.Thread(target=other)
        thread.start()
        waits.wait(10)
        try:
            bind.exec_driver_sql("UPDATE t SET n = 1 WHERE id = 2")
        finally:
            thread.join(20)
        if told:
            raise told[0]
        """,
    )
    with pytest.raises(StepFailed) as caught:
        project.upgrade(engine)
    return str(caught.value)
