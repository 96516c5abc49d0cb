"""Asks a person at a terminal what a comparison cannot know."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import typer

from ..autogenerate.choices import Choices, Questioner
from ..errors import NOTHING_CHANGED, NeedsConsent
from .output import say

if TYPE_CHECKING:
    from ..autogenerate.unfilled import Unfilled
    from ..schema.rename import Candidate


class Silent(Questioner):
    """Stands where nobody can be asked: rows go only if the line says so."""

    def __init__(self, *, yes: bool = False) -> None:
        self._agrees_to_drops = yes

    def allowed_drops(self, tables: Mapping[str, int]) -> None:
        if any(tables.values()) and not self._agrees_to_drops:
            raise NeedsConsent(
                f"The revision would drop {in_words(tables)}. Nobody is there to be asked.",
                hint="If it is meant, add '--yes'. Nothing was written.",
            )


class Asking(Questioner):
    """Shows what is alike, and takes 'no' for an answer to an empty line."""

    def __init__(self, *, yes: bool = False) -> None:
        self._agrees_to_drops = yes

    def is_rename(self, candidate: Candidate) -> bool:
        place = candidate.old
        what = f"{candidate.kind} '{place}' to '{candidate.new}'"
        say(f"Dropped and added, and alike: {', '.join(candidate.reasons)}.")
        return typer.confirm(f"Did you rename the {what}?", default=False)

    def fill(self, column: Unfilled) -> str:
        say(f"The {column.describe()}, it is NOT NULL, and the table has rows without a value.")
        say("  a value     what these rows get: 0, unknown, 'in quotes', now(), sql:lower(name)")
        say("  nullable    leave the column nullable for now")
        say("  todo        leave a mark in the file, which refuses to run until it is edited")
        return str(typer.prompt(f"What do rows get in '{column.words}'?"))

    def allowed_drops(self, tables: Mapping[str, int]) -> None:
        if not self._agrees_to_drops:
            confirm(f"The revision will drop {in_words(tables)}.")


def choices(
    renames: Sequence[str] | None,
    drop_and_add: Sequence[str] | None,
    fills: Sequence[str] | None,
    *,
    no_renames: bool,
    allow_drop: bool,
    yes: bool,
) -> Choices:
    """What the options of a line say, and who answers the rest: nobody where no terminal is."""
    return Choices(
        renames=tuple(renames or ()),
        drop_and_add=tuple(drop_and_add or ()),
        no_renames=no_renames,
        fills=tuple(fills or ()),
        allow_drop=allow_drop,
        questioner=Asking(yes=yes) if is_terminal() else Silent(yes=yes),
    )


def confirm(words: str) -> None:
    """Say what would be destroyed, and ask; raises NeedsConsent for anything but a yes."""
    say(words)
    if answer("Go on? [y/N]: ").lower() not in ("y", "yes"):
        raise NeedsConsent("It was not confirmed.", hint=NOTHING_CHANGED)


def in_words(tables: Mapping[str, int]) -> str:
    """Tables with the number of their rows."""
    counted = {name: "1 row" if rows == 1 else f"{rows} rows" for name, rows in tables.items()}
    return ", ".join(f"'{name}' ({rows})" for name, rows in counted.items())


def is_terminal() -> bool:
    """Whether a person can read a question and answer it."""
    return sys.stdin is not None and sys.stdin.isatty() and sys.stdout.isatty()


def answer(question: str) -> str:
    """What a person types; nothing if the input has ended."""
    try:
        return input(question).strip()
    except EOFError:
        return ""
