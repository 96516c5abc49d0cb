"""A front door: the spellings of every database, under the name that Alembic's plugins derive from."""

from __future__ import annotations

from ..dialects.base import Dialect as DefaultImpl

__all__ = ["DefaultImpl"]
