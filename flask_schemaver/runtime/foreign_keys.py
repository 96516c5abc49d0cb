"""Rows that refer to no row, as SQLite's foreign_key_check tells them: which are new, in words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

from ..errors import DatabaseError

Violations = Counter[tuple[Any, ...]]
"""How often each (table, parent, rowid) is found; rowid None in a table without rowids."""

_ROWIDS_SHOWN = 10


def new_violations(
    before: Violations,
    after: Violations,
    tables: Callable[[], set[str]],
) -> Violations:
    """What was not there before; a violation that moved along with a renamed table was."""
    new, gone = after - before, before - after
    if not (new and gone):
        return new
    present = tables()
    renamed = (v for v in gone.elements() if not {v[0], v[1]} <= present)
    moved = Counter(rowid for _, _, rowid in renamed)
    kept: Violations = Counter()
    for violation in new.elements():
        if moved[violation[2]]:
            moved[violation[2]] -= 1
        else:
            kept[violation] += 1
    return kept


def dangling(violations: Violations) -> DatabaseError:
    """The error that names each table, its parent and the rows."""
    rows: dict[tuple[str, str | None], list[Any]] = {}
    for table, parent, rowid in violations.elements():
        rows.setdefault((table, parent), []).append(rowid)
    return DatabaseError(
        "; ".join(_dangling_rows(*tables, rowids) for tables, rowids in rows.items()) + ".",
        hint="Foreign keys are not enforced while a revision runs, ON DELETE actions neither:"
        " move or delete these rows in the revision.",
    )


def _dangling_rows(table: str, parent: str | None, rowids: list[Any]) -> str:
    if parent is None:
        return f"A foreign key cannot be checked: {table}"
    said = f"{len(rowids)} row(s) of '{table}' refer to no row of '{parent}'"
    known = [str(rowid) for rowid in rowids if rowid is not None]
    if not known:
        return said
    more = ", ..." if len(known) > _ROWIDS_SHOWN else ""
    return f"{said} (rowid {', '.join(known[:_ROWIDS_SHOWN])}{more})"
