"""A small project for the command line: an app factory, its models, and a migrations folder."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import flask_sqlalchemy
import pytest
import sqlalchemy as sa
from click.testing import Result
from flask import Flask

from flask_schemaver import SchemaVer

ROOT = Path(__file__).parents[2]
FLASK = """
import sys
from flask import cli
cli.FlaskGroup._load_plugin_commands = lambda self: None
sys.argv[0] = "flask"
cli.main()
"""
"""Flask's own command line, deaf to what other packages of the environment bring."""


@dataclass
class Project:
    """A folder, the app in it, and ways to run a line."""

    folder: Path
    app: Flask
    db: flask_sqlalchemy.SQLAlchemy

    def run(self, *words: str, **options: Any) -> Result:
        """Run `flask db WORDS` in this process."""
        return self.app.test_cli_runner().invoke(args=["db", *words], **options)

    def ok(self, *words: str) -> str:
        """Run a line that must succeed; its output."""
        result = self.run(*words)
        assert result.exit_code == 0, result.output
        return result.output

    def write(self, name: str, parent: str | None, up: str = "pass", down: str = "pass") -> Path:
        """Write a revision file by hand."""
        path = self.folder / "migrations" / "versions" / f"{name}_.py"
        path.write_text(
            f'"""step {name}"""\n\nimport sqlalchemy as sa\nfrom flask_schemaver import op\n\n'
            f"revision = {name!r}\ndown_revision = {parent!r}\n\n\n"
            f"def upgrade():\n    {up}\n\n\ndef downgrade():\n    {down}\n"
        )
        return path

    def tables(self) -> set[str]:
        """The tables of the database."""
        with self.app.app_context():
            names = set(sa.inspect(self.db.engine).get_table_names())
        return names - {"schemaver_history"}


@pytest.fixture
def make_project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Project]:
    """Make a project in a new working directory; keywords go to SchemaVer."""

    def make(
        url: str | sa.URL | None = None, settings: dict[str, Any] | None = None, **options: Any
    ) -> Project:
        monkeypatch.chdir(tmp_path)
        db = flask_sqlalchemy.SQLAlchemy()
        sa.Table("product", db.metadata, sa.Column("id", sa.Integer, primary_key=True))
        app = Flask("shop", root_path=str(tmp_path), instance_path=str(tmp_path))
        app.config["SQLALCHEMY_DATABASE_URI"] = url or f"sqlite:///{tmp_path}/shop.db"
        app.config.update(settings or {})
        db.init_app(app)
        SchemaVer(app, db, **options)
        return Project(tmp_path, app, db)

    return make


@pytest.fixture
def project(make_project: Callable[..., Project]) -> Project:
    """A project whose migrations folder was made, without revisions."""
    made = make_project()
    made.ok("init")
    return made


@pytest.fixture
def chain(project: Project) -> Project:
    """A project with three revisions: a1 <- b2 <- c3, each with a table of its own."""
    parent = None
    for name in ("a1aa", "b2bb", "c3cc"):
        make = f'op.create_table("t_{name}", sa.Column("id", sa.Integer, primary_key=True))'
        project.write(name, parent, make, f'op.drop_table("t_{name}")')
        parent = name
    return project


@dataclass
class FlaskLine:
    """Runs the real `flask` in a process of its own, in the test's folder."""

    folder: Path

    def start(self, *words: str, app: str = "", **environ: str) -> subprocess.Popen[str]:
        """Start a line; `app` is the source of the module 'shop'."""
        if app:
            (self.folder / "shop.py").write_text(textwrap.dedent(app))
        return subprocess.Popen(
            [sys.executable, "-c", FLASK, *words],
            cwd=self.folder,
            env={**os.environ, "PYTHONPATH": str(ROOT), **environ},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def __call__(self, *words: str, **options: str) -> subprocess.CompletedProcess[str]:
        """Run a line to its end."""
        process = self.start(*words, **options)
        out, told = process.communicate(timeout=60)
        return subprocess.CompletedProcess(words, process.returncode, out, told)


@pytest.fixture
def flask_line(tmp_path: Path) -> FlaskLine:
    """The real `flask`."""
    return FlaskLine(tmp_path)
