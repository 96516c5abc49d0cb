r"""Draws the graph in lines of text, in the manner of `git log --graph`.

::

    o d4 (head)            newest first; `*` is applied, `o` is pending
    | * c3 needs x1        `|` leads to what a revision follows,
    |/:                    `:` to what it depends on
    * : b2
    * : a1
     /
    * x1
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from .nodes import Node

APPLIED, PENDING = "*", "o"
FOLLOWS, NEEDS = "|", ":"


class Lane(NamedTuple):
    """A line on its way down to a revision."""

    target: str
    sign: str


class Edge(NamedTuple):
    """A piece of a line, from a column of one row to a column of the next."""

    start: int
    end: int
    sign: str


class Row(NamedTuple):
    """One line: what is drawn, and the revision beside it; `column` is the place of its sign."""

    drawn: str
    node: Node | None = None
    column: int = 0


def rows(nodes: Sequence[Node]) -> Iterator[Row]:
    """The drawing of a graph, of which each node comes before what it follows and needs."""
    lanes: list[Lane] = []
    for node in nodes:
        lanes, joining = _joined(lanes, node.revision)
        yield from map(Row, _routed(joining))
        column = next(i for i, lane in enumerate(lanes) if lane.target == node.revision)
        signs = [lane.sign for lane in lanes]
        signs[column] = PENDING if node.applied is False else APPLIED
        yield Row(" ".join(signs), node, 2 * column)
        lanes, leaving = _left(lanes, column, node)
        yield from map(Row, _routed(leaving))


def text(nodes: Sequence[Node]) -> list[str]:
    """The drawing as plain lines."""
    return [
        row.drawn if node is None else f"{row.drawn} {node.revision} {node.words}".rstrip()
        for row, node in ((row, row.node) for row in rows(nodes))
    ]


def _joined(lanes: list[Lane], revision: str) -> tuple[list[Lane], list[Edge]]:
    """The lanes with one alone that leads to a revision, which is about to be drawn."""
    leading = [i for i, lane in enumerate(lanes) if lane.target == revision]
    if not leading:
        return [*lanes, Lane(revision, FOLLOWS)], []
    # A line of descent goes straight on; what is only needed comes to it from the side.
    kept = next((i for i in leading if lanes[i].sign == FOLLOWS), leading[0])
    stays = [lane for i, lane in enumerate(lanes) if i == kept or lane.target != revision]
    end = {lane: i for i, lane in enumerate(stays)}
    target = end[lanes[kept]]
    return stays, [
        Edge(i, target if i in leading else end[lane], lane.sign) for i, lane in enumerate(lanes)
    ]


def _left(lanes: list[Lane], column: int, node: Node) -> tuple[list[Lane], list[Edge]]:
    """The lanes below a revision: its own is replaced by those to what it follows and needs."""
    outgoing = [Lane(id_, FOLLOWS) for id_ in node.parents]
    outgoing += [Lane(id_, NEEDS) for id_ in node.needs]
    others = [*lanes[:column], *lanes[column + 1 :]]
    new = [lane for lane in outgoing if lane not in others]
    below = [*lanes[:column], *new, *lanes[column + 1 :]]
    end = {lane: i for i, lane in enumerate(below)}
    edges = [Edge(i, end[lane], lane.sign) for i, lane in enumerate(lanes) if i != column]
    edges += [Edge(column, end[lane], lane.sign) for lane in outgoing]
    return below, edges


def _routed(edges: Sequence[Edge]) -> Iterator[str]:
    """The rows in which lines change their columns, one column a row; none if all go straight."""
    while any(edge.start != edge.end for edge in edges):
        drawn: dict[int, str] = {}
        moved = []
        for start, end, sign in edges:
            step = (end > start) - (end < start)
            drawn[2 * start + step] = {0: sign, 1: "\\", -1: "/"}[step]
            moved.append(Edge(start + step, end, sign))
        edges = moved
        yield "".join(drawn.get(place, " ") for place in range(max(drawn) + 1))
