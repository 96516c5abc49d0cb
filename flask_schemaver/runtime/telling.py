"""Warnings of a run: told to whoever watches it, and logged where a program looks at its log."""

from __future__ import annotations

import logging
from typing import Any, Final

logger: Final = logging.getLogger("flask_schemaver.runtime.migration")


def warn(observer: Any, message: str, hint: str | None = None) -> None:
    """Tell the observer, if there is one that listens, and the log.

    Without any handler Python prints a warning on stderr, where the observer has just told it.
    """
    tell = getattr(observer, "on_warning", None)
    if tell is not None:
        tell(message, hint)
    if tell is None or logger.hasHandlers():
        logger.warning("%s", f"{message} {hint}" if hint else message)
