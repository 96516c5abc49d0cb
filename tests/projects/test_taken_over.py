"""Revisions that were written for Alembic run with nothing but their import of `op` changed."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskCliRunner

from flask_schemaver import SchemaVer

SCRIPTS = Path(__file__).parent / "taken_over"


@pytest.fixture
def runner(tmp_path: Path, engine: sa.Engine) -> FlaskCliRunner:
    """The command line of an app whose folder has the two scripts."""
    app = Flask(__name__)
    folder = tmp_path / "migrations"
    SchemaVer(app, metadata=sa.MetaData(), engine=engine, directory=folder)
    runner = app.test_cli_runner()
    assert runner.invoke(args=["db", "init"]).exit_code == 0
    for script in SCRIPTS.glob("a*.py"):
        shutil.copy(script, folder / "versions")
    return runner


def move(runner: FlaskCliRunner, *words: str) -> None:
    result = runner.invoke(args=["db", *words])
    assert result.exit_code == 0, result.output


def rows(engine: sa.Engine, sql: str) -> list[tuple[object, ...]]:
    with engine.connect() as connection:
        return [tuple(row) for row in connection.exec_driver_sql(sql)]


def test_scripts_go_up_down_and_up_again(runner: FlaskCliRunner, engine: sa.Engine) -> None:
    """Each direction runs, keeps the rows, and leaves nothing behind at the base."""
    move(runner, "upgrade")
    people = rows(engine, 'SELECT email, login, age FROM "user"')
    assert people == [("a:b", "12:30 100%", 3)]
    assert rows(engine, "SELECT user_id FROM kid") == [(1,)]
    titles = rows(engine, "SELECT title FROM role ORDER BY id")
    assert titles == [("boss",), ("it's :x 100%",), ("r3",), ("last",)]
    move(runner, "downgrade", "-1", "--yes")
    assert rows(engine, 'SELECT email, username FROM "user"') == [("a:b", "12:30 100%")]
    assert rows(engine, "SELECT user_id FROM child") == [(1,)]
    move(runner, "downgrade", "-1", "--yes")
    assert sorted(sa.inspect(engine).get_table_names()) == [
        "schemaver_history",
        "schemaver_version",
    ]
    move(runner, "upgrade")


def test_scripts_make_what_they_say(runner: FlaskCliRunner, engine: sa.Engine) -> None:
    """Constraints, indexes and defaults are those that the scripts name."""
    move(runner, "upgrade")
    inspector = sa.inspect(engine)
    uniques = {c["name"] for c in inspector.get_unique_constraints("user")}
    checks = {c["name"] for c in inspector.get_check_constraints("user")}
    indexes = {i["name"] for i in inspector.get_indexes("user")} - uniques
    keys = [k["referred_table"] for k in inspector.get_foreign_keys("user")]
    # Only a rebuild takes table_args in.
    added = {"uq_email"} if engine.dialect.name == "sqlite" else set()
    assert uniques == {"uq_login"} | added
    assert checks == {"ck_age", "ck_age2"}
    assert indexes >= {"ix_user_email", "ix_user_age"}
    assert keys == ["role"]


@pytest.mark.databases("postgresql")
def test_comments_of_tables_are_kept(runner: FlaskCliRunner, engine: sa.Engine) -> None:
    """What `create_table_comment` says last, and `drop_table_comment` takes back, is so."""
    move(runner, "upgrade")
    inspector = sa.inspect(engine)
    assert inspector.get_table_comment("user") == {"text": "people: 100%"}
    assert inspector.get_table_comment("kid") == {"text": None}
