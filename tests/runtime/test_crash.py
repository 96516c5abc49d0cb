"""Stopped at any statement, the next upgrade finishes the work, and no row is doubled."""

from __future__ import annotations

from contextlib import contextmanager

import crashes
import pytest
import sqlalchemy as sa

import databases

CHAIN = {
    "a1": """
        op.create_table("t", sa.Column("id", sa.Integer, primary_key=True),
            sa.Column("n", sa.Integer, nullable=False), sa.Index("ix_n", "n"))
        INSERT INTO t (id, n) VALUES (1, 1)
        op.bulk_insert(sa.table("t", sa.column("id"), sa.column("n")), [{"id": 2, "n": 2}])
        """,
    "a2": """
        UPDATE t SET n = n + 1
        op.add_column("t", sa.Column("extra", sa.String(20)))
        op.get_bind().execute(sa.text("UPDATE t SET n = n + 10, extra = :x"), {"x": "y"})
        op.create_index("ix_extra", "t", ["extra"])
        INSERT INTO t (id, n) VALUES (3, 3)
        """,
    "a3": """
        op.drop_index("ix_n", "t")
        ALTER TABLE t RENAME COLUMN extra TO more
        UPDATE t SET n = n * 2
        op.create_table("u", sa.Column("id", sa.Integer, primary_key=True))
        """,
}
CONCURRENT = """
UPDATE t SET n = n + 100
with op.get_context().autocommit_block():
    op.create_index("ix_c", "t", ["n"], postgresql_concurrently=True)
    op.execute("CREATE INDEX CONCURRENTLY ix_raw ON t (n)")
    op.execute("UPDATE t SET n = n + 1000")
UPDATE t SET n = n + 10000
"""
SERVERS = ("sqlite", "postgresql", "mariadb")


@pytest.fixture
def database_of(request, tmp_path):
    """A way to make empty databases, one after the other."""

    def of(name):
        if name == "sqlite":
            made = iter(range(1000))

            @contextmanager
            def file():
                yield f"sqlite:///{tmp_path}/{next(made)}.db"

            return file
        server = request.getfixturevalue(f"{name}_server")

        @contextmanager
        def fresh():
            with databases.fresh_database(server) as url:
                yield databases.text_of(url)

        return fresh

    return of


@pytest.fixture
def chain(project):
    """Revisions with DDL, rows by directives, and rows by the connection itself."""
    for revision, body in CHAIN.items():
        project.add(revision, body)
    return project


@pytest.mark.parametrize("server", SERVERS)
def test_kill_9_before_a_statement(chain, database_of, server):
    """Wherever it hits, the end is that of an undisturbed run."""
    found = list(crashes.rounds(database_of(server), chain.upgrade, "process", every=5))
    assert len([one for one in found if one.hit]) >= 5
    assert not [one for one in found if one.wrong]


@pytest.mark.parametrize("server", SERVERS[1:])
def test_the_server_ends_the_session_before_a_statement(chain, database_of, server):
    """The same when the process lives and its session does not."""
    found = list(crashes.rounds(database_of(server), chain.upgrade, "session", first=3, every=9))
    assert len([one for one in found if one.hit]) >= 3
    assert not [one for one in found if one.wrong]


def test_kill_9_in_and_around_an_autocommit_block(chain, database_of):
    """What was committed before the block is not run again; indexes are there and valid."""
    chain.add("a4", CONCURRENT)
    upgrade_to = database_of("postgresql")
    found = list(crashes.rounds(upgrade_to, chain.upgrade, "process", first=40, every=3))
    assert len([one for one in found if one.hit]) >= 5
    assert not [one for one in found if one.wrong]


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
