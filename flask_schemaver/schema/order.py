"""An order in which operations can run: what they need first, what needs them last."""

from __future__ import annotations

import heapq
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence

from .model import Ref, Schema
from .operation import Operation

Split = Callable[[Operation], "tuple[Operation, list[Operation]] | None"]


def ordered(
    operations: Sequence[Operation], before: Schema, after: Schema, split: Split
) -> list[Operation]:
    """`operations` in a runnable order that keeps theirs wherever nothing speaks against it.

    `split` breaks a ring: it takes an operation apart into one that needs less and the rest, or
    says None where an operation cannot be taken apart.
    """
    pending = list(operations)
    while True:
        order, ring = _sorted(pending, before, after)
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
    operations: Sequence[Operation], before: Schema, after: Schema
) -> tuple[list[int], list[int]]:
    """Places in a runnable order, and the places that are in a ring or behind one."""
    followers = _edges(operations, before, after)
    waiting: defaultdict[int, int] = defaultdict(int)
    for places in followers.values():
        for place in places:
            waiting[place] += 1
    ready = [place for place in range(len(operations)) if not waiting[place]]
    heapq.heapify(ready)
    order = []
    while ready:
        place = heapq.heappop(ready)
        order.append(place)
        for follower in followers[place]:
            waiting[follower] -= 1
            if not waiting[follower]:
                heapq.heappush(ready, follower)
    return order, sorted(set(range(len(operations))) - set(order))


def _edges(operations: Sequence[Operation], before: Schema, after: Schema) -> dict[int, set[int]]:
    """For each operation the ones that must come later."""
    makers: dict[Ref, int] = {}
    removers: dict[Ref, int] = {}
    for place, operation in enumerate(operations):
        makers.update(dict.fromkeys(operation.provides(), place))
        removers.update(dict.fromkeys(operation.removes(), place))
    followers: dict[int, set[int]] = defaultdict(set)

    def first(earlier: int | None, later: int) -> None:
        if earlier is not None and earlier != later:
            followers[earlier].add(later)

    for place, operation in enumerate(operations):
        for ref in operation.provides():
            first(removers.get(ref), place)
            for needed in _needs(after, ref):
                first(makers.get(needed), place)
        for ref in operation.requires():
            first(makers.get(ref), place)
        needed_so_far = [n for ref in operation.removes() for n in _needs(before, ref)]
        for ref in (*operation.frees(), *needed_so_far):
            if ref in removers:
                first(place, removers[ref])
    return followers


def _needs(schema: Schema, ref: Ref) -> Iterable[Ref]:
    return schema[ref].requires() if ref in schema else ()
