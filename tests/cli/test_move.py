"""Upgrade, downgrade, stamp: what is done, what is printed, what is refused."""

from __future__ import annotations

import json
import os
import pathlib
import signal
import sqlite3
import subprocess
import sys
from typing import Any

import pytest
import sqlalchemy as sa

from flask_schemaver.runtime.lock import lock_for, migration_lock


def test_upgrade_prints_a_line_for_each_revision_and_where_it_ended(chain: Any) -> None:
    """Progress and result are visible."""
    lines = chain.ok("upgrade").splitlines()
    assert lines[0].startswith("[1/3] upgrade base -> a1aa: step a1aa ... done (")
    assert lines[2].startswith("[3/3] upgrade b2bb -> c3cc: step c3cc ... done (")
    assert lines[3] == "The database is at 'c3cc' (head)."
    assert chain.tables() == {"schemaver_version", "t_a1aa", "t_b2bb", "t_c3cc"}


def test_an_upgrade_of_a_current_database_says_so(chain: Any) -> None:
    """Nothing to do is a result too."""
    chain.ok("upgrade")
    assert chain.ok("upgrade") == "Nothing to do. The database is at 'c3cc' (head).\n"


def test_upgrade_stops_where_it_is_told_to(chain: Any) -> None:
    """A revision, or a number of steps."""
    assert "at 'b2bb'." in chain.ok("upgrade", "b2")
    assert "at 'c3cc' (head)." in chain.ok("upgrade", "+1")


@pytest.mark.parametrize("words", [["-1"], ["--", "-1"], ["b2bb"]])
def test_downgrade_goes_back_one_revision(chain: Any, words: list[str]) -> None:
    """With -1 in either spelling, or by name."""
    chain.ok("upgrade")
    output = chain.ok("downgrade", *words)
    assert "[1/1] downgrade c3cc -> b2bb: step c3cc ... done" in output
    assert "The database is at 'b2bb'." in output
    assert "t_c3cc" not in chain.tables()


def test_downgrade_to_base_says_that_nothing_is_applied(chain: Any) -> None:
    """The tables are gone, and the database is at base."""
    chain.ok("upgrade")
    assert "base: no revision is applied" in chain.ok("downgrade", "base", "--yes")
    assert chain.tables() == {"schemaver_version"}


def test_stamp_records_and_runs_nothing(chain: Any) -> None:
    """No table is made but the version table."""
    output = chain.ok("stamp")
    assert "recorded as being at 'c3cc' (head); no revision was run" in output
    assert chain.tables() == {"schemaver_version"}
    assert "already" in chain.ok("stamp", "head")


def test_sql_is_written_and_nothing_is_run(chain: Any) -> None:
    """The database file is not even made."""
    output = chain.ok("upgrade", "--sql")
    assert "CREATE TABLE t_a1aa" in output
    assert "The database is at" not in output
    assert "INSERT INTO schemaver_version" in output
    assert not (chain.folder / "shop.db").exists()
    assert "DROP TABLE t_c3cc" in chain.ok("downgrade", "--sql", "c3cc:b2bb")


def test_sql_honours_the_version_table(make_project: Any) -> None:
    """Online and offline are configured by the same keywords."""
    project = make_project(version_table="versions")
    project.ok("init")
    project.write("a1aa", None)
    assert "INSERT INTO versions" in project.ok("upgrade", "--sql")
    project.ok("upgrade")
    assert project.tables() == {"versions"}


def test_a_range_needs_sql(chain: Any) -> None:
    """A database starts from where it is."""
    result = chain.run("upgrade", "a1aa:b2bb")
    assert result.exit_code == 1
    assert "--sql" in result.stderr


def test_x_arguments_reach_the_scripts(project: Any) -> None:
    """-x may stand before or after the command."""
    project.write("a1aa", None, "print(op.get_context().environment_context.get_x_argument())")
    assert "['a=1', 'b']" in project.ok("upgrade", "-x", "a=1", "-x", "b")
    project.ok("downgrade", "-1", "--yes")
    assert "['c=2']" in project.ok("-x", "c=2", "upgrade")


def test_quiet_prints_nothing_but_results(chain: Any) -> None:
    """-q is for scripts."""
    assert chain.ok("-q", "upgrade") == ""
    assert chain.ok("-q", "current").strip() == "c3cc (head)"


def test_ensure_version_makes_the_version_table(chain: Any) -> None:
    """Only that one, and a second time nothing."""
    chain.ok("ensure-version")
    assert chain.tables() == {"schemaver_version"}
    chain.ok("ensure-version")
    assert "CREATE TABLE schemaver_version" in chain.ok("ensure-version", "--sql")


def test_a_failing_revision_says_where_and_what_is_kept(chain: Any) -> None:
    """The revisions before it stay, its own work is rolled back, those after it are not run."""
    chain.write("b2bb", "a1aa", 'op.execute("CREATE TABLE half (id INTEGER)"); op.execute("NO")')
    result = chain.run("upgrade")
    assert result.exit_code == 1
    assert "Revision 'b2bb' failed" in result.stderr
    assert "b2bb_.py" in result.stderr
    assert "Traceback" not in result.output
    assert chain.tables() == {"schemaver_version", "t_a1aa"}
    assert chain.ok("current").split()[0] == "a1aa"


def test_a_revision_of_another_code_is_explained(chain: Any) -> None:
    """The database names a revision that no file has."""
    chain.ok("upgrade")
    next((chain.folder / "migrations" / "versions").glob("c3cc*")).unlink()
    for words in (["upgrade"], ["current"], ["downgrade", "-1"]):
        result = chain.run(*words)
        assert result.exit_code == 6, words
        assert "'c3cc'" in result.stderr
        assert "Traceback" not in result.output


def test_a_broken_file_is_named_with_its_line(chain: Any) -> None:
    """A syntax error does not end in a traceback, and nothing was run."""
    path = chain.write("d4dd", "c3cc")
    path.write_text(path.read_text() + "def (:\n")
    result = chain.run("upgrade")
    assert result.exit_code == 1
    assert "d4dd_.py" in result.stderr
    assert "Traceback" not in result.output
    assert chain.tables() == set()


def test_a_read_only_database_is_named(make_project: Any) -> None:
    """It is refused with advice, and nothing is changed."""
    project = make_project()
    file = project.folder / "locked.db"
    sqlite3.connect(file).execute("CREATE TABLE t (id)").connection.close()
    project = make_project(f"sqlite:///file:{file}?mode=ro&uri=true")
    project.ok("init")
    project.write("a1aa", None)
    result = project.run("upgrade")
    assert result.exit_code == 1
    assert "locked.db" in result.stderr
    assert "cannot be written" in result.stderr
    assert "Traceback" not in result.output


def test_a_database_in_a_missing_folder_is_an_error_with_advice(make_project: Any) -> None:
    """SQLite's own words come with ours."""
    project = make_project("sqlite:////nowhere/at/all.db")
    project.ok("init")
    project.write("a1aa", None)
    result = project.run("upgrade")
    assert result.exit_code == 1
    assert "/nowhere/at/all.db" in result.stderr
    assert "Traceback" not in result.output


def test_a_server_that_is_down_is_an_error_without_the_password(make_project: Any) -> None:
    """Host and port are named."""
    project = make_project("postgresql+psycopg://u:hidden@127.0.0.1:1/d")
    project.ok("init")
    project.write("a1aa", None)
    result = project.run("upgrade")
    assert result.exit_code == 1
    assert "127.0.0.1" in result.stderr
    assert "hidden" not in result.output


@pytest.mark.parametrize("password", ["50%", "p%40ss", "a@b:/c", "pä%(x)s♥"])
def test_any_password_reaches_postgresql(
    make_project: Any, postgresql_url: str, password: str
) -> None:
    """The URL is an object from app.config to the driver; nothing interpolates it."""
    url = sa.make_url(postgresql_url)
    admin = sa.create_engine(url, isolation_level="AUTOCOMMIT")
    name = f"user_{url.database}"[:60]
    quoted = password.replace("%", "%%")
    with admin.connect() as connection:
        connection.exec_driver_sql(f"CREATE ROLE \"{name}\" LOGIN SUPERUSER PASSWORD '{quoted}'")
    try:
        project = make_project(url.set(username=name, password=password))
        project.ok("init")
        project.write("a1aa", None, 'op.execute("CREATE TABLE t (id integer)")')
        project.ok("upgrade")
        assert "t" in project.tables()
        assert password not in project.ok("current", "-v")
        with project.app.app_context():
            project.db.engine.dispose()
    finally:
        with admin.connect() as connection:
            connection.exec_driver_sql(f'DROP OWNED BY "{name}"')
            connection.exec_driver_sql(f'DROP ROLE "{name}"')
        admin.dispose()


def test_a_session_that_the_factory_left_open_blocks_nothing(chain: Any) -> None:
    """It holds the database in an app context that nobody leaves."""
    with chain.app.app_context():
        chain.db.session.execute(sa.text("CREATE TABLE other (id INTEGER)"))
        chain.db.session.commit()
        chain.db.session.execute(sa.text("INSERT INTO other VALUES (1)"))
        with chain.app.app_context():
            result = chain.run("upgrade", "a1aa")
    assert result.exit_code == 0, result.output
    assert "t_a1aa" in chain.tables()


def test_no_logger_is_touched(chain: Any) -> None:
    """A command leaves levels, handlers and loggers of the app as they are."""
    import logging

    mine = logging.getLogger("shop.orders")
    before = (logging.root.level, list(logging.root.handlers), mine.disabled)
    chain.ok("upgrade")
    assert (logging.root.level, list(logging.root.handlers), mine.disabled) == before


@pytest.mark.skipif(sys.platform == "win32", reason="there are no pseudo-terminals")
@pytest.mark.parametrize(("no_color", "coloured"), [("", True), ("1", False)])
def test_colours_are_for_terminals(tmp_path: Any, no_color: str, coloured: bool) -> None:
    """A pipe gets plain text (see the other tests); NO_COLOR keeps a terminal plain too."""
    import pty

    code = "from flask_schemaver.cli import output; output.error('wrong', None)"
    leader, follower = pty.openpty()
    env = {**os.environ, "NO_COLOR": no_color}
    subprocess.run([sys.executable, "-c", code], stderr=follower, env=env, check=True)
    os.close(follower)
    text = os.read(leader, 1000).decode()
    os.close(leader)
    assert "wrong" in text
    assert ("\x1b" in text) is coloured


def test_the_database_is_really_changed(chain: Any) -> None:
    """Read by SQLite's own module, after the process would have ended."""
    chain.ok("upgrade")
    with sqlite3.connect(pathlib.Path(chain.folder) / "shop.db") as connection:
        rows = connection.execute("SELECT version_num FROM schemaver_version").fetchall()
    assert rows == [("c3cc",)]


@pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGINT for another process")
def test_ctrl_c_in_the_middle_loses_nothing(chain: Any, flask_line: Any) -> None:
    """The running revision is rolled back, those before it stay, the exit code is 130."""
    sleep = "import time; print('sleeping', flush=True); time.sleep(60)"
    chain.write("b2bb", "a1aa", f'op.execute("CREATE TABLE half (id INTEGER)"); {sleep}')
    code = (
        "from flask import Flask\nfrom flask_sqlalchemy import SQLAlchemy\n"
        "from flask_schemaver import SchemaVer\n"
        f"app = Flask('shop', root_path={str(chain.folder)!r})\n"
        f"app.config['SQLALCHEMY_DATABASE_URI'] = 'sqlite:///{chain.folder}/shop.db'\n"
        "SchemaVer(app, SQLAlchemy(app))\n"
    )
    process = flask_line.start("--app", "shop", "db", "upgrade", app=code)
    seen = ""
    while "sleeping" not in seen:
        seen += process.stdout.readline()
    process.send_signal(signal.SIGINT)
    _, told = process.communicate(timeout=30)
    assert process.returncode == 130, told
    assert "Revision 'b2bb' was interrupted" in told
    assert "Traceback" not in told
    assert chain.tables() == {"schemaver_version", "t_a1aa"}


@pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGINT for another process")
def test_ctrl_c_while_another_migrates_is_told(chain: Any, flask_line: Any) -> None:
    """A sentence and exit code 130; a program gets both as JSON, alone on standard output."""
    code = (
        "from flask import Flask\nfrom flask_sqlalchemy import SQLAlchemy\n"
        "from flask_schemaver import SchemaVer\n"
        f"app = Flask('shop', root_path={str(chain.folder)!r})\n"
        f"app.config['SQLALCHEMY_DATABASE_URI'] = 'sqlite:///{chain.folder}/shop.db'\n"
        "SchemaVer(app, SQLAlchemy(app))\n"
    )
    engine = sa.create_engine(f"sqlite:///{chain.folder}/shop.db")
    with engine.connect() as connection, migration_lock(connection, "schemaver_version"):
        process = flask_line.start("--app", "shop", "db", "upgrade", "--json", app=code)
        assert "waiting since" in process.stderr.readline()
        process.send_signal(signal.SIGINT)
        out, told = process.communicate(timeout=30)
    assert process.returncode == 130
    assert told == "Error: Interrupted; no revision was running.\nRun the same command again.\n"
    error = json.loads(out)["error"]
    assert (error["type"], error["exit_code"]) == ("Interrupted", 130)


def started(chain: Any, flask_line: Any, *words: str) -> subprocess.Popen[str]:
    """A real `flask db WORDS` on the chain's database, whose output nobody reads."""
    code = (
        "from flask import Flask\nfrom flask_sqlalchemy import SQLAlchemy\n"
        "from flask_schemaver import SchemaVer\n"
        f"app = Flask('shop', root_path={str(chain.folder)!r})\n"
        f"app.config['SQLALCHEMY_DATABASE_URI'] = 'sqlite:///{chain.folder}/shop.db'\n"
        "SchemaVer(app, SQLAlchemy(app))\n"
    )
    process: subprocess.Popen[str] = flask_line.start("--app", "shop", "db", *words, app=code)
    assert process.stdout is not None
    process.stdout.close()
    return process


def test_a_reader_that_leaves_stops_no_upgrade(chain: Any, flask_line: Any) -> None:
    """All revisions are applied although what reads the progress has gone, as 'head -1' goes."""
    started(chain, flask_line, "upgrade").wait(60)
    assert chain.tables() == {"schemaver_version", "t_a1aa", "t_b2bb", "t_c3cc"}


def test_a_reader_that_leaves_is_no_fault_of_a_revision(chain: Any, flask_line: Any) -> None:
    """SQL of which 'head' has had enough is no error in the file that was being written."""
    process = started(chain, flask_line, "upgrade", "--sql")
    told = process.stderr.read()  # type: ignore[union-attr]
    process.wait(60)
    assert "Revision 'a1aa' failed" not in told


def test_a_file_without_a_function_is_refused_before_anything_runs(chain: Any) -> None:
    """The file and what it lacks are named, and no earlier revision was applied."""
    path = chain.write("b2bb", "a1aa")
    path.write_text(path.read_text().replace("def upgrade", "def up"))
    result = chain.run("upgrade")
    assert result.exit_code == 1
    assert "has no function 'upgrade()'" in result.output
    assert chain.tables() == set()


class TestLock:
    """Another migrator of the same database, as the command line meets it."""

    @pytest.fixture
    def locked(self, chain):
        """A project whose database is being migrated by somebody else."""
        with sa.create_engine(f"sqlite:///{chain.folder}/shop.db").connect() as connection:
            lock = lock_for(connection, "schemaver_version")
            assert lock is not None
            assert lock.acquire()
            yield chain
            lock.close()

    def test_no_wait_gives_up_at_once(self, locked):
        """Exit code 75 is nobody else's, and the holder is named."""
        result = locked.run("upgrade", "--no-wait")
        assert result.exit_code == 75
        assert "Another process is migrating this database. It is process" in result.output
        assert "since" in result.output

    def test_lock_timeout_is_in_seconds(self, locked):
        """It is waited for so long, which is told, then the exit code is the same."""
        result = locked.run("upgrade", "--lock-timeout", "0.3")
        assert result.exit_code == 75
        assert "waiting since" in result.output
        assert "the database is at base" in result.output

    def test_a_time_that_is_none_is_refused(self, chain):
        """The option is named."""
        result = chain.run("upgrade", "--lock-timeout", "soon")
        assert result.exit_code == 1
        assert "The option '--lock-timeout' is 'soon'" in result.output

    def test_where_nothing_is_to_be_done_nothing_is_waited_for(self, chain):
        """The lock is not even tried."""
        chain.ok("upgrade")
        with sa.create_engine(f"sqlite:///{chain.folder}/shop.db").connect() as connection:
            lock = lock_for(connection, "schemaver_version")
            assert lock is not None
            assert lock.acquire()
            assert "Nothing to do" in chain.ok("upgrade", "--no-wait")
            lock.close()
