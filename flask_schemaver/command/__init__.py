"""What programs call: one function for each command; they return results and print nothing.

Each takes a `Config` first, raises a `CommandError` for what a person can mend, and leaves
logging, the terminal and the process alone. A command is loaded when it is first used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

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

_HOMES = {
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
}


def __getattr__(name: str) -> Any:
    from importlib import import_module

    home = next((home for home, names in _HOMES.items() if name in names), None)
    if home is None:
        raise AttributeError(f"module '{__name__}' has no attribute '{name}'")
    value = getattr(import_module(f".{home}", __name__), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
