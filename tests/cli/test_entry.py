"""`flask db` of apps that are not loaded yet, cannot be loaded, or have another `db`."""

from __future__ import annotations

import configparser
import json
import os
import subprocess
import sys
import textwrap
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
Run = Callable[..., subprocess.CompletedProcess[str]]
FLASK = "import sys; from flask.cli import main; sys.argv[0] = 'flask'; main()"

START = """
from flask import Flask
from flask_sqlalchemy import SQLAlchemy
from flask_schemaver import SchemaVer

db = SQLAlchemy()

class Product(db.Model):
    id = db.Column(db.Integer, primary_key=True)

def make(**options):
    app = Flask("shop", root_path="{folder}", instance_path="{folder}")
    app.config["SQLALCHEMY_DATABASE_URI"] = "sqlite:///shop.db"
    db.init_app(app)
    SchemaVer(app, db, **options)
    return app
"""


@pytest.fixture
def flask(tmp_path: Path) -> Run:
    """The real `flask`, which finds the entry points that setup.cfg gives the package."""
    settings = configparser.ConfigParser()
    settings.read(ROOT / "setup.cfg")
    info = tmp_path / "site" / "flask_schemaver-0.dist-info"
    info.mkdir(parents=True)
    points = settings["options.entry_points"]["flask.commands"]
    (info / "entry_points.txt").write_text(f"[flask.commands]{points}\n")
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: flask_schemaver\nVersion: 0\n")

    def run(*words: str, app: str = "", **environ: str) -> subprocess.CompletedProcess[str]:
        if app:
            start = START.replace("{folder}", str(tmp_path))
            (tmp_path / "shop.py").write_text(start + textwrap.dedent(app))
        path = os.pathsep.join([str(info.parent), str(ROOT)])
        return subprocess.run(
            [sys.executable, "-c", FLASK, *(["--app", "shop"] if words else []), *words],
            cwd=tmp_path,
            env={**os.environ, "PYTHONPATH": path, **environ},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    return run


BROKEN = {
    "import": ("import nothing_like_it", "import: ModuleNotFoundError: No module named 'nothing"),
    "name": ("from os import nothing", "import: ImportError: cannot import name 'nothing'"),
    "syntax": ("def (", "import: SyntaxError: invalid syntax (shop.py, line 17)"),
    "factory": (
        "def create_app():\n    raise LookupError('no setting X')",
        "start: LookupError: no setting X (shop.py, line 18)",
    ),
}


@pytest.mark.parametrize("kind", BROKEN)
def test_what_is_wrong_with_the_app_is_the_last_line(flask: Run, kind: str) -> None:
    """Not that there is no command 'db', and no traceback."""
    source, said = BROKEN[kind]
    done = flask("db", "upgrade", app=source)
    assert done.returncode == 1
    assert f"Error: The app failed to {said}" in done.stderr.splitlines()[-1]
    assert done.stderr.splitlines()[-1].endswith("; 'flask db' needs it.")
    assert "Traceback" not in done.stderr
    assert "No such command" not in done.stderr


def test_a_program_reads_why_there_is_no_app(flask: Run) -> None:
    """As JSON, alone on standard output, with the exit code."""
    done = flask("db", "status", "--json", app=BROKEN["factory"][0])
    error = json.loads(done.stdout)["error"]
    assert "LookupError: no setting X" in error["message"]
    assert error["exit_code"] == done.returncode == 1


@pytest.mark.skipif(sys.platform == "win32", reason="a process cannot send itself SIGINT")
def test_ctrl_c_while_the_app_is_loaded_is_told(flask: Run) -> None:
    """In a sentence, with exit code 130."""
    source = "import os, signal, time\nos.kill(os.getpid(), signal.SIGINT)\ntime.sleep(60)\n"
    done = flask("db", "upgrade", app=source)
    assert done.returncode == 130
    assert done.stderr == "Error: Interrupted while the app was loaded; nothing was done.\n"


@pytest.mark.parametrize("kind", ["import", "factory"])
def test_help_is_given_without_an_app(flask: Run, kind: str) -> None:
    """Of the group and of a command; the error comes last."""
    source, said = BROKEN[kind]
    for words in (["db", "--help"], ["db", "upgrade", "--help"]):
        done = flask(*words, app=source)
        assert done.returncode == 0, done.stderr
        assert "Usage: flask db" in done.stdout
        assert said in done.stderr.splitlines()[-1]


def test_a_traceback_is_shown_if_asked_for(flask: Run) -> None:
    """Before the error."""
    done = flask("db", "--traceback", "upgrade", app=BROKEN["factory"][0])
    assert "in create_app" in done.stderr
    assert "failed to start" in done.stderr.splitlines()[-1]


def test_a_factory_that_needs_arguments(flask: Run) -> None:
    """Flask's own advice is the error."""
    done = flask("db", "current", app="def create_app(name):\n    return make()")
    assert done.returncode == 2
    assert "Use 'shop:create_app(args)' to specify arguments." in done.stderr
    assert "No such command" not in done.stderr


def test_an_app_without_the_extension_is_told_the_lines_to_add(flask: Run) -> None:
    """They can be copied."""
    done = flask("db", "upgrade", app='app = Flask("shop")')
    assert done.returncode == 1
    assert "SchemaVer is not set up on the app 'shop'" in done.stderr
    assert "    SchemaVer(app, db)" in done.stderr


def test_another_name_of_the_commands_is_told(flask: Run) -> None:
    """`db` is not ours in such an app."""
    source = "app = make(command='schema')"
    done = flask("db", "upgrade", app=source)
    assert done.returncode == 2
    assert "'flask schema ...'" in done.stderr
    assert flask("schema", "--help").returncode == 0


def test_the_command_of_another_extension_is_left_in_place(flask: Run) -> None:
    """An app with Flask-Migrate, or a group of its own, does not notice the entry point."""
    source = """
    import click
    from flask.cli import AppGroup
    from flask import current_app
    app = Flask("other")
    group = AppGroup("db", help="Made by somebody else.")
    app.cli.add_command(group)

    @group.command("seed")
    @click.argument("count", type=int)
    def seed(count):
        print(current_app.name, count + 1)
    """
    done = flask("db", "seed", "4", app=source)
    assert done.stdout == "other 5\n", done.stderr
    assert "Made by somebody else." in flask("--help").stdout
    assert "Made by somebody else." in flask("db", "--help").stdout
    assert "No such command 'upgrade'" in flask("db", "upgrade").stderr
    words = {"COMP_WORDS": "flask db s", "COMP_CWORD": "2"}
    done = flask(_FLASK_COMPLETE="bash_complete", FLASK_APP="shop", **words)
    assert done.stdout == "plain,seed\n", done.stderr


ASKING = """
def create_app():
    app = make()
    with app.app_context():
        app.count = db.session.query(Product).count()
    return app
"""


def test_a_factory_that_queries_tables_can_still_be_upgraded(flask: Run, tmp_path: Path) -> None:
    """The upgrade makes the tables that it asks for; a comparison waits until it works."""
    assert flask("db", "init", app="app = make()").returncode == 0
    assert flask("db", "migrate", "-m", "first").returncode == 0
    done = flask("db", "migrate", "-m", "second", app=ASKING)
    assert done.returncode == 1
    assert "OperationalError: no such table: product (shop.py, line 21)" in done.stderr
    assert "schemaver.in_command()" in done.stderr.splitlines()[-1]
    assert "Traceback" not in done.stderr
    done = flask("db", "upgrade")
    assert done.returncode == 0, done.stderr
    assert "Warning: The app failed to start: OperationalError: no such table" in done.stderr
    done = flask("db", "current")
    assert "(head)" in done.stdout
    assert done.stderr == ""


def test_the_program_says_it_too(flask: Run, tmp_path: Path) -> None:
    """`schemaver --app shop ...` has no traceback either."""
    flask("--version", app=BROKEN["name"][0])
    done = subprocess.run(
        [sys.executable, "-m", "flask_schemaver", "--app", "shop", "current"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 1
    assert "; 'schemaver' needs it." in done.stderr.splitlines()[-1]
    assert "Traceback" not in done.stderr


def test_the_entry_point_loads_next_to_nothing() -> None:
    """Flask loads it for each of its commands, in apps without the extension too."""
    code = (
        "import flask.cli, sys; before = set(sys.modules); import flask_schemaver.entry\n"
        "print(*sorted(set(sys.modules) - before))"
    )
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    ours = {
        "flask_schemaver",
        *(f"flask_schemaver.{m}" for m in ("entry", "errors", "lazy", "mount")),
    }
    assert set(done.stdout.split()) <= {*ours, "click.shell_completion"}


def test_the_collector_of_garbage_leaves_a_loaded_app_alone(flask: Run) -> None:
    """It rests while the app loads, works afterwards, and finds nothing to do at the end."""
    app = """
    import atexit, gc
    atexit.register(lambda: print("end", gc.isenabled(), gc.get_freeze_count() > 10_000))
    print("loading", gc.isenabled())
    app = make()
    """
    done = flask("db", "heads", app=app)
    assert done.stdout.splitlines()[0] == "loading False", done.stderr
    assert done.stdout.splitlines()[-1] == "end True True"
    done = flask("run", "--help", app=app)
    assert "loading False" not in done.stdout
