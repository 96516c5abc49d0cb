"""A front door: the spellings of SQLite, under the name that Alembic's plugins derive from."""

from __future__ import annotations

from ..dialects.sqlite.dialect import SQLiteDialect as SQLiteImpl

__all__ = ["SQLiteImpl"]
