"""SQL as text, on each driver: colons, percent signs and question marks mean what they say."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import create_async_engine

from flask_schemaver.operations.facade import Operations
from flask_schemaver.runtime.migration import MigrationContext

Run = Callable[[Callable[[sa.Connection], None]], None]

DRIVERS = {
    "sqlite": "sqlite_url",
    "sqlite+aiosqlite": "sqlite_url",
    "postgresql+psycopg": "postgresql_url",
    "postgresql+asyncpg": "postgresql_url",
    "mysql+pymysql": "mariadb_url",
}

SIGNS = ":x 100% %s %(n)s %% $1 ? {a}"

TEXTS: list[tuple[Any, str]] = [
    (f"INSERT INTO t VALUES ('{SIGNS}')", SIGNS),
    (r"INSERT INTO t VALUES ('a\:b')", "a:b"),
    (sa.text(r"INSERT INTO t VALUES ('\:x 100% %s %% ?')"), ":x 100% %s %% ?"),
    (sa.text("INSERT INTO t VALUES (:v)").bindparams(v=SIGNS), SIGNS),
    (sa.insert(sa.table("t", sa.column("s"))).values(s=SIGNS), SIGNS),
]
OF_POSTGRESQL: list[tuple[Any, str]] = [
    ("INSERT INTO t SELECT 5::text || ':y'::text", "5:y"),
    ("""INSERT INTO t SELECT ('{"k": 1}'::jsonb ? 'k')::text || (7 % 4)""", "true3"),
    (sa.text("""INSERT INTO t SELECT ('{"k": 1}'::jsonb ?| array['k'])::text"""), "true"),
    (sa.text("INSERT INTO t SELECT (CAST(:v AS integer) % 4)::text").bindparams(v=7), "3"),
    ("DO $$ DECLARE n text := '%'; BEGIN INSERT INTO t VALUES (format('%s:', n)); END $$", "%:"),
]


@pytest.fixture(params=DRIVERS)
def run(request: pytest.FixtureRequest) -> Run:
    """Call a function with a connection of a driver."""
    url = sa.make_url(request.getfixturevalue(DRIVERS[request.param]))
    url = url.set(drivername=request.param)

    def run_in_sync(function: Callable[[sa.Connection], None]) -> None:
        engine = sa.create_engine(url)
        with engine.connect() as connection:
            function(connection)
        engine.dispose()

    def run_async(function: Callable[[sa.Connection], None]) -> None:
        async def main() -> None:
            engine = create_async_engine(url)
            async with engine.connect() as connection:
                await connection.run_sync(function)
            await engine.dispose()

        asyncio.run(main())

    return run_async if url.get_dialect().is_async else run_in_sync


def stored(op: Operations, statement: Any, **options: Any) -> Any:
    op.execute("DELETE FROM t")
    op.execute(statement, **options)
    return op.get_bind().exec_driver_sql("SELECT s FROM t").scalar_one()


def test_a_text_does_what_it_says(run: Run) -> None:
    """A string as it is, with options too; `sa.text()` with its own escapes; an expression."""

    def migrate(connection: sa.Connection) -> None:
        op = Operations(MigrationContext.configure(connection))
        op.create_table("t", sa.Column("s", sa.String(200)))
        more = OF_POSTGRESQL if connection.dialect.name == "postgresql" else []
        for statement, wanted in TEXTS + more:
            assert stored(op, statement) == wanted
            assert stored(op, statement, execution_options={"note": 1}) == wanted

    run(migrate)


def test_ddl_says_the_same(run: Run) -> None:
    """A default, a CHECK, a comment, an index and rows, after CREATE TABLE and in it."""

    def migrate(connection: sa.Connection) -> None:
        op = Operations(MigrationContext.configure(connection))
        op.create_table(
            "t",
            sa.Column("s", sa.String(200), server_default=SIGNS, comment=SIGNS),
            sa.Column("n", sa.Integer, sa.Computed("length(s) % 4", persisted=True)),
            sa.CheckConstraint("s <> '6%'", name="ck_one"),
        )
        op.create_check_constraint("ck_two", "t", "s <> ':x 6% %s'")
        op.create_index("ix", "t", ["n"], postgresql_where=sa.text("s LIKE '5%'"))
        op.execute("INSERT INTO t (s) VALUES ('5')")
        op.alter_column("t", "s", server_default="7% :x", existing_type=sa.String(200))
        op.bulk_insert(sa.table("t", sa.column("s")), [{"s": SIGNS}, {"s": "8%"}])
        seen = sa.inspect(connection)
        assert "'7% :x'" in str(seen.get_columns("t")[0]["default"])
        checks = " ".join(check["sqltext"] for check in seen.get_check_constraints("t"))
        assert "'6%'" in checks
        assert "':x 6% %s'" in checks
        if connection.dialect.name != "sqlite":
            assert seen.get_columns("t")[0]["comment"] == SIGNS
        rows = connection.exec_driver_sql("SELECT s, n FROM t").all()
        assert {tuple(row) for row in rows} == {("5", 1), (SIGNS, len(SIGNS) % 4), ("8%", 2)}

    run(migrate)
