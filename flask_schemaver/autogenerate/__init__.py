"""From the difference between models and database to a page of Python.

Nothing is loaded before it is used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

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

_MODULES = ("api", "compare", "render", "rewriter")
_HOMES = {
    "AutogenContext": "autogen_context",
    "RevisionContext": "revision",
    "Rewriter": "rewriter",
    "_produce_net_changes": "compare",
    "comparators": "compare",
    "compare_metadata": "api",
    "produce_migrations": "api",
    "render_op_text": "render",
    "render_python_code": "page",
    "renderers": "render",
}


def __getattr__(name: str) -> Any:
    from importlib import import_module

    if name in _MODULES:
        return import_module(f".{name}", __name__)
    if name not in _HOMES:
        raise AttributeError(f"module '{__name__}' has no attribute '{name}'")
    value = getattr(import_module(f".{_HOMES[name]}", __name__), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
