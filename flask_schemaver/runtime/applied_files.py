"""Whether the files of applied revisions are what was run: told of, or an error."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from .failures import changed_since
from .telling import warn

if TYPE_CHECKING:
    from .migration import MigrationContext


def changed_revisions(context: MigrationContext, rows: Sequence[str]) -> tuple[str, ...]:
    """The applied revisions whose file means something else than when it was run.

    Reads the history, and no file whose digest is known and right.
    """
    from ..script.digest import is_changed

    known = context.revision_map
    if known is None or not rows:
        return ()
    history = context.history.digests(context.bind_connection)
    scripts = [(known[name], ran) for name, ran in history.items() if name in known]
    changed = {one.revision for one, ran in scripts if is_changed(one.path, ran, one.source)}
    # What was taken back since does not count; where nothing has changed, nobody has to know.
    done = known.ancestors(row for row in rows if row in known) if changed else set()
    return tuple(sorted(changed & done))


def check_applied(context: MigrationContext, rows: Sequence[str]) -> None:
    """Warn of applied files that have changed, or raise, as `checksums` says."""
    mode = context.opts.get("checksums") or "warn"
    changed = () if mode == "off" else changed_revisions(context, rows)
    if not changed:
        return
    error = changed_since(changed, {name: context.revision_map[name].place for name in changed})
    if mode == "strict":
        raise error
    warn(context.opts.get("observer"), error.message, error.hint)
