"""Comparators of one's own, and the comparison as one step into a container."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..operations.containers import by_table
from ..runtime.dispatch import DispatchPriority, PriorityDispatchResult
from ..runtime.plugins import comparators
from . import api

if TYPE_CHECKING:
    from ..operations.containers import UpgradeOps
    from .autogen_context import AutogenContext

__all__ = ["DispatchPriority", "PriorityDispatchResult", "comparators"]


def _produce_net_changes(autogen_context: AutogenContext, upgrade_ops: UpgradeOps) -> None:
    """Compare as the context says, and add the operations to `upgrade_ops`; reads only."""
    found = api.compared(autogen_context, allow_no_models=True)
    upgrade_ops.ops.extend(by_table(found.operations))
