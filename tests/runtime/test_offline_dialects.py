"""Plans as scripts for the programs of each database: what ends a statement, and what is in it."""

from __future__ import annotations

import io
from collections.abc import Callable

import pytest
import sqlalchemy as sa

from flask_schemaver.errors import StepFailed

Write = Callable[..., str]


@pytest.fixture
def write(project) -> Write:
    """The SQL of an upgrade for a kind of database."""

    def run(url: str, **options: object) -> str:
        buffer = io.StringIO()
        environment = project.environment(as_sql=True)
        with environment:
            environment.configure(url=url, output_buffer=buffer, **options)
            environment.run_migrations()
        return buffer.getvalue()

    return run


VERSION = (
    "version_num {type} NOT NULL, \n    CONSTRAINT schemaver_version_pkc PRIMARY KEY (version_num)"
)


def test_sql_server_reads_batches(project, write):
    """GO follows each statement, and the transaction begins in T-SQL's words."""
    project.add("a1", 'op.add_column("t", sa.Column("c", sa.Integer))')
    assert write("mssql://") == (
        "BEGIN TRANSACTION;\n\nGO\n\n"
        "-- Running upgrade  -> a1, make a1\n\n"
        f"CREATE TABLE schemaver_version (\n    {VERSION.format(type='VARCHAR(255)')}\n);\n\nGO\n\n"
        "ALTER TABLE t ADD c INTEGER NULL;\n\nGO\n\n"
        "INSERT INTO schemaver_version (version_num) VALUES ('a1');\n\nGO\n\n"
        "COMMIT;\n\nGO\n\n"
    )


def test_oracle_reads_slashes(project, write):
    """A line with / runs what stands before it; a semicolon ends blocks of PL/SQL alone."""
    project.add("a1", 'op.execute("BEGIN a(); END;")', "pass")
    project.add("a2", 'op.execute("DELETE FROM t;")', "pass")
    text = write("oracle://")
    assert text.startswith("-- Running upgrade  -> a1, make a1\n\nCREATE TABLE schemaver_version (")
    assert "\n)\n\n/\n\nBEGIN a(); END;\n\n/\n\nINSERT INTO" in text
    assert "\n\nDELETE FROM t\n\n/\n\n" in text
    assert "VALUES ('a1')\n\n/\n\n" in text


@pytest.mark.parametrize(("url", "option"), [("mssql://", "mssql"), ("oracle://", "oracle")])
def test_the_separator_can_be_chosen(project, write, url, option):
    """`mssql_batch_separator` and `oracle_batch_separator`, as for other programs."""
    project.add("a1", 'op.execute("DELETE FROM t")')
    text = write(url, **{f"{option}_batch_separator": "RUN"})
    assert "\n\nRUN\n\n" in text
    assert "\n\nGO\n\n" not in text
    assert "\n\n/\n\n" not in text


def test_mysql_waits_for_the_end_of_a_routine(project, write):
    """Its client would end the statement at the first semicolon."""
    project.add(
        "a1", 'op.execute("CREATE TRIGGER r BEFORE INSERT ON t FOR EACH ROW BEGIN SET @a=1; END;")'
    )
    text = write("mysql://")
    assert "\n\nDELIMITER //\nCREATE TRIGGER r " in text
    assert "SET @a=1; END\n//\nDELIMITER ;\n\n" in text


@pytest.mark.parametrize("url", ["postgresql://", "sqlite://", "mysql://", "mssql://", "oracle://"])
def test_values_stand_in_the_statements_of_operations(project, write, url):
    """A script has nothing that placeholders could mean; no key is asked back."""
    project.add(
        "a1",
        """
        table = op.create_table(
            "t", sa.Column("id", sa.Integer, primary_key=True), sa.Column("n", sa.String(9))
        )
        op.bulk_insert(table, [{"id": 1, "n": "it's 100%"}])
        op.bulk_insert(table, [{"n": "b"}])
        op.execute(sa.text("UPDATE t SET n = :n").bindparams(n="x:y"))
        op.execute(table.update().values(n="z"))
        """,
    )
    text = write(url)
    assert "INSERT INTO t (id, n) VALUES (1, 'it''s 100%')" in text
    assert "INSERT INTO t (n) VALUES ('b')" in text
    assert "UPDATE t SET n = 'x:y'" in text
    assert "UPDATE t SET n='z'" in text
    assert not any(word in text for word in ("RETURNING", "OUTPUT", ":n", "%(n)s"))


def test_sql_server_takes_the_values_of_an_identity(project, write):
    """In the script as on the server."""
    project.add(
        "a1",
        """
        table = op.create_table("t", sa.Column("id", sa.Integer, primary_key=True))
        op.bulk_insert(table, [{"id": 1}, {"id": 2}])
        """,
    )
    assert (
        "SET IDENTITY_INSERT t ON;\n\nGO\n\n"
        "INSERT INTO t (id) VALUES (1), (2);\n\nGO\n\n"
        "SET IDENTITY_INSERT t OFF;\n\nGO\n\n"
    ) in write("mssql://")


def test_a_value_that_is_missing_is_an_error(project, write):
    """Nothing is written that could not be run."""
    project.add("a1", 'op.execute(sa.text("UPDATE t SET n = :n"))')
    with pytest.raises(StepFailed, match="no database was touched"):
        write("postgresql://")


def test_what_a_change_would_take_is_said(project, write):
    """MODIFY writes the whole column, and a script cannot read it: a comment warns of it."""
    change = 'op.alter_column("t", "c", nullable=True, existing_type=sa.Integer(){more})'
    project.add("a1", change.format(more=""))
    project.add("a2", change.format(more=", existing_server_default=None"))
    text = write("mysql://")
    assert text.count("-- The statement below takes from 't.c' a server default") == 1
    assert text.count("ALTER TABLE t MODIFY c INTEGER NULL;") == 2


def test_a_column_that_is_not_known_is_an_error(project, write):
    """The error names the argument."""
    project.add("a1", 'op.alter_column("t", "c", nullable=True)')
    with pytest.raises(StepFailed, match="existing_type="):
        write("mysql://")


def test_an_autocommit_block_in_batches(project, write):
    """The transaction ends before the block and another begins after it."""
    project.add(
        "a1",
        """
        with op.get_context().autocommit_block():
            op.execute("ALTER DATABASE d SET READ_COMMITTED_SNAPSHOT ON")
        """,
    )
    assert (
        "COMMIT;\n\nGO\n\n"
        "ALTER DATABASE d SET READ_COMMITTED_SNAPSHOT ON;\n\nGO\n\n"
        "BEGIN TRANSACTION;\n\nGO\n\n"
    ) in write("mssql://")


def test_one_transaction_for_all(project, write):
    """`transaction_per_migration=False` on SQL Server."""
    project.add("a1", 'op.execute("DELETE FROM t")')
    project.add("a2", 'op.execute("DELETE FROM t")')
    text = write("mssql://", transaction_per_migration=False)
    assert (text.count("BEGIN TRANSACTION;"), text.count("COMMIT;")) == (1, 1)


def test_mariadb_runs_what_is_written(project, write, mariadb_url):
    """The script for MariaDB, run statement by statement, ends at the same revision."""
    project.add(
        "a1",
        """
        table = op.create_table("t", sa.Column("id", sa.Integer, primary_key=True),
                                sa.Column("n", sa.String(40), comment="it's"))
        op.bulk_insert(table, [{"id": 1, "n": "a\\\\b 'c' %s"}])
        op.alter_column("t", "n", new_column_name="m", nullable=False,
                        existing_type=sa.String(40), existing_server_default=None)
        """,
    )
    engine = sa.create_engine(mariadb_url)
    with engine.begin() as connection:
        for statement in write("mariadb+pymysql://").split(";\n\n"):
            lines = [line for line in statement.splitlines() if not line.startswith("--")]
            if any(lines):
                connection.exec_driver_sql(
                    "\n".join(lines), execution_options={"no_parameters": True}
                )
        assert connection.exec_driver_sql("SELECT m FROM t").scalar_one() == "a\\b 'c' %s"
        assert connection.scalar(sa.text("SELECT version_num FROM schemaver_version")) == "a1"
    engine.dispose()


def test_a_guard_that_the_database_has_not_is_an_error(project, write):
    """SQL Server's ADD knows no IF NOT EXISTS, and a script cannot look into the catalogue."""
    project.add("a1", 'op.add_column("t", sa.Column("c", sa.Integer), if_not_exists=True)')
    with pytest.raises(StepFailed, match="if_not_exists"):
        write("mssql://")
