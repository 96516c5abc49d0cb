"""A front door: the spellings of MySQL and MariaDB, as Alembic's plugins derive from them."""

from __future__ import annotations

from ..dialects.mysql import MariaDBDialect as MariaDBImpl
from ..dialects.mysql import MySQLDialect as MySQLImpl

__all__ = ["MariaDBImpl", "MySQLImpl"]
