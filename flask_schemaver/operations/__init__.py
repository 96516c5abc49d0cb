"""Operations at work: bound to a migration, gathered in batches, or moving rows.

The names that programs import from here are loaded when they are asked for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..lazy import lazily

if TYPE_CHECKING:
    from . import ops
    from .batch import BatchOperations
    from .facade import AbstractOperations, Operations
    from .ops import MigrateOperation, MigrationScript

__all__ = [
    "AbstractOperations",
    "BatchOperations",
    "MigrateOperation",
    "MigrationScript",
    "Operations",
    "ops",
]

lazily(
    __name__,
    {
        "batch": ("BatchOperations",),
        "facade": ("AbstractOperations", "Operations"),
        "ops": ("MigrateOperation", "MigrationScript"),
    },
)
