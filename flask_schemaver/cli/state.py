"""The commands that tell what was done to a database, and note something about it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated, Final

import typer

from .. import command
from . import output
from .completion import revisions
from .line import Directory, XArgument, argument, line_of, option

if TYPE_CHECKING:
    from ..runtime.history import Applied


def status(
    ctx: typer.Context,
    differences: Annotated[
        bool, option("--diff", help="Compare the models with each database, too.")
    ] = False,
    x_arg: XArgument = None,
    directory: Directory = None,
) -> None:
    """Show where each database is, what is pending or odd."""
    line = line_of(ctx)
    found = command.status(line.config(directory, x_arg), differences=differences)
    if not line.tell(found):
        for one in found:
            _say_status(one)


def _say_status(one: command.Status) -> None:
    output.say(f"Database {one.url}")
    rows = ", ".join(f"'{output.revision_id(row)}'" for row in one.rows)
    last = f", {_when(one.last)}" if one.last is not None else ""
    output.say(f"  at {rows or 'base: no revision is applied'}{last}")
    for row in one.unknown:
        output.say(f"  '{row}' is a revision that no file has: the database is ahead of this code")
    for text in _pending_lines(one):
        output.say(f"  {text}")
    if not one.pending and not one.unknown:
        output.say("  nothing is pending")
    for name in one.changed:
        output.say(f"  changed since it was run: {output.revision_id(name)}")
    if one.half_done:
        output.say(f"  {one.half_done}")
    if one.protected:
        output.say(f"  protected as '{one.protected}'")
    if one.differences is not None:
        output.say(f"  the models {'differ' if one.differences else 'do not differ'} from it")
    for text in one.differences or ():
        output.say(f"    {text}")


def _pending_lines(one: command.Status) -> list[str]:
    count = f"{len(one.pending)} pending:"
    rows = [
        (
            "" if number else count,
            output.revision_id(pending.revision),
            pending.message,
            "" if pending.days is None else f"({_age(pending.days)})",
        )
        for number, pending in enumerate(one.pending)
    ]
    return output.table(rows)


def _age(days: int) -> str:
    return "today" if not days else "1 day old" if days == 1 else f"{days} days old"


def _when(row: Applied) -> str:
    return f"since {row.started:%Y-%m-%d %H:%M} UTC"


def say_applied(found: tuple[Applied, ...]) -> None:
    """Print the history of a database, a line for each row, the newest last."""
    for text in output.table([_cells(row) for row in found]):
        output.say(text)
    if not found:
        output.say("Nothing was applied yet, or by a tool that keeps no history.")


def _cells(row: Applied) -> tuple[str, ...]:
    failed = "" if row.status == "done" else f" {typer.style(row.status, fg='red')}"
    return (
        f"{row.started:%Y-%m-%d %H:%M:%S}",
        row.direction,
        output.revision_id(row.revision or ("" if "protect" in row.direction else "base")),
        f"{row.message or ''}{failed}".strip(),
        f"({row.seconds:.2f} s, {row.user}@{row.host}{_release(row)})",
    )


def _release(row: Applied) -> str:
    return f", release {row.app_version}" if row.app_version else ""


def accept(
    ctx: typer.Context,
    revisions: Annotated[
        list[str],
        argument(
            metavar="REVISION",
            autocompletion=revisions(),
            help="Applied revisions whose files changed.",
        ),
    ],
    x_arg: XArgument = None,
    directory: Directory = None,
) -> None:
    """Note that changed files of applied revisions are right."""
    line = line_of(ctx)
    names = command.accept(line.config(directory, x_arg), revisions)
    if not line.tell({"accepted": names}):
        output.note(f"Accepted as it is: {', '.join(names)}.", quiet=line.quiet)


def protect(
    ctx: typer.Context,
    name: Annotated[str, argument(metavar="NAME", help="What it is called: production ...")],
    remove: Annotated[bool, option("--remove", help="Take the mark away.")] = False,
    x_arg: XArgument = None,
    directory: Directory = None,
) -> None:
    """Give the database a name that downgrades must say."""
    line = line_of(ctx)
    command.protect(line.config(directory, x_arg), name, remove=remove)
    if line.tell({"protected": None if remove else name}):
        return
    verb = "is not protected any more" if remove else f"is protected as '{name}'"
    output.note(f"The database {verb}.", quiet=line.quiet)


COMMANDS: Final[dict[str, Callable[..., None]]] = {
    "status": status,
    "accept": accept,
    "protect": protect,
}
