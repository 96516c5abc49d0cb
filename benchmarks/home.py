"""Compares whole processes of `flask` in an app of its own: bare, ours, and with Flask-Migrate."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from statistics import median

from .measure import used

APP = """
from flask import Flask
from flask_sqlalchemy import SQLAlchemy
{imports}
app = Flask("shop", root_path="{folder}", instance_path="{folder}")
app.config["SQLALCHEMY_DATABASE_URI"] = "sqlite:///{folder}/{name}.sqlite3"
db = SQLAlchemy(app)

class Product(db.Model):
    id = db.Column(db.Integer, primary_key=True)

{use}
app.cli.command("hello")(lambda: None)
"""

# The bare app is one whose environment has no plug-in for Flask's commands.
FLASK = "import sys; from flask import cli; sys.argv[0] = 'flask'; {before}cli.main()"
_DEAF = "cli.FlaskGroup._load_plugin_commands = lambda self: None; "

PROGRAMS: Mapping[str, tuple[str, str]] = {
    "bare": ("", ""),
    "flask_schemaver": (
        "from flask_schemaver import SchemaVer",
        'SchemaVer(app, db, directory="flask_schemaver")',
    ),
    "Flask-Migrate": (
        "from flask_migrate import Migrate",
        'Migrate(app, db, directory="Flask-Migrate")',
    ),
}


def commands(folder: Path, rounds: int) -> None:
    """A command that does nothing, and `flask db current` at the head of one revision."""
    lines = {name: _line(folder, name) for name in PROGRAMS}
    migrators = [name for name in PROGRAMS if name != "bare"]
    for name in migrators:
        for words in (["init"], ["migrate", "-m", "first"], ["upgrade"]):
            used([*lines[name], "db", *words], folder, {})
    _table("flask hello", {n: [*lines[n], "hello"] for n in PROGRAMS}, folder, rounds)
    looks = {name: [*lines[name], "db", "current"] for name in migrators}
    _table("flask db current", looks, folder, rounds)


def _line(folder: Path, name: str) -> list[str]:
    imports, use = PROGRAMS[name]
    module = name.replace("-", "_").lower() + "_shop"
    text = APP.format(imports=imports, use=use, folder=folder.as_posix(), name=module)
    (folder / f"{module}.py").write_text(text)
    program = FLASK.format(before=_DEAF if name == "bare" else "")
    return [sys.executable, "-c", program, "--app", module]


def _table(title: str, lines: Mapping[str, list[str]], folder: Path, rounds: int) -> None:
    """Run the lines in turns; the ratio is that of the medians to the first of them."""
    found: dict[str, list[float]] = {name: [] for name in lines}
    for number in range(rounds + 1):
        for name, line in lines.items():
            seconds = used(line, folder, {}).cpu
            # The first round is not counted: it writes .pyc files.
            found[name] += [seconds] if number else []
    base = median(next(iter(found.values())))
    print(f"\n{title}")
    for name, several in found.items():
        print(f"  {name:18}{median(several):8.3f} s CPU{median(several) / base:8.2f}x")
