"""The same histories, run by Alembic and by this engine, give the same databases."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from compat.histories import CHAIN, DATA, HISTORIES, SCHEMAS, write
from laws.snapshot import differences, snapshot

from flask_schemaver import Config, command

alembic_config = pytest.importorskip("alembic.config")
alembic_command = pytest.importorskip("alembic.command")

OWN = ("schemaver_history", "schemaver_journal", "schemaver_lock")
everywhere = pytest.mark.databases("sqlite", "postgresql", "mariadb")


class Both:
    """One project and one database, moved by either tool."""

    def __init__(self, folder: Path, engine: sa.Engine, history: dict) -> None:
        self.engine = engine
        self.ini = write(folder, engine, history)

    def theirs(self, direction: str, target: str, **options: Any) -> None:
        config = alembic_config.Config(str(self.ini), **options)
        getattr(alembic_command, direction)(config, target, sql="output_buffer" in options)

    def ours(self, direction: str, target: str, **options: Any) -> None:
        config = Config(self.ini, **options)
        getattr(command, direction)(config, target, sql="output_buffer" in options)

    def dump(self) -> tuple[dict[str, list[Any]], list[Any]]:
        """What is in the database, but for the tables that only one of the tools keeps."""
        with self.engine.begin() as connection:
            for table in OWN:
                connection.execute(sa.text(f"DROP TABLE IF EXISTS {table}"))
        self.engine.dispose()
        with self.engine.connect() as connection:
            rows: list[Any] = []
            for table in sorted(sa.inspect(connection).get_table_names()):
                found = connection.execute(sa.text(f"SELECT * FROM {table}")).all()
                rows.append((table, sorted(map(str, found))))
            # Its column is wider where this engine has made the table.
            found = {
                name: [item for item in items if "alembic_version" not in str(item)]
                for name, items in snapshot(connection).items()
            }
            return found, rows


def same(one: Any, other: Any) -> None:
    assert differences(one[0], other[0]) == []
    assert one[1] == other[1]


@everywhere
@pytest.mark.parametrize("name", HISTORIES)
def test_equal_dumps(tmp_path: Path, engine: sa.Engine, name: str) -> None:
    """Up, down and up again: what either has made, the other one undoes."""
    both = Both(tmp_path, engine, HISTORIES[name])
    both.theirs("upgrade", "heads")
    made_by_alembic = both.dump()
    both.ours("downgrade", "base")
    empty = both.dump()
    both.ours("upgrade", "heads")
    same(made_by_alembic, both.dump())
    both.theirs("downgrade", "base")
    same(empty, both.dump())


@everywhere
@pytest.mark.parametrize("name", [n for n in HISTORIES if n != "branches"])
def test_in_turns(tmp_path: Path, engine: sa.Engine, name: str) -> None:
    """The tools take turns at each revision, in both directions."""
    both = Both(tmp_path, engine, HISTORIES[name])
    steps = list(HISTORIES[name])
    both.theirs("upgrade", "head")
    wanted = both.dump()
    both.theirs("downgrade", "base")
    for number, step in enumerate(steps):
        (both.ours if number % 2 else both.theirs)("upgrade", step)
    same(wanted, both.dump())
    for number, _ in enumerate(steps):
        (both.theirs if number % 2 else both.ours)("downgrade", "-1")
    assert command.current(Config(both.ini)).rows == ()


@pytest.mark.databases("postgresql")
def test_several_schemas(tmp_path: Path, engine: sa.Engine) -> None:
    """Tables in a schema of their own, with a foreign key from outside."""
    both = Both(tmp_path, engine, SCHEMAS)
    both.theirs("upgrade", "head")
    made_by_alembic = both.dump()
    both.ours("downgrade", "base")
    both.ours("upgrade", "head")
    same(made_by_alembic, both.dump())
    both.theirs("downgrade", "base")


# Alembic writes a '%' of a value twice for PostgreSQL.
PLAIN_DATA = {name: body.replace("%", "") for name, body in DATA.items()}


@everywhere
@pytest.mark.parametrize("history", [CHAIN, PLAIN_DATA], ids=["chain", "data"])
def test_offline_sql_does_the_same(tmp_path: Path, engine: sa.Engine, history: dict) -> None:
    """The scripts that both write make the same database, and undo it."""
    both = Both(tmp_path, engine, history)
    dumps = []
    for tool in (both.theirs, both.ours):
        script = io.StringIO()
        tool("upgrade", "head", output_buffer=script)
        execute(engine, script.getvalue())
        dumps.append(both.dump())
        script = io.StringIO()
        tool("downgrade", "head:base", output_buffer=script)
        execute(engine, script.getvalue() + "\nDROP TABLE IF EXISTS alembic_version;")
    same(*dumps)


def execute(engine: sa.Engine, script: str) -> None:
    """Run a whole script on the driver's own connection, as psql or sqlite3 would."""
    connection = engine.raw_connection()
    try:
        if engine.dialect.name == "sqlite":
            connection.driver_connection.executescript(script)  # type: ignore[union-attr]
        elif engine.dialect.name == "mysql":
            cursor = connection.cursor()
            for statement in filter(None, map(str.strip, script.split(";\n"))):
                cursor.execute(statement.removesuffix(";"))
            connection.commit()
        else:
            connection.driver_connection.autocommit = True  # type: ignore[union-attr]
            connection.cursor().execute(script)
    finally:
        connection.close()
        engine.dispose()


def test_a_program_asks_whether_a_database_is_at_the_head(tmp_path: Path) -> None:
    """A context of a connection alone finds the rows that Alembic has written."""
    from flask_schemaver.runtime.migration import MigrationContext
    from flask_schemaver.script import ScriptDirectory

    both = Both(tmp_path, sa.create_engine(f"sqlite:///{tmp_path}/x.db"), CHAIN)
    both.theirs("upgrade", "head")
    heads = ScriptDirectory.from_config(Config(both.ini)).get_heads()
    with both.engine.begin() as connection:
        assert MigrationContext.configure(connection).get_current_heads() == tuple(heads)
        other = MigrationContext.configure(connection, opts={"version_table": "schemaver_version"})
        assert other.get_current_heads() == ()
