"""What programs call: one function for each command; they return results and print nothing.

Each takes a `Config` first, raises a `CommandError` for what a person can mend, and leaves
logging, the terminal and the process alone. A command is loaded when it is first used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..lazy import lazily

if TYPE_CHECKING:
    from ..autogenerate.choices import Choices, Questioner
    from .adopt import Adopted, AdoptedDatabase, adopt
    from .doctor import DatabaseSeen, Diagnosis, doctor
    from .look import branches, current, heads, history, show
    from .losses import Losses, losses
    from .make import check, edit, init, list_templates, make_revision, merge, revision
    from .mend import half_done, repair
    from .move import downgrade, ensure_version, stamp, upgrade
    from .nodes import Node, graph
    from .results import Comparison, Entry, Initialised, Made, Moved, Position, Template
    from .running import database_label
    from .state import Status, accept, applied, protect, status

__all__ = [
    "Adopted",
    "AdoptedDatabase",
    "Choices",
    "Comparison",
    "DatabaseSeen",
    "Diagnosis",
    "Entry",
    "Initialised",
    "Losses",
    "Made",
    "Moved",
    "Node",
    "Position",
    "Questioner",
    "Status",
    "Template",
    "accept",
    "adopt",
    "applied",
    "branches",
    "check",
    "current",
    "database_label",
    "doctor",
    "downgrade",
    "edit",
    "ensure_version",
    "graph",
    "half_done",
    "heads",
    "history",
    "init",
    "list_templates",
    "losses",
    "make_revision",
    "merge",
    "protect",
    "repair",
    "revision",
    "show",
    "stamp",
    "status",
    "upgrade",
]

lazily(
    __name__,
    {
        "adopt": ("Adopted", "AdoptedDatabase", "adopt"),
        "doctor": ("DatabaseSeen", "Diagnosis", "doctor"),
        ".autogenerate.choices": ("Choices", "Questioner"),
        "look": ("branches", "current", "heads", "history", "show"),
        "losses": ("Losses", "losses"),
        "state": ("Status", "accept", "applied", "protect", "status"),
        "make": ("check", "edit", "init", "list_templates", "make_revision", "merge", "revision"),
        "move": ("downgrade", "ensure_version", "stamp", "upgrade"),
        "mend": ("half_done", "repair"),
        "nodes": ("Node", "graph"),
        "running": ("database_label",),
        "results": ("Comparison", "Entry", "Initialised", "Made", "Moved", "Position", "Template"),
    },
)
