"""The graph on the terminal, or in a file whose ending says how it is drawn."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import typer

from ..command.nodes import Node
from ..errors import ConfigError
from .output import note, revision_id, say, shortened

_COLOURS = {True: "green", False: "yellow", None: None}


def terminal(nodes: Sequence[Node]) -> None:
    """Print the graph, the newest revision first."""
    from ..command.graph_text import rows

    lines = []
    for row in rows(nodes):
        if row.node is None:
            lines.append(row.drawn)
            continue
        place, node = row.column, row.node
        sign = typer.style(row.drawn[place], fg=_COLOURS[node.applied], bold=True)
        drawn = f"{row.drawn[:place]}{sign}{row.drawn[place + 1 :]}"
        lines.append(f"{drawn} {revision_id(node.revision)} {node.words}".rstrip())
    say("\n".join(lines) if lines else "There is no revision yet.")


def file(nodes: Sequence[Node], path: str, *, quiet: bool) -> None:
    """Write the graph to a file, which is replaced if it is there."""
    target = Path(path)
    drawn = _drawing(target)(nodes)
    try:
        target.write_text(drawn, encoding="utf-8")
    except OSError as cause:
        raise ConfigError(
            f"The file '{path}' cannot be written: {cause.strerror}.",
            hint="Name a file in a folder that exists and may be written.",
        ) from cause
    note(f"Wrote {typer.style(shortened(target), bold=True)}", quiet=quiet)


def _drawing(path: Path) -> Callable[[Sequence[Node]], str]:
    from ..command.graph_mermaid import markdown, mermaid
    from ..command.graph_svg import svg

    known = {".svg": svg, ".mmd": mermaid, ".mermaid": mermaid, ".md": markdown}
    if path.suffix.lower() not in known:
        raise ConfigError(
            f"The ending of '{path}' does not say what to draw.",
            hint="Use '.svg' for a picture, '.mmd' for Mermaid, '.md' for Mermaid in Markdown.",
        )
    return known[path.suffix.lower()]
