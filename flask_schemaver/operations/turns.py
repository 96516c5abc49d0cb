"""In which order, and in which rebuilds, the changes of a batch are made."""

from __future__ import annotations

from collections.abc import Sequence

from ..kinds._constraint import DropConstraintOp
from ..kinds.column.operations import AddColumnOp, DropColumnOp
from ..kinds.comment import CreateTableCommentOp, DropTableCommentOp
from ..kinds.index import CreateIndexOp, DropIndexOp
from ..schema.operation import Operation, TableOperation

_NAMES = ("index_name", "constraint_name", "new_index_name", "new_constraint_name")


def drops_first(gathered: Sequence[Operation]) -> list[Operation]:
    """The changes, the drop of a constraint or an index before that of a column it may be on.

    A rebuild leaves out with the column what is on it, and what is to be dropped would be gone.
    """
    ordered: list[Operation] = []
    for operation in gathered:
        place = len(ordered)
        if isinstance(operation, DropConstraintOp | DropIndexOp):
            place = _place_of(operation, ordered)
        ordered.insert(place, operation)
    return ordered


def _place_of(drop: DropConstraintOp | DropIndexOp, ordered: Sequence[Operation]) -> int:
    """Before the first drop of a column since a statement, or since that name was given away."""
    place = len(ordered)
    for number in reversed(range(len(ordered))):
        before = ordered[number]
        if not isinstance(before, TableOperation | CreateIndexOp | DropIndexOp):
            break
        if _names_of(drop) & _names_of(before):
            break
        if isinstance(before, DropColumnOp):
            place = number
    return place


def _names_of(operation: Operation) -> set[str]:
    names = (getattr(operation, attribute, None) for attribute in _NAMES)
    return {str(name) for name in names if name is not None}


def columns_first(ordered: Sequence[Operation]) -> list[Operation]:
    """The changes, an index or a constraint after the columns of it that the batch adds."""
    changes = list(ordered)
    for operation in ordered:
        columns = _columns_of(operation)
        if not columns:
            continue
        start = place = next(n for n, other in enumerate(changes) if other is operation)
        for number, after in enumerate(changes[start + 1 :], start + 1):
            statement = not isinstance(after, TableOperation | CreateIndexOp | DropIndexOp)
            if statement or _names_of(operation) & _names_of(after):
                break
            if isinstance(after, AddColumnOp) and after.column.name in columns:
                place = number
        changes.insert(place, changes.pop(start))
    return changes


def _columns_of(operation: Operation) -> set[str]:
    found = getattr(operation, "columns", None) or getattr(operation, "local_cols", None) or ()
    return {column for column in found if isinstance(column, str)}


def consecutive_changes(gathered: Sequence[Operation]) -> list[list[Operation]]:
    """Split where an index, or a statement, has to come between two changes of the table."""
    runs: list[list[Operation]] = []
    editable = False
    for operation in gathered:
        edits = isinstance(operation, TableOperation) and not isinstance(
            operation, CreateIndexOp | DropIndexOp | CreateTableCommentOp | DropTableCommentOp
        )
        if edits and editable:
            runs[-1].append(operation)
        else:
            runs.append([operation])
        editable = edits
    return runs
