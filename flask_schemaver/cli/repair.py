"""The command for a revision that was stopped in the middle."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated, Final

import typer

from .. import command
from ..errors import ConfigError, HalfDone
from . import output
from .line import (
    Directory,
    Line,
    LockTimeoutOption,
    NoWait,
    XArgument,
    line_of,
    option,
)
from .questions import answer, is_terminal

if TYPE_CHECKING:
    from ..command.mend import How
    from ..runtime.repair import Half


def repair(
    ctx: typer.Context,
    resume: Annotated[
        bool, option("--resume", help="Go on at the first operation that is not done.")
    ] = False,
    at: Annotated[
        str | None, option("--at", metavar="N", help="With --resume: go on at operation N.")
    ] = None,
    undo: Annotated[bool, option("--undo", help="Take back what was done.")] = False,
    mark_done: Annotated[
        bool, option("--mark-done", help="Record it as done; run nothing.")
    ] = False,
    lock_timeout: LockTimeoutOption = None,
    no_wait: NoWait = False,
    x_arg: XArgument = None,
    directory: Directory = None,
) -> None:
    """Finish a revision that was stopped in the middle."""
    line = line_of(ctx)
    config = line.watched(line.config(directory, x_arg), quiet=False)
    line.waiting(config, lock_timeout, no_wait=no_wait)
    how = _said(resume=resume, undo=undo, mark_done=mark_done)
    number = _number(at, how)
    found = command.half_done(config)
    if not found:
        if not line.tell(found):
            output.note("Nothing is half done.", quiet=line.quiet)
        return
    if not line.json:
        for half in found:
            _show(half)
    how = how or _asked(line, found)
    command.repair(config, how, at=number)
    if not line.tell(found):
        output.note(_ended(how, found), quiet=line.quiet)


def _said(*, resume: bool, undo: bool, mark_done: bool) -> How | None:
    given: dict[How, bool] = {"resume": resume, "undo": undo, "mark_done": mark_done}
    chosen = [how for how, flag in given.items() if flag]
    if len(chosen) > 1:
        raise ConfigError(
            "Only one of '--resume', '--undo' and '--mark-done' can be meant.",
            hint="'flask db repair' alone shows what is half done.",
        )
    return chosen[0] if chosen else None


def _number(at: str | None, how: How | None) -> int | None:
    if at is None:
        return None
    if how != "resume" or not at.isdigit() or int(at) < 1:
        raise ConfigError(
            f"'--at {at}' does not say where to go on.", hint="Write '--resume --at 3'."
        )
    return int(at)


def _show(half: Half) -> None:
    of = f" of {half.operations}" if half.operations else ""
    name = output.revision_id(half.revision)
    place = "" if half.database is None else f" of {command.database_label(half.database)}"
    output.say(
        f"The {half.direction} of revision {name}{place} stopped at operation {half.operation}{of}"
        f" (process {half.process} on {half.host}, {half.started} UTC)."
    )
    for one in half.findings:
        output.say(f"  {one.number}. {one.words}")
        output.say(f"     {one.evidence}")
    last = half.findings[-1].number
    for number, words in enumerate(half.not_begun, last + 1):
        output.say(f"  {number}. {words}")
        output.say("     not begun")
    for reason in half.cannot_undo:
        output.say(f"  It cannot be taken back: {reason}")


def _asked(line: Line, found: tuple[Half, ...]) -> How:
    ways: dict[str, How] = {"r": "resume", "u": "undo", "m": "mark_done"}
    if not line.json and is_terminal():
        given = answer("[r]esume, [u]ndo, [m]ark as done, or nothing? ").lower()
        if given[:1] in ways:
            return ways[given[:1]]
    names = ", ".join(f"'{half.revision}' (operation {half.operation})" for half in found)
    raise HalfDone(
        f"Half done: {names}. Nothing was changed.",
        hint="Say what is meant: 'flask db repair --resume' goes on there, '--undo' takes back"
        " what was done, '--mark-done' records it as done.",
    )


def _ended(how: How, found: tuple[Half, ...]) -> str:
    names = ", ".join(f"'{half.revision}'" for half in found)
    words = {
        "resume": "was finished",
        "undo": "was taken back",
        "mark_done": "is recorded as done",
    }
    return f"Revision {names} {words[how]}. Then: 'flask db upgrade'."


COMMANDS: Final[dict[str, Callable[..., None]]] = {"repair": repair}
