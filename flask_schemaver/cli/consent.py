"""Whether something may be destroyed: asked at a terminal, said by a flag elsewhere."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..errors import NeedsConsent
from .output import say
from .questions import answer, is_terminal

if TYPE_CHECKING:
    from ..command import Losses


def to_downgrade(losses: Losses, target: str, *, yes: bool, name: str | None) -> None:
    """Return if the downgrade is meant, else raise NeedsConsent."""
    if not losses.steps:
        return
    if losses.protected is not None:
        _named(losses, target, name)
    elif target == "base" or losses.rows:
        _agreed(losses, target, yes=yes or name is not None)


def _named(losses: Losses, target: str, name: str | None) -> None:
    marked = losses.protected
    if name is None and is_terminal():
        say(_words(losses, target))
        name = answer(f"The database is protected. Type its name, '{marked}', to go on: ")
    if name != marked:
        raise NeedsConsent(
            f"The database is protected as '{marked}', and its name was not said."
            f" {_words(losses, target)}",
            hint=f"If it is meant: add '--yes-destroy {marked}'. Nothing was changed.",
        )


def _agreed(losses: Losses, target: str, *, yes: bool) -> None:
    if yes:
        return
    if not is_terminal():
        raise NeedsConsent(
            f"{_words(losses, target)} Nobody is there to be asked.",
            hint="If it is meant, add '--yes'. Nothing was changed.",
        )
    say(_words(losses, target))
    if answer("Go on? [y/N] ").lower() not in ("y", "yes"):
        raise NeedsConsent("The downgrade was not confirmed.", hint="Nothing was changed.")


def _words(losses: Losses, target: str) -> str:
    tables = [f"'{table}' ({_count(rows)})" for table, rows in losses.tables.items()]
    what = f" and drops {', '.join(tables)}" if tables else ""
    many = "one revision" if losses.steps == 1 else f"{losses.steps} revisions"
    return f"The downgrade to '{target}' undoes {many}{what}."


def _count(rows: int) -> str:
    return "1 row" if rows == 1 else f"{rows} rows"
