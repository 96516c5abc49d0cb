"""What happens to the database when an app starts, by policy, through the extension."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from threading import Thread
from typing import Any

import flask_sqlalchemy
import pytest
import sqlalchemy as sa
from flask import Flask

from flask_schemaver import SchemaVer, command
from flask_schemaver.errors import CannotConnect, DatabaseNotAtHead, NoModels, UnversionedDatabase

Made = tuple[Flask, flask_sqlalchemy.SQLAlchemy, SchemaVer]


@pytest.fixture
def make_app(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Made]:
    """Make an app with a table and one revision; keywords go to SchemaVer."""
    monkeypatch.chdir(tmp_path)

    def make(url: str | None = None, *, models: bool = True, **options: Any) -> Made:
        app = Flask("shop", root_path=str(tmp_path))
        app.config["SQLALCHEMY_DATABASE_URI"] = url or f"sqlite:///{tmp_path}/shop.db"
        db = flask_sqlalchemy.SQLAlchemy(app)
        if models:
            sa.Table("product", db.metadata, sa.Column("id", sa.Integer, primary_key=True))
        schemaver = SchemaVer(app, db, **options)
        if not (tmp_path / "migrations").exists():
            with app.app_context():
                config = schemaver.get_config()
                command.init(config, "migrations")
                command.revision(config, "first", rev_id="a1aa")
        app.add_url_rule("/", "index", lambda: str(sorted(tables(app, db))))
        return app, db, schemaver

    return make


def tables(app: Flask, db: flask_sqlalchemy.SQLAlchemy) -> set[str]:
    with app.app_context():
        return set(sa.inspect(db.engine).get_table_names()) - {"schemaver_history"}


def test_nothing_happens_by_default(make_app: Callable[..., Made]) -> None:
    """The policy is "off" unless someone asks for another."""
    app, _, schemaver = make_app()
    assert schemaver.ensure(app) is None
    assert app.test_client().get("/").text == "[]"


def test_the_first_request_finds_the_tables(make_app: Callable[..., Made]) -> None:
    """Without a call of ensure(), the database is looked after before a view runs."""
    app, db, schemaver = make_app(on_startup="stamp")
    assert tables(app, db) == set()
    assert app.test_client().get("/").text == "['product', 'schemaver_version']"
    with app.app_context():
        assert command.current(schemaver.get_config()).rows == ("a1aa",)


def test_models_may_be_imported_after_init_app(make_app: Callable[..., Made]) -> None:
    """A factory sets the extension up first and imports its models later."""
    app, db, _ = make_app(on_startup="stamp", models=False)
    sa.Table("late", db.metadata, sa.Column("id", sa.Integer, primary_key=True))
    assert "late" in app.test_client().get("/").text


def test_an_app_without_models_is_not_stamped(make_app: Callable[..., Made]) -> None:
    """An empty database with a version row would be a lie."""
    app, db, schemaver = make_app(on_startup="stamp", models=False)
    with pytest.raises(NoModels, match="'shop'"):
        schemaver.ensure(app)
    assert tables(app, db) == set()


def test_ensure_says_what_was_done(make_app: Callable[..., Made]) -> None:
    """The result is typed; the second time there is nothing to do."""
    app, _, schemaver = make_app(on_startup="stamp")
    first, second = schemaver.ensure(app), schemaver.ensure(app)
    assert first is not None
    assert second is not None
    assert (first.action, first.after) == ("created", ("a1aa",))
    assert (second.action, second.after) == ("nothing", ("a1aa",))


def test_app_config_wins_over_the_argument(make_app: Callable[..., Made]) -> None:
    """A test's configuration can turn off what the code asks for; ensure(policy=) wins over it."""
    app = Flask("shop")
    app.config.update(SQLALCHEMY_DATABASE_URI="sqlite://", SCHEMAVER_ON_STARTUP="off")
    schemaver = SchemaVer(app, flask_sqlalchemy.SQLAlchemy(app), on_startup="stamp")
    assert schemaver.ensure(app) is None
    app, db, schemaver = make_app()
    schemaver.ensure(app, policy="stamp")
    assert "product" in tables(app, db)


def test_check_refuses_a_database_that_is_behind(make_app: Callable[..., Made]) -> None:
    """Each request fails until someone upgrades; then it goes on without a restart."""
    app, _, schemaver = make_app(on_startup="check")
    client = app.test_client()
    for _ in range(2):
        with pytest.raises(DatabaseNotAtHead, match="flask db upgrade"):
            client.get("/")
    with app.app_context():
        command.upgrade(schemaver.get_config(), "head")
    assert client.get("/").status_code == 200


def test_upgrade_runs_what_is_pending(make_app: Callable[..., Made]) -> None:
    """The policy "upgrade" is `flask db upgrade` at start-up."""
    app, _, schemaver = make_app()
    with app.app_context():
        command.upgrade(schemaver.get_config(), "head")
        command.revision(schemaver.get_config(), "second", rev_id="b2bb")
    result = schemaver.ensure(app, "upgrade")
    assert result is not None
    assert (result.action, result.after) == ("upgraded", ("b2bb",))


@pytest.mark.parametrize("policy", ["stamp", "upgrade"])
def test_the_work_is_done_at_once_where_all_models_are_known(
    make_app: Callable[..., Made], policy: str
) -> None:
    """An app that imports its models first has its tables as soon as it is made."""
    make_app()
    app, db, _ = make_app(on_startup=policy)
    assert tables(app, db) == {"product", "schemaver_version"}


def test_the_work_waits_for_models_that_the_revisions_know(
    make_app: Callable[..., Made], tmp_path: Path
) -> None:
    """No incomplete database is stamped while a factory is still importing its models."""
    make_app()
    [file] = (tmp_path / "migrations" / "versions").glob("a1aa*.py")
    body = "op.create_table('late', sa.Column('id', sa.Integer, primary_key=True))"
    file.write_text(file.read_text().replace("pass", body, 1))
    app, db, _ = make_app(on_startup="stamp")
    assert tables(app, db) == set()
    sa.Table("late", db.metadata, sa.Column("id", sa.Integer, primary_key=True))
    assert app.test_client().get("/").text == "['late', 'product', 'schemaver_version']"


def test_a_database_that_is_behind_is_upgraded_as_the_app_is_made(
    make_app: Callable[..., Made],
) -> None:
    """Nothing waits for a request where no model is needed."""
    app, _, schemaver = make_app()
    with app.app_context():
        config = schemaver.get_config()
        command.upgrade(config, "head")
        command.revision(config, "second", rev_id="b2bb")
    make_app(on_startup="upgrade")
    with app.app_context():
        assert command.current(config).rows == ("b2bb",)


def test_a_database_that_cannot_be_reached_yet_does_not_stop_the_app(
    make_app: Callable[..., Made],
) -> None:
    """Containers start in any order; the first request tries again."""
    make_app()
    app, _, _ = make_app("postgresql+psycopg://nobody@127.0.0.1:1/none", on_startup="stamp")
    with pytest.raises(CannotConnect):
        app.test_client().get("/")


def test_tables_without_a_version_are_never_stamped_blindly(make_app: Callable[..., Made]) -> None:
    """The error says what to do."""
    app, db, schemaver = make_app(on_startup="stamp")
    with app.app_context():
        db.create_all()
    with pytest.raises(UnversionedDatabase, match="flask db stamp"):
        schemaver.ensure(app)
    assert tables(app, db) == {"product"}


def test_threads_that_come_first_together_wait_for_one(make_app: Callable[..., Made]) -> None:
    """No request is answered before the tables are there."""
    app, _, _ = make_app(on_startup="stamp")
    texts: list[str] = []
    threads = [Thread(target=lambda: texts.append(app.test_client().get("/").text)) for _ in "1234"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert set(texts) == {"['product', 'schemaver_version']"}


WORKER = """
import sys, time
from pathlib import Path
import sqlalchemy as sa
from flask import Flask
from flask_schemaver import SchemaVer

metadata = sa.MetaData()
for n in range(12):
    sa.Table(f"t{n}", metadata, sa.Column("id", sa.Integer, primary_key=True))
app = Flask("shop", root_path=sys.argv[2])
Path(sys.argv[2], f"ready{sys.argv[3]}").touch()
while not Path(sys.argv[2], "go").exists():
    time.sleep(0.002)
policy = sys.argv[4] if sys.argv[4] != "later" else None
schemaver = SchemaVer(app, metadata=metadata, url=sys.argv[1], on_startup=policy)
print(schemaver.ensure(app, "stamp").action)
"""


@pytest.mark.parametrize("policy", ["stamp", "later"])
def test_eight_workers_start_at_once_on_an_empty_database(
    make_app: Callable[..., Made], database_url: str, tmp_path: Path, policy: str
) -> None:
    """All come up, one of them has made the tables, and the head is recorded once."""
    make_app(database_url)
    workers = [
        subprocess.Popen(
            [sys.executable, "-c", WORKER, database_url, str(tmp_path), str(n), policy],
            env={"PYTHONPATH": str(Path(__file__).parents[1]), "PATH": ""},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for n in range(8)
    ]
    while len(list(tmp_path.glob("ready*"))) < 8 and all(w.poll() is None for w in workers):
        pass
    (tmp_path / "go").touch()
    ends = [worker.communicate(timeout=120) for worker in workers]
    assert [worker.returncode for worker in workers] == [0] * 8, ends
    # At "stamp" the work is done as the app is made, and ensure() finds nothing left to do.
    first = "created" if policy == "later" else "nothing"
    assert sorted(out.strip() for out, _ in ends) == [first] + ["nothing"] * 7
    engine = sa.create_engine(database_url)
    with engine.connect() as connection:
        rows = connection.exec_driver_sql("SELECT version_num FROM schemaver_version").fetchall()
    engine.dispose()
    assert rows == [("a1aa",)]


def test_looking_at_the_routes_touches_no_database(
    make_app: Callable[..., Made], tmp_path: Path
) -> None:
    """`flask routes` and `flask shell` only look at the app; its own commands work with it."""
    make_app()
    (tmp_path / "shop.py").write_text(
        "import sqlalchemy as sa\n"
        "from flask import Flask\n"
        "from flask_schemaver import SchemaVer\n"
        "metadata = sa.MetaData()\n"
        "sa.Table('product', metadata, sa.Column('id', sa.Integer, primary_key=True))\n"
        "app = Flask(__name__)\n"
        "app.cli.command('hello')(lambda: None)\n"
        "SchemaVer(app, metadata=metadata, url='sqlite:///shop.db', on_startup='stamp')\n"
    )

    def flask(command: str) -> None:
        words = [sys.executable, "-m", "flask", "--app", "shop", command]
        subprocess.run(words, cwd=tmp_path, check=True, capture_output=True)

    flask("routes")
    assert not (tmp_path / "shop.db").exists()
    flask("hello")
    assert (tmp_path / "shop.db").exists()
