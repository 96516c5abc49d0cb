"""A statement that hangs: who is in the way is told, and a step that waits too long is retried."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import sqlalchemy as sa

from flask_schemaver.errors import StepFailed
from flask_schemaver.runtime import hanging, patience
from flask_schemaver.runtime.runner import SilentObserver

SERVERS = pytest.mark.databases("postgresql", "mariadb")
PROGRAM = """
import sys, time
import sqlalchemy as sa

engine = sa.create_engine(sys.argv[1])
with engine.connect() as connection:
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql("SET application_name = 'reports'")
    connection.exec_driver_sql("SELECT count(*) FROM t")
    print("there", flush=True)
    time.sleep(60)
"""


class Listening(SilentObserver):
    """Keeps what it is told, and may end what is in the way then."""

    def __init__(self, then=lambda: None):
        self.blocked, self.warnings, self.then = [], [], then

    def on_blocked(self, seconds, blockers):
        self.blocked.append((seconds, blockers))
        self.then()

    def on_warning(self, message, hint):
        self.warnings.append(message)


@contextmanager
def session_on(engine) -> Iterator[sa.Connection]:
    """A session with an open transaction that has read the table 't'."""
    with engine.connect() as connection:
        connection.exec_driver_sql("SELECT count(*) FROM t")
        yield connection


@pytest.fixture
def table(project, engine):
    project.add("a1", "CREATE TABLE t (id INTEGER)")
    project.upgrade(engine)
    project.add("a2", "INSERT INTO t VALUES (1)\nALTER TABLE t ADD COLUMN n INTEGER")


@SERVERS
def test_another_process_that_blocks_is_told(project, engine, database_url, table, monkeypatch):
    """Its session, user, application, statement and the age of its transaction."""
    import subprocess
    import sys

    monkeypatch.setattr(hanging, "LOOK_EVERY", 1.0)
    other = subprocess.Popen(
        [sys.executable, "-c", PROGRAM, database_url], stdout=subprocess.PIPE, text=True
    )
    assert other.stdout.readline() == "there\n"
    observer = Listening(other.kill)
    began = time.monotonic()
    project.upgrade(engine, observer=observer)
    assert time.monotonic() - began >= 1
    other.communicate(timeout=10)
    seconds, (blocker,) = observer.blocked[0]
    assert seconds >= 1
    assert not blocker.is_own
    said = str(blocker)
    assert f"session {blocker.session} of '{engine.url.username}'" in said
    assert re.search(r"its transaction open for \d+ s", said)
    with engine.connect() as connection:
        asked = "SELECT count(*) FROM information_schema.plugins WHERE plugin_name = :name"
        name = {"name": "METADATA_LOCK_INFO"}
        tells = engine.dialect.name == "postgresql" or connection.scalar(sa.text(asked), name)
    assert said.startswith("perhaps session" if not tells else "session")
    assert ("(a guess: without the plugin metadata_lock_info" in said) is not bool(tells)
    if engine.dialect.name == "postgresql":
        assert blocker.application == "reports"
        assert "SELECT count(*) FROM t" in said
        assert "idle in transaction" in said


@SERVERS
def test_a_session_of_this_very_process_is_told_as_such(project, engine, table, monkeypatch):
    """As create_app() leaves one open that has read something."""
    monkeypatch.setattr(hanging, "LOOK_EVERY", 1.0)
    app = sa.create_engine(engine.url)
    left_open = app.connect()
    left_open.exec_driver_sql("SELECT count(*) FROM t")
    observer = Listening(left_open.invalidate)
    project.upgrade(engine, observer=observer)
    app.dispose()
    ((_, (blocker,)), *_) = observer.blocked
    assert blocker.is_own
    assert "this very process" in str(blocker)
    assert "create_app()" in str(blocker)


def test_a_session_of_the_revision_that_waits_for_it_is_told(project, postgresql_url, monkeypatch):
    """It would wait for ever: the revision goes on only after it."""
    monkeypatch.setattr(hanging, "LOOK_EVERY", 0.5)
    engine = sa.create_engine(postgresql_url)
    project.add("a1", "CREATE TABLE t (id INTEGER)")
    project.upgrade(engine)
    other = f"sa.create_engine({postgresql_url!r}).begin()"
    insert = "sa.text('INSERT INTO t VALUES (1)')"
    project.add(
        "a2",
        f"ALTER TABLE t ADD COLUMN n INTEGER\nwith {other} as other:\n    other.execute({insert})",
    )
    observer = Listening()

    def end() -> None:
        (_, (blocker,)) = observer.blocked[-1]
        with engine.connect() as aside:
            aside.execute(sa.text("SELECT pg_cancel_backend(:pid)"), {"pid": blocker.session})

    observer.then = end
    with pytest.raises(StepFailed):
        project.upgrade(engine, observer=observer)
    ((_, (blocker,)), *_) = observer.blocked
    assert "waits for the transaction of the revision" in str(blocker)
    assert "INSERT INTO t" in str(blocker)
    assert "op.get_bind()" in str(blocker)
    engine.dispose()


@SERVERS
def test_rows_that_are_locked_are_told_too(project, engine, table, monkeypatch):
    """The wait of an UPDATE for another transaction's row."""
    monkeypatch.setattr(hanging, "LOOK_EVERY", 1.0)
    project.upgrade(engine)
    project.add("a3", "UPDATE t SET n = 1")
    other = engine.connect()
    other.exec_driver_sql("UPDATE t SET n = 2")
    # The pool would roll back in this process, so the other session is ended by the server.
    observer = Listening(lambda: other.rollback() if other.in_transaction() else None)
    project.upgrade(engine, observer=observer)
    other.close()
    assert len(observer.blocked[0][1]) == 1


@SERVERS
def test_nothing_is_told_of_a_statement_that_is_only_slow(project, engine, monkeypatch):
    """Nobody is in its way."""
    monkeypatch.setattr(hanging, "LOOK_EVERY", 0.3)
    slow = "pg_sleep(1)" if engine.dialect.name == "postgresql" else "SLEEP(1)"
    project.add("a1", f"SELECT {slow}")
    observer = Listening()
    project.upgrade(engine, observer=observer)
    assert observer.blocked == []
    assert not [one for one in threading.enumerate() if one.name == "schemaver-watch"]


def test_passwords_are_not_told(postgresql_url):
    """A blocking statement that sets one is shown by its first word."""
    engine = sa.create_engine(postgresql_url)
    with engine.connect() as one, engine.connect() as two:
        one.exec_driver_sql("SELECT 1 AS x -- password 'hunter2'")
        assert "hunter2" not in hanging._hidden("ALTER USER x PASSWORD 'hunter2'")
        assert hanging.blockers(two, 0) == ()
    engine.dispose()


@SERVERS
def test_a_step_is_begun_again_when_the_lock_is_free(project, engine, table, rows_of, monkeypatch):
    """The rows of the attempts before were rolled back, and the session's setting is as it was."""
    monkeypatch.setattr(patience, "_FIRST_PAUSE", 0.1)
    asked = "SHOW lock_timeout"
    if engine.dialect.name == "mysql":
        asked = "SELECT @@SESSION.lock_wait_timeout"
    with session_on(engine) as other:
        observer = Listening()
        warned = observer.on_warning

        def once(message, hint):
            warned(message, hint)
            other.rollback()

        observer.on_warning = once
        with engine.connect() as connection:
            before = connection.exec_driver_sql(asked).scalar()
            connection.rollback()
            project.upgrade(connection, observer=observer, lock_timeout_ddl=0.5)
            assert connection.exec_driver_sql(asked).scalar() == before
    assert len(observer.warnings) == 1
    assert "Revision 'a2' did not get a lock within 0.5 s" in observer.warnings[0]
    assert rows_of(engine) == ("a2",)
    with engine.connect() as connection:
        assert connection.scalar(sa.text("SELECT count(*) FROM t")) == 1
        assert not sa.inspect(connection).has_table("schemaver_journal")


@SERVERS
def test_after_the_last_try_the_error_says_what_helps(project, engine, table, rows_of, monkeypatch):
    """The database is at the revision before."""
    monkeypatch.setattr(patience, "_FIRST_PAUSE", 0.01)
    monkeypatch.setattr(patience, "TRIES", 2)
    with session_on(engine), pytest.raises(StepFailed) as caught:
        project.upgrade(engine, lock_timeout_ddl="0.2")
    assert "The database is at 'a1'" in str(caught.value)
    assert rows_of(engine) == ("a1",)
    if engine.dialect.name == "postgresql":
        assert "SCHEMAVER_LOCK_TIMEOUT_DDL" in str(caught.value.hint)
