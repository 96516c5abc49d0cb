"""Schema versions for Flask and SQLAlchemy: revisions, upgrades, and a look at start-up.

Nothing is loaded before it is used, so importing this package costs next to nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from . import command, context, op
    from .config import Config
    from .errors import CommandError
    from .extension import SchemaVer, current_schemaver

__version__ = "0.1.0"

__all__ = [
    "CommandError",
    "Config",
    "SchemaVer",
    "__version__",
    "command",
    "context",
    "current_schemaver",
    "op",
]

_MODULES = ("command", "context", "op")
_HOMES = {
    "CommandError": "errors",
    "Config": "config",
    "SchemaVer": "extension",
    "current_schemaver": "extension",
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
