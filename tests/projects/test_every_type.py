"""A first revision of an application that uses everything: written, run, compared, undone."""

from __future__ import annotations

from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask

from flask_schemaver import SchemaVer

from .every_type import metadata


class Project:
    """An app with a migrations folder, and a command line."""

    def __init__(self, folder: Path, url: str, *, named: bool) -> None:
        self.engine = sa.create_engine(url)
        self.versions = folder / "migrations" / "versions"
        if self.engine.dialect.name == "postgresql":
            with self.engine.begin() as connection:
                connection.execute(sa.schema.CreateSchema("other"))
        self.metadata = metadata(self.engine.dialect.name, named=named)
        self.app = Flask(__name__)
        SchemaVer(
            self.app, metadata=self.metadata, engine=self.engine, directory=folder / "migrations"
        )
        self.run("init")

    def run(self, *words: str) -> str:
        result = self.app.test_cli_runner().invoke(args=["db", *words])
        assert result.exit_code == 0, result.output
        return result.output

    def revisions(self) -> list[Path]:
        return sorted(self.versions.glob("*.py"))


@pytest.fixture(params=[False, True], ids=["unnamed", "named"])
def project(request: pytest.FixtureRequest, tmp_path: Path, database_url: str) -> Project:
    """An application of every type, with and without a naming convention."""
    return Project(tmp_path, database_url, named=request.param)


def test_what_create_all_made_is_not_different(project: Project) -> None:
    """Autogenerate finds nothing to do on a database that create_all() made."""
    project.metadata.create_all(project.engine)
    assert "no difference" in project.run("migrate", "-m", "nothing")
    assert project.revisions() == []


def test_the_first_revision_makes_what_the_models_say(project: Project) -> None:
    """After the upgrade a second autogenerate finds nothing, and a downgrade leaves nothing."""
    project.run("migrate", "-m", "first")
    project.run("upgrade")
    assert "no difference" in project.run("migrate", "-m", "second")
    project.run("downgrade", "base", "--yes")
    inspector = sa.inspect(project.engine)
    assert sorted(inspector.get_table_names()) == ["schemaver_history", "schemaver_version"]
    project.run("upgrade")


def test_the_first_revision_imports_nothing_of_the_application(project: Project) -> None:
    """Types of the application are written as what they store, on each database."""
    project.run("migrate", "-m", "first")
    text = project.revisions()[0].read_text()
    assert "every_type" not in text
    stored = "sa.CHAR(length=32).with_variant(sa.UUID(), 'postgresql')"
    assert f"sa.Column('guid', {stored}, nullable=True)" in text
    assert "sa.Column('span', sa.Interval(), nullable=True)" in text


def test_a_check_in_a_column_is_a_check_of_its_table(project: Project) -> None:
    """A CHECK among a column's arguments is in the database, of a new table and a new column."""
    table = project.metadata.tables["everything"]
    project.run("migrate", "-m", "first")
    project.run("upgrade")
    check = sa.CheckConstraint("late > 0", name="late_positive")
    table.append_column(sa.Column("late", sa.Integer, check))
    project.run("migrate", "-m", "late")
    project.run("upgrade")
    assert "no difference" in project.run("migrate", "-m", "nothing")
    texts = [c["sqltext"] for c in sa.inspect(project.engine).get_check_constraints("everything")]
    assert any("carried <> 3" in text for text in texts)
    assert any("late > 0" in text for text in texts)


@pytest.mark.databases("postgresql")
def test_comments_come_with_their_table_and_their_column(project: Project) -> None:
    """A new table, and a new column, say their comments to a database that keeps such."""
    table = project.metadata.tables["everything"]
    project.run("migrate", "-m", "first")
    project.run("upgrade")
    table.append_column(sa.Column("late", sa.Integer, comment="later: 100%"))
    project.run("migrate", "-m", "late")
    project.run("upgrade")
    inspector = sa.inspect(project.engine)
    comments = {c["name"]: c["comment"] for c in inspector.get_columns("everything")}
    assert inspector.get_table_comment("everything") == {"text": "all: it's everything"}
    assert comments["noted"] == 'it\'s a "comment": 50% {x}'
    assert comments["late"] == "later: 100%"
