"""From the graph, the applied revisions and a target to a plan; nothing is run, nothing is read.

::

    rows    a            {a1, b1}                     {m}
    files   a ── a1 ──── m          upgrade m:        a1, b1 become one row
             └── b1 ───┘            downgrade -1:     m becomes two rows
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from typing import TYPE_CHECKING, Literal, NamedTuple

from ..errors import DatabaseAhead, ResolutionError, RevisionError, UnknownDatabaseRevision
from ..script import symbols
from ..script.links import nearest, quoted
from ..script.revision import Script

if TYPE_CHECKING:
    from ..script.graph import RevisionMap
    from ..script.revision import Revision
    from ..script.symbols import Symbol


class RowChange(NamedTuple):
    """One change of a row of the version table; exactly one row is hit."""

    action: Literal["insert", "update", "delete"]
    old: str | None
    new: str | None


class Step(NamedTuple):
    """One revision, up or down, or one stamping; and what it does to the version table.

    `from_revisions` and `to_revisions` are for messages: of an upgrade, the parents and the
    revision; of a downgrade, the other way round; of a stamping, the rows that go and come.
    """

    revision: Revision | None
    """None for a stamping that leaves no row."""
    is_upgrade: bool
    is_stamp: bool
    changes: tuple[RowChange, ...]
    from_revisions: tuple[str, ...]
    to_revisions: tuple[str, ...]

    @property
    def script(self) -> Script:
        """The file to run; a stamping has none."""
        if self.is_stamp or not isinstance(self.revision, Script):
            raise TypeError("This step runs no file.")
        return self.revision


class Plan(NamedTuple):
    """Steps in the order to run them; `before` and `after` are the rows of the version table."""

    steps: tuple[Step, ...]
    before: tuple[str, ...]
    after: tuple[str, ...]
    remark: str = ""
    """Why there is nothing to do, for a person; empty if there is something."""


def plan_upgrade(
    revisions: RevisionMap, applied: Sequence[str], target: str | Sequence[str]
) -> Plan:
    """What brings the database up to `target`, which may be several symbols.

    `applied` is the rows of the version table. Empty if the target is applied already.
    """
    done = applied_revisions(revisions, applied)
    wanted: dict[str, None] = {}
    for text in [target] if isinstance(target, str) else target:
        wanted.update(dict.fromkeys(_upgrade_target(revisions, text, applied, done)))
    # Mostly there is nothing to do, and what is below needs no second walk.
    below = set[str]() if done.issuperset(wanted) else revisions.ancestors(wanted)
    pending = revisions.ordered(below - done)
    rows = dict.fromkeys(applied)
    steps = tuple(_up(revisions, id_, rows) for id_ in pending)
    remark = "" if steps else _nothing_to_upgrade(revisions, wanted, applied)
    return Plan(steps, tuple(applied), tuple(rows), remark)


def plan_downgrade(revisions: RevisionMap, applied: Sequence[str], target: str) -> Plan:
    """What takes the database down to `target`: everything applied above it is undone.

    Dependencies stay. `-N` and `<branch>@-N` count applied revisions, `<branch>@base` undoes that
    branch alone. Empty if nothing above the target is applied.
    """
    done = applied_revisions(revisions, applied)
    undone = revisions.ordered(_above(revisions, target, applied, done) & done)
    rows = dict.fromkeys(applied)
    counts = _followers(revisions, done)
    steps = tuple(_down(revisions, id_, rows, counts) for id_ in reversed(undone))
    remark = "" if steps else f"Nothing above '{target}' is applied: there is nothing to undo."
    return Plan(steps, tuple(applied), tuple(rows), remark)


def plan_alone(
    revisions: RevisionMap, applied: Sequence[str], revision: str, *, is_upgrade: bool
) -> Plan:
    """One revision up or down, for one that was stopped in the middle; empty if it is not so."""
    done = applied_revisions(revisions, applied)
    if (revision in done) == is_upgrade:
        return Plan((), tuple(applied), tuple(applied), f"'{revision}' is done already.")
    rows = dict.fromkeys(applied)
    counts = _followers(revisions, done)
    step = (
        _up(revisions, revision, rows) if is_upgrade else _down(revisions, revision, rows, counts)
    )
    return Plan((step,), tuple(applied), tuple(rows))


def plan_stamp(
    revisions: RevisionMap,
    applied: Sequence[str],
    targets: Sequence[str],
    *,
    purge: bool = False,
) -> Plan:
    """Set the rows so that the targets and all below them count as applied, nothing above them.

    Branches that have nothing to do with the targets stay. With `purge`, all rows there are go
    first, also those that no file has.
    """
    done = set[str]() if purge else applied_revisions(revisions, applied)
    parsed = [symbols.parse(revisions, text) for text in targets]
    for symbol in parsed:
        if symbol.is_base:
            done -= _branch_or_all(revisions, symbol)
    wanted = _stamp_targets(revisions, parsed)
    below = revisions.ancestors(wanted)
    children = [child for id_ in wanted for child in revisions.children(id_)]
    done = (done - (revisions.descendants(children) - below)) | below
    after = tuple(revisions.tips(done))
    changes = row_changes(tuple(applied), after)
    if not changes:
        place = quoted(after) if after else "the base"
        return Plan((), tuple(applied), after, f"The database is stamped {place} already.")
    gone = tuple(row for row in applied if row not in after)
    come = tuple(row for row in after if row not in applied)
    top = (come or after)[-1:]
    step = Step(revisions[top[0]] if top else None, bool(come), True, changes, gone, come)
    return Plan((step,), tuple(applied), after)


def plan_of(steps: Iterable[Step], applied: Sequence[str]) -> Plan:
    """The plan of a program that has chosen the steps by itself."""
    found = tuple(steps)
    rows = dict.fromkeys(applied)
    for change in (one for step in found for one in step.changes):
        rows.pop(str(change.old), None)
        if change.new is not None:
            rows[change.new] = None
    return Plan(found, tuple(applied), tuple(rows))


def applied_revisions(revisions: RevisionMap, rows: Sequence[str]) -> set[str]:
    """All revisions that the rows of the version table stand for."""
    for row in rows:
        if row not in revisions:
            raise unknown_row(revisions, row)
    return revisions.ancestors(rows)


# -- targets --------------------------------------------------------------------------------


def _upgrade_target(
    revisions: RevisionMap, text: str, applied: Sequence[str], done: Collection[str]
) -> tuple[str, ...]:
    symbol = symbols.parse(revisions, text)
    if not symbol.is_relative:
        found = symbols.resolve(revisions, text)
        if symbol.is_base or (symbol.step and not found):
            raise RevisionError(
                f"There is no upgrade to '{text}', which is below every revision.",
                hint=f"To undo, run 'flask db downgrade {text}'.",
            )
        return found
    if symbol.step is None or symbol.step < 0:
        raise ResolutionError(
            f"'{text}' counts downwards.", hint=f"Run 'flask db downgrade {text}'."
        )
    start, within = tuple(applied), None
    if symbol.branch:
        within = revisions.lineage(symbol.branch)
        start = tuple(revisions.tips(within.intersection(done)))
    found = symbols.walk_up(revisions, start, symbol.step, within, text)
    _check_length(revisions, symbol, found, done)
    return found


def _check_length(
    revisions: RevisionMap, symbol: Symbol, found: Sequence[str], done: Collection[str]
) -> None:
    """Refuse `+1` to a merge of which another side is not applied: that is more than one."""
    own = revisions.ancestors(found, dependencies=False).difference(done)
    if len(own) != symbol.step:
        raise ResolutionError(
            f"'{symbol.text}' leads to {revisions[found[0]].named}, which merges other revisions "
            f"that are not applied: {len(own)} revisions, not {symbol.step}.",
            hint=f"To run them all: 'flask db upgrade {found[0]}'.",
        )


def _above(revisions: RevisionMap, text: str, applied: Sequence[str], done: set[str]) -> set[str]:
    """All that must not be applied when the database is at the target."""
    symbol = symbols.parse(revisions, text)
    if symbol.is_base:
        return _branch_or_all(revisions, symbol)
    if symbol.is_relative:
        return revisions.descendants([_last_to_undo(revisions, symbol, applied, done)])
    target = symbols.resolve(revisions, text)
    for id_ in target:
        if id_ not in done:
            raise _not_below(revisions, id_, applied)
    if not target:
        # `<revision>-N` has reached the base of its own line; other lines stay.
        line = revisions.ancestors(symbols.named(revisions, symbol), dependencies=False)
        return revisions.descendants(line.intersection(revisions.bases))
    starts = [child for id_ in target for child in revisions.children(id_)]
    if symbol.branch:
        lineage = revisions.lineage(symbol.branch)
        starts = [child for child in starts if child in lineage]
    # What depends on the target itself can stay: the target stays.
    return revisions.descendants(starts)


def _branch_or_all(revisions: RevisionMap, symbol: Symbol) -> set[str]:
    if symbol.branch is None:
        return set(revisions.order)
    return revisions.descendants(revisions.members(symbol.branch))


def _last_to_undo(
    revisions: RevisionMap, symbol: Symbol, applied: Sequence[str], done: set[str]
) -> str:
    """The revision that `-N` undoes last: N-1 below where the database is."""
    if symbol.step is None or symbol.step >= 0:
        raise ResolutionError(
            f"'{symbol.text}' does not count downwards.",
            hint="'-1' undoes the last revision; '+1' is for 'flask db upgrade'.",
        )
    within = None
    front = tuple(revisions.tips(done))
    if symbol.branch:
        within = revisions.members(symbol.branch)
        front = tuple(revisions.tips(within.intersection(done)))
    if len(front) > 1:
        raise ResolutionError(
            f"'{symbol.text}' is ambiguous: the database is at {len(front)} revisions, "
            f"{', '.join(revisions[id_].named for id_ in front[:6])}.",
            hint=f"Name the branch: 'flask db downgrade {front[0]}@{symbol.step}'.",
        )
    if front:
        front = symbols.walk_down(revisions, front, -symbol.step - 1, within, symbol.text)
    if not front:
        number = len(done if within is None else within & done)
        words = {0: "nothing is", 1: "only one revision is"}.get(number, f"{number} revisions are")
        branch = " of that branch" if symbol.branch else ""
        raise ResolutionError(
            f"'{symbol.text}' goes too far: {words} applied{branch}.",
            hint="'flask db current' shows where the database is.",
        )
    return front[0]


def _not_below(revisions: RevisionMap, id_: str, applied: Sequence[str]) -> RevisionError:
    place = quoted(applied) if applied else "the base: nothing is applied"
    return RevisionError(
        f"There is no downgrade to {revisions[id_].named}, which is not applied. "
        f"The database is at {place}.",
        hint=f"To go there, run 'flask db upgrade {id_}'.",
    )


def _nothing_to_upgrade(
    revisions: RevisionMap, wanted: Collection[str], applied: Sequence[str]
) -> str:
    if not len(revisions):
        return "There are no revision files yet."
    if set(wanted) == set(applied):
        return f"The database is at {quoted(wanted)} already."
    return f"The database is at {quoted(applied)}, which includes {quoted(wanted)}."


def _stamp_targets(revisions: RevisionMap, parsed: Sequence[Symbol]) -> list[str]:
    wanted: dict[str, str] = {}
    for symbol in parsed:
        if symbol.is_relative:
            raise ResolutionError(
                f"'{symbol.text}' counts from where the database is; a stamp needs a place.",
                hint="Name the revision: 'flask db stamp <revision>'.",
            )
        for id_ in () if symbol.is_base else symbols.resolve(revisions, symbol.text):
            wanted[id_] = symbol.text
    for id_ in wanted if len(parsed) > 1 else ():
        for other in wanted.keys() & revisions.ancestors([id_]) - {id_}:
            if wanted[other] != wanted[id_]:
                raise RevisionError(
                    f"{revisions[other].named} is below {revisions[id_].named}, so both cannot "
                    "be where the database is.",
                    hint=f"Stamp '{id_}' alone: it includes '{other}'.",
                )
    return list(wanted)


# -- rows -----------------------------------------------------------------------------------


def _up(revisions: RevisionMap, id_: str, rows: dict[str, None]) -> Step:
    revision = revisions[id_]
    gone = [up for up in revisions.upstream(id_) if up in rows]
    changes = _moved(rows, gone, [id_])
    return Step(revision, True, False, changes, revision.parents, (id_,))


def _down(revisions: RevisionMap, id_: str, rows: dict[str, None], counts: dict[str, int]) -> Step:
    revision = revisions[id_]
    back = []
    for up in revisions.upstream(id_):
        counts[up] -= 1
        if not counts[up] and up not in rows:
            back.append(up)
    changes = _moved(rows, [id_] if id_ in rows else [], back)
    return Step(revision, False, False, changes, (id_,), revision.parents)


def _followers(revisions: RevisionMap, done: Iterable[str]) -> dict[str, int]:
    """For each applied revision, how many applied ones follow it or depend on it."""
    counts: dict[str, int] = dict.fromkeys(done, 0)
    for id_ in done:
        for up in revisions.upstream(id_):
            counts[up] += 1
    return counts


def _moved(
    rows: dict[str, None], gone: Sequence[str], come: Sequence[str]
) -> tuple[RowChange, ...]:
    for row in gone:
        del rows[row]
    rows.update(dict.fromkeys(come))
    return row_changes(gone, come)


def row_changes(before: Sequence[str], after: Sequence[str]) -> tuple[RowChange, ...]:
    """The fewest changes from some rows to others: a row that can be updated is not deleted."""
    gone = [row for row in before if row not in after]
    come = [row for row in after if row not in before]
    shared = min(len(gone), len(come))
    return (
        *(RowChange("delete", row, None) for row in gone[shared:]),
        *(RowChange("update", old, new) for old, new in zip(gone, come, strict=False)),
        *(RowChange("insert", None, row) for row in come[shared:]),
    )


# -- a row that no file has -----------------------------------------------------------------


def _once_followed_by(revisions: RevisionMap, row: str) -> Revision | None:
    """The base whose docstring still says that it follows this row."""
    for id_ in revisions.bases:
        text = getattr(revisions[id_], "longdoc", "")
        if re.search(rf"^Revises:.*\b{re.escape(row)}\b", text, re.MULTILINE):
            return revisions[id_]
    return None


def unknown_row(revisions: RevisionMap, row: str) -> UnknownDatabaseRevision:
    """The error for a database that is at a revision which no file has."""
    if not len(revisions):
        return UnknownDatabaseRevision(
            f"The database is at revision '{row}', and there are no revision files at all.",
            hint="Check the migrations folder: bring its files back, or name the right folder "
            "with '--directory'.",
        )
    order = revisions.order
    oldest, newest = revisions[order[0]], revisions[order[-1]]
    follower = _once_followed_by(revisions, row)
    if follower is not None:
        return UnknownDatabaseRevision(
            f"The database is at revision '{row}', whose file is gone: it was pruned. "
            f"{follower.named} followed it, and is now the first of its line.",
            hint="To go on from there, as the database has all that was pruned: "
            "'flask db stamp --purge base', then 'flask db upgrade'."
            if len(revisions.bases) == 1
            else "Bring the file back, or stamp where the database is: "
            f"'flask db stamp --purge <revision>'; what is below '{follower.revision}' is 'base'.",
        )
    near = nearest(row, revisions.links.by_id)
    words = f" The nearest ids are {quoted(near)}." if near else ""
    return DatabaseAhead(
        f"The database is at revision '{row}', which no file has. The oldest known revision is "
        f"{oldest.named}, the newest {newest.named}.{words}",
        hint="The file was deleted or pruned, is on another git branch, or the database is ahead "
        "of this code: bring the file back, or take the newer code. If the tables are known to be "
        f"those of a revision here: 'flask db stamp --purge <revision>', such as "
        f"'{newest.revision}'.",
    )
