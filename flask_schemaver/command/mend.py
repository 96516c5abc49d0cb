"""The command for a revision that was stopped in the middle."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from ..config import Config
from ..errors import HalfDone
from .running import run_environment

if TYPE_CHECKING:
    from ..runtime.journal import Entry
    from ..runtime.migration import MigrationContext
    from ..runtime.planner import Plan
    from ..runtime.repair import Half
    from ..script.directory import ScriptDirectory

How = Literal["resume", "undo", "mark_done"]


def half_done(config: Config) -> tuple[Half, ...]:
    """The revisions that were stopped in the middle, with the evidence; writes nothing."""
    from ..script.directory import ScriptDirectory

    script = ScriptDirectory.from_config(config)
    found: list[Half] = []

    def look(rows: tuple[str, ...], context: MigrationContext) -> tuple[()]:
        found.extend(_half(script, context, entries) for entries in _journal_of(context))
        return ()

    run_environment(config, script, look)
    return tuple(found)


def repair(config: Config, how: How, *, at: int | None = None) -> tuple[Half, ...]:
    """Finish what was stopped in the middle, and return what that was.

    "resume" goes on at the first operation that is not done, or at operation `at`: those before
    it count as done, whatever the catalogue or the file says. "undo" takes back what was done,
    "mark_done" moves the version row and runs nothing. Raises HalfDone if that cannot be.
    """
    from ..script.directory import ScriptDirectory

    script = ScriptDirectory.from_config(config)
    found: list[Half] = []

    def mend(rows: tuple[str, ...], context: MigrationContext) -> Plan | tuple[()]:
        for entries in _journal_of(context):
            half = _half(script, context, entries)
            if half not in found:  # a plan is made once more under the lock
                found.append(half)
            if how == "resume":
                return _resumed(script, rows, context, entries, at)
            _mended(script, rows, context, half, how)
        return ()

    run_environment(config, script, mend)
    return tuple(found)


def _journal_of(context: MigrationContext) -> tuple[tuple[Entry, ...], ...]:
    """The entries of each half-done revision."""
    entries = context.journal.read(context.bind_connection)
    names = dict.fromkeys(entry.revision for entry in entries)
    return tuple(tuple(one for one in entries if one.revision == name) for name in names)


def _half(script: ScriptDirectory, context: MigrationContext, entries: tuple[Entry, ...]) -> Half:
    from ..runtime.repair import half_of
    from ..script.calls import calls_in

    name, direction = entries[0].revision, entries[0].direction
    file = script.get_revision(name) if name in script.revision_map else None
    calls = () if file is None else calls_in(file, direction)
    return half_of(context, entries, calls)


def _resumed(
    script: ScriptDirectory,
    rows: tuple[str, ...],
    context: MigrationContext,
    entries: tuple[Entry, ...],
    at: int | None,
) -> Plan:
    from ..runtime.planner import plan_alone
    from ..runtime.repair import place_of

    name = entries[0].revision
    _require_file(script, name)
    context.opts["resume_from"] = place_of(context, entries) if at is None else (at, 1)
    return plan_alone(script.revision_map, rows, name, is_upgrade=_goes_up(entries))


def _mended(
    script: ScriptDirectory, rows: tuple[str, ...], context: MigrationContext, half: Half, how: How
) -> None:
    from ..runtime.planner import plan_alone
    from ..runtime.repair import mark_done, undo

    if how == "undo":
        undo(context, half.revision)
        return
    _require_file(script, half.revision)
    up = half.direction == "upgrade"
    steps = plan_alone(script.revision_map, rows, half.revision, is_upgrade=up).steps
    mark_done(context, steps[0] if steps else None, half.revision)


def _goes_up(entries: tuple[Entry, ...]) -> bool:
    return entries[0].direction == "upgrade"


def _require_file(script: ScriptDirectory, name: str) -> None:
    if name not in script.revision_map:
        raise HalfDone(
            f"Revision '{name}' is half done, and no file has it.",
            hint="Take the code that has the file; or take it back: 'flask db repair --undo'.",
        )
