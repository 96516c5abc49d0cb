"""Several databases in one app: sections, rows, `--bind`, and what cannot work."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import flask_sqlalchemy_lite
import pytest
import sqlalchemy as sa
from flask import Flask

from flask_schemaver import SchemaVer, command
from flask_schemaver.errors import ConfigError


@pytest.fixture
def shop(make_shop: Callable[..., Any]) -> Any:
    """A shop with two binds, one of them no identifier, at its first revision."""
    shop = make_shop("users", "log-2")
    shop.ok("init")
    shop.ok("migrate", "-m", "first")
    shop.ok("upgrade")
    return shop


def test_one_file_brings_each_database_its_own_tables(shop: Any) -> None:
    """Every database has its table, its row, and nothing of the others."""
    for bind in (None, "users", "log-2"):
        assert shop.tables(bind) == {f"of_{bind or 'default'}", "schemaver_version"}
    assert shop.rows(None) == shop.rows("users") == shop.rows("log-2") != []
    assert "def upgrade_users()" in shop.newest()
    assert "def upgrade_log_2()" in shop.newest()
    assert "no difference" in shop.ok("check")
    shop.ok("downgrade", "base", "--yes")
    assert shop.tables("log-2") == {"schemaver_version"}


def test_only_changed_databases_get_a_section(shop: Any) -> None:
    """The others move their row along."""
    shop.table("users", "more")
    output = shop.ok("migrate", "-m", "second")
    assert "users: create table 'more'" in output
    text = shop.newest()
    assert "def upgrade_users()" in text
    assert "upgrade_default" not in text
    assert "log_2" not in text
    shop.ok("upgrade")
    assert "more" in shop.tables("users")
    assert "more" not in shop.tables(None)
    assert shop.rows(None) == shop.rows("users")


def test_bind_names_the_database_that_is_moved(shop: Any) -> None:
    """`--bind` may stand before the command or behind it, several times, with commas."""
    shop.ok("downgrade", "base", "--yes", "--bind", "users")
    assert shop.tables("users") == {"schemaver_version"}
    assert "of_default" in shop.tables(None)
    assert "users" in shop.ok("current")
    assert "head" not in shop.ok("--bind", "users", "current")
    shop.ok("--bind", "default,log-2", "downgrade", "base", "--yes")
    assert shop.tables("log-2") == {"schemaver_version"}
    shop.ok("upgrade", "--bind", "users", "--bind", "default")
    assert "of_users" in shop.tables("users")
    assert shop.tables("log-2") == {"schemaver_version"}
    result = shop.run("upgrade", "--bind", "user")
    assert result.exit_code == 1
    assert "It has 'default', 'users', 'log-2'" in result.stderr


def test_sections_for_a_revision_by_hand(shop: Any) -> None:
    """All databases get one, or those that are named."""
    shop.ok("revision", "-m", "all")
    assert "def downgrade_log_2()" in shop.newest()
    shop.ok("revision", "-m", "one", "--bind", "users")
    assert "def upgrade_users()" in shop.newest()
    assert "log_2" not in shop.newest()
    shop.ok("upgrade")


def test_sql_of_each_database_says_which_it_is_for(shop: Any) -> None:
    """One script, with a comment before each part."""
    script = shop.ok("upgrade", "--sql")
    parts = script.split("-- Database ")
    assert [part.partition("\n")[0] for part in parts[1:]] == ["'default'", "'users'", "'log-2'"]
    assert "of_users" in parts[2]
    assert "of_users" not in parts[1] + parts[3]


def write(shop: Any, name: str, parent: str | None, body: str) -> None:
    (shop.folder / "migrations" / "versions" / f"{name}_.py").write_text(
        f'"""by hand"""\nfrom flask_schemaver import op\nrevision = {name!r}\n'
        f"down_revision = {parent!r}\n{body}\n"
    )


FLASK_MIGRATE = """
def upgrade(engine_name):
    globals()["upgrade_%s" % engine_name]()
def downgrade(engine_name):
    globals()["downgrade_%s" % engine_name]()
def upgrade_():
    op.execute("CREATE TABLE a (id INT)")
def downgrade_():
    op.execute("DROP TABLE a")
def upgrade_users():
    op.execute("CREATE TABLE u (id INT)")
def downgrade_users():
    op.execute("DROP TABLE u")
"""


def test_files_of_flask_migrates_multidb_template_run(make_shop: Any) -> None:
    """Their `upgrade(engine_name)` is called; a bind that is newer is left alone."""
    shop = make_shop("users", "new")
    shop.ok("init")
    write(shop, "a1aa", None, FLASK_MIGRATE)
    shop.ok("upgrade")
    assert "a" in shop.tables(None)
    assert "u" in shop.tables("users")
    assert shop.tables("new") == {"schemaver_version"}
    shop.ok("downgrade", "--yes", "base")
    assert shop.tables("users") == {"schemaver_version"}


def test_plain_files_are_for_the_default_database(make_shop: Any) -> None:
    """Those that were written before there were several."""
    shop = make_shop("users")
    shop.ok("init")
    body = 'def upgrade():\n    op.execute("CREATE TABLE a (id INT)")\ndef downgrade():\n    pass\n'
    write(shop, "a1aa", None, body)
    shop.ok("upgrade")
    assert "a" in shop.tables(None)
    assert shop.tables("users") == {"schemaver_version"}
    assert shop.rows("users") == ["a1aa"]


def test_a_failing_database_leaves_those_before_it_done(make_shop: Any) -> None:
    """Each has a transaction of its own; the next run goes on."""
    shop = make_shop("users")
    shop.ok("init")
    body = (
        'def upgrade_users():\n    op.execute("CREATE TABLE u (id INT)")\n'
        '    op.execute("nonsense")\ndef upgrade():\n    op.execute("CREATE TABLE a (id INT)")\n'
    )
    write(shop, "a1aa", None, body)
    result = shop.run("upgrade")
    assert result.exit_code == 1
    assert "nonsense" in result.stderr
    assert "The database 'users' is at base." in result.stderr
    assert shop.rows(None) == ["a1aa"]
    assert "u" not in shop.tables("users")
    write(shop, "a1aa", None, body.replace("nonsense", "SELECT 1"))
    shop.ok("upgrade")
    assert shop.rows("users") == ["a1aa"]


def test_what_was_changed_before_a_database_is_refused_is_said(make_shop: Any) -> None:
    """Nothing was changed in this one, but the one before it was brought on."""
    shop = make_shop("users")
    shop.ok("init")
    shop.ok("migrate", "-m", "first")
    shop.ok("upgrade")
    with shop.app.app_context(), shop.db.engines["users"].begin() as connection:
        connection.execute(sa.text("INSERT INTO of_users VALUES (1)"))
    (first,) = shop.rows("users")
    body = 'def upgrade(): pass\ndef upgrade_users():\n    op.drop_table("of_users")\n'
    write(shop, "b2bb", first, body)
    shop.ok("protect", "production")
    result = shop.run("upgrade")
    assert result.exit_code == 9
    assert "Before that, 'default' was brought to 'b2bb'." in result.stderr
    assert "Nothing was changed" not in result.stderr
    result = shop.run("upgrade")
    assert "Nothing was changed." in result.stderr


def test_two_names_for_one_database_are_refused(make_shop: Any, tmp_path: Path) -> None:
    """Before anything is done; naming those to be migrated helps."""
    url = f"sqlite:///{tmp_path}/default.db"
    shop = make_shop("users", urls={"copy": url})
    shop.ok("init")
    result = shop.run("migrate", "-m", "first")
    assert result.exit_code == 1
    assert "'default' and 'copy' are one" in result.stderr
    shop.app.extensions.pop("schemaver")
    shop.app.cli.commands.pop("db")
    SchemaVer(shop.app, shop.db, binds=["default", "users"])
    shop.ok("migrate", "-m", "first")


def test_a_database_without_models_is_not_compared(make_shop: Any, tmp_path: Path) -> None:
    """Its tables may be another program's, and are never dropped."""
    other = sa.create_engine(f"sqlite:///{tmp_path}/other.db")
    with other.begin() as connection:
        connection.execute(sa.text("CREATE TABLE theirs (id INT)"))
    shop = make_shop(urls={"other": f"sqlite:///{tmp_path}/other.db"})
    shop.ok("init")
    output = shop.run("migrate", "-m", "first")
    assert "'other' has no models" in output.stderr
    assert "theirs" not in shop.newest()


def test_on_startup_looks_after_each_database(make_shop: Any) -> None:
    """An empty one is created, one that is behind is upgraded."""
    shop = make_shop("users", settings={"SCHEMAVER_ON_STARTUP": "off"})
    shop.ok("init")
    shop.ok("migrate", "-m", "first")
    shop.ok("upgrade", "--bind", "default")
    result = shop.schemaver.ensure(shop.app, "upgrade")
    assert [one.action for one in result.others] == ["nothing", "created"]
    assert shop.rows("users") == shop.rows(None)
    shop.table("users", "more")
    shop.ok("migrate", "-m", "second")
    result = shop.schemaver.ensure(shop.app, "upgrade")
    assert [one.action for one in result.others] == ["upgraded", "upgraded"]
    assert "more" in shop.tables("users")


def test_engines_of_the_lite_extension_with_metadata_for_each(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`metadata` is a mapping there; an engine without metadata is left alone."""
    monkeypatch.chdir(tmp_path)
    app = Flask("shop", root_path=str(tmp_path), instance_path=str(tmp_path))
    names = ("default", "users", "replica")
    app.config["SQLALCHEMY_ENGINES"] = {n: f"sqlite:///{tmp_path}/{n}.db" for n in names}
    db = flask_sqlalchemy_lite.SQLAlchemy(app)
    metadata = {name: sa.MetaData() for name in ("default", "users")}
    for name, one in metadata.items():
        sa.Table(f"of_{name}", one, sa.Column("id", sa.Integer, primary_key=True))
    schemaver = SchemaVer(app, db, metadata=metadata)
    with app.app_context():
        command.init(schemaver.get_config(), "migrations")
        command.make_revision(schemaver.get_config(), "first", autogenerate=True)
        moved = command.upgrade(schemaver.get_config(), "head")
        assert [run.database for run in moved.runs] == ["", "users"]
        tables = sa.inspect(db.engines["users"]).get_table_names()
        assert "of_users" in tables
        assert "of_default" not in tables
        assert sa.inspect(db.engines["replica"]).get_table_names() == []


def test_two_instances_with_folders_and_commands_of_their_own(make_shop: Any) -> None:
    """Each has its graph, and its database."""
    shop = make_shop("users", binds=["default"])
    SchemaVer(shop.app, shop.db, command="users", directory="moves", binds=["users"])
    runner = shop.app.test_cli_runner()
    for name in ("db", "users"):
        for words in (["init"], ["migrate", "-m", "first"], ["upgrade"]):
            result = runner.invoke(args=[name, *words])
            assert result.exit_code == 0, result.output
    assert "of_users" in shop.tables("users")
    assert "of_default" in shop.tables(None)
    assert shop.rows("users") != shop.rows(None)


def test_an_unknown_name_in_the_settings_is_refused(make_shop: Any) -> None:
    """With those that there are."""
    shop = make_shop("users", binds=["usrs"])
    with shop.app.app_context(), pytest.raises(ConfigError, match="'default', 'users'"):
        _ = shop.schemaver.state().databases
