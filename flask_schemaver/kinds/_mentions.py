"""Which columns of a table an expression speaks of."""

from __future__ import annotations

import re
from collections.abc import Iterable

from ..schema.model import Ref, column_ref

_WORD = re.compile(
    r"""'(?:[^']|'')*'
    |"(?P<quoted>(?:[^"]|"")*)"
    |`(?P<ticked>(?:[^`]|``)*)`
    |(?P<plain>[^\W\d][\w$]*)(?!\s*\(|\w)""",
    re.VERBOSE,
)


def mentioned(sql: str | None, columns: Iterable[str]) -> tuple[str, ...]:
    """Those of `columns` that stand in an expression, whatever the case of their letters.

    Too many rather than too few: a word may be one of a name and of something else.
    """
    if sql is None:
        return ()
    words = {_name(match).lower() for match in _WORD.finditer(sql)}
    return tuple(name for name in columns if name.lower() in words)


def _name(match: re.Match[str]) -> str:
    if match["quoted"] is not None:
        return match["quoted"].replace('""', '"')
    if match["ticked"] is not None:
        return match["ticked"].replace("``", "`")
    return match["plain"] or ""


def column_refs(schema: str | None, table: str, names: Iterable[str]) -> Iterable[Ref]:
    return (column_ref(schema, table, name) for name in names)
