"""What autogenerate asks, what it refuses without a terminal, and the flags that answer."""

from __future__ import annotations

import os
import pty
import select
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from .conftest import FLASK, ROOT
from .test_author import versions


def models(project: Any, *columns: sa.Column[Any], name: str = "users", **more: Any) -> None:
    """Give the app these models alone."""
    project.db.metadata.clear()
    sa.Table(
        name, project.db.metadata, sa.Column("id", sa.Integer, primary_key=True), *columns, **more
    )


def row(project: Any, sql: str) -> list[Any]:
    with project.app.app_context(), project.db.engine.begin() as connection:
        result = connection.exec_driver_sql(sql)
        return [tuple(found) for found in result] if result.returns_rows else []


@pytest.fixture
def users(project: Any) -> Any:
    """A project with a table of users that has a row."""
    models(project, sa.Column("name", sa.String(40)), sa.Column("age", sa.Integer))
    project.ok("migrate", "-m", "first")
    project.ok("upgrade")
    row(project, "INSERT INTO users (id, name) VALUES (1, 'Ann')")
    return project


def renamed(project: Any) -> None:
    models(project, sa.Column("full_name", sa.String(40)), sa.Column("age", sa.Integer))


def test_a_likely_rename_is_not_guessed_without_a_terminal(users: Any) -> None:
    """It says what it saw and which flags answer; it writes nothing and has its own exit code."""
    renamed(users)
    result = users.run("migrate", "-m", "next")
    assert result.exit_code == 3
    assert "column 'users.name' -> 'users.full_name'" in result.stderr
    assert "--rename users.name:full_name" in result.stderr
    assert "--drop-and-add users.name" in result.stderr
    assert len(versions(users)) == 1


def test_a_flag_says_that_it_is_a_rename(users: Any) -> None:
    """The values stay, both ways, and nothing differs afterwards."""
    renamed(users)
    output = users.ok("migrate", "-m", "next", "--rename", "users.name:full_name")
    assert "change column 'users.name': renamed to 'full_name'" in output
    users.ok("upgrade")
    assert row(users, "SELECT full_name FROM users") == [("Ann",)]
    users.ok("check")
    users.ok("downgrade", "-1", "--yes")
    assert row(users, "SELECT name FROM users") == [("Ann",)]


@pytest.mark.parametrize("words", [["--no-renames"], ["--drop-and-add", "users.name"]])
def test_a_flag_says_that_it_is_none(users: Any, words: list[str]) -> None:
    """One is dropped and the other is added."""
    renamed(users)
    users.ok("migrate", "-m", "next", *words)
    users.ok("upgrade")
    assert row(users, "SELECT full_name FROM users") == [(None,)]


@pytest.mark.parametrize("place", ["users.name", "people.name"])
def test_a_table_and_its_column_by_flags(users: Any, place: str) -> None:
    """A column's table may be called by its old name or by its new one."""
    models(
        users, sa.Column("full_name", sa.String(40)), sa.Column("age", sa.Integer), name="people"
    )
    words = ["--rename", "users:people", "--rename", f"{place}:full_name"]
    users.ok("migrate", "-m", "next", *words)
    users.ok("upgrade")
    assert row(users, "SELECT full_name FROM people") == [("Ann",)]
    users.ok("check")


@pytest.mark.parametrize("text", ["users.nam:full_name", "users.name:nothing", "users.name", "x:y"])
def test_a_renaming_of_nothing_is_refused(users: Any, text: str) -> None:
    """A wrong name is an error that quotes it."""
    renamed(users)
    result = users.run("migrate", "--rename", text)
    assert result.exit_code == 1
    assert f"'{text}'" in result.stderr


def test_a_hint_needs_no_question(users: Any) -> None:
    """The model says what the column was called; once it is done, the hint says nothing."""
    column = sa.Column("full_name", sa.String(40), info={"renamed_from": "name"})
    models(users, column, sa.Column("age", sa.Integer))
    users.ok("migrate", "-m", "next")
    users.ok("upgrade")
    assert row(users, "SELECT full_name FROM users") == [("Ann",)]
    assert "no difference" in users.ok("migrate")


def test_different_columns_are_no_question(users: Any) -> None:
    """A text that goes and a number that comes are two things."""
    models(users, sa.Column("age", sa.Integer), sa.Column("born", sa.Date))
    users.ok("migrate", "-m", "next")


def test_a_column_that_rows_have_no_value_for_is_refused(users: Any) -> None:
    """Without a terminal the line says what to give, and writes nothing."""
    extra = sa.Column("email", sa.String(90), nullable=False)
    models(users, sa.Column("name", sa.String(40)), sa.Column("age", sa.Integer), extra)
    result = users.run("migrate", "-m", "next")
    assert result.exit_code == 3
    assert "column 'users.email' (VARCHAR(90)) is added" in result.stderr
    assert "--fill users.email=VALUE" in result.stderr
    assert len(versions(users)) == 1


@pytest.mark.parametrize(
    ("value", "stored"),
    [("unknown", "unknown"), ("'it''s'", "it's"), ("sql:lower(name)", "ann"), ("lower('X')", "x")],
)
def test_a_value_by_flag(users: Any, value: str, stored: str) -> None:
    """A plain value, one in quotes, SQL, and a call."""
    extra = sa.Column("email", sa.String(90), nullable=False)
    models(users, sa.Column("name", sa.String(40)), sa.Column("age", sa.Integer), extra)
    users.ok("migrate", "-m", "next", "--fill", f"users.email={value}")
    users.ok("upgrade")
    assert row(users, "SELECT email FROM users") == [(stored,)]
    users.ok("check")
    users.ok("downgrade", "-1", "--yes")


def test_a_mark_in_the_file_refuses_to_run(users: Any) -> None:
    """The upgrade says what is to be written in its place, and changes nothing."""
    extra = sa.Column("email", sa.String(90), nullable=False)
    models(users, sa.Column("name", sa.String(40)), sa.Column("age", sa.Integer), extra)
    users.ok("migrate", "-m", "next", "--fill", "users.email=todo")
    assert "# TODO" in versions(users)[-1].read_text() + versions(users)[0].read_text()
    result = users.run("upgrade")
    assert result.exit_code != 0
    assert "op.todo" in result.stderr
    assert "UPDATE users SET email" in result.stderr


def test_a_column_left_nullable_comes_back(users: Any) -> None:
    """Once rows have values, the next revision makes it NOT NULL."""
    extra = sa.Column("email", sa.String(90), nullable=False)
    models(users, sa.Column("name", sa.String(40)), sa.Column("age", sa.Integer), extra)
    users.ok("migrate", "-m", "next", "--fill", "users.email=nullable")
    users.ok("upgrade")
    row(users, "UPDATE users SET email = 'a@b'")
    assert "NOT NULL" in users.ok("migrate", "-m", "then")
    users.ok("upgrade")
    users.ok("check")


def test_null_in_a_column_that_becomes_not_null(users: Any) -> None:
    """Rows that hold NULL are asked about; a value by flag is an UPDATE."""
    models(users, sa.Column("name", sa.String(40)), sa.Column("age", sa.Integer, nullable=False))
    result = users.run("migrate", "-m", "next")
    assert result.exit_code == 3
    assert "'users.age' (INTEGER) is NULL in some rows" in result.stderr
    users.ok("migrate", "-m", "next", "--fill", "users.age=7")
    users.ok("upgrade")
    assert row(users, "SELECT age FROM users") == [(7,)]


def test_a_table_without_rows_asks_nothing(users: Any) -> None:
    """There is nothing to fill."""
    row(users, "DELETE FROM users")
    extra = sa.Column("email", sa.String(90), nullable=False)
    models(users, sa.Column("name", sa.String(40)), sa.Column("age", sa.Integer), extra)
    users.ok("migrate", "-m", "next")
    users.ok("upgrade")
    users.ok("check")


def test_most_tables_are_not_dropped_unless_told(project: Any) -> None:
    """Models that nobody imported look like that; a flag allows it."""
    for name in ("a", "b", "c"):
        sa.Table(name, project.db.metadata, sa.Column("id", sa.Integer, primary_key=True))
    project.ok("migrate", "-m", "first")
    project.ok("upgrade")
    models(project, name="product")
    result = project.run("migrate", "-m", "next")
    assert result.exit_code == 1
    assert "3 of the 4 tables" in result.stderr
    assert "--allow-drop" in result.stderr
    assert len(versions(project)) == 1
    row(project, "INSERT INTO b VALUES (1)")
    result = project.run("migrate", "-m", "next", "--allow-drop")
    assert result.exit_code == 9
    assert "'a' (0 rows), 'b' (1 row), 'c' (0 rows)" in result.stderr
    assert "add '--yes'. Nothing was written." in result.stderr
    assert len(versions(project)) == 1
    project.ok("migrate", "-m", "next", "--allow-drop", "--yes")
    project.ok("upgrade")
    assert "a" not in project.tables()


def test_most_tables_are_dropped_without_a_word_where_they_are_empty(project: Any) -> None:
    """The flag is enough: there is nothing to lose."""
    for name in ("a", "b"):
        sa.Table(name, project.db.metadata, sa.Column("id", sa.Integer, primary_key=True))
    project.ok("migrate", "-m", "first")
    project.ok("upgrade")
    models(project, name="product")
    project.ok("migrate", "-m", "next", "--allow-drop")
    assert len(versions(project)) == 2


def test_tables_of_others_by_a_setting(make_project: Any) -> None:
    """Patterns name what is never compared."""
    project = make_project(settings={"SCHEMAVER_EXCLUDE_TABLES": ["celery_*", "legacy"]})
    project.ok("init")
    with project.app.app_context(), project.db.engine.begin() as connection:
        for name in ("celery_a", "celery_b", "legacy", "mine"):
            connection.exec_driver_sql(f"CREATE TABLE {name} (id INTEGER)")
    output = project.ok("migrate", "-m", "first")
    assert "drop table 'mine'" in output
    assert "celery" not in output
    assert "legacy" not in output


def test_single_objects_by_a_setting(make_project: Any) -> None:
    """An index, or a column, that a database administrator has made."""
    ignored = ["index ix_dba_*", "column product.note"]
    project = make_project(settings={"SCHEMAVER_IGNORE": ignored})
    project.ok("init")
    project.ok("migrate", "-m", "first")
    project.ok("upgrade")
    row(project, "ALTER TABLE product ADD COLUMN note TEXT")
    row(project, "CREATE INDEX ix_dba_note ON product (note)")
    project.ok("check")
    row(project, "CREATE INDEX ix_other ON product (id)")
    assert "ix_other" in project.run("check").stderr


def test_patterns_in_the_files_of_a_project(project: Any) -> None:
    """An ini file beside env.py has them, separated by commas or blanks."""
    ini = "[schemaver]\nexclude_tables = celery_*, legacy\ndrop_limit = 0.9\n"
    (project.folder / "migrations" / "schemaver.ini").write_text(ini)
    for name in ("celery_a", "legacy"):
        row(project, f"CREATE TABLE {name} (id INTEGER)")
    output = project.ok("migrate", "-m", "first")
    assert "drop table" not in output


def test_nothing_to_do_says_with_what_it_compared(users: Any) -> None:
    """Both counts and the database, without its password."""
    output = users.ok("migrate")
    assert "Compared 1 table with 1 of sqlite:///" in output


def test_tables_without_a_revision_are_to_be_stamped(project: Any) -> None:
    """create_all() was there first."""
    with project.app.app_context():
        project.db.create_all()
    assert "flask db stamp" in project.ok("migrate")


# -- at a terminal ----------------------------------------------------------------------------

APP = """
import sqlalchemy as sa
from flask import Flask
from flask_schemaver import SchemaVer

metadata = sa.MetaData()
app = Flask("shop")
sa.Table("users", metadata, sa.Column("id", sa.Integer, primary_key=True), {columns})
SchemaVer(app, url="sqlite:///shop.db", metadata=metadata)
"""


def at_terminal(folder: Path, answers: list[str], *words: str) -> tuple[int, str]:
    """Run `flask db WORDS` with a terminal of its own, and answer each question when it comes."""
    ours, theirs = pty.openpty()
    environ = {**os.environ, "PYTHONPATH": str(ROOT), "FLASK_APP": "shop", "NO_COLOR": "1"}
    process = subprocess.Popen(
        [sys.executable, "-c", FLASK, "db", *words],
        cwd=folder,
        env=environ,
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        close_fds=True,
    )
    os.close(theirs)
    said, pending, end = "", list(answers), time.monotonic() + 60
    seen = 0
    while time.monotonic() < end:
        if not select.select([ours], [], [], 0.2)[0]:
            if process.poll() is not None:
                break
            continue
        try:
            said += os.read(ours, 4096).decode()
        except OSError:  # the other end is closed
            break
        if pending and said[seen:].rstrip().endswith((":", "?")):
            seen = len(said)
            os.write(ours, f"{pending.pop(0)}\n".encode())
    os.close(ours)
    return process.wait(10), said


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """An app in a module, at its first revision, with a row."""
    write(tmp_path, 'sa.Column("name", sa.String(40))')
    for words in (("init",), ("migrate", "-m", "first"), ("upgrade",)):
        code, said = at_terminal(tmp_path, [], *words)
        assert code == 0, said
    with sa.create_engine(f"sqlite:///{tmp_path}/shop.db").begin() as connection:
        connection.exec_driver_sql("INSERT INTO users (id, name) VALUES (1, 'Ann')")
    return tmp_path


def write(folder: Path, columns: str) -> None:
    (folder / "shop.py").write_text(APP.format(columns=columns))


@pytest.mark.parametrize(("answer", "value"), [("y", "Ann"), ("n", None), ("", None)])
def test_the_question_about_a_rename(shop: Path, answer: str, value: str | None) -> None:
    """The likeness is explained; yes renames, no and an empty line drop and add."""
    write(shop, 'sa.Column("full_name", sa.String(40))')
    code, said = at_terminal(shop, [answer], "migrate", "-m", "next")
    assert code == 0, said
    assert "Did you rename the column 'users.name' to 'full_name'? [y/N]" in said
    assert "type VARCHAR(40)" in said
    code, said = at_terminal(shop, [], "upgrade")
    assert code == 0, said
    with sa.create_engine(f"sqlite:///{shop}/shop.db").connect() as connection:
        assert connection.exec_driver_sql("SELECT full_name FROM users").scalar() == value


def test_the_question_about_a_value(shop: Path) -> None:
    """What is typed is what rows get."""
    write(shop, 'sa.Column("name", sa.String(40)), sa.Column("age", sa.Integer, nullable=False)')
    code, said = at_terminal(shop, ["41"], "migrate", "-m", "next")
    assert code == 0, said
    assert "What do rows get in 'users.age'?" in said
    assert at_terminal(shop, [], "upgrade")[0] == 0
    with sa.create_engine(f"sqlite:///{shop}/shop.db").connect() as connection:
        assert connection.exec_driver_sql("SELECT age FROM users").scalar() == 41


@pytest.mark.parametrize("answer", ["y", ""])
def test_the_question_about_many_drops(shop: Path, answer: str) -> None:
    """A terminal is shown the rows of each table; without a yes nothing is written."""
    with sa.create_engine(f"sqlite:///{shop}/shop.db").begin() as connection:
        for name in ("a", "b"):
            connection.exec_driver_sql(f"CREATE TABLE {name} (id INTEGER)")
        connection.exec_driver_sql("INSERT INTO b VALUES (1), (2)")
    code, said = at_terminal(shop, [answer], "migrate", "-m", "next", "--allow-drop")
    assert "The revision will drop 'a' (0 rows), 'b' (2 rows)." in said
    assert (code, len(list(shop.glob("migrations/versions/*.py")))) == (
        (0, 2) if answer else (9, 1)
    )
    if not answer:
        assert at_terminal(shop, [], "migrate", "-m", "next", "--allow-drop", "--yes")[0] == 0


def test_the_question_before_an_upgrade_drops_rows(shop: Path) -> None:
    """Asked at a terminal alone; the tables are shown with their rows."""
    code, said = at_terminal(shop, [], "revision", "-m", "next", "--rev-id", "b2")
    assert code == 0, said
    (file,) = shop.glob("migrations/versions/b2_*.py")
    file.write_text(file.read_text().replace("pass", 'op.drop_table("users")', 1))
    code, said = at_terminal(shop, ["n"], "upgrade")
    assert code == 9
    assert "The upgrade runs one revision and drops 'users' (1 row)." in said
    assert "Nothing was changed." in said
    assert at_terminal(shop, ["y"], "upgrade")[0] == 0
    assert not sa.inspect(sa.create_engine(f"sqlite:///{shop}/shop.db")).has_table("users")


def test_a_pipe_is_asked_nothing(shop: Path, flask_line: Any) -> None:
    """Standard input that is no terminal must not be waited for."""
    write(shop, 'sa.Column("full_name", sa.String(40))')
    result = flask_line("--app", "shop", "db", "migrate", "-m", "next")
    assert result.returncode == 3
    assert "--rename users.name:full_name" in result.stderr


def test_flags_of_a_comparison_need_one(users: Any) -> None:
    """An empty revision renames nothing."""
    result = users.run("revision", "-m", "x", "--rename", "users.name:full_name")
    assert result.exit_code == 2
    assert "--autogenerate" in result.stderr
