"""What a person does about a revision that was stopped in the middle, with the real program."""

from __future__ import annotations

import json
import os
import pty
import select
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import sqlalchemy as sa

import databases

ROOT = Path(__file__).parents[2]
ENV = """
import sqlalchemy as sa
from flask_schemaver import context

engine = sa.create_engine(context.config.get_main_option("sqlalchemy.url"))
with engine.connect() as connection:
    context.configure(connection=connection)
    context.run_migrations()
"""
BODY = """
op.create_table("t", sa.Column("id", sa.Integer, primary_key=True), sa.Column("n", sa.Integer))
INSERT INTO t VALUES (1, 1)
op.add_column("t", sa.Column("extra", sa.Integer))
op.create_index("ix", "t", ["missing"])
UPDATE t SET n = n + 10
"""


class Program:
    """Runs `schemaver` in a process of its own on a folder of revisions."""

    def __init__(self, folder: Path, url: str) -> None:
        (folder / "env.py").write_text(ENV)
        self.ini = folder.parent / "schemaver.ini"
        text = f"[schemaver]\nscript_location = {folder}\nsqlalchemy.url = {url}\n"
        self.ini.write_text(text)

    def words(self, *words: str) -> list[str]:
        return [sys.executable, "-m", "flask_schemaver", "-c", str(self.ini), *words]

    def __call__(self, *words: str, code: int = 0) -> str:
        """What a line says; it must end with the exit code."""
        done = subprocess.run(
            self.words(*words),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=60,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            check=False,
        )
        assert done.returncode == code, (done.returncode, done.stdout + done.stderr)
        return done.stdout + done.stderr

    def start(self, *words: str) -> subprocess.Popen[str]:
        return subprocess.Popen(self.words(*words), env={**os.environ, "PYTHONPATH": str(ROOT)})

    def at_a_terminal(self, given: str, *words: str) -> tuple[int, str]:
        """The exit code and all that a terminal shows, where a person types `given`."""
        child, terminal = pty.fork()
        if child == 0:
            os.execve(sys.executable, self.words(*words), {**os.environ, "PYTHONPATH": str(ROOT)})
        said = b""
        deadline = time.monotonic() + 60
        typed = False
        while time.monotonic() < deadline:
            ready, _, _ = select.select([terminal], [], [], 1)
            if not ready:
                continue
            try:
                more = os.read(terminal, 4096)
            except OSError:
                break
            if not more:
                break
            said += more
            if b"? " in said and not typed:
                os.write(terminal, given.encode() + b"\n")
                typed = True
        os.close(terminal)
        _, status = os.waitpid(child, 0)
        return os.waitstatus_to_exitcode(status), said.decode()


@pytest.fixture
def engine(mariadb_url):
    """A database that keeps what a failed revision did."""
    engine = sa.create_engine(mariadb_url)
    yield engine
    engine.dispose()


@pytest.fixture
def program(project, engine):
    """The program for the project, on a database of MariaDB."""
    return Program(project.folder, databases.text_of(engine.url))


def values(engine):
    with engine.connect() as connection:
        return [row[:2] for row in connection.execute(sa.text("SELECT * FROM t")).fetchall()]


def tables(engine):
    return set(sa.inspect(engine).get_table_names()) - {"schemaver_version", "schemaver_history"}


def edit(file, old, new):
    file.write_text(file.read_text().replace(old, new))


def killed_in(program, engine, sql):
    """Kill -9 the upgrade while the server runs a statement that waits for our lock of 't'."""
    with engine.connect() as holder:
        holder.exec_driver_sql("SELECT * FROM t").fetchall()  # a metadata lock until it ends
        process = program.start("upgrade")
        asked = sa.text(
            "SELECT count(*) FROM information_schema.processlist"
            " WHERE db = DATABASE() AND info LIKE :sql"
        )
        deadline = time.monotonic() + 60
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as aside:
            while not aside.scalar(asked, {"sql": f"{sql}%"}) and time.monotonic() < deadline:
                time.sleep(0.05)
        assert process.poll() is None
        process.send_signal(signal.SIGKILL)
        process.wait(timeout=20)
    time.sleep(0.3)


def test_without_an_answer_it_shows_what_is_known_and_changes_nothing(project, program, rows_of):
    """Operation n of m, the evidence of each, and the flags; exit code 7."""
    project.add("a1", BODY)
    assert "flask db repair" not in program("upgrade", code=1)
    said = program("repair", code=7)
    assert "upgrade of revision a1 stopped at operation 4 of 5" in said
    assert "1. create table 't'\n     done, by the journal and the catalogue" in said
    assert "one transaction" in said
    assert "4. add index 'ix'" in said
    assert "failed: Key column 'missing' doesn't exist" in said
    assert "5. context.execute('UPDATE t SET n = n + 10')\n     not begun" in said
    assert "schemaver repair --resume" in said


def test_nothing_half_done_is_nothing_to_repair(project, program):
    """Exit code 0, before any revision was run and after."""
    project.add("a1", "CREATE TABLE t (id INTEGER, n INTEGER)")
    assert "Nothing is half done." in program("repair")
    program("upgrade")
    assert "Nothing is half done." in program("repair", "--undo")
    assert json.loads(program("repair", "--json")) == []


def test_resume_goes_on_at_the_first_operation_that_is_not_done(project, program, engine, rows_of):
    """The corrected file is finished; no row is written twice."""
    file = project.add("a1", BODY)
    program("upgrade", code=1)
    edit(file, "missing", "extra")
    assert "'a1' was finished" in program("repair", "--resume")
    assert values(engine) == [(1, 11)]
    assert rows_of(engine) == ("a1",)
    assert tables(engine) == {"t"}


def test_resume_believes_the_journal_where_the_file_changed(project, program, engine):
    """An upgrade stops there; a person who says so goes on."""
    file = project.add("a1", BODY)
    program("upgrade", code=1)
    edit(file, 'sa.Column("extra", sa.Integer)', 'sa.Column("extra", sa.BigInteger)')
    edit(file, "missing", "extra")
    assert "schemaver repair" in program("upgrade", code=7)
    program("repair", "--resume")
    assert values(engine) == [(1, 11)]


def test_resume_at_an_operation_that_is_said(project, program, engine):
    """What is before it counts as done, what is from it on is run, done or not."""
    file = project.add("a1", BODY)
    program("upgrade", code=1)
    edit(file, "missing", "extra")
    program("repair", "--resume", "--at", "5")
    assert values(engine) == [(1, 11)]
    assert not sa.inspect(engine).get_indexes("t")


def test_undo_takes_back_what_was_done(project, program, engine, rows_of):
    """Rows of a table that the revision made go with it; the next upgrade begins anew."""
    project.add("a0", "CREATE TABLE other (id INTEGER, n INTEGER)")
    file = project.add("a1", BODY.replace('op.add_column("t"', 'op.add_column("other"').strip())
    program("upgrade", code=1)
    program("repair", "--undo")
    assert tables(engine) == {"other"}
    assert [one["name"] for one in sa.inspect(engine).get_columns("other")] == ["id", "n"]
    assert rows_of(engine) == ("a0",)
    assert "undone" in program("history", "--applied")
    edit(file, "missing", "n")
    program("upgrade")
    assert values(engine) == [(1, 11)]


def test_an_altered_column_gets_back_what_it_was(project, program, engine):
    """The way back was noted before the operation ran, with what the database said."""
    project.add("a0", "CREATE TABLE t (id INTEGER, n VARCHAR(20) NOT NULL DEFAULT 'x')")
    project.add(
        "a1",
        'op.alter_column("t", "n", type_=sa.String(50), nullable=True)\nDROP TABLE zz',
    )
    before = program("upgrade", "a0") and sa.inspect(engine).get_columns("t")
    program("upgrade", code=1)
    program("repair", "--undo")
    assert repr(sa.inspect(engine).get_columns("t")) == repr(before)


def test_rows_that_were_written_cannot_be_taken_back(project, program, engine):
    """It says which operation wrote them, and nothing is changed."""
    project.add("a0", "CREATE TABLE t (id INTEGER, n INTEGER)\nINSERT INTO t VALUES (1, 1)")
    project.add("a1", "CREATE TABLE u (id INTEGER)\nUPDATE t SET n = 7\nDROP TABLE zz")
    program("upgrade", code=1)
    said = program("repair", "--undo", code=7)
    assert "Operation 2 ('UPDATE t SET n = 7') wrote rows." in said
    assert "--mark-done" in said
    assert tables(engine) == {"t", "u", "schemaver_journal"}


def test_marked_as_done_the_version_row_moves_and_nothing_runs(project, program, engine, rows_of):
    """A person finished it by hand; the history says so."""
    project.add("a1", BODY)
    project.add("a2", "CREATE TABLE u (id INTEGER)")
    program("upgrade", code=1)
    program("repair", "--mark-done")
    assert rows_of(engine) == ("a1",)
    assert values(engine) == [(1, 1)]
    assert "marked" in program("history", "--applied")
    program("upgrade")
    assert rows_of(engine) == ("a2",)


def test_a_downgrade_is_repaired_too(project, program, engine, rows_of):
    """Finished, and taken back."""
    file = project.add(
        "a1",
        'CREATE TABLE t (id INTEGER, n INTEGER)\nop.create_index("ix", "t", ["n"])',
        'op.drop_index("ix", "t", ["n"])\nDROP TABLE zz',
    )
    edit(file, 'op.drop_index("ix", "t", ["n"])', 'op.drop_index("ix", "t")')
    program("upgrade")
    program("downgrade", "base", "--yes", code=1)
    assert "The downgrade of revision a1 stopped at operation 2 of 2" in program("repair", code=7)
    edit(file, "DROP TABLE zz", "DROP TABLE t")
    program("repair", "--resume")
    assert rows_of(engine) == ()
    assert tables(engine) == set()


@pytest.mark.parametrize("how", ["--resume", "--undo"])
def test_killed_in_the_middle_of_a_statement(project, program, engine, rows_of, how):
    """Kill -9 while the server waits inside ALTER TABLE: both ways end where they say."""
    project.add("a0", "CREATE TABLE t (id INTEGER, n INTEGER)")
    project.add(
        "a1",
        """
        op.create_table("u", sa.Column("id", sa.Integer, primary_key=True))
        op.add_column("t", sa.Column("x", sa.Integer))
        op.create_index("ix", "t", ["x"])
        """,
    )
    program("upgrade", "a0")
    killed_in(program, engine, "ALTER TABLE t ADD")
    said = program("repair", code=7)
    assert "at operation 2 of 3" in said or "at operation 3 of 3" in said
    program("repair", how)
    columns = [one["name"] for one in sa.inspect(engine).get_columns("t")]
    if how == "--resume":
        assert rows_of(engine) == ("a1",)
        assert columns == ["id", "n", "x"]
        assert tables(engine) == {"t", "u"}
        assert [one["name"] for one in sa.inspect(engine).get_indexes("t")] == ["ix"]
    else:
        assert rows_of(engine) == ("a0",)
        assert columns == ["id", "n"]
        assert tables(engine) == {"t"}


def test_a_person_at_a_terminal_is_asked(project, program, engine, rows_of):
    """One letter answers; nothing else changes anything."""
    project.add("a1", BODY)
    program("upgrade", code=1)
    code, said = program.at_a_terminal("", "repair")
    assert code == 7, said
    assert rows_of(engine) == ()
    code, said = program.at_a_terminal("u", "repair")
    assert code == 0, said
    assert "[u]ndo" in said
    assert tables(engine) == set()


def test_flags_that_exclude_each_other_are_refused(project, program):
    """And so is a place without a way."""
    program("repair", "--undo", "--resume", code=1)
    program("repair", "--at", "3", code=1)


def test_around_an_autocommit_block(project, postgresql_url):
    """On PostgreSQL what was committed before the block is taken back as well."""
    engine = sa.create_engine(postgresql_url)
    program = Program(project.folder, databases.text_of(engine.url))
    project.add("a0", "CREATE TABLE t (id INTEGER, n INTEGER)\nINSERT INTO t VALUES (1, 1), (1, 1)")
    project.add(
        "a1",
        """
        op.add_column("t", sa.Column("x", sa.Integer))
        with op.get_context().autocommit_block():
            op.create_index("ix", "t", ["n"], postgresql_concurrently=True)
            op.create_index("ux", "t", ["n"], unique=True, postgresql_concurrently=True)
        """,
    )
    program("upgrade", code=1)
    assert "stopped at operation 3 of 3" in program("repair", code=7)
    program("repair", "--undo")
    assert [one["name"] for one in sa.inspect(engine).get_columns("t")] == ["id", "n"]
    assert not sa.inspect(engine).get_indexes("t")
    assert "schemaver_journal" not in tables(engine)
    engine.dispose()
