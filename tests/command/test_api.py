"""Programs of users: create_all and stamp, shared connections and transactions, threads."""

from __future__ import annotations

import argparse
import threading
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from flask_schemaver import command
from flask_schemaver.errors import CommandError

SHARED = """
from flask_schemaver import context

connection = context.config.attributes["connection"]
context.configure(connection=connection)
with context.begin_transaction():
    context.run_migrations()
"""
"""An env.py that works on the connection that a program hands over."""


@pytest.fixture
def line(folder: Any) -> Any:
    """Three revisions in a line, and an env.py that wants a connection."""
    folder.write("a1a1")
    folder.write("b2b2", "a1a1")
    folder.write("c3c3", "b2b2")
    folder.env(SHARED)
    return folder


def rows(connection: sa.Connection) -> list[str]:
    """What a connection sees in the version table."""
    if not sa.inspect(connection).has_table("schemaver_version"):
        return []
    return sorted(
        connection.execute(sa.text("SELECT version_num FROM schemaver_version")).scalars()
    )


def test_create_all_then_stamp(line: Any, engine: sa.Engine) -> None:
    """A new database is made from the models, and recorded as being at the head."""
    metadata = sa.MetaData()
    sa.Table("t_c3c3", metadata, sa.Column("id", sa.Integer, primary_key=True))
    config = line.config()
    with engine.begin() as connection:
        metadata.create_all(connection)
        config.attributes["connection"] = connection
        command.stamp(config, "head")
    with engine.connect() as connection:
        assert rows(connection) == ["c3c3"]
        assert sa.inspect(connection).has_table("t_c3c3")


def test_create_all_then_stamp_without_a_connection_of_ones_own(
    folder: Any, engine: sa.Engine
) -> None:
    """env.py of the template connects by itself."""
    folder.write("a1a1")
    metadata = sa.MetaData()
    sa.Table("t_a1a1", metadata, sa.Column("id", sa.Integer, primary_key=True))
    metadata.create_all(engine)
    command.stamp(folder.config(), "head")
    assert folder.rows() == ("a1a1",)
    command.upgrade(folder.config(), "head")
    assert folder.tables() == {"a1a1"}


def test_a_series_of_commands_is_committed_by_the_caller(line: Any, engine: sa.Engine) -> None:
    """Each sees what those before it have done; others see nothing before the commit."""
    config = line.config()
    with engine.connect() as connection:
        config.attributes["connection"] = connection
        transaction = connection.begin()
        command.upgrade(config, "b2b2")
        assert command.current(config).rows == ("b2b2",)
        command.downgrade(config, "-1")
        command.upgrade(config, "head")
        command.stamp(config, "b2b2")
        assert transaction.is_active
        transaction.commit()
    with engine.connect() as connection:
        assert rows(connection) == ["b2b2"]
        assert sa.inspect(connection).has_table("t_c3c3")


def test_a_series_of_commands_is_rolled_back_by_the_caller(line: Any, engine: sa.Engine) -> None:
    """Nothing is left of it: no table, no row, no version table."""
    config = line.config()
    with engine.connect() as connection:
        config.attributes["connection"] = connection
        transaction = connection.begin()
        command.upgrade(config, "b2b2")
        command.upgrade(config, "head")
        assert rows(connection) == ["c3c3"]
        transaction.rollback()
    with engine.connect() as connection:
        assert sa.inspect(connection).get_table_names() == []


def test_a_connection_that_begins_by_itself_is_committed_by_the_command(
    line: Any, engine: sa.Engine
) -> None:
    """A query before is no transaction of the caller's; the upgrade is not lost with it."""
    config = line.config()
    with engine.connect() as connection:
        connection.execute(sa.text("SELECT 1"))
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
    with engine.connect() as connection:
        assert rows(connection) == ["c3c3"]


def test_an_error_in_a_callers_transaction_leaves_it_to_the_caller(
    line: Any, engine: sa.Engine
) -> None:
    """It can be rolled back, and the connection used again."""
    line.write("d4d4", "c3c3", up='op.execute("THIS IS NO SQL")')
    config = line.config()
    with engine.connect() as connection:
        config.attributes["connection"] = connection
        transaction = connection.begin()
        with pytest.raises(CommandError, match="d4d4"):
            command.upgrade(config, "head")
        transaction.rollback()
        assert rows(connection) == []


def test_threads_migrate_databases_of_their_own_at_once(
    make_folder: Any, sqlite_url: str, tmp_path: Path
) -> None:
    """Each has a Config; nothing of one is seen in another."""
    folder = make_folder(sqlite_url)
    make = "op.create_table(context.get_x_argument()[0], sa.Column('id', sa.Integer))"
    folder.write("a1a1")
    folder.write("b2b2", "a1a1", up=make)
    count, failures, start = 8, [], threading.Barrier(8)

    def migrate(number: int) -> None:
        config = folder.config()
        config.set_main_option("sqlalchemy.url", f"sqlite:///{tmp_path}/{number}.sqlite3")
        config.cmd_opts = argparse.Namespace(x=[f"own_{number}"])
        start.wait()
        try:
            command.upgrade(config, "head")
            command.current(config, check_heads=True)
        except Exception as failure:
            failures.append(failure)

    threads = [threading.Thread(target=migrate, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert failures == []
    for number in range(count):
        engine = sa.create_engine(f"sqlite:///{tmp_path}/{number}.sqlite3")
        names = set(sa.inspect(engine).get_table_names()) - {"schemaver_history"}
        engine.dispose()
        assert names == {"schemaver_version", "t_a1a1", f"own_{number}"}


def test_what_stands_behind_x_and_tag_reaches_env_py_and_scripts(folder: Any) -> None:
    """As a list, as a dictionary, and as the tag."""
    folder.write("a1a1", up="assert context.get_x_argument() == ['a=1', 'b', 'c=2=3']")
    folder.write(
        "b2b2",
        "a1a1",
        up="assert context.get_x_argument(as_dictionary=True) == {'a': '1', 'b': '', 'c': '2=3'}",
    )
    folder.write("c3c3", "b2b2", up="assert context.get_tag_argument() == 'nightly'")
    config = folder.config()
    config.cmd_opts = argparse.Namespace(x=["a=1", "b", "c=2=3"])
    command.upgrade(config, "head", tag="nightly")
    assert folder.rows() == ("c3c3",)
