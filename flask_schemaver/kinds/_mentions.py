"""Which columns of a table an expression speaks of."""

from __future__ import annotations

from collections.abc import Iterable

from ..dialects.names import names_in
from ..schema.model import Ref, column_ref


def mentioned(sql: str | None, columns: Iterable[str]) -> tuple[str, ...]:
    """Those of `columns` that stand in an expression, whatever the case of their letters.

    Too many rather than too few: a word may be one of a name and of something else.
    """
    if sql is None:
        return ()
    words = names_in(sql)
    return tuple(name for name in columns if name.lower() in words)


def column_refs(schema: str | None, table: str, names: Iterable[str]) -> Iterable[Ref]:
    return (column_ref(schema, table, name) for name in names)
