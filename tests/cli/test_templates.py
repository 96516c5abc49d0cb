"""Every template makes a folder that works, with the settings that it writes."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.ext.asyncio import create_async_engine

from flask_schemaver import SchemaVer, command
from flask_schemaver.config import Config


def schemaver(folder: Path, *words: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "flask_schemaver", *words],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


TEMPLATES = {
    "generic": ["-c", "schemaver.ini"],
    "async": ["-c", "schemaver.ini"],
    "multidb": ["-c", "schemaver.ini"],
    "pyproject": ["-c", "pyproject.toml"],
}


@pytest.mark.parametrize("template", TEMPLATES)
def test_a_project_without_flask(template: str, tmp_path: Path) -> None:
    """`init`, a revision by hand, up and down, as processes."""
    files = TEMPLATES[template]
    schemaver(tmp_path, *files, "init", "-t", template)
    schemaver(tmp_path, *files, "revision", "-m", "first", "--rev-id", "a1aa")
    assert "a1aa" in schemaver(tmp_path, *files, "upgrade")
    assert "a1aa (head)" in schemaver(tmp_path, *files, "current")
    schemaver(tmp_path, *files, "downgrade", "base", "--yes")
    schemaver(tmp_path, *files, "upgrade", "--sql")


def test_a_pyproject_keeps_what_it_has(tmp_path: Path) -> None:
    """The table is added at its end."""
    (tmp_path / "pyproject.toml").write_text('[project]\nname = "shop"\n')
    schemaver(tmp_path, "-c", "pyproject.toml", "init", "-t", "pyproject")
    text = (tmp_path / "pyproject.toml").read_text()
    assert text.startswith('[project]\nname = "shop"\n')
    assert "[tool.schemaver]" in text


def test_a_template_of_ones_own(tmp_path: Path) -> None:
    """A path instead of a name; what it has no file of comes from the template that it names."""
    own = tmp_path / "own"
    own.mkdir()
    (own / "like").write_text("pyproject\n")
    (own / "notes.txt").write_text("mine\n")
    (own / "script.py.mako").write_text("# of our own\nrevision = '${up_revision}'\n")
    schemaver(tmp_path, "-c", "schemaver.ini", "init", "-t", "./own", "--package")
    made = tmp_path / "migrations"
    assert (made / "notes.txt").read_text() == "mine\n"
    assert (made / "script.py.mako").read_text().startswith("# of our own")
    generic = Path(command.__file__).parents[1] / "templates" / "generic" / "env.py"
    assert (made / "env.py").read_text() == generic.read_text()
    assert not (made / "like").exists()
    assert (made / "__init__.py").exists()


@pytest.fixture
def asynchronous(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """An app with an AsyncEngine, and its folder with a first revision."""
    monkeypatch.chdir(tmp_path)
    metadata = sa.MetaData()
    sa.Table("product", metadata, sa.Column("id", sa.Integer, primary_key=True))
    engine = create_async_engine(f"sqlite+aiosqlite:///{tmp_path}/shop.db")
    app = Flask("shop", root_path=str(tmp_path))
    extension = SchemaVer(app, metadata=metadata, engine=lambda: engine)
    with app.app_context():
        command.init(extension.get_config(), "migrations")
        command.make_revision(extension.get_config(), "first", autogenerate=True)
    return extension, app, engine


def test_an_asynchronous_engine_needs_no_loop_of_the_user(asynchronous: Any) -> None:
    """Autogenerate has read the database; upgrade, check, start-up work too."""
    extension, app, _ = asynchronous
    assert len(extension.upgrade(app=app).done) == 1
    assert extension.check(app).operations == ()
    assert extension.is_current(app)
    assert extension.ensure(app, "check").action == "nothing"


def test_it_works_inside_a_running_loop(asynchronous: Any) -> None:
    """In a thread beside it; the app's own engine is not touched."""
    extension, app, engine = asynchronous

    async def main() -> list[str]:
        async with engine.connect() as connection:
            await connection.execute(sa.text("SELECT 1"))
        extension.upgrade(app=app)
        async with engine.connect() as connection:
            return list(
                (await connection.execute(sa.text("SELECT * FROM schemaver_version"))).scalars()
            )

    assert len(asyncio.run(main())) == 1


def test_a_url_of_an_asynchronous_driver_in_a_generic_folder(tmp_path: Path) -> None:
    """By the functions of `command`, inside a loop as well."""
    schemaver(tmp_path, "-c", "schemaver.ini", "init", "-t", "async")
    schemaver(tmp_path, "-c", "schemaver.ini", "revision", "-m", "first", "--rev-id", "a1aa")

    async def main() -> Any:
        return command.upgrade(Config(tmp_path / "schemaver.ini"), "head")

    assert asyncio.run(main()).after == ("a1aa",)
