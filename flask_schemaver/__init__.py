"""Schema versions for Flask and SQLAlchemy: revisions, upgrades, and a look at start-up.

Nothing is loaded before it is used, so importing this package costs next to nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .lazy import lazily

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

lazily(
    __name__,
    {
        "command": (),
        "context": (),
        "op": (),
        "errors": ("CommandError",),
        "config": ("Config",),
        "extension": ("SchemaVer", "current_schemaver"),
    },
)
