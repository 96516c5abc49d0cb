"""What programs decide of a comparison: nobody is asked unless they say who."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from promise.promise import Project

from flask_schemaver import command
from flask_schemaver.errors import TooManyDrops, UndecidedFill, UndecidedRename


def users(*columns: sa.Column[Any]) -> sa.MetaData:
    metadata = sa.MetaData()
    sa.Table("users", metadata, sa.Column("id", sa.Integer, primary_key=True), *columns)
    return metadata


NAME = sa.Column("name", sa.String(40))
BEFORE = users(NAME)
RENAMED = users(sa.Column("full_name", sa.String(40)))
LONGER = users(NAME._copy(), sa.Column("age", sa.Integer, nullable=False))


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """A database with a table that has a row."""
    engine = sa.create_engine(f"sqlite:///{tmp_path}/shop.db")
    with engine.begin() as connection:
        BEFORE.create_all(connection)
        connection.exec_driver_sql("INSERT INTO users VALUES (1, 'Ann')")
    return Project(tmp_path / "m", engine)


def made(project: Project, models: sa.MetaData, **choices: Any) -> command.Made:
    project.config.attributes["metadata"] = models
    chosen = command.Choices(**choices) if choices else None
    return command.make_revision(project.config, "next", autogenerate=True, choices=chosen)


def rows(project: Project) -> list[Any]:
    project.upgrade()
    with project.engine.connect() as connection:
        return [tuple(row) for row in connection.exec_driver_sql("SELECT * FROM users")]


def test_a_program_is_warned_of_what_may_be_a_rename(project: Project) -> None:
    """It is dropped and added, and the warning says how to say otherwise."""
    comparison = made(project, RENAMED).comparison
    assert comparison is not None
    (warning,) = comparison.warnings
    assert "--rename users.name:full_name" in warning
    assert rows(project) == [(1, None)]


def test_a_program_says_what_is_a_rename(project: Project) -> None:
    """By the same texts as the command line."""
    made(project, RENAMED, renames=("users.name:full_name",))
    assert rows(project) == [(1, "Ann")]


def test_a_program_asks_somebody(project: Project) -> None:
    """A questioner of its own answers for each candidate."""

    class Agreeing(command.Questioner):
        def is_rename(self, candidate: Any) -> bool:
            assert (candidate.kind, candidate.old, candidate.new) == (
                "column",
                "users.name",
                "full_name",
            )
            return True

    made(project, RENAMED, questioner=Agreeing())
    assert rows(project) == [(1, "Ann")]


def test_a_questioner_that_knows_nothing(project: Project) -> None:
    """Then what is not decided is a typed error, and nothing is written."""
    with pytest.raises(UndecidedRename) as rename:
        made(project, RENAMED, questioner=command.Questioner())
    assert [c.flag for c in rename.value.candidates] == ["--rename users.name:full_name"]
    with pytest.raises(UndecidedFill) as fill:
        made(project, LONGER, questioner=command.Questioner())
    assert [c.words for c in fill.value.columns] == ["users.age"]
    assert list((project.folder / "versions").glob("*.py")) == []


def test_rows_get_the_empty_value_where_nobody_is_asked(project: Project) -> None:
    """A warning and a comment in the file say so."""
    result = made(project, LONGER)
    assert result.comparison is not None
    assert "--fill users.age=VALUE" in result.comparison.warnings[0]
    assert "Nobody was asked; rows get 0" in Path(result.scripts[0].path).read_text()
    assert rows(project) == [(1, "Ann", 0)]


def test_a_value_by_a_program(project: Project) -> None:
    """By the same text as the command line."""
    made(project, LONGER, fills=("users.age=41",))
    assert rows(project) == [(1, "Ann", 41)]


def test_most_tables(project: Project) -> None:
    """A program is warned; one with a questioner is refused, unless it allows it."""
    with project.engine.begin() as connection:
        for name in "abc":
            connection.exec_driver_sql(f"CREATE TABLE {name} (id INTEGER)")
    with pytest.raises(TooManyDrops):
        made(project, BEFORE, questioner=command.Questioner())
    comparison = made(project, BEFORE).comparison
    assert comparison is not None
    assert comparison.warnings[0].startswith("3 of the 4 tables")
