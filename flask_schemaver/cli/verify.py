"""The commands that look for what is wrong."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

import typer

from .. import command
from . import output
from .line import Directory, XArgument, line_of


def doctor(ctx: typer.Context, x_arg: XArgument = None, directory: Directory = None) -> None:
    """Show settings, databases, and what is wrong."""
    line = line_of(ctx)
    found = command.doctor(line.config(directory, x_arg))
    if not line.tell(found):
        _told(found, lambda text: str(line.worded(text)))
    if found.problems:
        raise typer.Exit(1)


def _told(found: command.Diagnosis, worded: Callable[[str], str]) -> None:
    _heading("Project")
    _table([("app", found.app or "none: settings from files"), *found.versions])
    _heading("Settings")
    _table([(one.name, _value(one.value), one.origin) for one in found.settings])
    _heading("Revisions")
    _table(
        [
            ("folder", found.directory or "not found"),
            ("files", str(found.revisions)),
            ("heads", ", ".join(found.heads) or "none"),
        ]
    )
    for database in found.databases:
        _heading(f"Database '{database.name}'")
        applied = "unknown" if database.applied is None else ", ".join(database.applied) or "base"
        _table(
            [
                ("url", database.url),
                ("driver", database.driver),
                ("server", database.server or "not reached"),
                ("models", _models(database)),
                ("applied", applied),
                ("pending", "unknown" if database.pending is None else str(database.pending)),
                ("lock", database.lock_holder or "free"),
            ]
        )
    _heading("Findings")
    for problem in found.problems:
        output.say(f"  {typer.style('!', fg='red', bold=True)} {worded(problem)}")
    if not found.problems:
        output.say("  Nothing is wrong.")


def _models(database: command.DatabaseSeen) -> str:
    tables = "1 table" if database.tables == 1 else f"{database.tables} tables"
    return f"{tables}, in {', '.join(database.modules)}" if database.modules else tables


def _heading(text: str) -> None:
    output.say(f"\n{typer.style(text, bold=True)}")


def _table(rows: Sequence[tuple[str, ...]]) -> None:
    """Rows with their columns below each other."""
    for text in output.table([(*(f"{cell} " for cell in row[:-1]), row[-1]) for row in rows]):
        output.say(f"  {text}")


def _value(value: object) -> str:
    if isinstance(value, tuple):
        return ", ".join(map(str, value)) or "-"
    return "-" if value is None else str(value)


COMMANDS: Final[dict[str, Callable[..., None]]] = {"doctor": doctor}
