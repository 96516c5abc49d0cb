"""The operations of a revision file, in order, as far as they are read without running it."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from .syntax import parsed
from .tables import source_of

if TYPE_CHECKING:
    from .revision import Script

_NO_OPERATIONS = {"get_bind", "get_context", "f", "inline_literal", "autocommit_block"}


class _Unclear(Exception):
    """What runs depends on more than the text."""


def calls_in(script: Script, function: str) -> tuple[str, ...]:
    """The calls in a function that counts as one operation each; empty if a branch decides."""
    try:
        module = parsed(source_of(script))
        found = [node for node in module.body if isinstance(node, ast.FunctionDef)]
        body = next(node.body for node in found if node.name == function)
        return tuple(_calls(body))
    except (SyntaxError, StopIteration, _Unclear):
        return ()


def _calls(body: Sequence[ast.stmt]) -> Iterator[str]:
    for statement in body:
        if isinstance(statement, ast.With):
            yield from _calls(statement.body)
        elif isinstance(statement, ast.Expr | ast.Assign | ast.AnnAssign):
            call = statement.value
            if isinstance(call, ast.Call) and _is_operation(call):
                yield ast.unparse(call)
        elif not isinstance(statement, ast.Pass | ast.Import | ast.ImportFrom):
            raise _Unclear


def _is_operation(call: ast.Call) -> bool:
    function = call.func
    return isinstance(function, ast.Attribute) and function.attr not in _NO_OPERATIONS
