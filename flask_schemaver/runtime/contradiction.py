"""The journal and the catalogue beside each other: was it done, and is it as it was left?"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from . import evidence

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection

    from .journal import Entry


def begun_was_done(connection: Connection, entry: Entry) -> bool | None:
    """Whether DDL that was begun had been done, as the catalogue has it; None: it cannot tell."""
    state = evidence.state_of(connection, entry.sql)
    if state == entry.before or evidence.INVALID in state.values():
        return False
    if not evidence.atomic_ddl(connection):
        return None
    return evidence.looks_done(entry.sql, entry.before, state)


def contradictions(connection: Connection, entries: Sequence[Entry]) -> list[str]:
    """Where the catalogue is not as the finished statements left it, in words."""
    expected: dict[str, tuple[str | None, Entry]] = {}
    open_names: set[str] = set()
    for entry in entries:
        if entry.sort != "schema":
            continue
        if entry.finished is None:
            # What failed changed nothing; what was only begun may have been done.
            if entry.error is None:
                open_names |= evidence.names_in(entry.sql) | entry.before.keys()
            continue
        for name in entry.before.keys() | entry.after.keys():
            expected[name] = (entry.after.get(name), entry)
    names = [name for name in expected if name not in open_names]
    if not names:
        return []
    programs = " TRIGGER" if any("TRIGGER" in entry.sql.upper() for entry in entries) else ""
    found = evidence.state_of(connection, " ".join(f'"{name}"' for name in names) + programs)
    told = []
    for name in names:
        state, entry = expected[name]
        if found.get(name) != state:
            is_now = "is not there" if name not in found else "is not as it left it"
            is_now = "is there" if state is None else is_now
            told.append(
                f"Operation {entry.operation} ('{short(entry.words)}') is noted as done, and"
                f" '{name}' {is_now}."
            )
    return told


def short(text: str) -> str:
    """A statement in one line, and of no more than 100 characters."""
    words = " ".join(text.split())
    return words if len(words) <= 100 else f"{words[:100]} ..."
