"""Rows live through changes of their table, and the application can read them afterwards."""

from __future__ import annotations

import datetime
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask

from flask_schemaver import SchemaVer


class Project:
    """An app around tables that a test changes, and its command line."""

    def __init__(self, folder: Path, engine: sa.Engine) -> None:
        self.engine = engine
        self.metadata = sa.MetaData()
        app = Flask(__name__)
        SchemaVer(app, metadata=self.metadata, engine=engine, directory=folder / "migrations")
        self._runner = app.test_cli_runner()
        self.run("init")

    def run(self, *words: str) -> str:
        result = self._runner.invoke(args=["db", *words])
        assert result.exit_code == 0, result.output
        return result.output

    def bring_up(self, message: str) -> str:
        """Write what differs, run it, and make sure that nothing differs any more."""
        told = self.run("migrate", "-m", message)
        self.run("upgrade")
        assert "no difference" in self.run("migrate", "-m", "nothing")
        return told


@pytest.fixture
def project(tmp_path: Path, engine: sa.Engine) -> Project:
    """An app without a table yet."""
    return Project(tmp_path, engine)


def test_a_datetime_that_becomes_a_date_can_be_read(project: Project) -> None:
    """SQLite keeps both as text, of which the day is what the new type reads."""
    event = sa.Table(
        "event",
        project.metadata,
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("day", sa.DateTime),
        sa.Column("time", sa.DateTime),
    )
    project.bring_up("first")
    noon = datetime.datetime.fromisoformat("2024-05-06 12:00:30")
    with project.engine.begin() as connection:
        rows = [{"id": 1, "day": noon, "time": noon}, {"id": 2, "day": None, "time": None}]
        connection.execute(event.insert(), rows)
    event.c.day.type, event.c.time.type = sa.Date(), sa.Time()
    project.bring_up("shorter")
    with project.engine.connect() as connection:
        kept = connection.execute(sa.select(event).order_by(event.c.id)).all()
    assert kept == [(1, noon.date(), noon.time()), (2, None, None)]


@pytest.mark.databases("postgresql")
def test_an_enum_with_a_default_becomes_text_and_back(project: Project) -> None:
    """The default does not hold the enumerated type back when that is dropped."""
    kinds = sa.Enum("a", "b", name="kind")
    table = sa.Table(
        "thing",
        project.metadata,
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("kind", kinds, server_default="b"),
    )
    project.bring_up("first")
    with project.engine.begin() as connection:
        connection.execute(table.insert().values(id=1))
    table.c.kind.type = sa.String(5)
    told = project.bring_up("text")
    assert "change column 'thing.kind': type kind -> character varying(5)" in told
    project.run("downgrade", "-1", "--yes")
    project.run("upgrade")
    with project.engine.begin() as connection:
        connection.execute(table.insert().values(id=2))
        assert connection.scalars(sa.select(table.c.kind)).all() == ["b", "b"]
