"""What holds operations while a revision is made: the two directions of a script."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, TypeVar

from ..kinds.table_name import RenameTableOp
from ..schema.operation import Operation, TableOperation


class OpContainer(Operation):
    """A list of operations, which hooks may change in place."""

    directive = "container"

    def __init__(self, ops: Iterable[Operation] = ()) -> None:
        self.ops: list[Operation] = list(ops)

    def is_empty(self) -> bool:
        """Whether there is nothing to do."""
        return not self.flattened()

    def flattened(self) -> list[Operation]:
        """The operations in order, containers inside opened."""
        flat: list[Operation] = []
        for operation in self.ops:
            flat += operation.flattened() if isinstance(operation, OpContainer) else [operation]
        return flat

    def as_diffs(self) -> list[Any]:
        """The operations as tuples, those inside other containers among them."""
        return [operation.to_diff_tuple() for operation in self.flattened()]

    def _reverses(self) -> list[Operation]:
        return [operation.reverse() for operation in reversed(self.ops)]

    def describe(self) -> str:
        return ", ".join(operation.describe() for operation in self.flattened()) or "nothing"


class ModifyTableOps(OpContainer):
    """Operations on one table."""

    directive = "modify_table"

    def __init__(
        self, table_name: str, ops: Iterable[Operation] = (), *, schema: str | None = None
    ) -> None:
        super().__init__(ops)
        self.table_name = table_name
        self.schema = schema

    def reverse(self) -> ModifyTableOps:
        return ModifyTableOps(self.table_name, self._reverses(), schema=self.schema)


class UpgradeOps(OpContainer):
    """What `upgrade()` of a revision does."""

    directive = "upgrade"

    def __init__(self, ops: Iterable[Operation] = (), upgrade_token: str = "upgrades") -> None:
        super().__init__(ops)
        self.upgrade_token = upgrade_token

    def reverse(self) -> DowngradeOps:
        return self.reverse_into(DowngradeOps())

    def reverse_into(self, downgrade_ops: DowngradeOps) -> DowngradeOps:
        """Fill `downgrade_ops` with the reverse of each operation, last one first."""
        downgrade_ops.ops[:] = self._reverses()
        return downgrade_ops


class DowngradeOps(OpContainer):
    """What `downgrade()` of a revision does."""

    directive = "downgrade"

    def __init__(self, ops: Iterable[Operation] = (), downgrade_token: str = "downgrades") -> None:
        super().__init__(ops)
        self.downgrade_token = downgrade_token

    def reverse(self) -> UpgradeOps:
        return UpgradeOps(self._reverses())


class MigrationScript(Operation):
    """A revision file to be written; hooks may change everything about it."""

    directive = "revision"

    def __init__(
        self,
        rev_id: str | None,
        upgrade_ops: UpgradeOps | Sequence[UpgradeOps],
        downgrade_ops: DowngradeOps | Sequence[DowngradeOps],
        *,
        message: str | None = None,
        imports: set[str] | None = None,
        head: str | None = None,
        splice: bool | None = None,
        branch_label: str | None = None,
        version_path: str | None = None,
        depends_on: Any = None,
    ) -> None:
        self.rev_id = rev_id
        self.message = message
        self.imports: set[str] = set(imports or ())
        self.head = head
        self.splice = splice
        self.branch_label = branch_label
        self.version_path = version_path
        self.depends_on = depends_on
        self.upgrade_ops = upgrade_ops
        self.downgrade_ops = downgrade_ops

    @property
    def upgrade_ops(self) -> UpgradeOps:
        """What `upgrade()` does. Raises ValueError if there are several."""
        return _only(self._upgrade_ops, "upgrade_ops")

    @upgrade_ops.setter
    def upgrade_ops(self, given: UpgradeOps | Sequence[UpgradeOps]) -> None:
        self._upgrade_ops = [given] if isinstance(given, UpgradeOps) else list(given)

    @property
    def downgrade_ops(self) -> DowngradeOps:
        """What `downgrade()` does. Raises ValueError if there are several."""
        return _only(self._downgrade_ops, "downgrade_ops")

    @downgrade_ops.setter
    def downgrade_ops(self, given: DowngradeOps | Sequence[DowngradeOps]) -> None:
        self._downgrade_ops = [given] if isinstance(given, DowngradeOps) else list(given)

    @property
    def upgrade_ops_list(self) -> list[UpgradeOps]:
        """One for each database; hooks may change the list in place."""
        return self._upgrade_ops

    @property
    def downgrade_ops_list(self) -> list[DowngradeOps]:
        return self._downgrade_ops

    def describe(self) -> str:
        words = "; ".join(upgrade.describe() for upgrade in self._upgrade_ops)
        return f"revision '{self.rev_id}': {words}"


def by_table(operations: Iterable[Operation]) -> list[Operation]:
    """The operations in their order, runs of changes of one table put into `ModifyTableOps`.

    What makes, drops and renames whole tables, and what belongs to no table, stays beside them.
    """
    grouped: list[Operation] = []
    for operation in operations:
        if not isinstance(operation, TableOperation) or isinstance(operation, RenameTableOp):
            grouped.append(operation)
            continue
        last = grouped[-1] if grouped else None
        place = (operation.schema, operation.table_name)
        if not isinstance(last, ModifyTableOps) or (last.schema, last.table_name) != place:
            last = ModifyTableOps(operation.table_name, schema=operation.schema)
            grouped.append(last)
        last.ops.append(operation)
    return grouped


C = TypeVar("C")


def _only(containers: list[C], name: str) -> C:
    if len(containers) != 1:
        raise ValueError(
            f"The revision has {len(containers)} of '{name}', not one; use '{name}_list'."
        )
    return containers[0]
