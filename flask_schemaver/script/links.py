"""Joins revisions into a graph, and refuses what is none: cycles, unknown parents, duplicates."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping

from ..errors import (
    CycleDetected,
    DependencyCycleDetected,
    DependencyLoopDetected,
    DuplicateRevision,
    LoopDetected,
    RevisionError,
    UnknownParent,
)
from .revision import Revision, as_tuple

LONGEST_ID = 255
"""Characters; as many as the column of the version table takes."""

WORDS = frozenset({"head", "heads", "base", "current"})
"""Words of the symbol grammar: no revision and no label may be called so."""

_ODD_ID = re.compile(r"[\s@+:\-/\\\x00-\x1f\x7f]")
_ODD_LABEL = re.compile(r"[\s@:/\\\x00-\x1f\x7f]")


class Links:
    """The joined graph. Every mapping is keyed by full id; nothing changes after `__init__`."""

    __slots__ = ("_position", "by_id", "children", "dependents", "labels", "needs", "order")

    def __init__(self, revisions: Iterable[Revision]) -> None:
        self.by_id: dict[str, Revision] = _by_id(revisions)
        self.labels: dict[str, str] = _labels(self.by_id)
        self.needs: dict[str, tuple[str, ...]] = {}
        """What a revision depends on beside its parents."""
        self.children: dict[str, list[str]] = {}
        self.dependents: dict[str, list[str]] = {}
        for revision in self.by_id.values():
            for parent in revision.parents:
                if parent not in self.by_id:
                    raise unknown_parent(revision, parent, self.by_id)
                self.children.setdefault(parent, []).append(revision.revision)
            if revision.dependencies:
                self._depend(revision)
        self.order: list[str] = _sorted(self)
        """All ids, parents and needs before what follows them."""
        self._position: dict[str, int] = {}

    @property
    def position(self) -> dict[str, int]:
        """The place of each id in the order; made when it is first asked for."""
        if not self._position:
            self._position = {id_: number for number, id_ in enumerate(self.order)}
        return self._position

    def _depend(self, revision: Revision) -> None:
        resolved = [self.labels.get(name, name) for name in as_tuple(revision.dependencies)]
        needs = tuple(dict.fromkeys(need for need in resolved if need not in revision.parents))
        for need in needs:
            if need not in self.by_id:
                raise unknown_parent(revision, need, self.by_id, verb="depends on")
            self.dependents.setdefault(need, []).append(revision.revision)
        self.needs[revision.revision] = needs

    def upstream(self, id_: str) -> tuple[str, ...]:
        """What must be applied before: its parents, then its needs."""
        needs = self.needs.get(id_)
        return self.by_id[id_].parents + needs if needs else self.by_id[id_].parents


def _by_id(revisions: Iterable[Revision]) -> dict[str, Revision]:
    by_id: dict[str, Revision] = {}
    for revision in revisions:
        id_ = revision.revision
        odd = not id_.isalnum() and (not id_ or _ODD_ID.search(id_))
        if odd or id_ in WORDS or len(id_) > LONGEST_ID:
            raise _odd_id(revision)
        if id_ in by_id:
            raise _duplicate(by_id[id_], revision)
        by_id[id_] = revision
    return by_id


def check_id(id_: str) -> None:
    """Refuse an id that no symbol could name."""
    _by_id([Revision(id_, None)])


def _labels(by_id: Mapping[str, Revision]) -> dict[str, str]:
    labels: dict[str, str] = {}
    for revision in by_id.values():
        for label in revision.own_labels:
            _check_label(label, revision, by_id, labels)
            labels[label] = revision.revision
    return labels


def _check_label(
    label: str, revision: Revision, by_id: Mapping[str, Revision], labels: Mapping[str, str]
) -> None:
    if _ODD_LABEL.search(label) or label in WORDS or not 0 < len(label) <= LONGEST_ID:
        raise RevisionError(
            f"The branch label '{label}' of revision {revision.named} cannot be used in a symbol.",
            hint="Use letters, digits, '_', '-' and '.', and none of the words "
            "'head', 'heads', 'base' and 'current'.",
        )
    if label in by_id:
        raise RevisionError(
            f"The branch label '{label}' of revision {revision.named} is the id of a revision.",
            hint="Choose another label.",
        )
    if label in labels:
        raise RevisionError(
            f"The branch label '{label}' of revision {revision.named} is already that of "
            f"{by_id[labels[label]].named}.",
            hint="A label belongs to one revision and what follows it; choose another in one file.",
        )


def _sorted(links: Links) -> list[str]:
    """All ids, each after all that it follows and needs; a line is not interrupted by another.

    The order of the files decides between lines of equal right. Without recursion: a chain may be
    longer than Python's stack.
    """
    by_id, children, dependents, needs = links.by_id, links.children, links.dependents, links.needs
    waiting_for = {i: len(r.parents) for i, r in by_id.items() if r.parents}
    for id_, needed in needs.items():
        waiting_for[id_] = waiting_for.get(id_, 0) + len(needed)
    ready = [id_ for id_ in by_id if not waiting_for.get(id_)]
    ready.reverse()
    order: list[str] = []
    while ready:
        id_ = ready.pop()
        order.append(id_)
        above = children.get(id_, ())
        if id_ in dependents:
            above = [*above, *dependents[id_]]
        for up in reversed(above):
            waiting_for[up] -= 1
            if not waiting_for[up]:
                ready.append(up)
    if len(order) < len(by_id):
        raise _cycle(links, _ring(links, set(by_id).difference(order)))
    return order


def _ring(links: Links, unsorted: Collection[str]) -> list[str]:
    """Ids of which each follows the next, and the last the first.

    What could not be sorted is a ring, or lies above one: going down, one comes back.
    """
    path = {min(unsorted): None}
    while True:
        down = next(i for i in links.upstream(next(reversed(path))) if i in unsorted)
        if down in path:
            return [*path][[*path].index(down) :]
        path[down] = None


def unknown_parent(
    revision: Revision, name: str, known: Collection[str], verb: str = "follows"
) -> UnknownParent:
    near = nearest(name, known)
    found = f" The nearest ids are {quoted(near)}." if near else ""
    prune = f"If '{name}' was pruned on purpose, write 'down_revision = None'"
    if verb != "follows":
        prune = f"If '{name}' was pruned on purpose, take it out of 'depends_on'"
    return UnknownParent(
        f"Revision {revision.named} {verb} '{name}', which no file has.{found}",
        hint=f"Bring that file back, or correct the id. {prune} in '{revision.place}'.",
    )


def _duplicate(first: Revision, second: Revision) -> DuplicateRevision:
    return DuplicateRevision(
        f"The revision id '{first.revision}' is used twice: {first.named} and {second.named}.",
        hint="Give one of the two files another id and let it follow the other, or delete the "
        "file that is a copy. This is no case for 'flask db merge'.",
    )


def _odd_id(revision: Revision) -> RevisionError:
    id_ = revision.revision
    reason = f"contains {quoted(dict.fromkeys(_ODD_ID.findall(id_)))}"
    if id_ in WORDS:
        reason = "is a word of the command line"
    elif not 0 < len(id_) <= LONGEST_ID:
        reason = f"has {len(id_)} characters; 1 to {LONGEST_ID} are allowed"
    file = f" in '{revision.place}'" if revision.place else ""
    return RevisionError(
        f"The revision id '{id_}'{file} {reason}, so no symbol could name it.",
        hint="Use letters, digits, '_' and '.', for example twelve hexadecimal digits.",
    )


def _cycle(links: Links, ids: list[str]) -> CycleDetected:
    steps = []
    follows = True
    for id_, up in zip(ids, [*ids[1:], ids[0]], strict=True):
        is_parent = up in links.by_id[id_].parents
        follows = follows and is_parent
        steps.append(f"{links.by_id[id_].named} {'follows' if is_parent else 'depends on'} '{up}'")
    if len(ids) == 1:
        return (LoopDetected if follows else DependencyLoopDetected)(
            f"A revision is its own parent: {steps[0]}.",
            hint="Correct 'down_revision' or 'depends_on' in that file.",
        )
    if len(steps) > 12:
        steps[6:-6] = [f"({len(steps) - 12} more)"]
    return (CycleDetected if follows else DependencyCycleDetected)(
        f"The revisions form a ring: {'; '.join(steps)}.",
        hint="Correct 'down_revision' or 'depends_on' in one of these files.",
    )


def nearest(name: str, known: Collection[str], most: int = 3) -> list[str]:
    """Ids and labels that a person may have meant, best first."""
    if not name:
        return []
    from difflib import get_close_matches

    folded = name.casefold()
    for length in range(len(folded), 1, -1):
        start = [k for k in known if k.casefold().startswith(folded[:length])]
        if start:
            return sorted(start)[:most]
    # Comparing with each of many thousand ids would take seconds.
    return get_close_matches(name, list(known)[-2000:], n=most)


def quoted(names: Iterable[str]) -> str:
    return ", ".join(f"'{name}'" for name in names)
