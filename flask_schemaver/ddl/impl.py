"""A front door: the spellings of every database, as Alembic's plugins derive from them.

`_impls` is what programs write into that give a database the class of another one.
"""

from __future__ import annotations

from ..dialects.base import Dialect as DefaultImpl
from ..dialects.registry import _registered as _impls

__all__ = ["DefaultImpl", "_impls"]
