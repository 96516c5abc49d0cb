"""A front door: the spellings of every database, as Alembic's plugins derive from them."""

from __future__ import annotations

from ..dialects.base import Dialect as DefaultImpl

__all__ = ["DefaultImpl"]
