"""Reads the header of a file of byte code, for folders without sources; nothing is executed."""

from __future__ import annotations

import marshal
from importlib.util import MAGIC_NUMBER
from types import CodeType
from typing import Any

from ..errors import BrokenRevisionFile
from .place import shown

_BEFORE_CODE = 16
"""Bytes: magic number, flags, and time and size of the source, or its hash."""

_MADE_OF = {"BUILD_TUPLE": tuple, "BUILD_LIST": list, "BUILD_SET": set}
_SILENT = {"RESUME", "CACHE", "NOP", "EXTENDED_ARG", "PRECALL", "NOT_TAKEN"}


def code_in(data: bytes, path: str) -> CodeType:
    """The code in a `.pyc` file; it must be made by this version of Python."""
    if not data.startswith(MAGIC_NUMBER):
        raise BrokenRevisionFile(
            f"The byte code '{shown(path)}' is made by another version of Python.",
            hint="Compile the revisions again with this one: 'python -m compileall'.",
        )
    try:
        code = marshal.loads(data[_BEFORE_CODE:])
    except (EOFError, ValueError, TypeError) as cause:
        raise BrokenRevisionFile(
            f"The byte code '{shown(path)}' is damaged: {cause}.", hint="Compile it again."
        ) from cause
    if isinstance(code, CodeType):
        return code
    raise BrokenRevisionFile(f"'{shown(path)}' holds no code.", hint="Compile it again.")


def constants(code: CodeType) -> dict[str, Any]:
    """What the names of a module are bound to, by following its stack; Ellipsis: not plain."""
    from dis import get_instructions

    values: dict[str, Any] = {}
    stack: list[Any] = []
    for step in get_instructions(code):
        if step.opname in _SILENT:
            continue
        if step.opname == "STORE_NAME":
            values[step.argval] = stack.pop() if stack else Ellipsis
        elif not _stacked(stack, step.opname, step.argval):
            stack.clear()
    return values


def _stacked(stack: list[Any], name: str, argument: Any) -> bool:
    """Do to the stack what an instruction does; False if that is more than a plain value."""
    if name in ("LOAD_CONST", "LOAD_SMALL_INT"):
        stack.append(argument)
    elif name in _MADE_OF and len(stack) >= argument:
        start = len(stack) - argument
        stack[start:] = [_MADE_OF[name](stack[start:])]
    elif name in ("LIST_EXTEND", "SET_UPDATE") and argument == 1 and len(stack) > 1:
        more = stack.pop()
        stack[-1] = type(stack[-1])([*stack[-1], *more])
    else:
        return False
    return True
