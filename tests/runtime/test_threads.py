"""The programmatic API in several threads, apps and event loops of one process."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor

import pytest
import sqlalchemy as sa
from endurance.chain import HEAD, Chain
from endurance.stops import content

from flask_schemaver.runtime import hanging

ASYNC = {"sqlite": "sqlite+aiosqlite", "postgresql": "postgresql+asyncpg"}


@pytest.fixture
def chain(tmp_path):
    """Revisions with DDL, rows, rebuilds and an autocommit block."""
    return Chain(tmp_path / "chain")


def together(function, arguments):
    """Call a function in as many threads as there are arguments; the first error is raised."""
    with ThreadPoolExecutor(len(arguments)) as pool:
        return list(pool.map(function, arguments))


def test_four_databases_in_four_threads(chain, tmp_path, postgresql_url, mariadb_url):
    """Each with an app of its own, up and down; nothing of one is seen in another."""
    urls = [f"sqlite:///{tmp_path}/1.db", f"sqlite:///{tmp_path}/2.db", postgresql_url, mariadb_url]
    together(chain.upgrade, urls)
    found = [content(url) for url in urls]
    assert [one["rows of schemaver_version"] for one in found] == [[f"('{HEAD}',)"]] * 4
    assert {tuple(one["rows of counter"]) for one in found} == {("(2047,)",)}
    together(chain.downgrade, urls)
    assert [content(url)["rows of schemaver_version"] for url in urls] == [[]] * 4


@pytest.mark.databases("sqlite", "postgresql", "mariadb")
def test_one_database_in_four_threads(chain, database_url):
    """One of them does the work, and the others wait for it."""
    together(chain.upgrade, [database_url] * 4)
    found = content(database_url)
    assert found["rows of counter"] == ["(2047,)"]
    assert len(found["rows of schemaver_history"]) == int(HEAD[1:])


def test_asynchronous_drivers_in_threads_and_in_a_running_loop(chain, database_url):
    """Two tasks of a loop and two threads, each with loops of its own, meet at the lock."""
    pytest.importorskip("asyncpg")
    address = sa.make_url(database_url)
    address = address.set(drivername=ASYNC[address.get_backend_name()])
    url = address.render_as_string(hide_password=False)

    async def main():
        others = asyncio.gather(*(asyncio.to_thread(chain.upgrade, url) for _ in range(2)))
        chain.upgrade(url)  # as a program does that knows nothing of the loop
        await others

    asyncio.run(main())
    found = content(database_url)
    assert found["rows of counter"] == ["(2047,)"]
    assert len(found["rows of schemaver_history"]) == int(HEAD[1:])


def test_a_blocked_statement_of_an_asynchronous_driver_is_told(chain, postgresql_url, monkeypatch):
    """The one that watches has a loop of its own, in its thread."""
    pytest.importorskip("asyncpg")
    monkeypatch.setattr(hanging, "LOOK_EVERY", 0.5)
    told = []
    engine = sa.create_engine(postgresql_url)
    other = engine.connect()
    monkeypatch.setattr(
        "flask_schemaver.runtime.runner._Run._blocked",
        lambda self, seconds, blockers: (told.extend(blockers), other.rollback()),
    )
    chain.upgrade(postgresql_url)
    chain.downgrade(postgresql_url)
    other.exec_driver_sql("CREATE TABLE counter (n INTEGER)")
    address = sa.make_url(postgresql_url).set(drivername=ASYNC["postgresql"])
    chain.upgrade(address.render_as_string(hide_password=False))
    other.close()
    engine.dispose()
    assert told
    assert content(postgresql_url)["rows of counter"] == ["(2047,)"]
