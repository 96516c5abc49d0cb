"""Draws the graph as an SVG picture that can be read on light and on dark ground."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple
from xml.sax.saxutils import escape

from .nodes import Node

COLUMN, ROW, MARGIN = 22, 30, 20
"""Pixels between two columns, two rows, and around all."""

_CHARACTER = 7.9
"""Pixels, at most, that a character of 13-pixel monospace is wide."""

_STYLE = """
    text { font: 13px ui-monospace, Menlo, Consolas, monospace; fill: #1f2328; }
    .id { font-weight: bold; }
    .line { fill: none; stroke: #8c959f; stroke-width: 2; }
    .needs { stroke-dasharray: 3 4; }
    circle { fill: #2da44e; stroke: #2da44e; stroke-width: 2; }
    .pending { fill: #ffffff; stroke: #bf8700; }
    @media (prefers-color-scheme: dark) {
      text { fill: #e6edf3; }
      .line { stroke: #6e7681; }
      circle { fill: #3fb950; stroke: #3fb950; }
      .pending { fill: #0d1117; stroke: #d29922; }
    }
"""


class Line(NamedTuple):
    """A line between two revisions: it runs down in `lane`, and bends at its ends."""

    lane: int
    top: tuple[int, int]
    bottom: tuple[int, int]
    needs: bool


class Layout(NamedTuple):
    """The column of each node, one row each, and the lines between them."""

    columns: list[int]
    lines: list[Line]


class _Open(NamedTuple):
    """A line whose lower end has not been reached."""

    target: str
    top: tuple[int, int]
    needs: bool


def layout(nodes: Sequence[Node]) -> Layout:
    """Give each node a column; a line keeps its lane from its upper to its lower end."""
    lanes: list[_Open | None] = []
    found = Layout([], [])
    for row, node in enumerate(nodes):
        ending = [i for i, lane in enumerate(lanes) if lane and lane.target == node.revision]
        column = min(ending) if ending else _free(lanes)
        found.columns.append(column)
        for i in ending:
            lane = lanes[i]
            if lane is not None:
                found.lines.append(Line(i, lane.top, (column, row), lane.needs))
            lanes[i] = None
        for id_, needs in [(p, False) for p in node.parents] + [(n, True) for n in node.needs]:
            place = column if lanes[column] is None else _free(lanes)
            lanes[place] = _Open(id_, (column, row), needs)
    return found


def _free(lanes: list[_Open | None]) -> int:
    """The first lane without a line, a new one if there is none."""
    if None not in lanes:
        lanes.append(None)
    return lanes.index(None)


def svg(nodes: Sequence[Node]) -> str:
    """The text of an `.svg` file."""
    columns, lines = layout(nodes)
    side = MARGIN + COLUMN * (max((line.lane for line in lines), default=0) + 1)
    side = max(side, MARGIN + COLUMN * (max(columns, default=0) + 1))
    longest = max((len(node.revision) + len(node.words) + 1 for node in nodes), default=0)
    width, height = round(side + longest * _CHARACTER + MARGIN), ROW * len(nodes) + MARGIN
    parts = [_line(line) for line in lines]
    for row, (node, column) in enumerate(zip(nodes, columns, strict=True)):
        parts.append(_node(node, _x(column), _y(row), side))
    body = "\n".join(f"  {part}" for part in parts)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" '
        f'width="{width}" height="{height}" role="img">\n'
        f"  <title>Revisions</title>\n  <style>{_STYLE}  </style>\n{body}\n</svg>\n"
    )


def _node(node: Node, x: int, y: int, side: int) -> str:
    state = {True: "applied", False: "pending", None: "revision"}[node.applied]
    return (
        f'<g><title>{escape(node.revision)}: {state}</title><circle class="{state}" cx="{x}" '
        f'cy="{y}" r="6"/><text x="{side}" y="{y + 4}"><tspan class="id">{escape(node.revision)}'
        f"</tspan> {escape(node.words)}</text></g>"
    )


def _line(line: Line) -> str:
    lane = _x(line.lane)
    (column, row), (end_column, end_row) = line.top, line.bottom
    x, y, end_x, end_y = _x(column), _y(row), _x(end_column), _y(end_row)
    half = ROW // 2
    bend = f"C {x} {y + half} {lane} {y + half} {lane} {y + ROW}" if x != lane else ""
    # Between neighbours there is one row, so one bend has to do for both ends.
    if end_row == row + 1 and x != lane:
        bend = ""
    down = f"L {lane if bend else x} {end_y - ROW}" if end_row > row + 1 else ""
    start = lane if bend or x == lane else x
    last = f"C {start} {end_y - half} {end_x} {end_y - half} {end_x} {end_y}"
    path = " ".join(part for part in (f"M {x} {y}", bend, down, last) if part)
    return f'<path class="line{" needs" if line.needs else ""}" d="{path}"/>'


def _x(column: int) -> int:
    return MARGIN + COLUMN * column


def _y(row: int) -> int:
    return MARGIN + ROW * row
