"""What programs call: one function for each command; they return results and print nothing.

Each takes a `Config` first, raises a `CommandError` for what a person can mend, and leaves
logging, the terminal and the process alone.
"""

from __future__ import annotations

from .look import branches, current, heads, history, show
from .make import check, edit, init, list_templates, make_revision, merge, revision
from .move import downgrade, ensure_version, stamp, upgrade
from .nodes import Node, graph
from .results import Comparison, Entry, Initialised, Made, Moved, Position, Template

__all__ = [
    "Comparison",
    "Entry",
    "Initialised",
    "Made",
    "Moved",
    "Node",
    "Position",
    "Template",
    "branches",
    "check",
    "current",
    "downgrade",
    "edit",
    "ensure_version",
    "graph",
    "heads",
    "history",
    "init",
    "list_templates",
    "make_revision",
    "merge",
    "revision",
    "show",
    "stamp",
    "upgrade",
]
