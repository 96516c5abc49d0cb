"""Compares whole processes of `flask` in an app of its own: bare, ours, and with Flask-Migrate."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import median

from .measure import Used, used

APP = """
from flask import Flask
from flask_sqlalchemy import SQLAlchemy
{imports}
app = Flask("shop", root_path="{folder}", instance_path="{folder}")
app.config["SQLALCHEMY_DATABASE_URI"] = "{url}"
db = SQLAlchemy(app)

for number in range(20):
    type(f"Product{{number}}", (db.Model,), {{
        "__module__": __name__,
        "id": db.Column(db.Integer, primary_key=True),
        "name": db.Column(db.String(40), nullable=False, index=True),
        "price": db.Column(db.Numeric(10, 2)),
        "made": db.Column(db.DateTime, server_default=db.func.now()),
    }})

{use}
app.cli.command("hello")(lambda: None)
"""

REVISION = """
from {package} import op

revision = "r{number}"
down_revision = "r{before}"


def upgrade():
    op.execute("SELECT {number}")


def downgrade():
    pass
"""

# Each runs as if it were installed alone: plug-ins of the others are left out, ours would make the
# commands of Flask-Migrate quicker.
FLASK = """
import importlib.metadata, sys
from flask import cli
found = importlib.metadata.entry_points
importlib.metadata.entry_points = lambda **k: [e for e in found(**k) if "{own}" in e.value]
sys.argv[0] = "flask"
cli.main()
"""

# Both are installed packages to a user, so both have their .pyc files.
COMPILED = {"PYTHONDONTWRITEBYTECODE": ""}

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
PACKAGES = {"flask_schemaver": "flask_schemaver", "Flask-Migrate": "alembic"}


def commands(folder: Path, revisions: int, urls: Sequence[str], rounds: int) -> None:
    """A command that does nothing, and `flask db current` at the head; one URL for each program."""
    places = dict(zip(PROGRAMS, urls, strict=True))
    lines = {name: _line(folder, name, url) for name, url in places.items()}
    for name, package in PACKAGES.items():
        for words in (["init"], ["migrate", "-m", "first", "--rev-id", "r1"]):
            used([*lines[name], "db", *words], folder, COMPILED)
        versions = folder / name / "versions"
        for number in range(2, revisions + 1):
            text = REVISION.format(package=package, number=number, before=number - 1)
            (versions / f"r{number}_.py").write_text(text)
        used([*lines[name], "db", "upgrade"], folder, COMPILED)
    _table("flask hello", {n: [*lines[n], "hello"] for n in PROGRAMS}, folder, rounds)
    looks = {name: [*lines[name], "db", "current"] for name in PACKAGES}
    _table("flask db current", looks, folder, rounds)


def _line(folder: Path, name: str, url: str) -> list[str]:
    imports, use = PROGRAMS[name]
    module = name.replace("-", "_").lower() + "_shop"
    text = APP.format(imports=imports, use=use, folder=folder.as_posix(), url=url)
    (folder / f"{module}.py").write_text(text)
    program = FLASK.format(own=name.replace("-", "_").lower() + ".")
    return [sys.executable, "-c", program, "--app", module]


def _table(title: str, lines: Mapping[str, list[str]], folder: Path, rounds: int) -> None:
    """Run the lines in turns; the ratio is that of the medians of CPU to the first of them."""
    found: dict[str, list[Used]] = {name: [] for name in lines}
    for number in range(rounds + 1):
        for name, line in lines.items():
            cost = used(line, folder, COMPILED)
            # The first round is not counted: it writes .pyc files.
            found[name] += [cost] if number else []
    base = median(cost.cpu for cost in next(iter(found.values())))
    print(f"\n{title}")
    print(f"  {'':18}{'CPU':>8}{'least':>9}{'until end':>12}{'least':>9}{'ratio of CPU':>15}")
    for name, several in found.items():
        cpu, wall = [cost.cpu for cost in several], [cost.wall for cost in several]
        print(
            f"  {name:18}{median(cpu):7.3f}s{min(cpu):8.3f}s{median(wall):11.3f}s{min(wall):8.3f}s"
            f"{median(cpu) / base:14.2f}x"
        )
