"""A front door: the spellings of SQL Server, under the name that Alembic's plugins derive from."""

from __future__ import annotations

from ..dialects.mssql import MSSQLDialect as MSSQLImpl

__all__ = ["MSSQLImpl"]
