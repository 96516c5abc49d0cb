"""Branches, merges and dependencies on real databases: what is run, and the rows after it."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa

from flask_schemaver import command
from flask_schemaver.errors import DatabaseNotAtHead, MultipleHeads, ResolutionError, RevisionError


def test_heads_runs_every_branch(branches: Any) -> None:
    """Each head has a row, and each revision was run once."""
    command.upgrade(branches.config(), "heads")
    assert branches.rows() == ("b2b2", "c1c1", "n2n2")
    assert branches.tables() == {"a1a1", "b1b1", "b2b2", "c1c1", "n1n1", "n2n2"}


def test_a_branch_runs_what_it_needs_of_another(branches: Any) -> None:
    """The row of what is needed goes into the row of what needs it."""
    command.upgrade(branches.config(), "net@head")
    assert branches.rows() == ("n2n2",)
    assert branches.tables() == {"a1a1", "b1b1", "n1n1", "n2n2"}


def test_a_branch_is_undone_alone(branches: Any) -> None:
    """What it stands on and what others need stays."""
    command.upgrade(branches.config(), "heads")
    command.downgrade(branches.config(), "net@base")
    command.downgrade(branches.config(), "shop@b1b1")
    assert branches.rows() == ("b1b1", "c1c1")
    assert branches.tables() == {"a1a1", "b1b1", "c1c1"}


def test_everything_is_undone(branches: Any) -> None:
    """The version table is there, and empty."""
    command.upgrade(branches.config(), "heads")
    command.downgrade(branches.config(), "base")
    assert branches.rows() == ()
    assert branches.tables() == set()


def test_a_merge_makes_one_row_of_several(branches: Any) -> None:
    """And several of one, on the way back."""
    command.upgrade(branches.config(), "heads")
    merged = command.merge(branches.config(), "heads", rev_id="m1m1")
    assert merged.down_revision == ("b2b2", "c1c1", "n2n2")
    command.upgrade(branches.config(), "head")
    assert branches.rows() == ("m1m1",)
    command.downgrade(branches.config(), "-1")
    assert branches.rows() == ("b2b2", "c1c1", "n2n2")


def test_head_is_refused_where_there_are_several(branches: Any) -> None:
    """Nothing is run."""
    with pytest.raises(MultipleHeads, match="Three heads"):
        command.upgrade(branches.config(), "head")
    assert branches.tables() == set()


@pytest.mark.parametrize(
    ("targets", "rows"),
    [
        (["heads"], ("b2b2", "c1c1", "n2n2")),
        (["shop@head"], ("b2b2",)),
        (["b1b1", "c1c1"], ("b1b1", "c1c1")),
        (["b2b2", "n2n2"], ("b2b2", "n2n2")),
        (["base"], ()),
    ],
)
def test_a_stamp_records_any_place(branches: Any, targets: list[str], rows: Any) -> None:
    """As if the revisions had run; no table is made."""
    command.stamp(branches.config(), targets)
    assert branches.rows() == rows
    assert branches.tables() == set()


def test_a_stamp_can_forget_rows_that_no_file_has(branches: Any) -> None:
    """`purge` empties the version table first."""
    file = branches.write("x1x1", "c1c1")
    command.stamp(branches.config(), "x1x1")
    file.unlink()
    command.stamp(branches.config(), ["b1b1", "c1c1"], purge=True)
    assert branches.rows() == ("b1b1", "c1c1")


def test_a_database_with_dependencies_at_every_head_is_at_the_heads(branches: Any) -> None:
    """A head that others depend on has no row, and is not missed."""
    branches.write("p1p1")
    branches.write("c2c2", "c1c1", needs="p1p1")
    with pytest.raises(DatabaseNotAtHead):
        command.current(branches.config(), check_heads=True)
    command.upgrade(branches.config(), "heads")
    assert "p1p1" not in command.current(branches.config(), check_heads=True).rows


@pytest.mark.parametrize(
    "look",
    [
        lambda config: command.current(config),
        lambda config: command.history(config, indicate_current=True),
        lambda config: command.history(config, "current:"),
        lambda config: command.show(config, "current"),
        lambda config: command.graph(config),
        lambda config: command.heads(config),
        lambda config: command.upgrade(config, "heads", sql=True),
    ],
)
def test_looking_creates_nothing(branches: Any, look: Any, capsys: Any) -> None:
    """Not even the version table."""
    look(branches.config())
    engine = sa.create_engine(branches.url)
    assert sa.inspect(engine).get_table_names() == []
    engine.dispose()


def test_the_graph_knows_what_is_applied(branches: Any) -> None:
    """Everything at and below the rows, dependencies included."""
    command.upgrade(branches.config(), "net@head")
    nodes = command.graph(branches.config())
    assert {node.revision for node in nodes if node.applied} == {"a1a1", "b1b1", "n1n1", "n2n2"}
    current = next(node for node in nodes if "current" in node.marks)
    assert (current.revision, current.needs) == ("n2n2", ("b1b1",))
    assert {node.applied for node in command.graph(branches.config(), database=False)} == {None}


def test_the_history_up_to_where_the_database_is(branches: Any) -> None:
    """`current` may be several revisions, at either end."""
    command.upgrade(branches.config(), "shop@head")
    command.upgrade(branches.config(), "news@head")

    def ids(rev_range: str) -> set[str]:
        return {e.script.revision for e in command.history(branches.config(), rev_range)}

    assert ids(":current") == {"a1a1", "b1b1", "b2b2", "c1c1"}
    assert ids("current:") >= {"b2b2", "c1c1"}
    assert ids("-1:shop@head") == {"b1b1", "b2b2"}
    assert ids("a1a1:shop@+1") == {"a1a1", "b1b1"}


@pytest.mark.parametrize("rev_range", ["a1a1", "a:b:c", "nothing:", "b2b2:a1a1"])
def test_a_range_that_is_none_is_refused(branches: Any, rev_range: str) -> None:
    """With advice, and no traceback."""
    with pytest.raises(RevisionError) as caught:
        command.history(branches.config(), rev_range)
    assert caught.value.hint


def test_sql_of_a_range_begins_where_it_says(branches: Any, capsys: Any) -> None:
    """The other branch is not in it; the rows are moved from the start."""
    command.upgrade(branches.config(), "a1a1:shop@+2", sql=True)
    written = capsys.readouterr().out
    assert "t_b1b1" in written
    assert "t_b2b2" in written
    assert "t_a1a1" not in written
    assert "t_c1c1" not in written
    assert "CREATE TABLE schemaver_version" not in written


def test_sql_runs_as_the_upgrade_itself(branches: Any, capsys: Any) -> None:
    """What is written, run by hand, leaves the same tables and rows."""
    command.upgrade(branches.config(), "heads", sql=True)
    engine = sa.create_engine(branches.url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        for statement in capsys.readouterr().out.split(";\n"):
            if statement.strip():
                connection.exec_driver_sql(statement)
    engine.dispose()
    assert branches.rows() == ("b2b2", "c1c1", "n2n2")
    assert branches.tables() == {"a1a1", "b1b1", "b2b2", "c1c1", "n1n1", "n2n2"}


@pytest.mark.parametrize("line", ["b2b2:a1a1", "shop@head:base@x", "a:b:c"])
def test_sql_of_a_range_that_leads_nowhere_is_refused(branches: Any, line: str) -> None:
    """An empty script would look like success."""
    with pytest.raises(ResolutionError):
        command.upgrade(branches.config(), line, sql=True)


def test_a_stamp_as_sql(branches: Any, capsys: Any) -> None:
    """A start may be given; without one, it is the base."""
    command.stamp(branches.config(), "a1a1:b1b1", sql=True)
    assert "UPDATE schemaver_version SET version_num='b1b1'" in capsys.readouterr().out
    command.stamp(branches.config(), "heads", sql=True)
    assert capsys.readouterr().out.count("INSERT INTO schemaver_version") == 3
