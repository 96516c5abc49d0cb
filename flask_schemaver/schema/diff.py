"""From one schema to another: the operations between them, in a runnable order."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from .model import Kind, Ref, Schema
from .operation import Operation
from .order import Split, ordered

if TYPE_CHECKING:
    from ..dialects.base import Dialect


MADE_ANEW = ("drop_index", "drop_constraint")


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
    for kind in reversed(kinds):
        for ref in _of_kind(before, kind):
            if ref not in after and not _goes_with_its_table(kind, ref, after):
                drops += kind.dropped(before[ref], before, dialect)
    for kind in kinds:
        for ref in _of_kind(after, kind):
            if ref not in before:
                if not _goes_with_its_table(kind, ref, before):
                    makes += kind.created(after[ref], after, dialect)
            elif before[ref] != after[ref]:
                for operation in kind.altered(before[ref], after[ref], before, after, dialect):
                    # What is made anew leaves before the columns under it change.
                    (drops if operation.directive in MADE_ANEW else makes).append(operation)
    return ordered(_creations_first(makes, drops), before, after, split)


def _of_kind(schema: Schema, kind: Kind) -> list[Ref]:
    return [ref for ref in schema if ref.kind == kind.name]


def _goes_with_its_table(kind: Kind, ref: Ref, other: Schema) -> bool:
    """Whether an object comes, or goes, inside CREATE TABLE or DROP TABLE of its owner."""
    return kind.inline and ref.owner is not None and ref.owner not in other


def _creations_first(makes: list[Operation], drops: list[Operation]) -> list[Operation]:
    """Constraints and indexes leave first, columns and tables last: data goes as late as can be."""
    late = ("drop_table", "drop_column", "drop_enum")
    early = [op for op in drops if op.directive not in late]
    return [*early, *makes, *(op for op in drops if op.directive in late)]
