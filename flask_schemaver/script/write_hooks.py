"""A front door: what runs on a new revision file, under the path that Alembic documents."""

from __future__ import annotations

from .hooks import register

__all__ = ["register"]
