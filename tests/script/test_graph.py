"""The graph: heads, bases, labels, dependencies, and what is no graph."""

from __future__ import annotations

import re

import pytest
from graphs import graph, ids, random_graphs
from hypothesis import given
from hypothesis import strategies as st

from flask_schemaver.errors import (
    CycleDetected,
    DuplicateRevision,
    RangeNotAncestorError,
    RevisionError,
    UnknownParent,
)
from flask_schemaver.script.graph import RevisionMap
from flask_schemaver.script.revision import Revision

SHOP = {"a": None, "b": "a", "c": "b", "d": "b", "e": "d", "x": None, "y": "x"}
"""::

    a ── b ─┬─ c
            └─ d ── e        e depends on x
    x ── y
"""


def shop(labels: dict[str, str] | None = None) -> RevisionMap:
    """The graph that is drawn above."""
    return graph(labels, {"e": "x"}, **SHOP)


def test_heads_and_bases() -> None:
    """Heads are not followed, bases follow nothing, in the order of the files."""
    revisions = shop()
    assert revisions.heads == ("c", "e", "y")
    assert revisions.bases == ("a", "x")
    assert revisions["b"].is_branch_point
    assert not revisions["b"].is_merge_point
    assert revisions["b"].nextrev == {"c", "d"}
    assert revisions["a"].is_base
    assert revisions["c"].is_head


def test_an_effective_head_is_a_head_that_is_needed() -> None:
    """A head that another revision depends on is no real head.

    ::

        a ── b       b depends on x
        x
    """
    revisions = graph(None, {"b": "x"}, a=None, b="a", x=None)
    assert revisions.heads == ("b", "x")
    assert revisions.real_heads == ("b",)
    assert revisions["x"].is_effective_head
    assert not revisions["b"].is_effective_head


@given(random_graphs())
def test_the_order_puts_parents_first(revisions: RevisionMap) -> None:
    """The order holds each revision once, after all that it follows and needs."""
    place = {id_: number for number, id_ in enumerate(revisions.order)}
    assert len(place) == len(revisions.order) == len(revisions)
    for id_ in place:
        assert all(place[up] < place[id_] for up in revisions.upstream(id_))


def test_the_order_follows_a_line_to_its_end() -> None:
    """Lines are not mixed; the order of the files decides which comes first."""
    revisions = graph(a=None, b1="a", c1="a", b2="b1", c2="c1", m=("c2", "b2"))
    assert revisions.order == ["a", "b1", "b2", "c1", "c2", "m"]


@given(st.data(), random_graphs())
def test_ancestors_and_descendants_mirror_each_other(
    data: st.DataObject, revisions: RevisionMap
) -> None:
    """One is an ancestor of another just if that is a descendant of it."""
    low, high = data.draw(st.tuples(*[st.sampled_from(revisions.order)] * 2))
    for dependencies in (True, False):
        below = low in revisions.ancestors([high], dependencies=dependencies)
        assert below == (high in revisions.descendants([low], dependencies=dependencies))


class TestLabels:
    def test_they_spread_up_and_down_to_the_branch_point(self) -> None:
        """A label is inherited by all that follows, and by its line below.

        ::

            a ── b ─┬─ c ── d(shop) ── e
                    └─ x
        """
        revisions = graph({"d": "shop"}, a=None, b="a", c="b", d="c", e="d", x="b")
        labelled = [id_ for id_ in revisions.order if revisions[id_].branch_labels]
        assert labelled == ["c", "d", "e"]
        assert revisions["d"].own_labels == ("shop",)

    def test_on_a_branch_point_they_do_not_spread_down(self) -> None:
        """The line below a branch point belongs to all its branches.

        ::

            a ── b(shop) ─┬─ c
                          └─ d
        """
        revisions = graph({"b": "shop"}, a=None, b="a", c="b", d="b")
        assert [id_ for id_ in revisions.order if revisions[id_].branch_labels] == ["b", "c", "d"]

    def test_a_merge_has_the_labels_of_both_sides(self) -> None:
        """What follows a merge belongs to both branches."""
        revisions = graph({"b": "left", "c": "right"}, a=None, b="a", c="a", m=("b", "c"), n="m")
        assert revisions["n"].branch_labels == {"left", "right"}
        assert revisions["b"].branch_labels == {"left"}
        assert revisions["a"].branch_labels == set()

    def test_a_dependent_does_not_inherit(self) -> None:
        """A dependency is no descent."""
        revisions = graph({"x": "net"}, {"a": "x"}, a=None, x=None)
        assert revisions["a"].branch_labels == set()

    @pytest.mark.parametrize(
        ("labels", "words"),
        [
            ({"a": "net", "x": "net"}, "'net' of revision 'x' is already that of 'a'"),
            ({"a": "x"}, "'x' of revision 'a' is the id of a revision"),
            ({"a": "a@b"}, "cannot be used in a symbol"),
            ({"a": "two words"}, "cannot be used in a symbol"),
            ({"a": "heads"}, "cannot be used in a symbol"),
        ],
    )
    def test_labels_that_cannot_be(self, labels: dict[str, str], words: str) -> None:
        """A label names one branch, and a symbol can hold it."""
        with pytest.raises(RevisionError, match=words):
            _ = shop(labels).heads


class TestRefusals:
    def test_two_files_with_one_id(self) -> None:
        """A duplicate id is an error that says that merging is no help."""
        with pytest.raises(DuplicateRevision, match=r"'a' is used twice.*no case for"):
            _ = RevisionMap([Revision("a", None), Revision("a", None)]).heads

    def test_an_unknown_parent(self) -> None:
        """The error names the nearest ids and how pruning is done."""
        with pytest.raises(UnknownParent, match=r"'b' follows 'abx', which no file.*'abc'.*None"):
            _ = graph(abc=None, b="abx").heads

    def test_an_unknown_dependency(self) -> None:
        """A dependency needs a file too."""
        with pytest.raises(UnknownParent, match=r"'a' depends on 'z'.*'depends_on'"):
            _ = graph(None, {"a": "z"}, a=None).heads

    @pytest.mark.parametrize(
        ("needs", "parents", "words"),
        [
            ({}, {"a": "a"}, "its own parent: 'a' follows 'a'"),
            ({"a": "a"}, {"a": None}, "its own parent: 'a' depends on 'a'"),
            ({}, {"a": "b", "b": "a"}, "ring: 'a' follows 'b'; 'b' follows 'a'"),
            (
                {"a": "c"},
                {"z": None, "a": "z", "b": "a", "c": "b", "d": "c"},
                "ring: 'a' depends on 'c'; 'c' follows 'b'; 'b' follows 'a'",
            ),
        ],
    )
    def test_rings(self, needs: dict[str, str], parents: dict[str, str | None], words: str) -> None:
        """A ring is shown as its chain, without what hangs on it."""
        with pytest.raises(CycleDetected, match=words):
            _ = graph(None, needs, **parents).heads

    @given(st.dictionaries(st.sampled_from("abcdefgh"), st.sets(st.sampled_from("abcdefgh"))))
    def test_what_is_refused_is_a_ring(self, parents: dict[str, set[str]]) -> None:
        """Whatever the edges: either there is an order, or a ring is found that is one."""
        every = {id_: tuple(sorted(parents.get(id_, ()))) for id_ in "abcdefgh"}
        try:
            assert len(graph(**every).order) == len(every)
        except CycleDetected as caught:
            chain = re.findall(r"'(\w)' follows '(\w)'", caught.message)
            assert chain[-1][1] == chain[0][0]
            assert all(up in every[id_] for id_, up in chain)
            assert [up for _, up in chain[:-1]] == [id_ for id_, _ in chain[1:]]

    def test_a_long_ring_is_shortened(self) -> None:
        """A ring of a thousand revisions is no page of text."""
        ring = [Revision(f"r{n}", f"r{(n - 1) % 1000}") for n in range(1000)]
        with pytest.raises(CycleDetected, match=r"\(988 more\)"):
            _ = RevisionMap(ring).heads

    @pytest.mark.parametrize(
        "id_", ["a-b", "a+b", "a@b", "a:b", "a b", "a/b", "a\nb", "head", "base", "", "x" * 256]
    )
    def test_odd_ids(self, id_: str) -> None:
        """An id that no symbol could name is refused."""
        with pytest.raises(RevisionError, match="no symbol could name it"):
            _ = RevisionMap([Revision(id_, None)]).heads


class TestAdding:
    def test_it_joins(self) -> None:
        """A revision that is added is the new head, and inherits labels."""
        revisions = graph({"a": "shop"}, a=None)
        assert revisions.heads == ("a",)
        assert revisions["a"].branch_labels == {"shop"}
        revisions.add_revision(Revision("b", "a"))
        assert revisions.heads == ("b",)
        assert revisions["b"].branch_labels == {"shop"}

    def test_what_does_not_fit_changes_nothing(self) -> None:
        """After a refusal the graph is as before."""
        revisions = graph(a=None)
        with pytest.raises(UnknownParent):
            revisions.add_revision(Revision("b", "z"))
        assert revisions.heads == ("a",)


class TestIteration:
    @pytest.mark.parametrize(
        ("upper", "lower", "inclusive", "expected"),
        [
            ("heads", "base", False, ["y", "e", "x", "d", "c", "b", "a"]),
            ("e", "b", False, ["e", "d"]),
            ("e", "b", True, ["e", "d", "b"]),
            ("c", "a", True, ["c", "b", "a"]),
            ("e", "-2", True, ["e", "d", "b"]),
            ("+2", "a", False, None),
            ("+1", "a", True, ["b", "a"]),
            (("c", "d"), "b", False, ["d", "c"]),
            ("x", "x", True, ["x"]),
            ("heads", "net@base", True, ["y", "x"]),
            ("heads", "d", True, ["e", "d"]),
        ],
    )
    def test_ranges(
        self, upper: str, lower: str, inclusive: bool, expected: list[str] | None
    ) -> None:
        """From the newest to the oldest, along the lines between the two ends."""
        revisions = shop({"x": "net"})
        if expected is None:
            with pytest.raises(RevisionError, match="2 ways: 'c', 'd'"):
                revisions.iterate_revisions(upper, lower)
            return
        found = ids(revisions.iterate_revisions(upper, lower, inclusive=inclusive))
        assert sorted(found) == sorted(expected)
        place = revisions.links.position
        assert found == sorted(found, key=lambda id_: -place[id_])

    def test_other_lines_with_an_implicit_base(self) -> None:
        """With it, lines that do not pass through the lower end are there from their base."""
        found = ids(shop().iterate_revisions("heads", "d", implicit_base=True))
        assert sorted(found) == ["c", "e", "x", "y"]

    def test_ends_on_different_lines(self) -> None:
        """Two ends without a common line are refused."""
        with pytest.raises(RangeNotAncestorError, match="'x' is no ancestor of 'c'"):
            shop().iterate_revisions("c", "x")

    def test_a_range_written_backwards(self) -> None:
        """The refusal says that the ends are the wrong way round."""
        with pytest.raises(RangeNotAncestorError, match="backwards"):
            shop().iterate_revisions("a", "c")

    def test_lineage(self) -> None:
        """Only what is above or below is of one lineage."""
        revisions = shop()
        every = [revisions[id_] for id_ in revisions.order]
        assert sorted(ids(revisions.filter_for_lineage(every, "d"))) == ["a", "b", "d", "e"]
        assert len(revisions.filter_for_lineage(every, None)) == len(every)
        related = revisions.filter_for_lineage(every, "x", include_dependencies=True)
        assert sorted(ids(related)) == ["e", "x", "y"]
