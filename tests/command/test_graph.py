"""The drawings of the graph: lines of text, Mermaid, SVG."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest

from flask_schemaver.command.graph_mermaid import markdown, mermaid
from flask_schemaver.command.graph_svg import layout, svg
from flask_schemaver.command.graph_text import text
from flask_schemaver.command.nodes import Node

SVG = "{http://www.w3.org/2000/svg}"


def graph(*lines: str) -> list[Node]:
    """Nodes from lines such as 'd: b c needs x', the newest first."""
    nodes = []
    for line in lines:
        name, _, rest = line.partition(":")
        parents, _, needs = rest.partition("needs")
        nodes.append(Node(name, tuple(parents.split()), tuple(needs.split())))
    return nodes


# Each: the graph, and its drawing.
DRAWINGS = {
    "a line": (
        ["c: b", "b: a", "a:"],
        r"""
* c
* b
* a
""",
    ),
    "a branch": (
        ["c: a", "b: a", "a:"],
        r"""
* c
| * b
|/
* a
""",
    ),
    "a merge": (
        ["m: b c", "c: a", "b: a", "a:"],
        r"""
* m
|\
| * c
* | b
|/
* a
""",
    ),
    "a merge of three": (
        ["m: b c d", "d: a", "c: a", "b: a", "a:"],
        r"""
* m
|\
| |\
| | * d
| * | c
| |/
* | b
|/
* a
""",
    ),
    "a branch beside a merge": (
        ["e: d", "m: b c", "d: a", "c: a", "b: a", "a:"],
        r"""
* e
| * m
| |\
* | | d
| | * c
| |/
|/|
| * b
|/
* a
""",
    ),
    "two roots": (
        ["y: x", "b: a", "a:", "x:"],
        r"""
* y
| * b
| * a
* x
""",
    ),
    "a root left of a line": (
        ["b: a", "y: x", "a:", "x:"],
        r"""
* b
| * y
* | a
 /
* x
""",
    ),
    "a dependency on another root": (
        ["c: b needs x", "b: a", "a:", "x:"],
        r"""
* c needs x
|\
* : b
* : a
 /
* x
""",
    ),
    "a dependency on what is followed too": (
        ["d: c needs x", "c: x", "x:"],
        r"""
* d needs x
|\
* : c
|/
* x
""",
    ),
    "a dependency of a branch": (
        ["d: b", "c: b needs x", "b: a", "a:", "x:"],
        r"""
* d
| * c needs x
|/:
* : b
* : a
 /
* x
""",
    ),
}


@pytest.mark.parametrize("name", DRAWINGS)
def test_drawing(name: str) -> None:
    """Lines part, meet and end where the revisions do."""
    lines, drawing = DRAWINGS[name]
    assert text(graph(*lines)) == drawing.strip("\n").splitlines()


def test_a_graph_without_revisions_is_drawn_as_nothing() -> None:
    """There is no line."""
    assert text([]) == []


def test_what_is_applied_can_be_told_without_colour() -> None:
    """A star is applied, a ring is pending; the marks and labels follow the id."""
    nodes = [
        Node("c3", ("b2",), doc="add price", marks=("head",), labels=("shop",), applied=False),
        Node("b2", ("a1",), marks=("current",), doc="add stock", applied=True),
        Node("a1", doc="first", applied=True),
    ]
    assert text(nodes) == [
        "o c3 (head) [shop] add price",
        "* b2 (current) add stock",
        "* a1 first",
    ]


def test_a_long_history_is_drawn_in_no_time_and_one_column() -> None:
    """Ten thousand revisions in a line take one line each."""
    count = 10_000
    nodes = [Node(f"{i}", (f"{i - 1}",) if i else ()) for i in range(count - 1, -1, -1)]
    drawn = text(nodes)
    assert len(drawn) == count
    assert {line[:2] for line in drawn} == {"* "}


def test_mermaid_has_each_revision_and_each_line() -> None:
    """Descent is a whole line, need a dotted one; names cannot break the syntax."""
    nodes = [
        Node("b", ("a",), ("x",), doc='say "hi" <b>', marks=("head",), applied=False),
        Node("a", applied=True),
        Node("x"),
    ]
    lines = [line.strip() for line in mermaid(nodes).splitlines()]
    assert lines[0] == "flowchart BT"
    assert 'r0["b (head)<br/>say #quot;hi#quot; #lt;b#gt;"]:::pending' in lines
    assert 'r1["a"]:::applied' in lines
    assert 'r2["x"]' in lines
    assert "r1 --> r0" in lines
    assert "r2 -. needed by .-> r0" in lines
    assert markdown(nodes).startswith("```mermaid\nflowchart BT\n")


def test_svg_is_well_formed_and_names_every_revision() -> None:
    """A circle and a text for each, a path for each line, colours for light and dark."""
    nodes = [
        Node("m", ("b", "c"), doc="join <both> & all", applied=False),
        Node("c", ("a",), applied=True),
        Node("b", ("a",), applied=True),
        Node("a", applied=True),
    ]
    picture = svg(nodes)
    root = ElementTree.fromstring(picture)
    assert len(root.findall(f".//{SVG}circle")) == 4
    assert len(root.findall(f".//{SVG}path")) == 4
    assert "m join <both> & all" in ["".join(t.itertext()) for t in root.iter(f"{SVG}text")]
    assert [c.get("class") for c in root.iter(f"{SVG}circle")] == ["pending", *["applied"] * 3]
    assert "prefers-color-scheme: dark" in picture


def test_no_line_of_the_picture_runs_through_another_revision() -> None:
    """Between its ends, a line's lane holds no circle."""
    nodes = graph(
        "g: e f", "f: d needs x", "e: c", "d: a", "c: b", "b: a", "y: x", "a:", "x: w", "w:"
    )
    columns, lines = layout(nodes)
    assert len(lines) == sum(len(node.parents) + len(node.needs) for node in nodes)
    for line in lines:
        between = range(line.top[1] + 1, line.bottom[1])
        assert line.lane not in [columns[row] for row in between]
