"""From a folder of revision files to a graph; no database and no SQLAlchemy here."""

from .directory import ScriptDirectory
from .revision import Script

__all__ = ["Script", "ScriptDirectory"]
