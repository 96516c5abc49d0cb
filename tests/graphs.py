"""Graphs of revisions for tests, from a few words or at random."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from hypothesis import strategies as st

from flask_schemaver.script.graph import RevisionMap
from flask_schemaver.script.revision import Revision

Parents = str | tuple[str, ...] | None


def graph(
    labels: Mapping[str, str] | None = None,
    needs: Mapping[str, str | tuple[str, ...]] | None = None,
    /,
    **parents: Parents,
) -> RevisionMap:
    """A graph: `graph({"b": "shop"}, {"b": "x"}, a=None, b="a", x=None)`."""
    labels, needs = labels or {}, needs or {}
    return RevisionMap(
        [Revision(id_, up, needs.get(id_), labels.get(id_)) for id_, up in parents.items()]
    )


def ids(revisions: Sequence[Revision] | object) -> list[str]:
    """The ids of revisions, in their order."""
    return [revision.revision for revision in revisions]  # type: ignore[attr-defined]


@st.composite
def random_graphs(draw: st.DrawFn, most: int = 14) -> RevisionMap:
    """Bases, branches, merges and dependencies in any mixture, the files in any order."""
    revisions: list[Revision] = []
    known: list[str] = []
    for number in range(draw(st.integers(1, most))):
        several = (
            st.lists(st.sampled_from(known), max_size=3, unique=True) if known else st.just([])
        )
        parents = draw(several)
        needs = draw(several) if draw(st.integers(0, 3)) == 0 else []
        id_ = f"r{number:02}"
        revisions.append(Revision(id_, parents, [n for n in needs if n not in parents]))
        known.append(id_)
    return RevisionMap(draw(st.permutations(revisions)))
