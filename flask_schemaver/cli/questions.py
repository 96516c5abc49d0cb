"""Asks a person at a terminal what a comparison cannot know."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

import typer

from ..autogenerate.choices import Choices, Questioner
from .output import say

if TYPE_CHECKING:
    from ..autogenerate.unfilled import Unfilled
    from ..schema.rename import Candidate


class Asking(Questioner):
    """Shows what is alike, and takes 'no' for an answer to an empty line."""

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


def choices(
    renames: Sequence[str] | None,
    drop_and_add: Sequence[str] | None,
    fills: Sequence[str] | None,
    *,
    no_renames: bool,
    allow_drop: bool,
) -> Choices:
    """What the options of a line say, and who answers the rest: nobody where no terminal is."""
    return Choices(
        renames=tuple(renames or ()),
        drop_and_add=tuple(drop_and_add or ()),
        no_renames=no_renames,
        fills=tuple(fills or ()),
        allow_drop=allow_drop,
        questioner=Asking() if is_terminal() else Questioner(),
    )


def is_terminal() -> bool:
    """Whether a person can read a question and answer it."""
    return sys.stdin is not None and sys.stdin.isatty() and sys.stdout.isatty()


def answer(question: str) -> str:
    """What a person types; nothing if the input has ended."""
    try:
        return input(question).strip()
    except EOFError:
        return ""
