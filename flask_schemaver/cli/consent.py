"""Whether something may be destroyed: asked at a terminal, said by a flag elsewhere."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..errors import NOTHING_CHANGED, NeedsConsent
from .output import say
from .questions import answer, confirm, in_words, is_terminal

if TYPE_CHECKING:
    from ..command import Losses
    from .output import Progress


def to_downgrade(losses: Losses, target: str, *, yes: bool, name: str | None) -> None:
    """Return if the downgrade is meant, else raise NeedsConsent."""
    if not losses.steps:
        return
    words = f"The downgrade to '{target}' undoes {_revisions(losses)}{_drops(losses)}."
    if losses.protected is not None:
        _named(losses, words, name)
    elif (target == "base" or losses.rows) and not (yes or name is not None):
        if not is_terminal():
            raise NeedsConsent(
                f"{words} Nobody is there to be asked.",
                hint=f"If it is meant, add '--yes'. {NOTHING_CHANGED}",
            )
        confirm(words)


def to_upgrade(losses: Losses, *, yes: bool, name: str | None, progress: Progress) -> None:
    """Return if the upgrade is meant, else raise NeedsConsent.

    Without a terminal a reviewed revision is consent, unless the database is protected.
    """
    if not losses.rows:
        return
    words = f"The upgrade runs {_revisions(losses)}{_drops(losses)}."
    if losses.protected is not None:
        _named(losses, words, name)
    elif not is_terminal():
        progress.on_warning(words, None)
    elif not (yes or name is not None):
        confirm(words)


def _named(losses: Losses, words: str, name: str | None) -> None:
    marked = losses.protected
    if name is None and is_terminal():
        say(words)
        name = answer(f"The database is protected. Type its name, '{marked}', to go on: ")
    if name != marked:
        raise NeedsConsent(
            f"The database is protected as '{marked}', and its name was not said. {words}",
            hint=f"If it is meant: add '--yes-destroy {marked}'. {NOTHING_CHANGED}",
        )


def _drops(losses: Losses) -> str:
    return f" and drops {in_words(losses.tables)}" if losses.tables else ""


def _revisions(losses: Losses) -> str:
    return "one revision" if losses.steps == 1 else f"{losses.steps} revisions"
