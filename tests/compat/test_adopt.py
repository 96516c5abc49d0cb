"""`adopt` takes over files and databases of Alembic's, and changes nothing where that is unsafe."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from flask_schemaver import CommandError, Config, command
from flask_schemaver.cli.program import run_line
from flask_schemaver.command.rewriting import with_other_imports

alembic_config = pytest.importorskip("alembic.config")
alembic_command = pytest.importorskip("alembic.command")

ENV = """\
# The environment.
import sqlalchemy as sa
from alembic import context

config = context.config
with sa.create_engine(config.get_main_option("sqlalchemy.url")).connect() as connection:
    context.configure(connection=connection)
    with context.begin_transaction():
        context.run_migrations()
"""
BODY = '''\
"""{words}

Revises: {before}
"""
from alembic import op  # all that is needed
import sqlalchemy as sa

revision = "{name}"
down_revision = {before!r}


def upgrade():
    op.create_table("{name}", sa.Column("id", sa.Integer, primary_key=True))


def downgrade():
    op.drop_table("{name}")
'''


class Project:
    """A project of Alembic's with three revisions, on any database."""

    def __init__(self, folder: Path, engine: sa.Engine) -> None:
        self.folder, self.engine = folder, engine
        versions = folder / "migrations" / "versions"
        versions.mkdir(parents=True)
        (folder / "migrations" / "env.py").write_text(ENV)
        (folder / "migrations" / "script.py.mako").write_text("from alembic import op\n")
        url = engine.url.render_as_string(hide_password=False).replace("%", "%%")
        self.ini = folder / "alembic.ini"
        self.ini.write_text(
            f"[alembic]\nscript_location = {folder}/migrations\nsqlalchemy.url = {url}\n"
        )
        before = None
        for name in ("one", "two", "three"):
            text = BODY.format(words=name, name=name, before=before)
            (versions / f"{name}.py").write_text(text)
            before = name

    @property
    def config(self) -> Config:
        return Config(self.ini)

    @property
    def theirs(self) -> Any:
        return alembic_config.Config(str(self.ini))

    def rows(self, table: str = "alembic_version") -> list[str]:
        with self.engine.connect() as connection:
            return sorted(connection.scalars(sa.text(f"SELECT version_num FROM {table}")))

    def execute(self, sql: str) -> None:
        with self.engine.begin() as connection:
            connection.execute(sa.text(sql))

    def tables(self) -> set[str]:
        return set(sa.inspect(self.engine).get_table_names())

    def everything(self) -> dict[str, bytes]:
        files = [p for p in self.folder.rglob("*") if p.is_file()]
        kept = [p for p in files if p.suffix in (".py", ".ini", ".mako")]
        return {str(p): p.read_bytes() for p in kept} | dict.fromkeys(self.tables(), b"")


@pytest.fixture
def project(tmp_path: Path, engine: sa.Engine) -> Project:
    return Project(tmp_path, engine)


anywhere = pytest.mark.databases("sqlite", "postgresql", "mariadb")
here = pytest.mark.databases("sqlite")


@anywhere
def test_adopt_goes_on_and_alembic_can_too(project: Project) -> None:
    """After `adopt` both tools move the same database by the same table, in turns."""
    alembic_command.upgrade(project.theirs, "two")
    done = command.adopt(project.config)
    (database,) = done.databases
    assert (database.table, database.rows) == ("alembic_version", ("two",))
    assert database.history_begun
    assert (database.widened_from == 32) == (project.engine.dialect.name != "sqlite")
    again = command.adopt(project.config)
    assert not again.databases[0].changes
    command.upgrade(project.config, "head")
    assert project.rows() == ["three"]
    assert "schemaver_version" not in project.tables()
    alembic_command.downgrade(project.theirs, "one")
    assert command.current(project.config).rows == ("one",)
    command.downgrade(project.config, "base")
    alembic_command.upgrade(project.theirs, "head")
    assert command.current(project.config).rows == ("three",)


@anywhere
def test_the_version_table_can_be_renamed(project: Project) -> None:
    """`--version-table` renames it, is remembered for other databases, and is harmless twice."""
    alembic_command.upgrade(project.theirs, "two")
    for _ in range(2):
        command.adopt(project.config, version_table="schemaver_version")
    assert project.rows("schemaver_version") == ["two"]
    assert "alembic_version" not in project.tables()
    assert "version_table = schemaver_version" in project.ini.read_text()
    command.upgrade(project.config, "head")
    assert project.rows("schemaver_version") == ["three"]
    assert "alembic_version" not in project.tables()


@here
def test_a_name_that_the_ini_file_says_is_replaced(project: Project) -> None:
    """The option is there once, and the next command finds the table."""
    alembic_command.upgrade(project.theirs, "two")
    command.adopt(project.config, version_table="moves")
    command.adopt(project.config, version_table="others")
    assert project.ini.read_text().count("version_table") == 1
    assert command.current(project.config).rows == ("two",)
    assert project.rows("others") == ["two"]


@here
def test_the_name_is_noted_in_a_toml_file(project: Project) -> None:
    """Where the settings are in pyproject.toml, they get the name, in their own table."""
    alembic_command.upgrade(project.theirs, "two")
    toml = project.folder / "pyproject.toml"
    url = project.engine.url.render_as_string(hide_password=False)
    toml.write_text(
        "[tool.alembic]\n# Where they are:\n"
        f'script_location = "{project.folder}/migrations"\n\n[tool.other]\nversion_table = 1\n'
    )
    project.ini.unlink()
    env = project.folder / "migrations" / "env.py"
    env.write_text(env.read_text().replace('config.get_main_option("sqlalchemy.url")', repr(url)))
    for name in ("moves", "others"):
        command.adopt(Config(toml_file=toml), version_table=name)
    assert toml.read_text().startswith('[tool.alembic]\nversion_table = "others"\n# Where')
    assert toml.read_text().count("version_table") == 2
    assert command.current(Config(toml_file=toml)).rows == ("two",)
    assert project.rows("others") == ["two"]
    with pytest.raises(CommandError, match="no file that could say that the version table"):
        command.adopt(config_by_hand(project), version_table="third")


def config_by_hand(project: Project) -> Config:
    config = Config()
    config.set_main_option("script_location", f"{project.folder}/migrations")
    config.set_main_option("version_table", "others")
    return config


@here
def test_a_dry_run_changes_nothing(project: Project) -> None:
    """It tells what would be done."""
    alembic_command.upgrade(project.theirs, "two")
    before = project.everything()
    found = command.adopt(project.config, "moves", rewrite_imports=True, dry_run=True)
    assert project.everything() == before
    assert found.databases[0].renamed_to == "moves"
    assert len(found.rewritten) == 5


@here
def test_imports_are_rewritten(project: Project) -> None:
    """All files name this project then, comments stay, and they run."""
    assert len(command.adopt(project.config, rewrite_imports=True).rewritten) == 5
    text = (project.folder / "migrations/versions/one.py").read_text()
    assert "from flask_schemaver import op  # all that is needed\n" in text
    assert (project.folder / "migrations/script.py.mako").read_text() == (
        "from flask_schemaver import op\n"
    )
    assert command.adopt(project.config, rewrite_imports=True).rewritten == ()
    command.upgrade(project.config, "head")
    assert project.tables() >= {"one", "two", "three"}


@here
def test_files_that_were_run_mean_the_same_with_other_imports(project: Project) -> None:
    """No applied revision counts as changed after its imports were rewritten."""
    config = Config(project.config.config_file_name)
    config.set_main_option("checksums", "strict")
    command.upgrade(config, "two")
    assert len(command.adopt(project.config, rewrite_imports=True).rewritten) == 5
    command.upgrade(config, "head")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("import alembic.op\nalembic.op.f(x)", "import flask_schemaver.op\nflask_schemaver.op.f"),
        (
            "import os, alembic.op as op  # alembic",
            "import os, flask_schemaver.op as op  # alembic",
        ),
        ("from  alembic . operations import ops", "from  flask_schemaver . operations import ops"),
        ("x = 'é alembic'; from alembic import op", "x = 'é alembic'; from flask_schemaver import"),
        ("from alembic_utils import x", "from alembic_utils import x"),
        ("from .alembic import x", "from .alembic import x"),
        ("alembic = 1\nprint(alembic)", "alembic = 1\nprint(alembic)"),
        ("from flask_migrate import upgrade", "from flask_schemaver.flask_migrate import upgrade"),
        (
            "def f():\r\n\tfrom alembic import op\r\n",
            "def f():\r\n\tfrom flask_schemaver import op\r",
        ),
    ],
)
def test_only_imports_and_what_they_bind_are_rewritten(before: str, after: str) -> None:
    """Comments, texts and other names stay; a second time nothing is left to do."""
    found = with_other_imports(before.encode())
    assert found.decode().startswith(after)
    assert with_other_imports(found) == found


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "latin-1"])
def test_the_encoding_of_a_file_stays(encoding: str) -> None:
    """A byte order mark, a declared encoding and the ends of lines are kept."""
    word = "latin-1" if encoding == "latin-1" else "utf-8"
    text = f"# coding: {word}\r\nx = 'é'; import alembic.op  # é\r\nalembic.op.f(x)\r\n"
    found = with_other_imports(text.encode(encoding))
    assert found == text.replace("alembic", "flask_schemaver").encode(encoding)


@here
class TestRefused:
    """What a person has to settle is an error that says how; nothing is changed."""

    def refused(self, project: Project, match: str, **arguments: Any) -> None:
        before = project.everything()
        with pytest.raises(CommandError, match=match) as caught:
            command.adopt(project.config, rewrite_imports=True, **arguments)
        assert caught.value.hint
        assert project.everything() == before

    def test_stamped_by_both(self, project: Project) -> None:
        alembic_command.upgrade(project.theirs, "two")
        project.execute("CREATE TABLE schemaver_version (version_num VARCHAR(255))")
        project.execute("INSERT INTO schemaver_version VALUES ('one')")
        self.refused(project, "Two tools have stamped")

    def test_two_rows_of_one_line(self, project: Project) -> None:
        alembic_command.upgrade(project.theirs, "two")
        project.execute("INSERT INTO alembic_version VALUES ('one')")
        self.refused(project, "'two' includes 'one'")

    def test_a_row_that_no_file_has(self, project: Project) -> None:
        alembic_command.upgrade(project.theirs, "two")
        project.execute("UPDATE alembic_version SET version_num = 'gone'")
        self.refused(project, "'gone', which no file has")

    def test_a_file_of_python_2(self, project: Project) -> None:
        file = project.folder / "migrations/versions/one.py"
        file.write_text(file.read_text() + "\n    print 'done'\n")
        self.refused(project, "one.py")

    def test_a_table_that_env_py_names(self, project: Project) -> None:
        env = project.folder / "migrations/env.py"
        env.write_text(ENV.replace("connection=connection", "connection, version_table='moves'"))
        alembic_command.upgrade(project.theirs, "two")
        self.refused(project, "names the version table 'moves'", version_table="others")


@here
def test_a_broken_placeholder_is_taken_as_it_stands(project: Project) -> None:
    """An ini file with a stray '%' is read; what it makes wrong is told by its name."""
    project.ini.write_text("[alembic]\nscript_location = %(nowhere)s/migrations\n")
    with pytest.raises(CommandError, match=r"%\(nowhere\)s"):
        command.adopt(project.config)


@here
def test_on_the_command_line(
    project: Project, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """`schemaver adopt` finds the alembic.ini, and ALEMBIC_CONFIG names one elsewhere."""
    alembic_command.upgrade(project.theirs, "two")
    monkeypatch.delenv("FLASK_APP", raising=False)
    monkeypatch.chdir(project.folder)
    assert run_line(["adopt", "--dry-run"]) == 0
    said = capsys.readouterr().out
    assert "'two'" in said
    assert "Would have begun the history" in said
    monkeypatch.chdir(project.folder.parent)
    monkeypatch.setenv("ALEMBIC_CONFIG", str(project.ini))
    assert run_line(["adopt"]) == 0
    assert "Begun the history" in capsys.readouterr().out
    assert run_line(["adopt"]) == 0
    assert "Nothing was left to be done" in capsys.readouterr().out
