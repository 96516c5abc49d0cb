"""What env.py calls, and that nothing of it is shared between threads."""

from __future__ import annotations

import asyncio
from argparse import Namespace

import pytest
import sqlalchemy as sa

from flask_schemaver import context
from flask_schemaver.errors import CommandError
from flask_schemaver.runtime.environment import EnvironmentContext

ENV = """
from sqlalchemy import create_engine, text
from flask_schemaver import context

url = context.config.get_main_option("sqlalchemy.url")
with create_engine(url).connect() as connection:
    context.configure(connection=connection, target_metadata=None, colour="green")
    {before}
    with context.begin_transaction():
        {first}
        context.run_migrations()
        {last}
"""


@pytest.fixture
def run_env(project, engine, database_url):
    """Run an upgrade through an env.py with lines put into it."""

    def run(before: str = "pass", first: str = "pass", last: str = "pass") -> EnvironmentContext:
        (project.folder / "env.py").write_text(ENV.format(before=before, first=first, last=last))
        config = project.config
        config.set_main_option("sqlalchemy.url", database_url.replace("%", "%%"))
        environment = project.environment()
        environment.config = config
        with environment:
            project.script.run_env()
        return environment

    return run


def test_an_env_py_upgrades(project, run_env, engine, rows_of):
    """The usual form: configure, begin_transaction, run_migrations."""
    project.add("a1", "CREATE TABLE t (id INTEGER)")
    environment = run_env()
    assert rows_of(engine) == ("a1",)
    assert environment.get_context().opts["colour"] == "green"


def test_a_query_before_does_not_swallow_the_upgrade(project, run_env, engine, rows_of):
    """SQLAlchemy began a transaction at it; the run ends that one and owns the next."""
    project.add("a1", "CREATE TABLE t (id INTEGER)")
    run_env(before='connection.execute(text("SELECT 1"))')
    assert rows_of(engine) == ("a1",)


def test_statements_around_the_run_are_committed(project, run_env, engine):
    """What env.py does in the block, before and after the run, is kept."""
    project.add("a1", "INSERT INTO log VALUES (1)")
    run_env(
        first='context.execute("CREATE TABLE log (id INTEGER)")',
        last='context.execute("INSERT INTO log VALUES (2)")',
    )
    with engine.connect() as connection:
        rows = connection.scalars(sa.text("SELECT id FROM log ORDER BY id")).all()
    assert rows == [1, 2]


def test_an_error_after_the_run_undoes_the_block_and_not_the_run(project, run_env, engine, rows_of):
    """The revisions were committed; what env.py did afterwards is rolled back."""
    project.add("a1", "CREATE TABLE log (id INTEGER)")
    with pytest.raises(ZeroDivisionError):
        run_env(last='context.execute("INSERT INTO log VALUES (2)"); 1 / 0')
    assert rows_of(engine) == ("a1",)
    with engine.connect() as connection:
        assert connection.scalar(sa.text("SELECT count(*) FROM log")) == 0


def test_outside_of_a_command_it_says_so():
    """`context` speaks to nobody when no command runs."""
    with pytest.raises(CommandError, match="only while a command runs"):
        context.get_context()
    with pytest.raises(CommandError):
        _ = context.config
    with pytest.raises(AttributeError):
        _ = context.no_such_name


def test_before_configure_there_is_no_context(project):
    """The mode is known, a MigrationContext is not."""
    with project.environment(as_sql=True):
        assert context.is_offline_mode()
        assert not context.requires_connection()
        assert context.config is not None
        with pytest.raises(CommandError, match="no migration context yet"):
            context.get_context()


def test_revisions_of_the_command_are_resolved(project):
    """Symbols become ids; base is None; what the command lacks is an error."""
    project.add("a1")
    project.add("a2")
    with project.environment(starting_rev="a1", destination_rev="head", tag="v2", as_sql=True):
        assert context.get_head_revision() == "a2"
        assert context.get_head_revisions() == ("a2",)
        assert context.get_starting_revision_argument() == "a1"
        assert context.get_revision_argument() == "a2"
        assert context.get_tag_argument() == "v2"
    with project.environment(destination_rev="base"):
        assert context.get_revision_argument() is None
        with pytest.raises(CommandError, match="no revision to start from"):
            context.get_starting_revision_argument()
    with project.environment(), pytest.raises(KeyError):
        context.get_revision_argument()


def test_x_arguments_are_a_list_or_a_dictionary(project):
    """Each is split at its first '='; one without has an empty value."""
    environment = project.environment()
    with environment:
        assert context.get_x_argument() == []
        environment.config.cmd_opts = Namespace(x=["a=1=2", "b"])
        assert context.get_x_argument() == ["a=1=2", "b"]
        assert context.get_x_argument(as_dictionary=True) == {"a": "1=2", "b": ""}


def test_an_engine_is_not_a_connection(project, engine):
    """The error says what to hand over."""
    with project.environment(), pytest.raises(CommandError, match="has to be a Connection"):
        context.configure(connection=engine)


def test_a_program_may_use_operations_without_an_env_py(engine):
    """A stand-alone context commits what was done in its block, and undoes it on an error."""
    from flask_schemaver.operations.facade import Operations
    from flask_schemaver.runtime.migration import MigrationContext

    def undone(migration: MigrationContext, operations: Operations) -> None:
        with migration.begin_transaction():
            operations.create_table("undone", sa.Column("id", sa.Integer))
            raise RuntimeError

    with engine.connect() as connection:
        migration = MigrationContext.configure(connection)
        operations = Operations(migration)
        with migration.begin_transaction():
            operations.create_table("kept", sa.Column("id", sa.Integer))
        with pytest.raises(RuntimeError):
            undone(migration, operations)
    assert sa.inspect(engine).get_table_names() == ["kept"]


def test_an_asynchronous_env_py_works(project, postgresql_url, rows_of):
    """`asyncio.run` with `run_sync` inside env.py finds the same environment."""
    from sqlalchemy.ext.asyncio import create_async_engine

    pytest.importorskip("asyncpg")
    project.add("a1", "CREATE TABLE t (id INTEGER)")
    environment = project.environment()

    def migrate(connection: sa.Connection) -> None:
        context.configure(connection=connection)
        with context.begin_transaction():
            context.run_migrations()

    async def main() -> None:
        engine = create_async_engine(
            sa.make_url(postgresql_url).set(drivername="postgresql+asyncpg")
        )
        async with engine.connect() as connection:
            await connection.run_sync(migrate)
        await engine.dispose()

    with environment:
        asyncio.run(main())
    engine = sa.create_engine(postgresql_url)
    assert rows_of(engine) == ("a1",)
    engine.dispose()
