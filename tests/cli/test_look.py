"""The commands that only look: what they print, and that they leave everything alone."""

from __future__ import annotations

from typing import Any

import pytest


def test_current_of_a_fresh_database_says_base_and_creates_nothing(chain: Any) -> None:
    """No version table is made by looking."""
    assert "base" in chain.ok("current")
    assert chain.tables() == set()


def test_current_names_the_revision(chain: Any) -> None:
    """The line begins with the id, so that a script can cut it off."""
    chain.ok("upgrade", "b2bb")
    assert chain.ok("current").split()[0] == "b2bb"
    chain.ok("upgrade")
    assert chain.ok("current").strip() == "c3cc (head)"


def test_current_verbose_names_the_database_without_its_password(make_project: Any) -> None:
    """The address is shown, the whole entry follows."""
    project = make_project()
    project.ok("init")
    project.write("a1aa", None)
    project.ok("upgrade")
    output = project.ok("current", "-v")
    assert "shop.db" in output
    assert "Rev: a1aa (head)" in output


def test_current_check_heads_fails_behind_the_head(chain: Any) -> None:
    """It says where the database is and how far behind."""
    chain.ok("upgrade", "a1aa")
    result = chain.run("current", "--check-heads")
    assert result.exit_code == 1
    assert "at 'a1aa', two revisions behind 'c3cc'" in result.stderr
    chain.ok("upgrade")
    chain.ok("current", "--check-heads")


def test_heads_shows_the_newest_revision(chain: Any) -> None:
    """One line a head."""
    assert chain.ok("heads").strip() == "c3cc (head)"


def test_history_is_newest_first_and_marks_the_database(chain: Any) -> None:
    """Each line has parent, id, marks and message."""
    chain.ok("upgrade", "b2bb")
    lines = chain.ok("history", "-i").splitlines()
    assert lines == [
        "b2bb -> c3cc (head), step c3cc",
        "a1aa -> b2bb (current), step b2bb",
        "<base> -> a1aa, step a1aa",
    ]
    marked = [line for line in chain.ok("history", "-iv").splitlines() if "current" in line]
    assert marked == ["Rev: b2bb (current)"]


@pytest.mark.parametrize(
    ("given", "ids"),
    [("a1aa:b2bb", ["b2bb", "a1aa"]), ("b2bb:", ["c3cc", "b2bb"]), (":a1aa", ["a1aa"])],
)
def test_history_of_a_range_has_both_ends(chain: Any, given: str, ids: list[str]) -> None:
    """A missing end is that of the history."""
    lines = chain.ok("history", "-r", given).splitlines()
    assert [line.split("-> ")[1].split()[0].rstrip(",") for line in lines] == ids


def test_history_up_to_the_database(chain: Any) -> None:
    """`current` may stand on either side."""
    chain.ok("upgrade", "b2bb")
    assert len(chain.ok("history", "-r", ":current").splitlines()) == 2
    assert len(chain.ok("history", "-r", "current:").splitlines()) == 2


def test_a_range_without_a_colon_is_refused_with_an_example(chain: Any) -> None:
    """It is a mistake, not a crash."""
    result = chain.run("history", "-r", "a1aa")
    assert result.exit_code == 1
    assert "FROM:TO" in result.stderr


def test_show_prints_everything_about_a_revision(chain: Any) -> None:
    """`head` is meant without an argument; a prefix will do."""
    assert "Rev: c3cc (head)" in chain.ok("show")
    output = chain.ok("show", "b2")
    assert "Rev: b2bb" in output
    assert "Parent: a1aa" in output
    assert "step b2bb" in output


def test_an_unknown_revision_is_named(chain: Any) -> None:
    """No traceback, an exit code, the symbol."""
    result = chain.run("show", "zzzz")
    assert result.exit_code == 1
    assert "'zzzz'" in result.stderr


def test_branches_shows_where_the_history_divides(chain: Any) -> None:
    """The branch point is followed by its children."""
    assert "No revision is followed by more than one" in chain.ok("branches")
    chain.write("d4dd", "b2bb")
    assert chain.ok("branches").splitlines()[1:] == ["    -> c3cc", "    -> d4dd"]


def test_a_history_without_files_is_no_error(project: Any) -> None:
    """There is just nothing yet."""
    assert "no revision yet" in project.ok("history")
    assert project.ok("heads") == ""
