"""A front door: what an env.py's context is, under the short path of Alembic."""

from __future__ import annotations

from .runtime.environment import EnvironmentContext

__all__ = ["EnvironmentContext"]
