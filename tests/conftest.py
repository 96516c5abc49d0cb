"""The databases of the tests.

`sqlite_url`, `postgresql_url` and `mariadb_url` are the address of an empty database of the test's
own. `database_url` and `engine` run a test on SQLite and on PostgreSQL; to choose others:
`@pytest.mark.databases("sqlite", "postgresql", "mariadb")`.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack
from pathlib import Path

import hypothesis
import pytest
import sqlalchemy as sa
from sqlalchemy.exc import ArgumentError

import databases

DEFAULT = ("sqlite", "postgresql")
KNOWS_ALL = (2, 0, 41)
"""The SQLAlchemy since which `sqlite_strict` and `postgresql_include` of a constraint are known."""


def pytest_configure(config: pytest.Config) -> None:
    """Make the marker known; no test depends on how busy the machine is."""
    slow = [hypothesis.HealthCheck.too_slow]
    hypothesis.settings.register_profile("patient", deadline=None, suppress_health_check=slow)
    hypothesis.settings.load_profile("patient")
    config.addinivalue_line(
        "markers", "databases(*names): which of sqlite, postgresql, mariadb 'database_url' gives"
    )


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run a test that asks for `database_url`, or for its engine, on each of its databases."""
    if "database_url" in metafunc.fixturenames:
        marker = metafunc.definition.get_closest_marker("databases")
        names = marker.args if marker is not None else DEFAULT
        metafunc.parametrize("database_url", names, indirect=True)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Iterator[None]:
    """Skip what the installed SQLAlchemy is too old to say."""
    try:
        yield
    except ArgumentError as error:
        numbers = (int(part) for part in sa.__version__.split(".")[:3] if part.isdigit())
        if "is not accepted by dialect" in str(error) and tuple(numbers) < KNOWS_ALL:
            pytest.skip(f"SQLAlchemy {sa.__version__}: {error}")
        raise


def server_or_reason(server: AbstractContextManager[sa.URL]) -> Iterator[sa.URL]:
    """Yield a server; without one skip, or fail where CI promises that there is one."""
    with ExitStack() as stack:
        try:
            url = stack.enter_context(server)
        except databases.MissingServer as missing:
            if os.environ.get("CI", "").lower() in ("true", "1"):
                pytest.fail(str(missing), pytrace=False)
            pytest.skip(str(missing))
        yield url


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[sa.URL]:
    """A PostgreSQL server on which databases may be made."""
    yield from server_or_reason(databases.postgresql_server())


@pytest.fixture(scope="session")
def mariadb_server() -> Iterator[sa.URL]:
    """A MariaDB server on which databases may be made."""
    yield from server_or_reason(databases.mariadb_server())


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    """The URL of a SQLite database whose file does not exist yet."""
    return f"sqlite:///{tmp_path / 'test.sqlite3'}"


@pytest.fixture(scope="session")
def postgresql_databases(postgresql_server: sa.URL) -> Iterator[databases.Lender]:
    """Who lends the databases of `postgresql_url`."""
    with databases.Lender(postgresql_server) as lender:
        yield lender


@pytest.fixture
def postgresql_url(postgresql_databases: databases.Lender) -> Iterator[str]:
    """The URL of an empty PostgreSQL database."""
    with postgresql_databases.database() as url:
        yield databases.text_of(url)


@pytest.fixture
def mariadb_url(mariadb_server: sa.URL) -> Iterator[str]:
    """The URL of an empty MariaDB database, which costs as little to make as to empty."""
    with databases.fresh_database(mariadb_server) as url:
        yield databases.text_of(url)


@pytest.fixture
def database_url(request: pytest.FixtureRequest) -> str:
    """The URL of an empty database: SQLite, then PostgreSQL, unless the test is marked."""
    url: str = request.getfixturevalue(f"{request.param}_url")
    return url


@pytest.fixture
def engine(database_url: str) -> Iterator[sa.Engine]:
    """An engine for `database_url`, disposed of after the test."""
    engine = sa.create_engine(database_url)
    yield engine
    engine.dispose()
