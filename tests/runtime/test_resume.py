"""A revision that was stopped in the middle goes on at the right operation, or says why not."""

from __future__ import annotations

import re

import pytest
import sqlalchemy as sa

from flask_schemaver.errors import HalfDone, StepFailed
from flask_schemaver.runtime.journal import Journal
from flask_schemaver.runtime.ledger import Ledger

BODY = """
op.create_table("t", sa.Column("id", sa.Integer, primary_key=True), sa.Column("n", sa.Integer))
INSERT INTO t VALUES (1, 1)
op.add_column("t", sa.Column("extra", sa.Integer))
UPDATE t SET n = n + 1
op.create_index("ix", "t", ["missing"])
UPDATE t SET n = n + 10
"""


@pytest.fixture
def engine(mariadb_url):
    """A database that keeps what a failed revision did."""
    engine = sa.create_engine(mariadb_url)
    yield engine
    engine.dispose()


def values(engine):
    with engine.connect() as connection:
        return connection.execute(sa.text("SELECT * FROM t")).fetchall()


def edit(file, old, new):
    file.write_text(file.read_text().replace(old, new))


def test_the_error_says_what_was_done_and_what_was_not(project, engine):
    """Revision, file, line of the operation, statement, and the journal in words."""
    file = project.add("a1", BODY)
    with pytest.raises(StepFailed) as caught:
        project.upgrade(engine)
    said = str(caught.value)
    line = 1 + file.read_text().splitlines().index('    op.create_index("ix", "t", ["missing"])')
    assert f"Revision 'a1' failed in '{file}', line {line}: " in said
    assert "CREATE INDEX ix ON t (missing)" in said
    assert "cannot roll DDL back" in said
    assert re.search(r"Done: 1\. create table 't'; 2\. .*; 3\. add column .*\. Not done", said)
    assert re.search(r"Not done: 5\. add index", said)
    assert "The database is at base." in said
    assert "what was done is left out" in said


def test_the_corrected_file_goes_on_where_it_failed(project, engine, rows_of):
    """What was done is not done again; rows that were rolled back are written."""
    file = project.add("a1", BODY)
    with pytest.raises(StepFailed):
        project.upgrade(engine)
    edit(file, "missing", "extra")
    project.upgrade(engine)
    assert rows_of(engine) == ("a1",)
    assert values(engine) == [(1, 12, None)]
    with engine.connect() as connection:
        assert not sa.inspect(connection).has_table("schemaver_journal")


def test_running_it_again_without_a_correction_fails_the_same_way(project, engine):
    """Nothing is run twice on the way to the same error."""
    project.add("a1", BODY)
    for _ in range(3):
        with pytest.raises(StepFailed, match="missing"):
            project.upgrade(engine)
    assert [row[:2] for row in values(engine)] == [(1, 2)]


def test_a_file_that_changed_before_the_failure_stops(project, engine):
    """What ran is not what the file says now: that is for a person to decide."""
    file = project.add("a1", BODY)
    with pytest.raises(StepFailed):
        project.upgrade(engine)
    edit(file, 'sa.Column("extra", sa.Integer)', 'sa.Column("other", sa.Integer)')
    with pytest.raises(HalfDone, match=r"Operation 3 was .*add column 't\.extra'") as caught:
        project.upgrade(engine)
    assert caught.value.exit_code == 7
    assert "the same command again" in str(caught.value.hint)


def test_a_file_that_asks_what_is_there_goes_on(project, engine):
    """What it leaves out this time keeps its number."""
    file = project.add(
        "a1",
        """
        if not sa.inspect(op.get_bind()).has_table("t"):
            op.create_table("t", sa.Column("id", sa.Integer), sa.Column("n", sa.Integer))
        INSERT INTO t VALUES (1, 1)
        if not sa.inspect(op.get_bind()).has_table("u"):
            op.create_table("u", sa.Column("id", sa.Integer))
        UPDATE t SET n = n + 1
        DROP TABLE zz
        """,
    )
    with pytest.raises(StepFailed):
        project.upgrade(engine)
    edit(file, "DROP TABLE zz", "UPDATE t SET n = n + 10")
    project.upgrade(engine)
    assert values(engine) == [(1, 12)]


def test_a_table_that_somebody_dropped_stops(project, engine):
    """The catalogue contradicts the journal, and the error says where."""
    project.add("a1", BODY)
    with pytest.raises(StepFailed):
        project.upgrade(engine)
    with engine.begin() as connection:
        connection.execute(sa.text("DROP TABLE t"))
    with pytest.raises(HalfDone, match=r"noted as done, and 't' is not there"):
        project.upgrade(engine)


def test_another_command_does_not_pass_by(project, engine):
    """A downgrade or a stamp would leave the half behind."""
    project.add("a0")
    project.add("a1", BODY)
    with pytest.raises(StepFailed):
        project.upgrade(engine)
    with pytest.raises(HalfDone, match="upgrade of revision 'a1' was stopped in the middle"):
        project.downgrade(engine, "base")


def test_a_downgrade_is_resumed_too(project, engine, rows_of):
    """The journal keeps both directions apart."""
    file = project.add(
        "a1", "CREATE TABLE t (id INTEGER, n INTEGER)", "ALTER TABLE t DROP COLUMN n\nDROP TABLE zz"
    )
    project.upgrade(engine)
    with pytest.raises(StepFailed):
        project.downgrade(engine, "base")
    edit(file, "DROP TABLE zz", "DROP TABLE t")
    project.downgrade(engine, "base")
    assert rows_of(engine) == ()


def test_statements_of_a_session_are_left_out_too(project, engine):
    """What goes through the connection itself counts as an operation."""
    file = project.add(
        "a1",
        """
        CREATE TABLE t (id INTEGER, n INTEGER)
        bind = op.get_bind()
        bind.execute(sa.text("INSERT INTO t VALUES (:id, 0)"), [{"id": 1}, {"id": 2}])
        bind.execute(sa.text("ALTER TABLE t ADD COLUMN x INTEGER"))
        for row in bind.execute(sa.text("SELECT id FROM t ORDER BY id")).fetchall():
            bind.execute(sa.text("UPDATE t SET n = n + 1 WHERE id = :id"), {"id": row.id})
        DROP TABLE zz
        """,
    )
    with pytest.raises(StepFailed):
        project.upgrade(engine)
    edit(file, "DROP TABLE zz", "CREATE TABLE zz (id INTEGER)")
    project.upgrade(engine)
    assert [row[:2] for row in values(engine)] == [(1, 1), (2, 1)]


def test_values_that_are_made_up_as_the_script_runs(project, engine):
    """Keys and moments are others the second time; the rows are there once."""
    file = project.add(
        "a1",
        """
        import uuid
        op.create_table("t", sa.Column("id", sa.String(40)), sa.Column("n", sa.Integer))
        rows = [{"id": str(uuid.uuid4()), "n": n} for n in (1, 2)]
        op.bulk_insert(sa.table("t", sa.column("id"), sa.column("n")), rows)
        op.get_bind().execute(sa.text("INSERT INTO t VALUES (:id, 3)"), {"id": str(uuid.uuid4())})
        op.add_column("t", sa.Column("more", sa.Integer))
        DROP TABLE zz
        """,
    )
    with pytest.raises(StepFailed):
        project.upgrade(engine)
    edit(file, "DROP TABLE zz", "UPDATE t SET more = 1")
    project.upgrade(engine)
    assert sorted(row[1:] for row in values(engine)) == [(1, 1), (2, 1), (3, 1)]


def test_a_reading_that_cannot_be_repeated_stops_and_a_person_goes_on(project, engine, rows_of):
    """The column that the script reads is gone since; what is left is run from the file."""
    file = project.add(
        "a1",
        """
        op.create_table("t", sa.Column("id", sa.Integer), sa.Column("price", sa.Integer))
        INSERT INTO t VALUES (1, 2)
        op.add_column("t", sa.Column("cents", sa.Integer))
        for id_, price in op.get_bind().execute(sa.text("SELECT id, price FROM t")).all():
            op.execute(f"UPDATE t SET cents = {price * 100} WHERE id = {id_}")
        op.drop_column("t", "price")
        DROP TABLE zz
        """,
    )
    with pytest.raises(StepFailed):
        project.upgrade(engine)
    with pytest.raises(
        HalfDone, match=r"what it reads has changed since in .* line \d+: "
    ) as caught:
        project.upgrade(engine)
    assert "Unknown column 'price'" in caught.value.message
    assert "'flask db repair --resume --at 1'" in caught.value.hint
    text = file.read_text()
    start, end = (
        text.index("    op.create_table"),
        text.index("    context.execute('DROP TABLE zz')"),
    )
    file.write_text(text[:start] + text[end:].replace("DROP TABLE zz", "UPDATE t SET id = 5"))
    project.upgrade(engine, resume_from=(1, 1))
    assert rows_of(engine) == ("a1",)
    assert values(engine) == [(5, 200)]


def test_an_upgrade_with_nothing_to_do_tells_of_a_downgrade_that_stopped(project, engine):
    """The version row is at the head, the schema is not; the hint names both ways on."""
    project.add("a1", "CREATE TABLE t (id INTEGER)", "DROP TABLE t\nDROP TABLE zz")
    project.upgrade(engine)
    with pytest.raises(StepFailed):
        project.downgrade(engine, "base")
    with pytest.raises(HalfDone, match="downgrade of revision 'a1' was stopped") as caught:
        project.upgrade(engine)
    assert "'flask db downgrade'" in caught.value.hint


def test_an_empty_journal_that_a_crash_left_goes(project, engine):
    """It is dropped after the last commit, which a kill may have followed at once."""
    project.add("a1", "CREATE TABLE t (id INTEGER)")
    project.upgrade(engine)
    for move in (project.upgrade, project.downgrade):
        with engine.begin() as connection:
            Journal(Ledger()).ensure(connection)
        move(engine, "a1")
        assert not sa.inspect(engine).has_table("schemaver_journal")
