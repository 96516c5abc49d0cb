"""`flask db` as Flask sees it: help, usage errors, exit codes, completion, the environment."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
import flask_sqlalchemy
import pytest
from click.testing import CliRunner
from flask import Flask
from flask.cli import FlaskGroup

from flask_schemaver import SchemaVer
from flask_schemaver.errors import ConfigError

Run = Callable[..., subprocess.CompletedProcess[str]]

SHOP = """
from flask import Flask
from flask_sqlalchemy import SQLAlchemy
from flask_schemaver import SchemaVer

db = SQLAlchemy()
schemaver = SchemaVer(db=db)

class Product(db.Model):
    id = db.Column(db.Integer, primary_key=True)

def create_app(name="shop.db"):
    app = Flask("shop", instance_path="{folder}")
    app.config["SQLALCHEMY_DATABASE_URI"] = f"sqlite:///{{name}}"
    db.init_app(app)
    schemaver.init_app(app, on_startup="stamp")
    {extra}
    return app
"""


def shop(tmp_path: Any, extra: str = "") -> str:
    return SHOP.format(folder=tmp_path, extra=extra)


def test_the_list_of_commands_shows_db_with_one_line(project: Any) -> None:
    """`flask --help` lists the group as it lists its own commands."""
    output = project.app.test_cli_runner().invoke(args=["--help"]).output
    assert "db" in output
    assert "Manage the database schema" in output


def test_help_names_every_command(project: Any) -> None:
    """`flask db --help` exits with 0 and shows the path of the command."""
    output = project.ok("--help")
    assert "Usage: shop db [OPTIONS] COMMAND" in output
    for name in ("init", "revision", "migrate", "upgrade", "downgrade", "current", "history"):
        assert f"\n  {name} " in output


def test_help_of_a_command_shows_its_whole_path(project: Any) -> None:
    """The usage line can be typed as it stands."""
    assert "Usage: shop db upgrade [OPTIONS] [REVISION]" in project.ok("upgrade", "--help")


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (["upgarde"], "No such command 'upgarde'"),
        (["upgrade", "--sqll"], "No such option: --sqll"),
        (["downgrade", "--sqll"], "No such option: --sqll"),
        (["merge"], "Missing argument"),
        (["upgrade", "a", "b"], "unexpected extra argument"),
    ],
)
def test_a_usage_error_exits_with_2(project: Any, line: list[str], said: str) -> None:
    """It says what is wrong on stderr, and how to get help."""
    result = project.run(*line)
    assert result.exit_code == 2
    assert said in result.stderr
    assert "Traceback" not in result.output


def test_a_mistake_is_an_error_with_a_hint_and_no_traceback(make_project: Any) -> None:
    """Both go to stderr; the exit code is that of the error."""
    result = make_project().run("upgrade")
    assert result.exit_code == 1
    assert result.stderr.startswith("Error: ")
    assert "flask db init" in result.stderr
    assert "Traceback" not in result.output
    assert result.stdout == ""


@pytest.mark.parametrize("how", ["option", "variable"])
def test_a_traceback_is_shown_if_asked_for(make_project: Any, how: str) -> None:
    """`--traceback` and SCHEMAVER_TRACEBACK=1 do the same."""
    project = make_project()
    option = ["--traceback"] if how == "option" else []
    env = {"SCHEMAVER_TRACEBACK": "1"} if how == "variable" else {}
    result = project.run(*option, "upgrade", env=env)
    assert "Traceback" in result.stderr
    assert result.exit_code == 1


def test_a_hint_names_the_command_as_it_is_mounted(make_project: Any) -> None:
    """With `command="schema"` nobody is told to run `flask db`."""
    app = make_project(command="schema").app
    result = app.test_cli_runner().invoke(args=["schema", "upgrade"])
    assert "flask schema init" in result.stderr


def test_the_environment_gives_options(project: Any) -> None:
    """FLASK_DB_DIRECTORY and FLASK_DB_UPGRADE_DIRECTORY are read."""
    for name in ("FLASK_DB_DIRECTORY", "FLASK_DB_HEADS_DIRECTORY"):
        result = project.run("heads", env={name: "elsewhere"})
        assert "elsewhere" in result.stderr, name


@pytest.mark.parametrize("line", [["-d", "elsewhere", "heads"], ["heads", "-d", "elsewhere"]])
def test_the_folder_may_be_named_before_or_after_the_command(project: Any, line: Any) -> None:
    """-d belongs to the group and to the commands."""
    assert "elsewhere" in project.run(*line).stderr


def test_the_runner_works_without_standalone_mode(project: Any) -> None:
    """The exit code comes back as click gives it."""
    result = project.run("upgarde", standalone_mode=False)
    assert result.exit_code in (0, 2)
    assert "Traceback" not in result.output


def test_another_click_command_may_call_it(project: Any) -> None:
    """A user's own command can run one of ours through click."""

    @project.app.cli.command("reset")
    @click.pass_context
    def reset(ctx: click.Context) -> None:
        command = project.app.cli.commands["db"]
        with command.make_context("db", ["heads"], parent=ctx) as sub:
            command.invoke(sub)

    result = project.app.test_cli_runner().invoke(args=["reset"])
    assert result.exit_code == 0, result.output


def complete(app: Flask, line: str) -> list[str]:
    """What TAB offers for a line that is typed up to here."""
    group = FlaskGroup(create_app=lambda: app)
    group._loaded_plugin_commands = True
    words = line.split(" ")
    env = {
        "_FLASK_COMPLETE": "bash_complete",
        "COMP_WORDS": line,
        "COMP_CWORD": str(len(words) - 1),
    }
    result = CliRunner().invoke(group, [], prog_name="flask", env=env)
    return [item.partition(",")[2] for item in result.output.split()]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("flask db up", ["upgrade"]),
        ("flask db upgrade --sq", ["--sql"]),
        ("flask db --dir", ["--directory"]),
    ],
)
def test_tab_completes_commands_and_options(project: Any, line: str, expected: list[str]) -> None:
    """Flask's completion reaches into our commands."""
    assert complete(project.app, line) == expected


def test_the_real_flask_runs_it(tmp_path: Any, flask_line: Run) -> None:
    """An app factory with an argument, in a process of its own."""
    app = shop(tmp_path)
    done = flask_line("--app", "shop:create_app('x.db')", "db", "init", app=app)
    assert done.returncode == 0, done.stderr
    assert "migrations" in done.stdout
    done = flask_line("--app", "shop:create_app('x.db')", "db", "upgrade", "--help")
    assert "Usage: flask db upgrade" in done.stdout


def test_without_an_app_flask_says_so(tmp_path: Any, flask_line: Run) -> None:
    """No traceback of ours hides Flask's own advice."""
    done = flask_line("db", "upgrade")
    assert done.returncode == 2
    assert "Could not locate a Flask application" in done.stderr
    assert "Traceback" not in done.stderr


def test_ensure_does_nothing_inside_flask_db(tmp_path: Any, flask_line: Run) -> None:
    """A factory that calls ensure() can be upgraded by hand: no table is made on the way."""
    app = shop(tmp_path, "schemaver.ensure(app)")
    for words in (["db", "init"], ["db", "heads"], ["--help"], ["--debug", "db", "--help"]):
        done = flask_line("--app", "shop", *words, app=app)
        assert done.returncode == 0, done.stderr
        assert not (tmp_path / "shop.db").exists(), words
    done = flask_line("--app", "shop", "routes")
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "shop.db").exists()


def test_a_command_of_this_name_is_not_replaced() -> None:
    """Whoever keeps Flask-Migrate for a while is told how both can live in one app."""
    app = Flask("shop")
    app.config["SQLALCHEMY_DATABASE_URI"] = "sqlite://"
    app.cli.command("db")(lambda: None)
    db = flask_sqlalchemy.SQLAlchemy(app)
    with pytest.raises(ConfigError, match="command='schema'"):
        SchemaVer(app, db)
    SchemaVer(app, db, command="schema")


def test_a_wrong_setting_is_a_line_and_not_a_traceback(tmp_path: Any, flask_line: Run) -> None:
    """Also where Flask loads the app for a command of its own."""
    app = shop(tmp_path).replace('"stamp"', '"always"')
    for words in (["routes"], ["db", "upgrade"]):
        done = flask_line("--app", "shop:create_app", *words, app=app)
        assert done.returncode == 1
        assert "'off', 'check', 'stamp', 'upgrade'" in done.stderr
        assert "Traceback" not in done.stderr


def test_an_app_without_a_database_is_told_so(tmp_path: Any, monkeypatch: Any) -> None:
    """`SchemaVer(app)` alone finds no db."""
    monkeypatch.chdir(tmp_path)
    app = Flask("shop")
    SchemaVer(app)
    runner = app.test_cli_runner()
    assert runner.invoke(args=["db", "init"]).exit_code == 0
    result = runner.invoke(args=["db", "upgrade"])
    assert result.exit_code == 1
    assert "No database is configured for the app 'shop'" in result.stderr


def test_the_program_schemaver_runs_the_same_commands(tmp_path: Any, flask_line: Run) -> None:
    """`python -m flask_schemaver --app shop ...`, or with FLASK_APP."""
    flask_line("--version", app=shop(tmp_path, "schemaver.ensure(app)"))
    start = [sys.executable, "-m", "flask_schemaver"]
    env = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    done = subprocess.run(
        [*start, "--app", "shop", "init"], cwd=tmp_path, env=env, capture_output=True, text=True
    )
    assert "Next: 'schemaver migrate" in done.stdout, done.stderr
    env["FLASK_APP"] = "shop:create_app('y.db')"
    done = subprocess.run([*start, "heads"], cwd=tmp_path, env=env, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert not (tmp_path / "y.db").exists()
