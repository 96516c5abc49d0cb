"""Writes the graph as a Mermaid flowchart, with the oldest revision at the bottom."""

from __future__ import annotations

from collections.abc import Sequence

from .nodes import Node

_CLASSES = (
    # Colours of the text and of the ground are given together, for light pages and for dark.
    "classDef applied fill:#2da44e,stroke:#1a7f37,color:#ffffff",
    "classDef pending fill:#ffffff,stroke:#bf8700,color:#1f2328,stroke-dasharray:4 3",
)


def mermaid(nodes: Sequence[Node]) -> str:
    """The text of a `.mmd` file."""
    names = {node.revision: f"r{number}" for number, node in enumerate(nodes)}
    lines = ["flowchart BT"]
    for node in nodes:
        lines.append(f'    {names[node.revision]}["{_label(node)}"]{_class(node)}')
    for node in nodes:
        name = names[node.revision]
        lines += [f"    {names[id_]} --> {name}" for id_ in node.parents]
        lines += [f"    {names[id_]} -. needed by .-> {name}" for id_ in node.needs]
    lines += [f"    {line}" for line in _CLASSES]
    return "\n".join(lines) + "\n"


def markdown(nodes: Sequence[Node]) -> str:
    """The flowchart as a block in a Markdown file."""
    return f"```mermaid\n{mermaid(nodes)}```\n"


def _label(node: Node) -> str:
    marks = [f"({mark})" for mark in node.marks] + [f"[{label}]" for label in node.labels]
    first = " ".join((node.revision, *marks))
    return "<br/>".join(_escaped(part) for part in (first, node.doc) if part)


def _escaped(text: str) -> str:
    """Text in which nothing is markup; Mermaid writes an entity with '#' for '&'."""
    replaced = {"#": "#35;", '"': "#quot;", "<": "#lt;", ">": "#gt;", "&": "#amp;", "`": "#96;"}
    return "".join(replaced.get(character, character) for character in text)


def _class(node: Node) -> str:
    return {True: ":::applied", False: ":::pending", None: ""}[node.applied]
