"""Rows live through changes of their table, and the application can read them afterwards."""

from __future__ import annotations

import datetime
from pathlib import Path

import sqlalchemy as sa
from flask import Flask

from flask_schemaver import SchemaVer


def test_a_datetime_that_becomes_a_date_can_be_read(tmp_path: Path, engine: sa.Engine) -> None:
    """SQLite keeps both as text, of which the day is what the new type reads."""
    metadata = sa.MetaData()
    event = sa.Table(
        "event",
        metadata,
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("day", sa.DateTime),
        sa.Column("time", sa.DateTime),
    )
    app = Flask(__name__)
    SchemaVer(app, metadata=metadata, engine=engine, directory=tmp_path / "migrations")
    runner = app.test_cli_runner()

    def run(*words: str) -> None:
        result = runner.invoke(args=["db", *words])
        assert result.exit_code == 0, result.output

    run("init")
    run("migrate", "-m", "first")
    run("upgrade")
    noon = datetime.datetime.fromisoformat("2024-05-06 12:00:30")
    with engine.begin() as connection:
        rows = [{"id": 1, "day": noon, "time": noon}, {"id": 2, "day": None, "time": None}]
        connection.execute(event.insert(), rows)
    event.c.day.type, event.c.time.type = sa.Date(), sa.Time()
    run("migrate", "-m", "shorter")
    run("upgrade")
    with engine.connect() as connection:
        kept = connection.execute(sa.select(event).order_by(event.c.id)).all()
    assert kept == [(1, noon.date(), noon.time()), (2, None, None)]
