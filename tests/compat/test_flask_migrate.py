"""Flask-Migrate's way of being set up, its functions, and its env.py templates as they are."""

from __future__ import annotations

import inspect
import logging
import shutil
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask, current_app
from flask_sqlalchemy import SQLAlchemy

from flask_schemaver import CommandError
from flask_schemaver import flask_migrate as ours
from flask_schemaver.flask_migrate import Migrate

theirs = pytest.importorskip("flask_migrate")
TEMPLATES = Path(theirs.__file__).parent / "templates"
FUNCTIONS = [name for name in ours.__all__ if name not in ("Config", "Migrate", "alembic_version")]


def made_by_flask_migrate(folder: Path, template: str) -> Path:
    """A migrations folder as `flask db init` of Flask-Migrate writes it."""
    target = folder / "migrations"
    (target / "versions").mkdir(parents=True)
    for file in (TEMPLATES / template).iterdir():
        if file.is_file() and file.suffix != ".pyc":
            shutil.copy(file, target / file.name.replace("alembic.ini.mako", "alembic.ini"))
    return target


def app_with(folder: Path, **settings: Any) -> tuple[Flask, SQLAlchemy]:
    app = Flask("shop_of_compat", root_path=str(folder))
    app.config["SQLALCHEMY_DATABASE_URI"] = f"sqlite:///{folder}/app%20x.db"
    app.config.update(settings)
    db = SQLAlchemy()

    class User(db.Model):  # type: ignore[name-defined,misc]
        id = db.Column(db.Integer, primary_key=True)

    db.init_app(app)
    return app, db


@pytest.mark.parametrize("name", FUNCTIONS)
def test_functions_take_the_same_arguments(name: str) -> None:
    """Names, order and defaults of the arguments are those that programs know."""
    wanted = inspect.signature(getattr(theirs, name)).parameters
    found = inspect.signature(getattr(ours, name)).parameters
    assert [(p.name, p.default) for p in found.values()] == [
        (p.name, p.default) for p in wanted.values()
    ]


def test_migrate_and_back(tmp_path: Path) -> None:
    """The template `flask` writes a revision, runs it up and down, online and as SQL."""
    folder = made_by_flask_migrate(tmp_path, "flask")
    app, db = app_with(tmp_path)
    Migrate(app, db, str(folder), compare_type=True, render_as_batch=True, version_table="moves")
    logger = logging.getLogger("shop_of_compat.views")
    with app.app_context():
        script: Any = ours.migrate(message="users")
        ours.upgrade()
        assert set(sa.inspect(db.engine).get_table_names()) >= {"moves", "user"}
        assert ours.current().rows == (script.revision,)
        assert ours.migrate(message="again") == []
        ours.downgrade()
        assert "user" not in sa.inspect(db.engine).get_table_names()
    assert "from alembic import op" in Path(script.path).read_text()
    assert not logger.disabled


def test_sql_has_the_version_table_of_the_app(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """What the app's Migrate says holds offline too, where their env.py does not pass it on."""
    folder = made_by_flask_migrate(tmp_path, "flask")
    app, db = app_with(tmp_path)
    Migrate(app, db, directory=str(folder), version_table="moves")
    with app.app_context():
        ours.migrate(message="users")
        ours.upgrade(sql=True)
    assert "CREATE TABLE moves" in capsys.readouterr().out


def test_several_databases(tmp_path: Path) -> None:
    """The template `flask-multidb` migrates each bind by the part of the file that is its own."""
    folder = made_by_flask_migrate(tmp_path, "flask-multidb")
    app, db = app_with(tmp_path, SQLALCHEMY_BINDS={"logs": f"sqlite:///{tmp_path}/logs.db"})

    class Line(db.Model):  # type: ignore[name-defined,misc]
        __bind_key__ = "logs"
        id = db.Column(db.Integer, primary_key=True)

    Migrate(app, db, directory=str(folder))
    with app.app_context():
        ours.migrate(message="tables")
        ours.upgrade()
        assert set(sa.inspect(db.engine).get_table_names()) >= {"user", "alembic_version"}
        found = set(sa.inspect(db.engines["logs"]).get_table_names())
        assert found >= {"line", "alembic_version"}
        assert "user" not in found
        ours.downgrade()
        assert "line" not in sa.inspect(db.engines["logs"]).get_table_names()


def test_asynchronous_engine(tmp_path: Path) -> None:
    """The template `aioflask` awaits the engine that the app has given."""
    from sqlalchemy.ext.asyncio import create_async_engine

    folder = made_by_flask_migrate(tmp_path, "aioflask")
    app = Flask("aio_of_compat", root_path=str(tmp_path))
    metadata = sa.MetaData()
    sa.Table("users", metadata, sa.Column("id", sa.Integer, primary_key=True))
    engine = create_async_engine(f"sqlite+aiosqlite:///{tmp_path}/aio.db")
    Migrate(app, directory=str(folder), metadata=metadata, engine=engine)
    with app.app_context():
        ours.migrate(message="users")
        ours.upgrade()
    found = sa.inspect(sa.create_engine(f"sqlite:///{tmp_path}/aio.db")).get_table_names()
    assert set(found) >= {"alembic_version", "users"}


def test_several_asynchronous_engines(tmp_path: Path) -> None:
    """The template `aioflask-multidb` awaits each of the engines, by the names of the app."""
    from sqlalchemy.ext.asyncio import create_async_engine

    folder = made_by_flask_migrate(tmp_path, "aioflask-multidb")
    env = folder / "env.py"  # as it is, it calls what is no function in SQLAlchemy 2
    env.write_text(env.read_text().replace("._sync_connection()", ".sync_connection"))
    app = Flask("aio_of_compat", root_path=str(tmp_path))
    names = {None: "users", "logs": "lines"}
    metadata, engines = {}, {}
    for bind, table in names.items():
        metadata[bind] = sa.MetaData()
        sa.Table(table, metadata[bind], sa.Column("id", sa.Integer, primary_key=True))
        engines[bind] = create_async_engine(f"sqlite+aiosqlite:///{tmp_path}/{table}.db")
    Migrate(app, directory=str(folder), metadata=metadata, engine=engines)
    with app.app_context():
        ours.migrate(message="tables")
        ours.upgrade()
    for table in names.values():
        engine = sa.create_engine(f"sqlite:///{tmp_path}/{table}.db")
        found = set(sa.inspect(engine).get_table_names())
        assert found >= {"alembic_version", table}
        assert found.isdisjoint(set(names.values()) - {table})


def test_what_env_py_finds_in_the_app(tmp_path: Path) -> None:
    """`app.extensions["migrate"]` has the five things, and arguments that are nobody else's."""
    app, db = app_with(tmp_path)
    migrate = Migrate(app, db, compare_type=False, command="schema")
    with app.app_context():
        found = current_app.extensions["migrate"]
        assert (found.migrate, found.db, found.directory) == (migrate, db, "migrations")
        assert found.metadata is db.metadata
        found.configure_args["process_revision_directives"] = print
        assert found.configure_args == {"compare_type": False}


def test_callbacks_get_and_return_the_config(tmp_path: Path) -> None:
    """`@migrate.configure` functions see each Config; `opts` become flags of `cmd_opts`."""
    app, db = app_with(tmp_path)
    migrate = Migrate(app, db, directory=str(made_by_flask_migrate(tmp_path, "flask")))

    @migrate.configure
    def change(config: Any) -> Any:
        config.set_main_option("file_template", "changed")
        return config

    with app.app_context():
        config = migrate.get_config(x_arg=["a=1"], opts=["autogenerate"])
    assert config.get_main_option("file_template") == "changed"
    assert (config.cmd_opts.x, config.cmd_opts.autogenerate) == (["a=1"], True)


def test_mistakes_are_errors_and_do_not_end_the_process(tmp_path: Path) -> None:
    """A merge of nothing writes no file, and says so by a CommandError."""
    app, db = app_with(tmp_path)
    folder = made_by_flask_migrate(tmp_path, "flask")
    Migrate(app, db, directory=str(folder))
    with app.app_context(), pytest.raises(CommandError, match="nothing to merge"):
        ours.merge()
    assert list((folder / "versions").iterdir()) == []


def test_a_project_goes_on_by_one_line(tmp_path: Path) -> None:
    """What Flask-Migrate has begun is adopted, renamed and gone on with by `flask db`."""
    folder = made_by_flask_migrate(tmp_path, "flask")
    app, db = app_with(tmp_path)
    theirs.Migrate(app, db, directory=str(folder))
    with app.app_context():
        theirs.migrate(message="users")
        theirs.upgrade()
    app, db = app_with(tmp_path)
    app.config["SCHEMAVER_DIRECTORY"] = str(folder)
    Migrate(app, db)
    runner = app.test_cli_runner()
    line = "adopt --rewrite-imports --version-table schemaver_version"
    for words in (line, line, "upgrade", "check"):
        result = runner.invoke(args=["db", *words.split()])
        assert result.exit_code == 0, result.output
    with app.app_context():
        names = set(sa.inspect(db.engine).get_table_names())
    assert "schemaver_version" in names
    assert "alembic_version" not in names
    (revision,) = (folder / "versions").glob("*.py")
    assert "from flask_schemaver import op" in revision.read_text()
