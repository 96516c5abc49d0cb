"""A front door: revisions and their folder, under the long path of Alembic."""

from __future__ import annotations

from .directory import ScriptDirectory
from .revision import Script

__all__ = ["Script", "ScriptDirectory"]
