"""A front door: the spellings of PostgreSQL, under the name that Alembic's plugins derive from."""

from __future__ import annotations

from ..dialects.postgresql import PostgreSQLDialect as PostgresqlImpl

__all__ = ["PostgresqlImpl"]
