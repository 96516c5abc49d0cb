"""`doctor`: what is seen of a project, what is wrong, and that nothing is touched."""

from __future__ import annotations

import json
from typing import Any

import pytest


@pytest.fixture
def project(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """A Flask app with a model and a folder without revisions; its `flask db`."""
    import flask_sqlalchemy
    import sqlalchemy as sa
    from flask import Flask

    from flask_schemaver import SchemaVer

    def make(**config: Any) -> Any:
        monkeypatch.chdir(tmp_path)
        app = Flask("shop", root_path=str(tmp_path), instance_path=str(tmp_path))
        app.config.update({"SQLALCHEMY_DATABASE_URI": f"sqlite:///{tmp_path}/shop.db", **config})
        db = flask_sqlalchemy.SQLAlchemy(app)

        class Product(db.Model):  # type: ignore[name-defined]
            id = sa.Column(sa.Integer, primary_key=True)

        app.extensions["models"] = [Product]
        SchemaVer(app, db, lock_timeout=5)
        return lambda *words: app.test_cli_runner().invoke(args=["db", *words])

    return make


def test_a_healthy_project(project: Any) -> None:
    """Settings with their origin, the models' modules, the database; exit code 0."""
    run = project(SCHEMAVER_GUARD="warn")
    for words in (["init"], ["migrate", "-m", "first"], ["upgrade"]):
        assert run(*words).exit_code == 0
    result = run("doctor")
    assert result.exit_code == 0, result.output
    lines = [line.split() for line in result.output.splitlines()]
    assert ["lock_timeout", "5.0", "SchemaVer(...)"] in lines
    assert ["guard", "warn", 'app.config["SCHEMAVER_GUARD"]'] in lines
    assert ["models", "1", "table,", "in", __name__] in lines
    assert "Nothing is wrong." in result.output
    found = json.loads(run("doctor", "--json").output)
    assert found["databases"][0]["pending"] == 0
    assert found["problems"] == []


def test_what_is_wrong_is_said_in_words(project: Any) -> None:
    """A missing folder; then a database that is behind."""
    run = project()
    result = run("doctor")
    assert result.exit_code == 1
    assert "'migrations'" in result.output
    run("init")
    run("migrate", "-m", "first")
    assert "is one revision behind. Run 'flask db upgrade'" in run("doctor").output


def test_a_database_that_cannot_be_reached_hides_its_password(project: Any) -> None:
    """The rest is told all the same."""
    run = project(SQLALCHEMY_DATABASE_URI="postgresql+psycopg://u:s3cret@127.0.0.1:1/d")
    run("init")
    result = run("doctor")
    assert result.exit_code == 1
    assert "s3cret" not in result.output
    assert "not reached" in result.output


def test_two_names_for_one_database_are_a_finding(project: Any, tmp_path: Any) -> None:
    """As they would stop every command."""
    run = project(SQLALCHEMY_BINDS={"copy": f"sqlite:///{tmp_path}/shop.db"})
    run("init")
    assert "'default' and 'copy' are one" in run("doctor").output
