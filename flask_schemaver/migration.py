"""A front door: one database and its version table, under the short path of Alembic."""

from __future__ import annotations

from .runtime.migration import (
    HeadMaintainer,
    MigrationContext,
    MigrationInfo,
    MigrationStep,
    RevisionStep,
    StampStep,
)

__all__ = [
    "HeadMaintainer",
    "MigrationContext",
    "MigrationInfo",
    "MigrationStep",
    "RevisionStep",
    "StampStep",
]
