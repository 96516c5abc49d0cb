"""A plan runs step by step, and a failure says where, what, and what now."""

from __future__ import annotations

import logging
import sqlite3
import threading

import pytest
import sqlalchemy as sa

from flask_schemaver.errors import (
    BrokenRevisionFile,
    CannotConnect,
    DatabaseError,
    LockTimeout,
    ReadOnlyDatabase,
    StepFailed,
    StepInterrupted,
)
from flask_schemaver.runtime.ledger import OWN_TABLES, Ledger
from flask_schemaver.runtime.lock import migration_lock
from flask_schemaver.runtime.migration import MigrationContext
from flask_schemaver.runtime.runner import SilentObserver, verify

ALL = pytest.mark.databases("sqlite", "postgresql", "mariadb")


@pytest.fixture
def three(project):
    """a1 <- a2 <- a3, each with a table of its own."""
    for name in ("a1", "a2", "a3"):
        project.add(name, f"CREATE TABLE t_{name} (id INTEGER)", f"DROP TABLE t_{name}")
    return project


def tables(engine: sa.Engine) -> list[str]:
    names = sa.inspect(engine).get_table_names()
    return sorted(name for name in names if name not in OWN_TABLES)


class TestAGoodRun:
    @ALL
    def test_up_and_down_again(self, three, engine, rows_of):
        """All revisions up, two down, and to base; the version row follows."""
        result = three.upgrade(engine)
        assert [done.step.revision.revision for done in result.done] == ["a1", "a2", "a3"]
        assert (result.before, result.after, result.not_run) == ((), ("a3",), ())
        assert rows_of(engine) == ("a3",)
        three.downgrade(engine, "a1")
        assert (rows_of(engine), tables(engine)) == (("a1",), ["t_a1"])
        three.downgrade(engine, "base")
        assert (rows_of(engine), tables(engine)) == ((), [])

    def test_nothing_to_do_takes_no_lock_and_writes_nothing(self, three, engine, monkeypatch):
        """A database at the head is only read."""
        three.upgrade(engine)
        monkeypatch.setattr("flask_schemaver.runtime.migration.migration_lock", None)
        written = []
        sa.event.listen(engine, "before_cursor_execute", lambda *args: written.append(args[2]))
        assert three.upgrade(engine).done == ()
        assert all(sql.startswith(("SELECT", "PRAGMA")) for sql in written)

    def test_each_revision_is_said_at_info_and_nothing_is_configured(self, three, engine, caplog):
        """The lines of the log name both ends and the first line of the docstring."""
        logger = logging.getLogger("flask_schemaver.runtime.migration")
        with caplog.at_level("INFO", logger.name):
            three.upgrade(engine)
            three.downgrade(engine, "a2")
        assert caplog.messages == [
            "Running upgrade  -> a1, make a1",
            "Running upgrade a1 -> a2, make a2",
            "Running upgrade a2 -> a3, make a3",
            "Running downgrade a3 -> a2, make a3",
        ]
        assert logger.handlers == []
        assert logger.propagate

    def test_an_observer_sees_each_step(self, three, engine):
        """Start and end, with its number and how many there are."""
        seen = []

        class Watching:
            def on_waiting(self, seconds, holder): ...

            def on_step_start(self, step, number, total):
                seen.append((step.revision.revision, number, total))

            def on_step_done(self, result):
                seen.append(result.step.revision.revision)

        three.upgrade(engine, observer=Watching())
        assert seen == [("a1", 1, 3), "a1", ("a2", 2, 3), "a2", ("a3", 3, 3), "a3"]

    @pytest.mark.databases("sqlite", "postgresql")
    def test_a_step_whose_commit_fails_is_not_told_as_done(self, project, engine):
        """A reference that leads nowhere is found at the end, and all is rolled back."""
        seen = []

        class Watching(SilentObserver):
            def on_step_done(self, result):
                seen.append(result.step.revision.revision)

        sqlite = engine.dialect.name == "sqlite"
        key = "" if sqlite else "DEFERRABLE INITIALLY DEFERRED"
        project.add("a1", "CREATE TABLE p (id INTEGER PRIMARY KEY)")
        project.add(
            "a2",
            f"CREATE TABLE c (p_id INTEGER REFERENCES p (id) {key})\nINSERT INTO c VALUES (7)",
        )
        if sqlite:
            sa.event.listen(engine, "connect", lambda c, _: c.execute("PRAGMA foreign_keys=ON"))
        with pytest.raises(StepFailed):
            project.upgrade(engine, observer=Watching())
        assert seen == ["a1"]

    def test_callbacks_hear_of_each_version_row(self, three, engine):
        """`on_version_apply` is called by keywords, in the step's transaction."""
        heard = []

        def callback(*, ctx, step, heads, run_args):
            seen = Ledger().read(ctx.connection)
            heard.append((step.up_revision_id, step.down_revision_ids, heads, seen, run_args))

        environment = three.environment("a2")
        with environment, engine.connect() as connection:
            environment.configure(connection=connection, on_version_apply=callback)
            environment.run_migrations(why="test")
        assert heard == [
            ("a1", (), {"a1"}, ("a1",), {"why": "test"}),
            ("a2", ("a1",), {"a2"}, ("a2",), {"why": "test"}),
        ]

    def test_stamping_runs_nothing(self, three, engine, rows_of):
        """`MigrationContext.stamp` moves the row alone."""
        with engine.connect() as connection:
            MigrationContext.configure(connection).stamp(three.script, "a2")
        assert (rows_of(engine), tables(engine)) == (("a2",), [])
        with engine.connect() as connection:
            MigrationContext.configure(connection).stamp(three.script, "base")
        assert rows_of(engine) == ()


class TestAFailure:
    def test_the_error_says_where_and_what(self, project, engine, rows_of):
        """Revision, file, line, statement, the database's words, and what was not run."""
        project.add("a1", "CREATE TABLE t (id INTEGER)")
        file = project.add("a2", "INSERT INTO t VALUES (1)\nINSERT INTO nowhere VALUES (2)")
        project.add("a3")
        with pytest.raises(StepFailed) as caught:
            project.upgrade(engine)
        said = str(caught.value)
        line = 1 + file.read_text().splitlines().index(
            "    context.execute('INSERT INTO nowhere VALUES (2)')"
        )
        assert f"Revision 'a2' failed in '{file}', line {line}:" in said
        assert "nowhere" in said
        assert "INSERT INTO nowhere VALUES (2)" in said
        assert "sqlalche.me" not in said
        assert "All of it was rolled back. The database is at 'a1'. Not run was 'a3'." in said
        assert rows_of(engine) == ("a1",)

    def test_the_result_tells_what_was_done(self, project, engine):
        """After a failure `results` has the done, the failed and the not-run steps."""
        for name, body in (("a1", "pass"), ("a2", "raise KeyError('x')"), ("a3", "pass")):
            project.add(name, body)
        environment = project.environment()
        with environment, engine.connect() as connection:
            environment.configure(connection=connection)
            with pytest.raises(StepFailed, match="KeyError: 'x'"):
                environment.run_migrations()
        (result,) = environment.results
        assert [done.step.revision.revision for done in result.done] == ["a1"]
        assert result.failed is not None
        assert result.failed.revision.revision == "a2"
        assert [step.revision.revision for step in result.not_run] == ["a3"]
        assert (result.before, result.after) == ((), ("a1",))

    def test_one_transaction_for_all_undoes_all(self, project, engine, rows_of):
        """`transaction_per_migration=False` keeps nothing of the revisions before."""
        project.add("a1", "CREATE TABLE t (id INTEGER)")
        project.add("a2", "SELECT * FROM nowhere")
        with pytest.raises(StepFailed, match="All 2 revisions were rolled back"):
            project.upgrade(engine, transaction_per_migration=False)
        assert (rows_of(engine), tables(engine)) == ((), [])

    @pytest.mark.databases("mariadb")
    def test_without_transactional_ddl_it_says_what_was_kept(self, project, engine, rows_of):
        """MariaDB keeps the table; the row stays at the revision before, and this is said."""
        project.add("a1")
        project.add("a2", "CREATE TABLE t (id INTEGER)\nSELECT * FROM nowhere")
        with pytest.raises(StepFailed, match="cannot roll DDL back"):
            project.upgrade(engine)
        assert (rows_of(engine), tables(engine)) == (("a1",), ["t"])

    def test_an_interrupt_leaves_the_revision_before(self, project, engine, rows_of):
        """Ctrl-C in the middle of a script: rolled back, exit code 130."""
        project.add("a1", "CREATE TABLE t (id INTEGER)")
        project.add("a2", "INSERT INTO t VALUES (1)\nraise KeyboardInterrupt")
        with pytest.raises(StepInterrupted, match="Revision 'a2' was interrupted") as caught:
            project.upgrade(engine)
        assert caught.value.exit_code == 130
        assert rows_of(engine) == ("a1",)
        with engine.connect() as connection:
            assert connection.scalar(sa.text("SELECT count(*) FROM t")) == 0

    def test_a_broken_file_stops_before_the_first_statement(self, project, engine, rows_of):
        """The last file cannot be loaded: the first is not run either."""
        project.add("a1", "CREATE TABLE t (id INTEGER)")
        file = project.add("a2")
        file.write_text(file.read_text() + "\nimport no_such_module\n")
        with pytest.raises((BrokenRevisionFile, ImportError)):
            project.upgrade(engine)
        assert (rows_of(engine), tables(engine)) == ((), [])

    def test_a_password_is_not_said(self, project, engine):
        """The text of an error has no password of the URL in it."""
        project.add("a1", "raise RuntimeError('secret99 was refused')")
        engine.url = engine.url.set(password="secret99")
        with pytest.raises(StepFailed) as caught, engine.connect() as connection:
            project.upgrade(connection)
        assert "secret99" not in str(caught.value)


class TestADatabaseThatCannotBeUsed:
    @pytest.fixture
    def path(self, tmp_path):
        path = tmp_path / "shop.sqlite3"
        sqlite3.connect(path).close()
        return path

    def test_a_read_only_file_is_named(self, three, path):
        """SQLite opened for reading alone: nothing happens, and the file is named."""
        engine = sa.create_engine(f"sqlite:///file:{path}?mode=ro&uri=true")
        with pytest.raises(ReadOnlyDatabase) as caught:
            three.upgrade(engine)
        assert str(path) in str(caught.value)
        assert "Nothing was changed" in str(caught.value)

    def test_a_read_only_session_is_named(self, three, postgresql_url):
        """PostgreSQL refuses the first statement; the message shows no password."""
        url = sa.make_url(postgresql_url).set(password="secret99")
        options = {"options": "-c default_transaction_read_only=on"}
        engine = sa.create_engine(url, connect_args=options)
        with pytest.raises(ReadOnlyDatabase) as caught:
            three.upgrade(engine)
        assert "secret99" not in str(caught.value)
        assert "***" in str(caught.value)
        engine.dispose()

    def test_no_connection_is_a_clear_error(self, three, tmp_path):
        """An engine that cannot connect, in env.py, is reported by its address."""
        engine = sa.create_engine("postgresql+psycopg://u:secret99@127.0.0.1:1/shop")
        with pytest.raises(CannotConnect) as caught, three.environment():
            engine.connect()
        assert "'postgresql+psycopg://u:***@127.0.0.1:1/shop'" in str(caught.value)
        missing = sa.create_engine(f"sqlite:///{tmp_path}/nowhere/shop.db")
        with pytest.raises(CannotConnect, match=r"nowhere/shop\.db"), three.environment():
            missing.connect()

    def test_a_failing_statement_in_env_py_is_not_a_missing_connection(self, three, engine):
        """Only an engine that cannot connect is one."""
        with pytest.raises(sa.exc.DBAPIError), three.environment(), engine.connect() as connection:
            connection.execute(sa.text("SELECT * FROM nowhere"))


class TestReadingBack:
    def test_a_commit_that_did_not_happen_is_found(self, engine):
        """Another connection sees other rows than those that were written."""
        with engine.begin() as connection:
            Ledger().ensure(connection)
            Ledger().insert(connection, ["a1"])
        with engine.connect() as connection:
            verify(connection, Ledger(), ["a1"])
            with pytest.raises(DatabaseError, match="sees the database at 'a1' and not at 'a2'"):
                verify(connection, Ledger(), ["a2"])

    @pytest.mark.databases("postgresql")
    def test_the_search_path_of_the_connection_is_followed(self, three, engine):
        """A tenant's schema, chosen by search_path, is looked at by both connections."""
        with engine.begin() as connection:
            connection.execute(sa.text("CREATE SCHEMA tenant"))
        with engine.connect() as connection:
            connection.execute(sa.text("SET search_path TO tenant"))
            connection.commit()
            connection.dialect.default_schema_name = "tenant"
            three.upgrade(connection)
            assert MigrationContext.configure(connection).get_current_heads() == ("a3",)
        assert "t_a1" in sa.inspect(engine).get_table_names("tenant")

    def test_a_database_in_memory_is_not_read_back(self, three):
        """There is no second connection to it."""
        engine = sa.create_engine("sqlite://")
        assert three.upgrade(engine).after == ("a3",)


@ALL
def test_the_message_is_the_databases_own(project, engine):
    """No class of the driver, no number in front, no link."""
    project.add("a1", "SELECT * FROM nowhere")
    with pytest.raises(StepFailed) as caught:
        project.upgrade(engine)
    first = str(caught.value).splitlines()[0].partition(", line ")[2].partition(": ")[2]
    assert first.split(" ")[0].lower() in ("no", "relation", "table"), first


def test_a_schema_translate_map_is_followed(three, postgresql_url, rows_of):
    """The version table is looked for where the connection puts it."""
    engine = sa.create_engine(postgresql_url)
    with engine.begin() as connection:
        connection.execute(sa.text("CREATE SCHEMA tenant"))
    mapped = engine.execution_options(schema_translate_map={None: "tenant"})
    three.upgrade(mapped)
    assert rows_of(mapped) == ("a3",)
    assert "schemaver_version" in sa.inspect(engine).get_table_names("tenant")
    engine.dispose()


def test_a_writer_that_does_not_end_is_reported(three, tmp_path, monkeypatch):
    """SQLite's write lock is waited for, and then the hint says whose turn it is."""
    monkeypatch.setattr("flask_schemaver.runtime.transaction.BUSY_SECONDS", 0.2)
    path = tmp_path / "shop.db"
    writer = sqlite3.connect(path, isolation_level=None)
    writer.execute("BEGIN IMMEDIATE")
    with pytest.raises(StepFailed, match="database is locked") as caught:
        three.upgrade(sa.create_engine(f"sqlite:///{path}", connect_args={"timeout": 0.1}))
    assert "Another process writes" in str(caught.value)
    writer.close()


def test_a_read_only_session_of_mariadb_is_named(three, mariadb_url):
    """MariaDB's number for it is known."""
    options = {"init_command": "SET SESSION TRANSACTION READ ONLY"}
    engine = sa.create_engine(mariadb_url, connect_args=options)
    with pytest.raises(ReadOnlyDatabase, match="cannot be written"):
        three.upgrade(engine)
    engine.dispose()


@ALL
def test_a_migrator_that_does_not_end_is_waited_for_and_told(three, engine, rows_of):
    """The observer hears who it is, then the time is over and nothing was done."""
    heard, ready, done = [], threading.Event(), threading.Event()

    class Watching(SilentObserver):
        def on_waiting(self, seconds, holder):
            heard.append(holder)

    def hold() -> None:
        with engine.connect() as connection, migration_lock(connection, "schemaver_version"):
            ready.set()
            done.wait(10)

    thread = threading.Thread(target=hold)
    thread.start()
    ready.wait(10)
    with pytest.raises(LockTimeout):
        three.upgrade(engine, lock_timeout=0.2, observer=Watching())
    done.set()
    thread.join()
    assert heard
    assert heard[0]
    assert rows_of(engine) == ()
