"""From the difference between models and database to a page of Python.

Nothing is loaded before it is used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..lazy import lazily

if TYPE_CHECKING:
    from ..runtime.plugins import comparators
    from . import api, compare, render, rewriter
    from .api import AutogenContext, compare_metadata, produce_migrations, render_python_code
    from .compare import _produce_net_changes
    from .render import render_op_text, renderers
    from .revision import RevisionContext
    from .rewriter import Rewriter

__all__ = [
    "AutogenContext",
    "RevisionContext",
    "Rewriter",
    "_produce_net_changes",
    "api",
    "comparators",
    "compare",
    "compare_metadata",
    "produce_migrations",
    "render",
    "render_op_text",
    "render_python_code",
    "renderers",
    "rewriter",
]

lazily(
    __name__,
    {
        "api": ("compare_metadata", "produce_migrations"),
        "autogen_context": ("AutogenContext",),
        "compare": ("_produce_net_changes", "comparators"),
        "page": ("render_python_code",),
        "render": ("render_op_text", "renderers"),
        "revision": ("RevisionContext",),
        "rewriter": ("Rewriter",),
    },
)
