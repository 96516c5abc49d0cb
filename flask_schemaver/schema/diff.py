"""From one schema to another: the operations between them, in a runnable order."""

from __future__ import annotations

from collections.abc import Sequence, Set
from typing import TYPE_CHECKING

from .model import Kind, Ref, Schema
from .operation import Operation
from .order import Split, ordered

if TYPE_CHECKING:
    from ..dialects.base import Dialect


MADE_ANEW = ("drop_index", "drop_constraint")
MADE_ANEW_UNDER = ("drop_constraint", "drop_column")


def diff(
    before: Schema,
    after: Schema,
    kinds: Sequence[Kind],
    dialect: Dialect,
    split: Split = lambda operation: None,
) -> list[Operation]:
    """The operations that turn `before` into `after`; none where they are equal."""
    drops: list[Operation] = []
    makes: list[Operation] = []
    unlike = before.unlike(after)
    for kind in reversed(kinds):
        for ref in _of_kind(before, kind, unlike):
            if ref not in after and not _goes_with_its_table(kind, ref, after):
                drops += kind.dropped(before[ref], before, dialect)
    for kind in kinds:
        for ref in _of_kind(after, kind, unlike):
            if ref not in before:
                if not _goes_with_its_table(kind, ref, before):
                    makes += kind.created(after[ref], after, dialect)
            else:
                for operation in kind.altered(before[ref], after[ref], before, after, dialect):
                    # What is made anew leaves before the columns under it change.
                    (drops if operation.directive in MADE_ANEW else makes).append(operation)
    disturbed = _make_anew_what_is_disturbed(makes, drops, before, after, kinds, dialect)
    operations = _creations_first(makes, drops)
    return ordered(operations, before, after, split, disturbed, dialect.named_in_schema)


def _make_anew_what_is_disturbed(
    makes: list[Operation],
    drops: list[Operation],
    before: Schema,
    after: Schema,
    kinds: Sequence[Kind],
    dialect: Dialect,
) -> list[tuple[Operation, Ref]]:
    """Add drops and creations of unchanged objects that others are made anew under.

    A foreign key leads to a key that is exchanged, an index is on a column that is dropped and
    added: such an object leaves before and comes back after. What disturbs what is returned.
    """
    pairs: list[tuple[Operation, Ref]] = []
    by_name = {kind.name: kind for kind in kinds}
    known: set[Ref] = set()
    fresh = [*drops, *makes]
    while fresh:
        found = [(op, ref) for op in fresh for ref in op.disturbs(before, dialect)]
        pairs += found
        removed = {ref for op in fresh if op.directive in MADE_ANEW_UNDER for ref in op.removes()}
        refs = [ref for _, ref in found]
        refs += [r for r, model in before.items() if removed and removed & model.requires()]
        fresh = []
        for ref in dict.fromkeys(refs):
            if ref in known or ref not in before or before[ref] != after.get(ref):
                continue
            known.add(ref)
            kind = by_name[ref.kind]
            away = list(kind.dropped(before[ref], before, dialect))
            drops += away
            fresh += away
            makes += kind.created(after[ref], after, dialect)
    return pairs


def _of_kind(schema: Schema, kind: Kind, unlike: Set[Ref]) -> list[Ref]:
    """Those of `unlike` that the schema has, in its order."""
    if not unlike:
        return []
    return [model.ref for model in schema.of_kind(kind.name) if model.ref in unlike]


def _goes_with_its_table(kind: Kind, ref: Ref, other: Schema) -> bool:
    """Whether an object comes, or goes, inside CREATE TABLE or DROP TABLE of its owner."""
    return kind.inline and ref.owner is not None and ref.owner not in other


def _creations_first(makes: list[Operation], drops: list[Operation]) -> list[Operation]:
    """Constraints and indexes leave first, columns and tables last: data goes as late as can be.

    What commits comes before all else, so that nothing is committed half done. What has a place
    of its own on its table comes before, or after, what all tables need.
    """
    late = ("drop_table", "drop_column", "drop_sequence", "drop_domain", "drop_enum")
    early = [op for op in drops if op.directive not in late]
    first = [op for op in makes if op.committed_at_once or op.comes == "first"]
    last = [op for op in makes if op.comes == "last"]
    makes = [op for op in makes if not op.committed_at_once and op.comes is None]
    return [*first, *early, *makes, *(op for op in drops if op.directive in late), *last]
