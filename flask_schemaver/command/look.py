"""The commands that show revisions and databases; they write nothing anywhere."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..config import Config
from ..errors import ResolutionError
from .results import Entry, Position
from .running import position_of, require_heads

if TYPE_CHECKING:
    from ..script.revision import Script


def current(config: Config, check_heads: bool = False, verbose: bool = False) -> Position:
    """Where the database is; creates nothing. With `check_heads`, an error unless at the heads."""
    from ..script.directory import ScriptDirectory

    script = ScriptDirectory.from_config(config)
    position = position_of(config, script)
    if check_heads:
        require_heads(script, position.rows)
    return position


def heads(
    config: Config, verbose: bool = False, resolve_dependencies: bool = False
) -> tuple[Script, ...]:
    """The newest revisions; without those that others depend on, if asked."""
    from ..script.directory import ScriptDirectory

    script = ScriptDirectory.from_config(config)
    names = "heads" if resolve_dependencies else script.get_heads()
    return tuple(script.get_revisions(names))


def branches(config: Config, verbose: bool = False) -> tuple[Script, ...]:
    """The revisions that several others follow."""
    from ..script.directory import ScriptDirectory

    script = ScriptDirectory.from_config(config)
    return tuple(found for found in script.walk_revisions() if found.is_branch_point)


def history(
    config: Config,
    rev_range: str | None = None,
    verbose: bool = False,
    indicate_current: bool = False,
) -> tuple[Entry, ...]:
    """The revisions from the newest to the oldest, both ends of the range included.

    The database is read only if the range names `current`, or if that is to be indicated.
    """
    from ..script.directory import ScriptDirectory

    script = ScriptDirectory.from_config(config)
    lower, upper = _history_ends(rev_range)
    rows: tuple[str, ...] = ()
    if indicate_current or "current" in (lower, upper):
        rows = position_of(config, script).rows
    base = (rows or "base") if lower == "current" else lower
    head = (rows or "base") if upper == "current" else upper
    return tuple(
        Entry(found, indicate_current and found.revision in rows)
        for found in script.walk_revisions(base=base, head=head)
    )


def show(config: Config, rev: str) -> tuple[Script, ...]:
    """The revisions that a symbol names; the database is read for `current` alone."""
    from ..script.directory import ScriptDirectory

    script = ScriptDirectory.from_config(config)
    if rev == "current":
        return position_of(config, script).scripts
    return tuple(script.get_revisions(rev))


def _history_ends(rev_range: str | None) -> tuple[str, str]:
    """The lower and the upper end of a range of the history."""
    if rev_range is None:
        return "base", "heads"
    lower, colon, upper = rev_range.strip().partition(":")
    if not colon or ":" in upper:
        raise ResolutionError(
            f"'{rev_range}' is no range.", hint="Write FROM:TO, FROM: or :TO, as in 'a1b2:head'."
        )
    return lower or "base", upper or "heads"
