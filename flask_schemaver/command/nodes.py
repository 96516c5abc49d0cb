"""The whole graph as plain values, for whoever draws it; knows no terminal and no picture."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from ..config import Config
from .running import position_of

if TYPE_CHECKING:
    from ..script.directory import ScriptDirectory
    from ..script.revision import Script


class Node(NamedTuple):
    """One revision; `applied` None: the database was not asked."""

    revision: str
    parents: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    """What it depends on beside its parents."""
    doc: str = ""
    labels: tuple[str, ...] = ()
    marks: tuple[str, ...] = ()
    """'head' or 'effective head', 'current'."""
    applied: bool | None = None

    @property
    def words(self) -> str:
        """What is said of it beside its id."""
        marks = [f"({mark})" for mark in self.marks] + [f"[{label}]" for label in self.labels]
        needs = f"{', ' if self.doc else ''}needs {', '.join(self.needs)}" if self.needs else ""
        return " ".join(part for part in (*marks, f"{self.doc}{needs}") if part)


def graph(config: Config, database: bool = True) -> tuple[Node, ...]:
    """All revisions, each before what it follows; without `database`, from the files alone."""
    from ..script.directory import ScriptDirectory

    script = ScriptDirectory.from_config(config)
    rows = position_of(config, script).rows if database else ()
    applied = script.revision_map.ancestors(rows)
    return tuple(
        _node(script, found, rows, found.revision in applied if database else None)
        for found in script.walk_revisions()
    )


def _node(
    script: ScriptDirectory, found: Script, rows: tuple[str, ...], applied: bool | None
) -> Node:
    marks = ["effective head" if found.is_effective_head else "head"] if found.is_head else []
    labels = found.branch_labels if found.is_head else found.own_labels
    return Node(
        found.revision,
        found.parents,
        script.revision_map.needs(found.revision),
        found.doc,
        tuple(sorted(labels)),
        (*marks, "current") if found.revision in rows else tuple(marks),
        applied,
    )
