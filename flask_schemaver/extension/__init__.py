"""The Flask extension: one `SchemaVer`, any number of apps, and what each app has settled on.

Nothing heavy is loaded here: SQLAlchemy only where a database is asked for, Typer never.
"""

from __future__ import annotations

from .schemaver import SchemaVer
from .state import AppState, current_schemaver

__all__ = ["AppState", "SchemaVer", "current_schemaver"]
