"""One migrator at a time: the lock is waited for, named, and never left behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time

import pytest
import sqlalchemy as sa

from flask_schemaver.errors import LockTimeout
from flask_schemaver.runtime import lock as locks
from flask_schemaver.runtime.lock import migration_lock
from flask_schemaver.runtime.server_lock import told_session

ALL = pytest.mark.databases("sqlite", "postgresql", "mariadb")
HOLD = """
import sys, time
import sqlalchemy as sa
from flask_schemaver.runtime.lock import migration_lock

with sa.create_engine(sys.argv[1]).connect() as connection:
    with migration_lock(connection, "v"):
        print("held", flush=True)
        time.sleep(60)
"""


@pytest.fixture
def holder(database_url):
    """Another process that holds the lock."""
    command = [sys.executable, "-c", HOLD, database_url]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        yield process
        process.kill()


@ALL
def test_only_one_process_has_the_lock(engine, holder):
    """Without waiting the second is refused, and told who has it."""
    with (
        engine.connect() as connection,
        pytest.raises(LockTimeout) as caught,
        migration_lock(connection, "v", timeout=0),
    ):
        pass
    said = str(caught.value)
    assert "Another process is migrating" in said
    assert str(holder.pid) in said or "process" in said or "connection" in said
    assert caught.value.exit_code == 75


@ALL
def test_waiting_is_told_with_the_holder(engine, holder, monkeypatch):
    """The callback hears every few seconds how long it has been and who it is."""
    monkeypatch.setattr(locks, "REPORT_EVERY", 0.1)
    heard = []
    with (
        engine.connect() as connection,
        pytest.raises(LockTimeout),
        migration_lock(connection, "v", timeout=0.5, on_wait=lambda *said: heard.append(said)),
    ):
        pass
    assert len(heard) >= 2
    assert heard[-1][0] > heard[0][0]
    assert heard[0][1]


@ALL
def test_a_killed_process_leaves_no_lock_behind(engine, holder):
    """After kill -9 the lock is had within a moment."""
    os.kill(holder.pid, signal.SIGKILL)
    holder.wait()
    with engine.connect() as connection, migration_lock(connection, "v", timeout=10):
        pass


@ALL
def test_the_next_one_gets_it_when_it_is_free(engine):
    """A thread that waits goes on when the first is done."""
    order = []

    def second() -> None:
        with engine.connect() as connection, migration_lock(connection, "v", timeout=10):
            order.append("second")

    with engine.connect() as connection, migration_lock(connection, "v"):
        waiter = threading.Thread(target=second)
        waiter.start()
        time.sleep(0.2)
        order.append("first")
    waiter.join()
    assert order == ["first", "second"]


@ALL
def test_held_again_by_the_same_thread_it_is_not_waited_for(engine):
    """A start-up that holds it can call an upgrade that takes it."""
    with (
        engine.connect() as connection,
        migration_lock(connection, "v", timeout=0),
        migration_lock(connection, "v", timeout=0),
    ):
        pass
    with engine.connect() as connection, migration_lock(connection, "v", timeout=0):
        pass


@ALL
def test_the_connection_itself_is_left_alone(engine):
    """No transaction is begun on it, so that a waiter holds nothing up."""
    with engine.connect() as connection, migration_lock(connection, "v"):
        assert not connection.in_transaction()


@pytest.mark.databases("postgresql", "mariadb")
def test_a_pool_of_one_connection_is_enough(database_url):
    """The lock's connection does not come out of the application's pool."""
    engine = sa.create_engine(database_url, pool_size=1, max_overflow=0, pool_timeout=1)
    with engine.connect() as connection, migration_lock(connection, "v"):
        connection.execute(sa.text("SELECT 1"))
    engine.dispose()


@pytest.mark.databases("postgresql", "mariadb")
def test_whoever_waits_has_one_session(engine, holder, database_url):
    """Of a crowd only the one that migrates has two."""
    counted = {
        "postgresql": "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()",
        "mysql": "SELECT count(*) FROM information_schema.processlist WHERE db = DATABASE()",
    }
    sessions = []

    def count(*_: object) -> None:
        aside.rollback()
        sessions.append(aside.scalar(sa.text(counted[engine.dialect.name])))

    waiting = sa.create_engine(database_url)
    with (
        engine.connect() as aside,
        waiting.connect() as connection,
        pytest.raises(LockTimeout),
        migration_lock(connection, "v", timeout=0.1, on_wait=count),
    ):
        pass
    waiting.dispose()
    # The holder's two, the one that counts, the one that waits.
    assert sessions == [4]


@pytest.mark.databases("postgresql", "mariadb")
def test_a_session_that_ends_before_the_lock_is_had_is_no_lock(engine):
    """What may fail in preparing it must not hide that it has ended."""

    def end(connection, cursor, statement, *_):
        if "idle_session_timeout" in statement or "wait_timeout" in statement:
            number = told_session(connection.connection.driver_connection)
            word = (
                "KILL {}" if engine.dialect.name == "mysql" else "SELECT pg_terminate_backend({})"
            )
            with engine.connect() as aside:
                aside.exec_driver_sql(word.format(number))

    sa.event.listen(sa.Engine, "before_cursor_execute", end)
    try:
        with (
            engine.connect() as connection,
            pytest.raises(sa.exc.DBAPIError) as caught,
            migration_lock(connection, "v", timeout=0),
        ):
            pass
    finally:
        sa.event.remove(sa.Engine, "before_cursor_execute", end)
    assert caught.value.connection_invalidated
    with engine.connect() as connection, migration_lock(connection, "v", timeout=0):
        pass


@pytest.mark.databases("postgresql")
def test_a_waiter_does_not_hold_up_an_index_that_is_built_concurrently(engine):
    """CREATE INDEX CONCURRENTLY waits for all transactions; who waits for the lock is in none."""
    with engine.begin() as connection:
        connection.execute(sa.text("CREATE TABLE t (id INTEGER)"))
    done = []

    def waiter() -> None:
        with engine.connect() as connection, migration_lock(connection, "v", timeout=20):
            done.append(time.monotonic())

    with engine.connect() as connection, migration_lock(connection, "v"):
        thread = threading.Thread(target=waiter)
        thread.start()
        time.sleep(0.2)
        connection.execution_options(isolation_level="AUTOCOMMIT")
        connection.execute(sa.text("SET statement_timeout = 5000"))
        connection.execute(sa.text("CREATE INDEX CONCURRENTLY ix ON t (id)"))
    thread.join()
    assert done


class TestSQLite:
    def test_the_file_is_removed_at_the_end(self, sqlite_url, tmp_path):
        """Nothing stays beside the database."""
        with sa.create_engine(sqlite_url).connect() as connection, migration_lock(connection, "v"):
            assert (tmp_path / "test.sqlite3.schemaver-lock").exists()
        assert [file.name for file in tmp_path.iterdir()] == ["test.sqlite3"]

    def test_a_database_in_memory_needs_none(self):
        """Nobody else can see it."""
        with sa.create_engine("sqlite://").connect() as connection:
            assert locks.sqlite_file(connection) is None
            with migration_lock(connection, "v"):
                connection.execute(sa.text("SELECT 1"))

    def test_a_folder_that_cannot_be_written_is_got_around(self, sqlite_url, tmp_path, monkeypatch):
        """The lock is then a file in the temporary folder."""
        elsewhere = tmp_path / "elsewhere"
        elsewhere.mkdir()
        monkeypatch.setattr("tempfile.tempdir", str(elsewhere))
        # Root may write anywhere: a folder of the lock's name is what cannot be opened.
        (tmp_path / "test.sqlite3.schemaver-lock").mkdir()
        with sa.create_engine(sqlite_url).connect() as connection, migration_lock(connection, "v"):
            assert len(list(elsewhere.iterdir())) == 1
        assert list(elsewhere.iterdir()) == []

    def test_a_hundred_takers_never_meet(self, sqlite_url):
        """The file is removed and made again all the time, and still one alone has the lock."""
        engine = sa.create_engine(sqlite_url)
        inside = 0
        met = []

        def taker() -> None:
            nonlocal inside
            for _ in range(10):
                with engine.connect() as connection, migration_lock(connection, "v", timeout=60):
                    inside += 1
                    met.append(inside)
                    inside -= 1

        threads = [threading.Thread(target=taker) for _ in range(10)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert met == [1] * 100

    def test_the_path_of_the_file_is_found_for_any_spelling_of_the_url(self, tmp_path):
        """A URI leads to the same file as the plain path."""
        file = tmp_path / "a.db"
        for url in (f"sqlite:///{file}", f"sqlite:///file:{file}?mode=rwc&uri=true"):
            with sa.create_engine(url).connect() as connection:
                assert locks.sqlite_file(connection) == file
