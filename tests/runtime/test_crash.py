"""Stopped at any statement, the next run finishes the work, and no row is doubled.

The short form of `python -m tests.endurance`, which stops at each statement.
"""

from __future__ import annotations

from contextlib import contextmanager

import pytest
import sqlalchemy as sa
from endurance import crowd, stops
from endurance.chain import Chain

import databases

SERVERS = ("postgresql", "mariadb")
MESSAGES = {"sqlite": 1, "postgresql": 1, "mariadb": 2}
"""How many messages a run takes on each, roughly: MariaDB's journal adds its own."""


@pytest.fixture
def chain(tmp_path):
    """Revisions with DDL, rows, rebuilds and an autocommit block."""
    return Chain(tmp_path / "chain")


@pytest.fixture
def empty_databases(request, tmp_path):
    """A way to make empty databases, one after the other."""

    def of(name):
        if name == "sqlite":
            numbers = iter(range(1000))

            @contextmanager
            def file():
                yield f"sqlite:///{tmp_path}/{next(numbers)}.db"

            return file
        server = request.getfixturevalue(f"{name}_server")

        @contextmanager
        def fresh():
            with databases.fresh_database(server) as url:
                yield databases.text_of(url)

        return fresh

    return of


@pytest.mark.parametrize(("how", "first", "every"), [("process", 9, 41), ("session", 17, 61)])
@pytest.mark.parametrize("server", ["sqlite", *SERVERS])
def test_an_upgrade_that_is_stopped(chain, empty_databases, server, how, first, every):
    """Wherever kill -9 hits, or the server ends a session, the end is that of a calm run."""
    if server == "sqlite" and how == "session":
        how, first, every = "process", 20, 31
    case = stops.Case(empty_databases(server), stops.nothing, chain.upgrade)
    found = list(stops.rounds(case, how, first=first, every=every * MESSAGES[server]))
    assert len([one for one in found if one.hit]) >= 2
    assert not stops.failures(found)


def test_a_program_that_is_killed(chain, empty_databases):
    """Two programs share nothing but the database: no address, no hash."""
    make = empty_databases("mariadb")
    case = stops.Case(make, stops.nothing, chain.upgrade, chain.program("upgrade"))
    found = list(stops.rounds(case, "process", first=90, every=150))
    assert len([one for one in found if one.hit]) >= 2
    assert not stops.failures(found)


@pytest.mark.parametrize("server", SERVERS)
def test_an_upgrade_whose_line_breaks_before_an_answer(chain, empty_databases, server):
    """A COMMIT that was not confirmed may have been done all the same."""
    case = stops.Case(empty_databases(server), stops.nothing, chain.upgrade)
    found = list(stops.rounds(case, "line", first=26, every=71 * MESSAGES[server]))
    assert len([one for one in found if one.hit]) >= 2
    assert not stops.failures(found)


@pytest.mark.parametrize("server", ["sqlite", *SERVERS])
def test_a_downgrade_that_is_killed(chain, empty_databases, server):
    """The same on the way down."""
    case = stops.Case(empty_databases(server), chain.upgrade, chain.downgrade)
    found = list(stops.rounds(case, "process", first=33, every=59 * MESSAGES[server]))
    assert len([one for one in found if one.hit]) >= 2
    assert not stops.failures(found)


@pytest.mark.parametrize("server", SERVERS)
def test_a_crowd_of_which_half_is_killed(chain, empty_databases, server):
    """Whoever is left does the work once, and ends well."""
    found = list(crowd.killed(empty_databases(server), chain.upgrade, 8, 1, seed=1))
    assert not stops.failures(found)


def test_a_damaged_database_is_found_out(chain, empty_databases):
    """The judge of these tests sees a row that is there twice, and a column too many."""
    with empty_databases("sqlite")() as url:
        chain.upgrade(url)
        wanted = stops.content(url)
        engine = sa.create_engine(url)
        with engine.begin() as connection:
            connection.exec_driver_sql("INSERT INTO log SELECT * FROM log LIMIT 1")
            connection.exec_driver_sql("ALTER TABLE author ADD COLUMN x INTEGER")
        case = stops.Case(empty_databases("sqlite"), stops.nothing, chain.upgrade)
        said = stops.after(url, case, wanted)
    assert "rows of log" in said
    assert "columns" in said


def test_an_index_that_was_left_invalid_is_built_again(project, postgresql_url):
    """A duplicate stops the index; when it is gone the upgrade drops the rest and goes on."""
    engine = sa.create_engine(postgresql_url)
    project.add("a1", "CREATE TABLE t (n INTEGER)\nINSERT INTO t VALUES (1), (1)")
    project.add(
        "a2",
        """
        CREATE TABLE u (id INTEGER)
        with op.get_context().autocommit_block():
            op.execute("CREATE UNIQUE INDEX CONCURRENTLY ix ON t (n)")
        INSERT INTO u VALUES (1)
        """,
    )
    with pytest.raises(Exception, match=r"Done: 1\. .*CREATE TABLE u.*Not done: 2\."):
        project.upgrade(engine)
    with engine.begin() as connection:
        assert connection.scalar(
            sa.text(
                "SELECT NOT indisvalid FROM pg_index i JOIN pg_class c"
                " ON c.oid = i.indexrelid WHERE relname = 'ix'"
            )
        )
        connection.execute(sa.text("DELETE FROM t"))
    project.upgrade(engine)
    with engine.begin() as connection:
        assert connection.scalar(
            sa.text(
                "SELECT indisvalid FROM pg_index i JOIN pg_class c"
                " ON c.oid = i.indexrelid WHERE relname = 'ix'"
            )
        )
        assert connection.scalar(sa.text("SELECT count(*) FROM u")) == 1
    engine.dispose()
