"""What a file writes beside the connection of its migration, where no journal sees it."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, NamedTuple

from .syntax import parsed
from .tables import source_of

if TYPE_CHECKING:
    from .revision import Script


class Beside(NamedTuple):
    """A call that leads past the connection: to a cursor of the driver, or another connection."""

    call: str
    line: int


def writes_beside(script: Script) -> Beside | None:
    """The first such call in a file; it may be one that only reads."""
    source = source_of(script)
    if not any(word in source for word in ("cursor", "engine", "raw_connection")):
        return None
    for node in ast.walk(parsed(source)):
        if isinstance(node, ast.Call) and (name := _name_of(node.func)):
            return Beside(name, node.lineno)
    return None


def _name_of(called: ast.expr) -> str:
    if isinstance(called, ast.Name):
        return called.id if called.id == "create_engine" else ""
    if not isinstance(called, ast.Attribute):
        return ""
    if called.attr in ("cursor", "raw_connection", "create_engine"):
        return called.attr
    of = called.value.attr if isinstance(called.value, ast.Attribute) else ""
    return f"engine.{called.attr}" if of == "engine" and called.attr in ("begin", "connect") else ""
