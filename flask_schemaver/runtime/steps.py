"""Steps and version rows as programs handle them that move a database by themselves."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import TYPE_CHECKING, Any

from .planner import RowChange, Step, row_changes

if TYPE_CHECKING:
    from ..script.graph import RevisionMap
    from ..script.revision import Revision
    from .migration import MigrationContext

MigrationStep = Step


class RevisionStep(Step):
    """One revision on its own, up from its parents or down to them."""

    __slots__ = ()

    def __new__(cls, revision_map: RevisionMap, revision: Revision, is_upgrade: bool) -> Any:
        ends = (revision.parents, (revision.revision,))
        before, after = ends if is_upgrade else ends[::-1]
        changes = row_changes(before, after)
        return super().__new__(cls, revision, is_upgrade, False, changes, before, after)


class StampStep(Step):
    """Version rows that go and come without any file being run."""

    __slots__ = ()

    def __new__(
        cls,
        from_: str | Collection[str] | None,
        to_: str | Collection[str] | None,
        is_upgrade: bool,
        branch_move: bool,
        revision_map: RevisionMap | None = None,
    ) -> Any:
        before, after = _ids(from_), _ids(to_)
        # A branch that begins or ends has a row of its own: nothing is replaced by it.
        gone, come = ((), after) if is_upgrade else (before, ())
        changes = row_changes(gone, come) if branch_move else row_changes(before, after)
        top = after[-1] if after and revision_map is not None else None
        revision = revision_map[top] if revision_map is not None and top is not None else None
        return super().__new__(cls, revision, is_upgrade, True, changes, before, after)


class HeadMaintainer:
    """The rows of a version table, moved step by step; `heads` is what they are."""

    def __init__(self, context: MigrationContext, heads: Iterable[str]) -> None:
        self.context = context
        self.heads: set[str] = set(heads)

    def update_to_step(self, step: Step) -> None:
        """Move the rows as the step says, in the transaction that is open, or write that as SQL."""
        for change in step.changes:
            self._move(change)
            self.heads.discard(change.old or "")
            if change.new is not None:
                self.heads.add(change.new)

    def _move(self, change: RowChange) -> None:
        context = self.context
        if context.as_sql:
            context.sql_script.statement(context.ledger.statement(change))
        else:
            context.ledger.move(context.bind_connection, change)


def _ids(given: str | Collection[str] | None) -> tuple[str, ...]:
    return (given,) if isinstance(given, str) else tuple(given or ())
