"""Python's parser, for one thread at a time.

CPython counts for all threads together how deep a tree is that it makes, so that of two at work at
once one may fail with SystemError (https://github.com/python/cpython/issues/106905).
"""

from __future__ import annotations

from _thread import allocate_lock
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    import ast

_alone: Final = allocate_lock()


def parsed(source: str | bytes, path: str = "<unknown>") -> ast.Module:
    """The tree of a text, as `ast.parse` has it; raises SyntaxError and ValueError."""
    import ast

    with _alone:
        return ast.parse(source, path)


def literal(source: str) -> Any:
    """The value of an expression that is a literal, as `ast.literal_eval` has it."""
    import ast

    with _alone:
        return ast.literal_eval(source)
