"""A front door: the spellings of MySQL and MariaDB, as Alembic's plugins derive from them."""

from __future__ import annotations

from ..dialects.mysql.dialect import MariaDBDialect as MariaDBImpl
from ..dialects.mysql.dialect import MySQLDialect as MySQLImpl

__all__ = ["MariaDBImpl", "MySQLImpl"]
