"""An order in which operations can run: what they need first, what needs them last."""

from __future__ import annotations

import heapq
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence, Set

from .model import Ref, Schema
from .operation import Operation

Split = Callable[[Operation], "tuple[Operation, list[Operation]] | None"]


def ordered(
    operations: Sequence[Operation],
    before: Schema,
    after: Schema,
    split: Split,
    disturbed: Sequence[tuple[Operation, Ref]] = (),
    named_in_schema: Set[str] = frozenset(),
) -> list[Operation]:
    """`operations` in a runnable order that keeps theirs wherever nothing speaks against it.

    `split` breaks a ring: it takes an operation apart into one that needs less and the rest, or
    says None where an operation cannot be taken apart. `disturbed` says of operations what must
    have left before them, and comes back after them. Two tables of a schema have no objects of one
    name, if these are of a kind in `named_in_schema`.
    """
    pending = list(operations)
    while True:
        order, ring = _sorted(pending, before, after, disturbed, named_in_schema)
        if not ring:
            return [pending[place] for place in order]
        parted = next(
            ((place, parts) for place in ring if (parts := split(pending[place])) is not None),
            None,
        )
        if parted is None:
            return [pending[place] for place in [*order, *sorted(ring)]]
        place, (less, rest) = parted
        pending[place : place + 1] = [less, *rest]


def _sorted(
    operations: Sequence[Operation],
    before: Schema,
    after: Schema,
    disturbed: Sequence[tuple[Operation, Ref]],
    named_in_schema: Set[str],
) -> tuple[list[int], list[int]]:
    """Places in a runnable order, and the places that are in a ring or behind one."""
    followers = _edges(operations, before, after, disturbed, named_in_schema)
    waiting: defaultdict[int, int] = defaultdict(int)
    for places in followers.values():
        for place in places:
            waiting[place] += 1
    ready = _Ready(operations)
    for place in range(len(operations)):
        if not waiting[place]:
            ready.add(place)
    order: list[int] = []
    while (taken := ready.take(order[-1] if order else None)) is not None:
        order.append(taken)
        for follower in followers[taken]:
            waiting[follower] -= 1
            if not waiting[follower]:
                ready.add(follower)
    return order, sorted(set(range(len(operations))) - set(order))


class _Ready:
    """The operations that can run now: the next one of the same table, else the first of all.

    What is done to one table stays together, for the reader, and for databases that build a
    table anew once for neighbouring changes.
    """

    def __init__(self, operations: Sequence[Operation]) -> None:
        self._tables = [_table_of(operation) for operation in operations]
        self._all: list[int] = []
        self._of_table: defaultdict[object, list[int]] = defaultdict(list)
        self._taken: set[int] = set()

    def add(self, place: int) -> None:
        heapq.heappush(self._all, place)
        heapq.heappush(self._of_table[self._tables[place]], place)

    def take(self, last: int | None) -> int | None:
        table = None if last is None else self._tables[last]
        for heap in (self._of_table[table] if table is not None else [], self._all):
            while heap:
                place = heapq.heappop(heap)
                if place not in self._taken:
                    self._taken.add(place)
                    return place
        return None


def _table_of(operation: Operation) -> tuple[str | None, str] | None:
    """The table that an operation is about, None for what belongs to no table."""
    name = getattr(operation, "table_name", None)
    return None if name is None else (getattr(operation, "schema", None), name)


def _edges(
    operations: Sequence[Operation],
    before: Schema,
    after: Schema,
    disturbed: Sequence[tuple[Operation, Ref]],
    named_in_schema: Set[str],
) -> dict[int, set[int]]:
    """For each operation the ones that must come later."""
    makers = _places(operations, lambda operation: operation.provides())
    removers = _places(operations, lambda operation: operation.removes())
    alterers = _places(operations, lambda operation: operation.alters())
    followers: dict[int, set[int]] = defaultdict(set)
    for place, operation in enumerate(operations):
        needed = [n for ref in operation.provides() for n in _needs(after, ref)]
        requires, own = list(operation.requires()), _table_of(operation)
        earlier = [removers.get(ref) for ref in operation.provides()]
        earlier += [makers.get(ref) for ref in (*needed, *requires)]
        earlier += [alterers.get(ref) for ref in needed]
        # What one operation does to a table after another one is told by what it provides.
        earlier += [alterers.get(r) for r in requires if r.table_key != own]
        free = [n for ref in operation.removes() for n in _needs(before, ref)]
        later = [
            places.get(r) for r in (*operation.frees(), *free) for places in (removers, alterers)
        ]
        for other in earlier:
            _follow(followers, other, place)
        for other in later:
            _follow(followers, place, other)
    _free_names(makers, removers, followers, named_in_schema)
    _part_disturbed(operations, disturbed, followers, makers, removers)
    _place(operations, followers)
    return followers


def _places(
    operations: Sequence[Operation], refs_of: Callable[[Operation], Iterable[Ref]]
) -> dict[Ref, int]:
    """Which operation does something to an object; the last one, if several do."""
    return {ref: place for place, operation in enumerate(operations) for ref in refs_of(operation)}


def _follow(followers: dict[int, set[int]], earlier: int | None, later: int | None) -> None:
    if earlier is not None and later is not None and earlier != later:
        followers[earlier].add(later)


NAMED = frozenset({"index", "unique", "exclude", "foreign_key"})
"""Kinds whose names may be taken by one another."""


def _free_names(
    makers: dict[Ref, int],
    removers: dict[Ref, int],
    followers: dict[int, set[int]],
    named_in_schema: Set[str],
) -> None:
    """What has a name leaves before something else, on another table perhaps, gets it."""

    def place_of(ref: Ref) -> tuple[str | None, ...]:
        return ref.schema, None if ref.kind in named_in_schema else ref.table, ref.name

    freed: defaultdict[tuple[str | None, ...], list[int]] = defaultdict(list)
    for ref, place in removers.items():
        if ref.kind in NAMED and not ref.name.startswith("("):
            freed[place_of(ref)].append(place)
    for ref, place in makers.items() if freed else ():
        if ref.kind in NAMED:
            for other in freed.get(place_of(ref), ()):
                _follow(followers, other, place)


def _place(operations: Sequence[Operation], followers: dict[int, set[int]]) -> None:
    """What comes first, or last, on its table does so whatever the rest waits for."""
    placed = [place for place, operation in enumerate(operations) if operation.comes]
    of_table: defaultdict[object, list[int]] = defaultdict(list)
    for place, operation in enumerate(operations if placed else ()):
        of_table[_table_of(operation)].append(place)
    for place in placed:
        operation = operations[place]
        for other in of_table[_table_of(operation)]:
            if operations[other].comes != operation.comes:
                earlier, later = (place, other) if operation.comes == "first" else (other, place)
                followers[earlier].add(later)


def _part_disturbed(
    operations: Sequence[Operation],
    disturbed: Sequence[tuple[Operation, Ref]],
    followers: dict[int, set[int]],
    makers: dict[Ref, int],
    removers: dict[Ref, int],
) -> None:
    places = {id(operation): place for place, operation in enumerate(operations)}
    for operation, ref in disturbed:
        leaves = removers.get(ref)
        if leaves is None and ref.owner is not None:  # it goes with its table
            leaves = removers.get(ref.owner)
        disturbs = places.get(id(operation))
        _follow(followers, leaves, disturbs)
        _follow(followers, disturbs, makers.get(ref))


def _needs(schema: Schema, ref: Ref) -> Iterable[Ref]:
    return schema[ref].requires() if ref in schema else ()
