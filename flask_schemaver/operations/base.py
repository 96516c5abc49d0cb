"""A front door: the classes that bind directives, under the path that Alembic documents."""

from __future__ import annotations

from .batch import BatchOperations
from .facade import Operations

AbstractOperations = Operations

__all__ = ["AbstractOperations", "BatchOperations", "Operations"]
