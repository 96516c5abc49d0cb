"""A lock that is a row: it is had by one, kept by a heart-beat, and expires."""

from __future__ import annotations

import subprocess
import sys
import threading
import time

import proxies
import pytest
import sqlalchemy as sa
from migrators import start

from flask_schemaver.errors import LockTimeout
from flask_schemaver.runtime import lease
from flask_schemaver.runtime.lease import LeaseLock
from flask_schemaver.runtime.lock import lock_for, migration_lock
from flask_schemaver.runtime.server_lock import PostgreSQLLock

ALL = pytest.mark.databases("sqlite", "postgresql", "mariadb")
HOLD = """
import sys, time
import sqlalchemy as sa
from flask_schemaver.runtime import lease

lease.SECONDS = 2.0
lock = lease.LeaseLock(sa.create_engine(sys.argv[1]).connect(), "v")
print(lock.acquire(), flush=True)
time.sleep(60)
"""


@pytest.fixture
def short(monkeypatch):
    """Rows that expire after a second."""
    monkeypatch.setattr(lease, "SECONDS", 1.0)
    monkeypatch.setattr(lease, "BEAT", 0.2)


@ALL
def test_one_has_it_and_the_next_is_told_who(engine):
    """A second taker gets nothing but the name of the first."""
    with engine.connect() as connection:
        first, second = LeaseLock(connection, "v"), LeaseLock(connection, "v")
        assert first.acquire()
        assert not second.acquire()
        assert "process" in str(second.holder())
        assert first.is_held()
        first.close()
        assert second.acquire()
        second.close()


@ALL
def test_names_are_apart(engine):
    """Another version table is another lock."""
    with engine.connect() as connection:
        first, second = LeaseLock(connection, "v"), LeaseLock(connection, "w")
        assert first.acquire()
        assert second.acquire()
        first.close()
        second.close()


@ALL
def test_the_heart_beat_keeps_it(engine, short):
    """After more than the time of one lease the holder still has it."""
    with engine.connect() as connection:
        first, second = LeaseLock(connection, "v"), LeaseLock(connection, "v")
        assert first.acquire()
        deadline = time.monotonic() + 2.5
        while time.monotonic() < deadline:
            assert not second.acquire()
            time.sleep(0.1)
        assert first.is_held()
        first.close()
        second.close()


@ALL
def test_a_killed_holder_is_waited_for_no_longer_than_its_lease(engine, database_url, short):
    """After kill -9 there is no heart-beat, and the row is taken over."""
    command = [sys.executable, "-c", HOLD, database_url]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "True\n"
        process.kill()
    began = time.monotonic()
    with engine.connect() as connection:
        lock = LeaseLock(connection, "v")
        while not lock.acquire():
            assert time.monotonic() < began + 10
            time.sleep(0.1)
        lock.close()


@ALL
def test_who_lost_it_knows(engine):
    """A holder whose row another has taken is told so before it writes."""
    with engine.connect() as connection:
        first = LeaseLock(connection, "v")
        assert first.acquire()
        with engine.begin() as other:
            other.execute(sa.text("UPDATE schemaver_lock SET owner = 'x'"))
        assert not first.is_held()
        first.close()
        assert connection.scalar(sa.text("SELECT owner FROM schemaver_lock")) == "x"


@ALL
def test_of_twenty_takers_one_gets_it(engine):
    """An expired row is taken over once, however many try at the same moment."""
    with engine.connect() as connection:
        LeaseLock(connection, "v").acquire()
    with engine.begin() as connection:
        connection.execute(sa.text("UPDATE schemaver_lock SET expires = 0, owner = 'gone'"))
    got: list[LeaseLock] = []
    start = threading.Barrier(8)

    def taker() -> None:
        with engine.connect() as own:
            lock = LeaseLock(own, "v")
            start.wait(20)
            for _ in range(50):
                try:
                    if lock.acquire():
                        got.append(lock)
                    break
                except sa.exc.OperationalError:  # SQLite is busy
                    time.sleep(0.02)

    threads = [threading.Thread(target=taker) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(got) == 1
    got[0].close()


class TestProxy:
    """PostgreSQL behind something that pools transactions."""

    def test_a_direct_connection_takes_the_session_lock(self, postgresql_url):
        """What the driver was told is what the server says."""
        with sa.create_engine(postgresql_url).connect() as connection:
            assert isinstance(lock_for(connection, "v"), PostgreSQLLock)

    def test_a_made_up_session_number_leads_to_the_row(self, postgresql_url):
        """A proxy answers for the server, with a number of its own."""
        with proxies.pretending_proxy(postgresql_url) as url:
            engine = sa.create_engine(url)
            with engine.connect() as connection:
                assert isinstance(lock_for(connection, "v"), LeaseLock)
                with migration_lock(connection, "v") as held:
                    held.check()
                    with (
                        engine.connect() as other,
                        pytest.raises(LockTimeout, match="process"),
                    ):
                        # In a thread, as another process would: the context is new there.
                        _in_thread(lambda: _take(other))
            engine.dispose()


def _take(connection: sa.Connection) -> None:
    with migration_lock(connection, "v", timeout=0):
        pass


def _in_thread(function) -> None:
    raised: list[BaseException] = []

    def run() -> None:
        try:
            function()
        except BaseException as cause:
            raised.append(cause)

    thread = threading.Thread(target=run)
    thread.start()
    thread.join(30)
    if raised:
        raise raised[0]


@pytest.mark.skipif(not proxies.has_pgbouncer(), reason="there is no pgbouncer on the PATH")
def test_behind_pgbouncer_eight_upgrades_apply_each_revision_once(project, postgresql_url):
    """The sessions behind it are shared, and still one migrates at a time."""
    project.add("a0", "CREATE TABLE counter (n INTEGER)\nINSERT INTO counter VALUES (0)")
    for number in range(1, 4):
        project.add(f"a{number}", "UPDATE counter SET n = n + 1\nSELECT pg_sleep(0.2)")
    with proxies.pgbouncer(postgresql_url) as url:
        at = time.time() + 3
        text = url.render_as_string(hide_password=False)
        processes = [start(text, project.folder, at) for _ in range(8)]
        outputs = [process.communicate(timeout=60) for process in processes]
    assert [process.returncode for process in processes] == [0] * 8, outputs
    engine = sa.create_engine(postgresql_url)
    with engine.connect() as connection:
        assert connection.scalar(sa.text("SELECT n FROM counter")) == 3
        assert connection.scalar(sa.text("SELECT count(*) FROM schemaver_lock")) == 0
    engine.dispose()
