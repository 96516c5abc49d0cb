"""SchemaVer on apps: where the database comes from, several apps, what start-up does."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import flask_sqlalchemy
import flask_sqlalchemy_lite
import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from flask_schemaver import SchemaVer, command, current_schemaver
from flask_schemaver.errors import CannotConnect, CommandError, ConfigError


def app_with_db(name: str = "shop", **config: Any) -> tuple[Flask, flask_sqlalchemy.SQLAlchemy]:
    app = Flask(name)
    app.config["SQLALCHEMY_DATABASE_URI"] = "sqlite://"
    app.config.update(config)
    return app, flask_sqlalchemy.SQLAlchemy(app)


def test_an_at_sign_in_a_password_is_told_and_not_shown(tmp_path: Path) -> None:
    """SQLAlchemy takes what follows it for the host, which drivers repeat in their messages."""
    url = "postgresql+psycopg://ann:one@se#cret@127.0.0.1:1/shop"
    app = Flask("shop", root_path=str(tmp_path))
    schemaver = SchemaVer(app, metadata=sa.MetaData(), url=url)
    with app.app_context():
        command.init(schemaver.get_config(), str(tmp_path / "migrations"))
        with pytest.raises(CannotConnect) as caught:
            command.current(schemaver.get_config(str(tmp_path / "migrations")))
        told = f"{command.doctor(schemaver.get_config())} {caught.value}"
    assert "has an '@' of its own" in caught.value.message
    assert "%40" in str(caught.value.hint)
    assert "@127.0.0.1:1/shop" in told
    assert "se#cret" not in told


def test_a_flask_sqlalchemy_db_gives_engine_and_metadata() -> None:
    """`SchemaVer(app, db)` needs nothing else."""
    app, db = app_with_db()
    schemaver = SchemaVer(app, db)
    with app.app_context():
        assert schemaver.state().engine is db.engine
        assert schemaver.state().metadata is db.metadata


def test_the_db_of_the_app_is_found_without_being_given() -> None:
    """`SchemaVer(app)` uses the app's own db, even one that comes later."""
    app = Flask("shop")
    app.config["SQLALCHEMY_DATABASE_URI"] = "sqlite://"
    schemaver = SchemaVer(app)
    db = flask_sqlalchemy.SQLAlchemy(app)
    assert schemaver.state(app).engine.url.drivername == "sqlite"
    assert schemaver.state(app).metadata is db.metadata


def test_a_lite_db_needs_metadata_and_says_so() -> None:
    """Flask-SQLAlchemy-Lite has engines and no metadata."""

    class Model(DeclarativeBase):
        pass

    app = Flask("shop")
    app.config["SQLALCHEMY_ENGINES"] = {"default": "sqlite://"}
    db = flask_sqlalchemy_lite.SQLAlchemy(app)
    with pytest.raises(ConfigError, match=r"metadata=Model\.metadata"):
        SchemaVer(app, db)
    schemaver = SchemaVer(app, db, metadata=Model.metadata)
    with app.app_context():
        assert schemaver.state().metadata is Model.metadata
        assert schemaver.state().engine is db.engine


@pytest.mark.parametrize("given", [{"url": "sqlite://"}, {"engine": sa.create_engine("sqlite://")}])
def test_metadata_with_an_engine_or_a_url_is_enough(given: dict[str, Any]) -> None:
    """An app without any db object works."""
    metadata = sa.MetaData()
    app = Flask("shop")
    schemaver = SchemaVer(app, metadata=metadata, **given)
    assert schemaver.state(app).metadata is metadata
    assert schemaver.state(app).url.drivername == "sqlite"


def test_a_url_keeps_any_character_of_its_password() -> None:
    """The URL stays an object; `%`, `@` and unicode pass through to env.py."""
    url = sa.URL.create("postgresql+psycopg", "u", "p%40@:/ß%(x)s", "h", database="d")
    app = Flask("shop")
    schemaver = SchemaVer(app, metadata=sa.MetaData(), url=lambda: url)
    assert schemaver.state(app).url == url
    assert schemaver.state(app).url.password == "p%40@:/ß%(x)s"


def test_an_app_without_a_database_is_told_so() -> None:
    """The error names the app and both ways to give one."""
    app = Flask("shop")
    schemaver = SchemaVer(app)
    with pytest.raises(ConfigError, match="for the app 'shop'") as caught:
        _ = schemaver.state(app).engine
    assert "SchemaVer(app, db)" in str(caught.value)


def test_a_db_that_was_not_initialised_on_the_app_is_told_so() -> None:
    """Flask-SQLAlchemy's RuntimeError becomes advice."""
    app = Flask("shop")
    schemaver = SchemaVer(app, flask_sqlalchemy.SQLAlchemy())
    with pytest.raises(ConfigError, match=r"db\.init_app\(app\)"):
        _ = schemaver.state(app).engine


def test_a_url_that_cannot_be_read_is_not_repeated() -> None:
    """The password in it stays secret."""
    app = Flask("shop")
    schemaver = SchemaVer(app, metadata=sa.MetaData(), url="postgres secret")
    with pytest.raises(ConfigError) as caught:
        _ = schemaver.state(app).engine
    assert "secret" not in str(caught.value)


def test_a_database_that_cannot_be_reached_is_told_so() -> None:
    """The error names the database without its password."""
    app = Flask("shop")
    url = "postgresql+psycopg://u:hidden@127.0.0.1:1/d"
    schemaver = SchemaVer(app, metadata=sa.MetaData(), url=url)
    with (
        app.app_context(),
        pytest.raises(CannotConnect) as caught,
        schemaver.state().connect(),
    ):
        pass
    assert "127.0.0.1" in str(caught.value)
    assert "hidden" not in str(caught.value)


def test_an_app_factory_sets_up_each_app_for_itself(tmp_path: Path) -> None:
    """Two apps of one factory have their own database and settings."""
    db = flask_sqlalchemy.SQLAlchemy()
    schemaver = SchemaVer(db=db)

    def create_app(name: str) -> Flask:
        app = Flask(name)
        app.config["SQLALCHEMY_DATABASE_URI"] = f"sqlite:///{tmp_path}/{name}.db"
        app.config["SCHEMAVER_DIRECTORY"] = f"{name}-migrations"
        db.init_app(app)
        schemaver.init_app(app)
        return app

    one, two = create_app("one"), create_app("two")
    assert str(schemaver.state(one).engine.url).endswith("one.db")
    assert str(schemaver.state(two).engine.url).endswith("two.db")
    assert schemaver.state(two).settings.directory == "two-migrations"


def test_two_instances_on_one_app_need_two_commands() -> None:
    """The second one with the same name is refused; with its own it works."""
    app, db = app_with_db()
    SchemaVer(app, db)
    with pytest.raises(ConfigError, match="'db' already"):
        SchemaVer(app, db)
    other = SchemaVer(app, metadata=sa.MetaData(), url="sqlite://", command="log")
    assert set(app.extensions["schemaver"]) == {"db", "log"}
    assert other.state(app).settings.command == "log"
    assert {"db", "log"} <= set(app.cli.commands)


def test_other_keywords_are_those_of_configure() -> None:
    """They reach env.py, online and offline alike."""

    def nothing(*args: Any) -> bool:
        return True

    app, db = app_with_db(SCHEMAVER_VERSION_TABLE="versions")
    schemaver = SchemaVer(app, db, compare_type=False, include_object=nothing)
    with app.app_context():
        options = schemaver.state().configure_options()
    assert options["compare_type"] is False
    assert options["include_object"] is nothing
    assert options["version_table"] == "versions"
    assert options["target_metadata"] is db.metadata


def test_a_configure_callback_may_change_the_config() -> None:
    """It gets every Config, and what it returns is used."""
    app, db = app_with_db()
    schemaver = SchemaVer(app, db)

    @schemaver.configure
    def in_utc(config: Any) -> Any:
        config.set_main_option("timezone", "UTC")
        return config

    with app.app_context():
        assert schemaver.get_config().get_alembic_option("timezone") == "UTC"


def test_the_folder_is_found_beside_the_app(tmp_path: Path, monkeypatch: Any) -> None:
    """A relative folder is seen from the working directory first, then from the app."""
    project = tmp_path / "project"
    (project / "migrations").mkdir(parents=True)
    app = Flask("shop", root_path=str(project / "shop"))
    schemaver = SchemaVer(app, metadata=sa.MetaData(), url="sqlite://")
    monkeypatch.chdir(tmp_path)
    assert schemaver.state(app).directory() == project / "migrations"
    (tmp_path / "migrations").mkdir()
    assert schemaver.state(app).directory() == Path("migrations")


def test_a_wrong_policy_stops_the_app_at_once() -> None:
    """The error comes where the app is made, not at the first request."""
    app, db = app_with_db(SCHEMAVER_ON_STARTUP="always")
    with pytest.raises(ConfigError, match="'off', 'check', 'stamp', 'upgrade'"):
        SchemaVer(app, db)


def test_current_schemaver_is_that_of_the_app() -> None:
    """It works in an app context, and says what is missing elsewhere."""
    app, db = app_with_db()
    schemaver = SchemaVer(app, db)
    with app.app_context():
        assert current_schemaver.settings is schemaver.state().settings
    with pytest.raises(CommandError, match="app"):
        _ = current_schemaver.settings
    with Flask("bare").app_context(), pytest.raises(ConfigError, match="'bare'"):
        _ = current_schemaver.settings


class Base(DeclarativeBase):
    pass


class Product(Base):
    __tablename__ = "product"
    id: Mapped[int] = mapped_column(primary_key=True)
