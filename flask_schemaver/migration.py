"""A front door: one database and its version table, under the short path of Alembic."""

from __future__ import annotations

from .runtime.migration import MigrationContext, MigrationInfo

__all__ = ["MigrationContext", "MigrationInfo"]
