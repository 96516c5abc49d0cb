"""Stopped between a statement and the note of it, or in an operation of several statements."""

from __future__ import annotations

import threading

import pytest
import sqlalchemy as sa

from flask_schemaver.errors import HalfDone

BASE = """
CREATE TABLE p (id INTEGER PRIMARY KEY)
CREATE TABLE t (id INTEGER PRIMARY KEY, n INTEGER, p_id INTEGER)
ALTER TABLE t ADD CONSTRAINT fk FOREIGN KEY (p_id) REFERENCES p (id)
CREATE INDEX ix ON t (n)
INSERT INTO t VALUES (1, 1, NULL)
"""


class Crash(BaseException):
    """Ends a run as kill -9 does: nothing is noted any more."""


@pytest.fixture
def engine(mariadb_url):
    """A database that keeps what a failed revision did."""
    engine = sa.create_engine(mariadb_url)
    yield engine
    engine.dispose()


@pytest.fixture
def run_until(project, engine):
    """Run the upgrade, and raise before the statement that contains some words."""

    def run(words, error=Crash, passing=0):
        left = [passing]

        def stop(connection, cursor, statement, *_):
            if words in statement:
                left[0] -= 1
                if left[0] < 0:
                    raise error

        sa.event.listen(engine, "before_cursor_execute", stop)
        try:
            with pytest.raises(error):
                project.upgrade(engine)
        finally:
            sa.event.remove(engine, "before_cursor_execute", stop)

    return run


def columns(engine):
    return [column["name"] for column in sa.inspect(engine).get_columns("t")]


NOTE = "UPDATE schemaver_journal"


def test_an_operation_that_reads_what_it_has_done_is_left_out(project, engine, run_until, rows_of):
    """A renamed column is not looked for by its old name."""
    project.add("a1", BASE)
    project.upgrade(engine)
    project.add(
        "a2",
        """
        op.alter_column("t", "n", new_column_name="m", existing_type=sa.Integer)
        UPDATE t SET m = m + 1
        """,
    )
    run_until(NOTE)
    assert "m" in columns(engine)
    project.upgrade(engine)
    assert rows_of(engine) == ("a2",)
    with engine.connect() as connection:
        assert connection.scalar(sa.text("SELECT m FROM t")) == 2


def test_an_operation_goes_on_with_the_statements_that_it_began_with(
    project, engine, run_until, rows_of
):
    """A column's foreign key is gone; what drops the column is run, and not numbered anew."""
    project.add("a1", BASE)
    project.upgrade(engine)
    project.add("a2", 'op.drop_column("t", "p_id")\nUPDATE t SET n = n + 1')
    run_until("COLUMN p_id")
    assert "p_id" in columns(engine)
    project.upgrade(engine)
    assert rows_of(engine) == ("a2",)
    assert columns(engine) == ["id", "n"]
    assert not sa.inspect(engine).get_foreign_keys("t")


def test_stopped_a_second_time(project, engine, run_until, rows_of):
    """What the second run found done in the catalogue, the third finds as it was left."""
    project.add("a1", BASE)
    project.upgrade(engine)
    project.add(
        "a2",
        """
        op.add_column("t", sa.Column("x", sa.Integer))
        op.create_index("ix_x", "t", ["x"])
        UPDATE t SET x = n + 1
        """,
    )
    run_until(NOTE)
    run_until(NOTE, passing=1)
    project.upgrade(engine)
    assert rows_of(engine) == ("a2",)
    assert {index["name"] for index in sa.inspect(engine).get_indexes("t")} >= {"ix", "ix_x"}


def test_what_was_interrupted_may_have_been_done(project, engine, rows_of):
    """The server does not hear of Ctrl-C: the catalogue is asked, and the error does not say no."""
    project.add("a1", BASE)
    project.upgrade(engine)
    file = project.add(
        "a2",
        """
        def interrupt(connection, cursor, statement, *_):
            if statement.startswith("DROP"):
                # Plainly written, the file would be one that writes beside its connection.
                with getattr(connection.engine, "connect")() as other:
                    other.exec_driver_sql(statement)
                raise KeyboardInterrupt
        CREATE INDEX ix_2 ON t (id, n)
        sa.event.listen(op.get_bind(), "before_cursor_execute", interrupt)
        DROP INDEX ix ON t
        """,
    )
    with pytest.raises(Exception, match=r"Begun, and perhaps done: 2\. "):
        project.upgrade(engine)
    text = file.read_text()
    file.write_text(text.replace("sa.event.listen", "print"))
    project.upgrade(engine)
    assert rows_of(engine) == ("a2",)
    assert "ix" not in {index["name"] for index in sa.inspect(engine).get_indexes("t")}


@pytest.mark.parametrize(
    ("line", "called"),
    [
        ('bind.connection.cursor().execute("INSERT INTO t VALUES (2, 2, NULL)")', "cursor"),
        ('with bind.engine.begin() as other: other.exec_driver_sql("SELECT 1")', "engine.begin"),
    ],
)
def test_what_the_journal_cannot_see_is_not_written_twice(
    project, engine, run_until, rows_of, line, called
):
    """A cursor of the driver, or another connection: a person looks, and takes the line out."""
    project.add("a1", BASE)
    project.upgrade(engine)
    up = f"bind = op.get_bind()\n{line}\nCREATE TABLE u (id INTEGER)\nDROP TABLE u"
    file = project.add("a2", up)
    run_until("DROP TABLE u")
    with pytest.raises(HalfDone, match=f"Its file calls '{called}' in line") as caught:
        project.upgrade(engine)
    assert caught.value.exit_code == 7
    file.write_text(file.read_text().replace(line, ""))
    project.upgrade(engine)
    assert rows_of(engine) == ("a2",)


class Told:
    """An observer that calls a function at the first warning."""

    def __init__(self, function):
        self.function, self.warnings = function, []

    def on_warning(self, message, hint):
        self.warnings.append(message)
        self.function()

    def __getattr__(self, name):
        return lambda *_: None


def test_a_statement_that_the_server_still_runs_is_waited_for(project, engine, rows_of):
    """A server goes on with an ALTER whose client was killed; doing it twice would fail."""
    alter = "ALTER TABLE t ADD COLUMN x INTEGER"
    project.add("a1", BASE)
    project.upgrade(engine)
    project.add(
        "a2",
        f"""
        import builtins
        def stop(*_):
            if not hasattr(builtins, "_stopped_{id(engine)}"):
                builtins._stopped_{id(engine)} = True
                raise SystemExit
        sa.event.listen(op.get_bind(), "before_cursor_execute", lambda c, k, s, *_:
            stop() if s == "{alter}" else None)
        {alter}
        UPDATE t SET x = n
        """,
    )
    with pytest.raises(SystemExit):
        project.upgrade(engine)

    def orphan():
        with engine.connect() as connection:
            connection.exec_driver_sql(alter)

    reader = engine.connect()
    reader.exec_driver_sql("SELECT * FROM t").all()
    thread = threading.Thread(target=orphan)
    thread.start()
    told = Told(reader.rollback)
    try:
        project.upgrade(engine, observer=told)
    finally:
        reader.close()
        thread.join()
    assert any(f"still runs '{alter}'" in text for text in told.warnings)
    assert rows_of(engine) == ("a2",)
    assert columns(engine)[-1] == "x"
