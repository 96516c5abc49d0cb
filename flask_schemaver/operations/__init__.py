"""Operations at work: bound to a migration, gathered in batches, or moving rows.

The names that programs import from here are loaded when they are asked for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from . import ops
    from .batch import BatchOperations
    from .facade import Operations
    from .facade import Operations as AbstractOperations
    from .ops import MigrateOperation, MigrationScript

__all__ = [
    "AbstractOperations",
    "BatchOperations",
    "MigrateOperation",
    "MigrationScript",
    "Operations",
    "ops",
]

_HOMES = {
    "AbstractOperations": ("facade", "Operations"),
    "BatchOperations": ("batch", "BatchOperations"),
    "MigrateOperation": ("ops", "MigrateOperation"),
    "MigrationScript": ("ops", "MigrationScript"),
    "Operations": ("facade", "Operations"),
}


def __getattr__(name: str) -> Any:
    from importlib import import_module

    if name == "ops":
        return import_module(f"{__name__}.ops")
    if name not in _HOMES:
        raise AttributeError(f"module '{__name__}' has no attribute '{name}'")
    module, attribute = _HOMES[name]
    value = getattr(import_module(f"{__name__}.{module}"), attribute)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
