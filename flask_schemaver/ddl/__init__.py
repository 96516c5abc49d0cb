"""A front door: the classes of `dialects`, under the path that Alembic's plugins import.

A class that derives from one of them and has a `__dialect__` is used for that database. Its
methods yield statements; they do not run them.
"""

from __future__ import annotations

from .impl import DefaultImpl

__all__ = ["DefaultImpl"]
