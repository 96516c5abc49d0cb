"""Plans: which revisions, in which order, and what they do to the rows of the version table."""

from __future__ import annotations

import pytest
from counting import lines_run
from graphs import graph, ids, random_graphs
from hypothesis import given
from hypothesis import strategies as st

from flask_schemaver.errors import (
    MultipleHeads,
    ResolutionError,
    RevisionError,
    UnknownDatabaseRevision,
)
from flask_schemaver.runtime.planner import (
    Plan,
    RowChange,
    plan_downgrade,
    plan_stamp,
    plan_upgrade,
)
from flask_schemaver.script.graph import RevisionMap
from flask_schemaver.script.revision import Revision


def steps(plan: Plan) -> list[str]:
    """The ids of the steps of a plan."""
    return [step.revision.revision for step in plan.steps if step.revision]


def replayed(plan: Plan) -> set[str]:
    """The rows after all changes of a plan; each change must hit exactly one row."""
    rows = set(plan.before)
    for step in plan.steps:
        for change in step.changes:
            if change.old is not None:
                rows.remove(change.old)
            if change.new is not None:
                assert change.new not in rows
                rows.add(change.new)
            assert (change.old is None) == (change.action == "insert")
            assert (change.new is None) == (change.action == "delete")
    return rows


def effective_heads(revisions: RevisionMap, done: set[str]) -> set[str]:
    """By definition: what is applied, and neither followed nor needed by what is applied."""
    return {id_ for id_ in done if not any(id_ in revisions.upstream(other) for other in done)}


LINE = {"a": None, "b": "a", "c": "b"}
"""a ── b ── c"""

TWO = {"a": None, "b1": "a", "b2": "b1", "c1": "a", "c2": "c1"}
"""::

    a ─┬─ b1 ── b2
       └─ c1 ── c2
"""

MERGED = {**TWO, "m": ("b2", "c2"), "n": "m"}
"""::

    a ─┬─ b1 ── b2 ─┬─ m ── n
       └─ c1 ── c2 ─┘
"""


class TestProperties:
    """What holds for every graph."""

    @given(st.data(), random_graphs())
    def test_an_upgrade_visits_each_pending_revision_once_parents_first(
        self, data: st.DataObject, revisions: RevisionMap
    ) -> None:
        """An upgrade to any revision from any earlier state is complete, ordered and minimal."""
        start, done = some_state(data, revisions)
        target = data.draw(st.sampled_from(revisions.order))
        plan = plan_upgrade(revisions, start, target)
        assert len(steps(plan)) == len(set(steps(plan)))
        assert set(steps(plan)) == revisions.ancestors([target]) - done
        for id_ in steps(plan):
            assert set(revisions.upstream(id_)) <= done
            done.add(id_)
        assert replayed(plan) == set(plan.after) == effective_heads(revisions, done)

    @given(st.data(), random_graphs())
    def test_downgrade_after_upgrade_returns_to_the_start(
        self, data: st.DataObject, revisions: RevisionMap
    ) -> None:
        """Going up from the base and down again undoes all, the newest first."""
        up = plan_upgrade(revisions, (), ids(revisions.get_revisions("heads")))
        down = plan_downgrade(revisions, up.after, "base")
        assert sorted(steps(down)) == sorted(steps(up))
        done = set(revisions.order)
        for id_ in steps(down):
            done.remove(id_)
            assert not any(id_ in revisions.upstream(other) for other in done)
        assert replayed(down) == set(down.after) == set()

    @given(st.data(), random_graphs())
    def test_a_downgrade_undoes_what_is_above_the_target(
        self, data: st.DataObject, revisions: RevisionMap
    ) -> None:
        """What follows the target goes, and what needs that; everything else stays."""
        start, done = some_state(data, revisions)
        if not done:
            return
        target = data.draw(st.sampled_from(sorted(done)))
        plan = plan_downgrade(revisions, start, target)
        above = revisions.descendants(revisions.children(target)) & done
        assert set(steps(plan)) == above
        assert replayed(plan) == set(plan.after) == effective_heads(revisions, done - above)

    @given(st.data(), random_graphs())
    def test_each_step_leaves_the_effective_heads(
        self, data: st.DataObject, revisions: RevisionMap
    ) -> None:
        """After every single step, not only after the last, the rows stand for what is applied."""
        start, done = some_state(data, revisions)
        rows = set(start)
        for step in plan_upgrade(revisions, start, revisions.order).steps:
            assert step.revision is not None
            done.add(step.revision.revision)
            for change in step.changes:
                rows = (rows - {change.old}) | ({change.new} if change.new else set())
            assert rows == effective_heads(revisions, done)

    @given(st.data(), random_graphs())
    def test_a_stamp_is_what_running_the_scripts_would_leave(
        self, data: st.DataObject, revisions: RevisionMap
    ) -> None:
        """A stamp from any state puts the target and all below it in place, nothing above it."""
        start, done = some_state(data, revisions)
        target = data.draw(st.sampled_from(revisions.order))
        plan = plan_stamp(revisions, start, [target])
        above = revisions.descendants(revisions.children(target))
        after = (done - above) | revisions.ancestors([target])
        assert replayed(plan) == set(plan.after) == effective_heads(revisions, after)

    @given(st.data(), random_graphs())
    def test_a_stamp_with_purge_forgets_the_start(
        self, data: st.DataObject, revisions: RevisionMap
    ) -> None:
        """With purge, the rows after it are those of the targets alone."""
        start, _ = some_state(data, revisions)
        target = data.draw(st.sampled_from(revisions.order))
        plan = plan_stamp(revisions, [*start, "gone"], [target], purge=True)
        assert replayed(plan) == set(plan.after) == {target}


def some_state(data: st.DataObject, revisions: RevisionMap) -> tuple[tuple[str, ...], set[str]]:
    """Rows of a database that some upgrade could have led to, and what they stand for."""
    chosen = data.draw(st.lists(st.sampled_from(revisions.order), max_size=4))
    done = revisions.ancestors(chosen)
    return tuple(data.draw(st.permutations(sorted(effective_heads(revisions, done))))), done


class TestUpgrade:
    def test_a_line_is_one_row_that_moves(self) -> None:
        """The first step inserts the row, each other updates it."""
        plan = plan_upgrade(graph(**LINE), (), "head")
        assert [step.changes for step in plan.steps] == [
            (RowChange("insert", None, "a"),),
            (RowChange("update", "a", "b"),),
            (RowChange("update", "b", "c"),),
        ]
        assert [(step.from_revisions, step.to_revisions) for step in plan.steps] == [
            ((), ("a",)),
            (("a",), ("b",)),
            (("b",), ("c",)),
        ]

    def test_a_branch_adds_a_row_and_a_merge_takes_it(self) -> None:
        """A branch inserts a second row; the merge deletes one and updates the other."""
        plan = plan_upgrade(graph(**MERGED), (), "m")
        assert steps(plan) == ["a", "b1", "b2", "c1", "c2", "m"]
        assert plan.steps[3].changes == (RowChange("insert", None, "c1"),)
        assert plan.steps[5].changes == (
            RowChange("delete", "c2", None),
            RowChange("update", "b2", "m"),
        )

    def test_a_dependency_has_no_row_once_it_is_needed(self) -> None:
        """The row of a dependency disappears with its dependent, and returns when that goes.

        ::

            a ── b
                 ┊ depends_on
            x ───┘
        """
        revisions = graph(None, {"b": "x"}, a=None, b="a", x=None)
        up = plan_upgrade(revisions, (), "b")
        assert steps(up)[-1] == "b"
        assert up.after == ("b",)
        down = plan_downgrade(revisions, ("b",), "-1")
        assert set(down.after) == {"a", "x"}

    def test_head_is_refused_with_several(self) -> None:
        """The error names both heads and what to do."""
        with pytest.raises(MultipleHeads, match=r"'b2' and 'c2', parted at 'a'.*flask db merge"):
            plan_upgrade(graph(**TWO), (), "head")

    def test_heads_takes_all(self) -> None:
        """`heads` goes up every branch."""
        assert set(plan_upgrade(graph(**TWO), (), "heads").after) == {"b2", "c2"}

    @pytest.mark.parametrize("target", ["a", "head", "c"])
    def test_what_is_applied_is_nothing_to_do(self, target: str) -> None:
        """An applied target gives no step, and a remark that says so."""
        plan = plan_upgrade(graph(**LINE), ("c",), target)
        assert (plan.steps, plan.after) == ((), ("c",))
        assert "'c'" in plan.remark

    def test_base_is_no_upgrade(self) -> None:
        """An upgrade to the base is refused, not silently ignored."""
        with pytest.raises(RevisionError, match="flask db downgrade base"):
            plan_upgrade(graph(**LINE), ("c",), "base")

    @pytest.mark.parametrize(
        ("applied", "target", "expected"),
        [
            ((), "+1", ["a"]),
            ((), "+2", ["a", "b"]),
            (("a",), "+2", ["b", "c"]),
            (("a",), "a+2", ["b", "c"]),
            (("a",), "c-1", ["b"]),
            (("b",), "head-1", []),
        ],
    )
    def test_steps_are_counted(
        self, applied: tuple[str, ...], target: str, expected: list[str]
    ) -> None:
        """`+N` counts from the database, `<revision>+N` from a revision."""
        assert steps(plan_upgrade(graph(**LINE), applied, target)) == expected

    def test_too_many_steps_are_refused(self) -> None:
        """More steps than there are revisions is an error that says how many there are."""
        with pytest.raises(ResolutionError, match="only one step can be taken before the head"):
            plan_upgrade(graph(**LINE), ("b",), "+2")

    def test_a_fork_is_ambiguous(self) -> None:
        """`+1` at a branch point names the ways."""
        with pytest.raises(ResolutionError, match="2 ways: 'b1', 'c1'"):
            plan_upgrade(graph(**TWO), ("a",), "+1")

    def test_several_rows_are_ambiguous(self) -> None:
        """`+1` from two rows that both can go on is refused."""
        with pytest.raises(ResolutionError, match="2 ways"):
            plan_upgrade(graph(**TWO), ("b1", "c1"), "+1")

    def test_one_step_that_is_a_merge(self) -> None:
        """`+1` from the two rows that one merge joins is that merge."""
        assert steps(plan_upgrade(graph(**MERGED), ("b2", "c2"), "+1")) == ["m"]

    def test_one_step_that_would_be_three(self) -> None:
        """`+1` to a merge whose other side is not applied is refused."""
        with pytest.raises(ResolutionError, match="3 revisions, not 1"):
            plan_upgrade(graph(**MERGED), ("b2",), "+1")

    @pytest.mark.parametrize(
        ("applied", "target", "expected"),
        [
            (("a",), "left@+1", ["b1"]),
            (("a",), "c1@+2", ["c1", "c2"]),
            (("b1", "c2"), "left@+1", ["b2"]),
            ((), "left@+2", ["a", "b1"]),
            ((), "left@head", ["a", "b1", "b2"]),
            (("b2",), "right@heads", ["c1", "c2"]),
        ],
    )
    def test_within_a_branch(
        self, applied: tuple[str, ...], target: str, expected: list[str]
    ) -> None:
        """`<branch>@` chooses at a fork; the branch may be a label or an id."""
        revisions = graph({"b1": "left", "c1": "right"}, **TWO)
        assert steps(plan_upgrade(revisions, applied, target)) == expected

    def test_a_branch_with_a_base_of_its_own(self) -> None:
        """`net@+1` with nothing of it applied begins at its base.

        ::

            a ── b
            x ── y     label net
        """
        revisions = graph({"x": "net"}, a=None, b="a", x=None, y="x")
        assert steps(plan_upgrade(revisions, ("b",), "net@+1")) == ["x"]
        assert set(plan_upgrade(revisions, ("b",), "net@+2").after) == {"b", "y"}

    def test_counting_leaves_dependencies_out(self) -> None:
        """`+1` is one revision of the line, and what that one needs."""
        revisions = graph(None, {"b": "x"}, a=None, b="a", x=None)
        assert steps(plan_upgrade(revisions, ("a",), "+1")) == ["x", "b"]

    def test_below_the_base_is_no_upgrade(self) -> None:
        """A target that counts down to below the base is refused like `base`."""
        with pytest.raises(RevisionError, match="no upgrade to 'a-1'"):
            plan_upgrade(graph(**LINE), (), "a-1")

    @pytest.mark.parametrize("target", ["a:b", "", "current", "-1", "@head", "a@"])
    def test_what_is_no_place_to_go_to(self, target: str) -> None:
        """Other symbols are refused in words."""
        with pytest.raises(RevisionError):
            plan_upgrade(graph(**LINE), ("c",), target)


class TestDowngrade:
    def test_a_merge_becomes_two_rows(self) -> None:
        """Undoing a merge updates its row to one side and inserts the other."""
        plan = plan_downgrade(graph(**MERGED), ("n",), "-2")
        assert steps(plan) == ["n", "m"]
        assert plan.steps[1].changes == (
            RowChange("update", "m", "b2"),
            RowChange("insert", None, "c2"),
        )
        assert plan.steps[1].from_revisions == ("m",)
        assert plan.steps[1].to_revisions == ("b2", "c2")

    def test_below_a_merge_there_are_two_ways(self) -> None:
        """Counting past a merge is ambiguous, unless a branch is named."""
        revisions = graph({"c1": "right"}, **MERGED)
        with pytest.raises(ResolutionError, match="2 ways: 'b2', 'c2'"):
            plan_downgrade(revisions, ("n",), "-3")
        assert steps(plan_downgrade(revisions, ("n",), "right@-3")) == ["n", "m", "c2"]

    def test_from_several_rows_a_branch_is_needed(self) -> None:
        """`-1` from two rows is refused with the command that is meant."""
        revisions = graph({"c1": "right"}, **TWO)
        with pytest.raises(ResolutionError, match="flask db downgrade b2@-1"):
            plan_downgrade(revisions, ("b2", "c2"), "-1")
        assert steps(plan_downgrade(revisions, ("b2", "c2"), "right@-1")) == ["c2"]
        assert steps(plan_downgrade(revisions, ("b2", "c2"), "b2@-2")) == ["b2", "b1"]

    def test_a_branch_ends_where_it_parted(self) -> None:
        """`<branch>@-N` does not go on below the branch, where other branches hang."""
        with pytest.raises(ResolutionError, match="goes too far: 2 revisions are applied of that"):
            plan_downgrade(graph(**TWO), ("b2", "c2"), "b2@-3")

    @pytest.mark.parametrize(
        ("target", "expected"),
        [
            ("left@base", ["b2", "b1"]),
            ("left@a", ["b2", "b1"]),
            ("b1", ["b2"]),
            ("a", ["c2", "c1", "b2", "b1"]),
            ("base", ["c2", "c1", "b2", "b1", "a"]),
            ("b2-2", ["c2", "c1", "b2", "b1"]),
            ("b2", []),
        ],
    )
    def test_other_branches_stay_unless_they_are_above(
        self, target: str, expected: list[str]
    ) -> None:
        """What goes is what stands on the target; a branch's name limits it to that branch."""
        revisions = graph({"b1": "left"}, **TWO)
        assert steps(plan_downgrade(revisions, ("b2", "c2"), target)) == expected

    def test_a_branch_takes_what_depends_on_it(self) -> None:
        """Undoing a branch undoes first what needs it; what it needs stays.

        ::

            x ── y      y depends on b
            a ── b      label shop; a depends on z
            z
        """
        revisions = graph({"a": "shop"}, {"y": "b", "a": "z"}, x=None, y="x", a=None, b="a", z=None)
        plan = plan_downgrade(revisions, ("y",), "shop@base")
        assert steps(plan) == ["y", "b", "a"]
        assert set(plan.after) == {"x", "z"}

    def test_counting_to_below_a_base_leaves_other_bases(self) -> None:
        """`<revision>-N` may reach the base of its own line; another line stays.

        ::

            a ── b
            x
        """
        plan = plan_downgrade(graph(a=None, b="a", x=None), ("b", "x"), "b-2")
        assert (steps(plan), plan.after) == (["b", "a"], ("x",))

    def test_what_depends_on_the_target_stays(self) -> None:
        """The target stays applied, so what needs it alone is not undone.

        ::

            x ── y
            ┊
            b             b depends on x
        """
        revisions = graph(None, {"b": "x"}, x=None, y="x", b=None)
        plan = plan_downgrade(revisions, ("y", "b"), "x")
        assert steps(plan) == ["y"]
        assert plan.after == ("b",)

    @pytest.mark.parametrize("target", ["c", "left@base"])
    def test_nothing_above_is_nothing_to_do(self, target: str) -> None:
        """A downgrade to where the database is, or of a branch not applied, says so."""
        revisions = graph({"x": "left"}, **LINE, x=None)
        plan = plan_downgrade(revisions, ("c",), target)
        assert plan.steps == ()
        assert "nothing to undo" in plan.remark

    def test_what_is_not_applied_is_no_target(self) -> None:
        """A downgrade to a newer revision is refused with the command that goes there."""
        with pytest.raises(RevisionError, match="flask db upgrade c"):
            plan_downgrade(graph(**LINE), ("b",), "c")

    @pytest.mark.parametrize(("target", "words"), [("-4", "goes too far"), ("+1", "upgrade")])
    def test_counting_wrong(self, target: str, words: str) -> None:
        """Below the base and upwards are refused."""
        with pytest.raises(ResolutionError, match=words):
            plan_downgrade(graph(**LINE), ("c",), target)

    def test_all_of_a_line_by_number(self) -> None:
        """`-N` may go down to the base."""
        assert plan_downgrade(graph(**LINE), ("c",), "-3").after == ()

    def test_heads_of_no_files(self) -> None:
        """`heads` and `head` without files undo nothing."""
        assert plan_downgrade(RevisionMap([]), (), "heads").steps == ()

    def test_nothing_is_applied(self) -> None:
        """`-1` of an empty database is an error, not a success."""
        with pytest.raises(ResolutionError, match="nothing is applied"):
            plan_downgrade(graph(**LINE), (), "-1")


class TestStamp:
    @pytest.mark.parametrize(
        ("applied", "targets", "expected"),
        [
            ((), ["heads"], {"b2", "c2"}),
            (("b2", "c2"), ["a"], {"a"}),
            (("b2", "c2"), ["b1"], {"b1", "c2"}),
            (("b2", "c2"), ["b1", "c2"], {"b1", "c2"}),
            (("b1",), ["c2"], {"b1", "c2"}),
            (("b2", "c2"), ["base"], set()),
            (("b2", "c2"), ["left@base"], {"c2"}),
            (("b2",), ["c2", "c2"], {"b2", "c2"}),
            (("a",), ["b1+1"], {"b2"}),
        ],
    )
    def test_related_rows_are_replaced_and_others_stay(
        self, applied: tuple[str, ...], targets: list[str], expected: set[str]
    ) -> None:
        """A stamp moves the rows of the branches of its targets, up or down."""
        plan = plan_stamp(graph({"b1": "left"}, **TWO), applied, targets)
        assert replayed(plan) == set(plan.after) == expected
        assert all(step.is_stamp for step in plan.steps)

    def test_two_places_on_one_line_are_refused(self) -> None:
        """A database cannot be at a revision and at its ancestor."""
        with pytest.raises(RevisionError, match="Stamp 'b2' alone"):
            plan_stamp(graph(**TWO), (), ["b1", "b2"])

    def test_where_it_is_already(self) -> None:
        """A stamp that changes nothing has no step."""
        plan = plan_stamp(graph(**LINE), ("c",), ["head"])
        assert (plan.steps, plan.after) == ((), ("c",))
        assert "already" in plan.remark

    def test_counting_is_refused(self) -> None:
        """`-1` is no place."""
        with pytest.raises(ResolutionError, match="a stamp needs a place"):
            plan_stamp(graph(**LINE), ("c",), ["-1"])

    def test_purge_removes_a_row_that_no_file_has(self) -> None:
        """With purge, an unknown row is replaced; without, it is refused with that advice."""
        plan = plan_stamp(graph(**LINE), ("gone",), ["b"], purge=True)
        assert plan.steps[0].changes == (RowChange("update", "gone", "b"),)
        with pytest.raises(UnknownDatabaseRevision, match="flask db stamp --purge"):
            plan_stamp(graph(**LINE), ("gone",), ["b"])

    def test_purge_to_the_base(self) -> None:
        """Purging to the base deletes every row."""
        plan = plan_stamp(graph(**LINE), ("gone", "c"), ["base"], purge=True)
        assert replayed(plan) == set()
        assert plan.steps[0].revision is None

    def test_a_stamp_runs_no_file(self) -> None:
        """A stamping has no script to ask for."""
        with pytest.raises(TypeError):
            _ = plan_stamp(graph(**LINE), (), ["head"]).steps[0].script


class TestUnknownRow:
    def test_it_is_told_in_words(self) -> None:
        """The error names the row, the oldest and newest revisions, the nearest ids, a way out."""
        revisions = graph(abc1=None, abd2="abc1")
        with pytest.raises(UnknownDatabaseRevision) as caught:
            plan_upgrade(revisions, ("abx9",), "head")
        assert caught.value.message == (
            "The database is at revision 'abx9', which no file has. The oldest known revision is "
            "'abc1', the newest 'abd2'. The nearest ids are 'abc1', 'abd2'."
        )
        assert "pruned" in str(caught.value.hint)

    def test_without_any_file(self) -> None:
        """Without any file, the folder is what to look at."""
        with pytest.raises(UnknownDatabaseRevision, match="no revision files at all"):
            plan_downgrade(RevisionMap([]), ("a",), "base")

    def test_pruning_is_no_matter_for_a_newer_database(self) -> None:
        """With the oldest files gone and a new first one, a newer database goes on."""
        pruned = graph(b=None, c="b")
        assert steps(plan_upgrade(pruned, ("b",), "head")) == ["c"]


def test_no_files_and_no_rows_is_nothing_to_do() -> None:
    """An empty folder and an empty database are no error."""
    assert plan_upgrade(RevisionMap([]), (), "head").steps == ()
    assert plan_stamp(RevisionMap([]), (), ["heads"]).steps == ()


def test_a_row_and_its_ancestor_are_one_place() -> None:
    """Rows that a broken stamp left, one below the other, count as the upper one."""
    plan = plan_upgrade(graph(**LINE), ("a", "b"), "head")
    assert steps(plan) == ["c"]


def ladder(length: int, *, reverse: bool) -> list[Revision]:
    """A line with a branch and a merge in every ten revisions, in the order of files or against."""
    revisions = []
    for number in range(length):
        place = number % 10
        parents: list[int] = [number - 1] if number else []
        if place == 5:
            parents = [number - 3]
        elif place == 7:
            parents = [number - 3, number - 1]
        needs = [f"r{number // 2}"] if place == 9 else None
        revisions.append(Revision(f"r{number}", [f"r{p}" for p in parents], needs))
    return revisions[::-1] if reverse else revisions


@pytest.mark.parametrize("reverse", [False, True])
def test_planning_grows_with_the_revisions(reverse: bool) -> None:
    """Twice the revisions, with their branches, merges and dependencies, cost twice the lines."""

    def there_and_back(length: int) -> None:
        revisions = RevisionMap(ladder(length, reverse=reverse))
        up = plan_upgrade(revisions, (), "heads")
        down = plan_downgrade(revisions, up.after, "base")
        again = plan_upgrade(revisions, up.after, "heads")
        stamped = plan_stamp(revisions, (), ["heads"])
        assert (len(up.steps), len(down.steps), len(again.steps)) == (length, length, 0)
        assert stamped.after == up.after

    small, large = (lines_run(lambda n=n: there_and_back(n)) for n in (500, 1000))
    assert large < 2.2 * small


def test_planning_grows_with_the_heads() -> None:
    """Many branches from one point, and the merge of all: twice as many cost twice the lines."""

    def there_and_back(length: int) -> None:
        heads = [Revision(f"h{number}", "a") for number in range(length)]
        merge = Revision("m", [head.revision for head in heads])
        revisions = RevisionMap([Revision("a", None), *heads, merge])
        up = plan_upgrade(revisions, (), "m")
        down = plan_downgrade(revisions, ("m",), "base")
        assert (up.after, down.after) == (("m",), ())

    small, large = (lines_run(lambda n=n: there_and_back(n)) for n in (200, 400))
    assert large < 2.2 * small
