"""A front door: the spellings of Oracle, under the name that Alembic's plugins derive from."""

from __future__ import annotations

from ..dialects.oracle import OracleDialect as OracleImpl

__all__ = ["OracleImpl"]
