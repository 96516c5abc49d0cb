"""A plan written as SQL text."""

from __future__ import annotations

import io
import sqlite3

import pytest

from flask_schemaver.errors import CommandError, ConfigError, StepFailed
from flask_schemaver.runtime.migration import MigrationContext

CREATED = "CREATE TABLE schemaver_version"


@pytest.fixture
def write(project):
    """The SQL of an upgrade for a kind of database."""

    def run(url: str, **options: object) -> str:
        buffer = io.StringIO()
        start = options.pop("starting_rev", None)
        environment = project.environment(as_sql=True, starting_rev=start)
        with environment:
            environment.configure(url=url, output_buffer=buffer, **options)
            with environment.begin_transaction():
                environment.run_migrations()
        return buffer.getvalue()

    return run


@pytest.fixture
def two(project):
    project.add("a1", "CREATE TABLE made (id INTEGER)")
    project.add("a2", "INSERT INTO made VALUES (1)")


@pytest.mark.parametrize("url", ["postgresql://", "sqlite://"])
def test_each_revision_is_a_transaction_where_ddl_can_be_rolled_back(two, write, url):
    """The whole text, with its comments and blank lines."""
    assert write(url) == (
        "BEGIN;\n\n"
        "-- Running upgrade  -> a1, make a1\n\n"
        "CREATE TABLE schemaver_version (\n"
        "    version_num VARCHAR(255) NOT NULL, \n"
        "    CONSTRAINT schemaver_version_pkc PRIMARY KEY (version_num)\n"
        ");\n\n"
        "CREATE TABLE made (id INTEGER);\n\n"
        "INSERT INTO schemaver_version (version_num) VALUES ('a1');\n\n"
        "COMMIT;\n\n"
        "BEGIN;\n\n"
        "-- Running upgrade a1 -> a2, make a2\n\n"
        "INSERT INTO made VALUES (1);\n\n"
        "UPDATE schemaver_version SET version_num='a2'"
        " WHERE schemaver_version.version_num = 'a1';\n\n"
        "COMMIT;\n\n"
    )


def test_mysql_has_no_transactions_around_ddl(two, write):
    """BEGIN would promise what MySQL does not keep."""
    text = write("mysql+pymysql://")
    assert "BEGIN" not in text
    assert "COMMIT" not in text
    assert "INSERT INTO schemaver_version (version_num) VALUES ('a1');" in text


def test_one_transaction_for_all_if_asked_for(two, write):
    """`transaction_per_migration=False` writes one BEGIN and one COMMIT."""
    text = write("postgresql://", transaction_per_migration=False)
    assert (text.count("BEGIN;"), text.count("COMMIT;")) == (1, 1)
    assert text.startswith("BEGIN;")
    assert text.endswith("COMMIT;\n\n")


def test_the_version_table_is_made_only_from_base(two, write):
    """A script that starts at a revision finds the table there."""
    text = write("postgresql://", starting_rev="a1")
    assert CREATED not in text
    assert "Running upgrade  -> a1" not in text
    assert "-- Running upgrade a1 -> a2" in text


def test_transactional_ddl_can_be_denied(two, write):
    """`transactional_ddl=False` writes no transaction."""
    assert "BEGIN" not in write("postgresql://", transactional_ddl=False)


def test_an_autocommit_block_ends_the_transaction_and_begins_another(project, write):
    """COMMIT before it, BEGIN after it."""
    project.add(
        "a1",
        """
        with context.get_context().autocommit_block():
            context.execute("CREATE INDEX CONCURRENTLY ix ON made (id)")
        """,
    )
    text = write("postgresql://")
    assert "COMMIT;\n\nCREATE INDEX CONCURRENTLY ix ON made (id);\n\nBEGIN;" in text


def test_values_are_written_out_on_demand(project, write):
    """Placeholders by default, values with `literal_binds`; a percent sign is one."""
    project.add(
        "a1",
        """
        tab = chr(9)
        context.execute(sa.text(f"UPDATE t SET a = '{tab}x' WHERE b = :b").bindparams(b="100%"))
        """,
    )
    assert "UPDATE t SET a = '\tx' WHERE b = :b;" in write("sqlite://")
    literal = write("postgresql+psycopg://", literal_binds=True)
    assert "UPDATE t SET a = '\tx' WHERE b = '100%';" in literal


def test_literal_binds_are_for_scripts_alone(engine):
    """On a database the option is refused."""
    with engine.connect() as connection, pytest.raises(CommandError, match="literal_binds"):
        MigrationContext.configure(connection, opts={"literal_binds": True})


def test_what_is_written_can_be_run(project, write):
    """SQLite runs the script and ends at the same revision."""
    project.add("a1", "CREATE TABLE made (id INTEGER)")
    project.add("a2", "INSERT INTO made VALUES (1)")
    connection = sqlite3.connect(":memory:")
    connection.executescript(write("sqlite://"))
    assert connection.execute("SELECT * FROM schemaver_version").fetchall() == [("a2",)]
    assert connection.execute("SELECT * FROM made").fetchall() == [(1,)]
    connection.close()


def test_a_dialect_may_be_named_without_a_url(project, write):
    """`dialect_name` is enough for text; an unknown one is an error that names it."""
    with pytest.raises(ConfigError, match="'nodb'"):
        MigrationContext.configure(dialect_name="nodb")
    assert MigrationContext.configure(dialect_name="postgresql").dialect.name == "postgresql"


def test_one_of_connection_url_and_dialect_is_needed():
    """Without any, there is nothing to write for."""
    with pytest.raises(CommandError, match="has to be named"):
        MigrationContext.configure()


def test_the_text_can_be_encoded(project, write):
    """`output_encoding` writes to a binary buffer."""
    project.add("a1", "INSERT INTO t VALUES ('ä')")
    buffer = io.BytesIO()
    environment = project.environment(as_sql=True)
    with environment:
        environment.configure(
            dialect_name="sqlite", output_buffer=buffer, output_encoding="latin-1"
        )
        environment.run_migrations()
    assert "'ä'".encode("latin-1") in buffer.getvalue()


def test_a_revision_that_must_read_fails_with_its_line(project, write):
    """There are no rows in a script: the error names the file, and no database was touched."""
    file = project.add("a1", 'op.get_bind().execute(sa.text("SELECT 1")).scalar()')
    with pytest.raises(StepFailed, match="no database was touched") as caught:
        write("postgresql://")
    assert f"'{file}', line 11" in str(caught.value)
