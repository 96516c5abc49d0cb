"""A front door: the spellings of PostgreSQL, under the name that Alembic's plugins derive from."""

from __future__ import annotations

from ..dialects.elements import visit_column_comment, visit_rename_table
from ..dialects.postgresql.dialect import PostgreSQLDialect as PostgresqlImpl

__all__ = ["PostgresqlImpl", "visit_column_comment", "visit_rename_table"]
