"""The seconds that a revision has taken so far, counted on its line at a terminal."""

from __future__ import annotations

import os
import re
import shutil
import sys
import threading
import time
from collections.abc import Callable

_STYLE = re.compile(r"\x1b\[[\d;]*m")
SECONDS_SHOWN = 8
"""How many columns the count may take beside the text."""


class Clock:
    """Writes the line of what runs again each second, with how long it runs."""

    def __init__(self, write: Callable[[str], None]) -> None:
        self._write = write
        self._stopped = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self, text: str) -> None:
        """Count from now on, if the line is at a terminal and fits into it."""
        self.stop()
        width = shutil.get_terminal_size().columns
        if not at_terminal() or width_of(text) + SECONDS_SHOWN > width:
            return
        self._stopped = threading.Event()
        arguments = (text, self._stopped, time.monotonic())
        # A process that is to end does not wait for it.
        self._thread = threading.Thread(target=self._count, args=arguments, daemon=True)
        self._thread.start()

    def _count(self, text: str, stopped: threading.Event, began: float) -> None:
        while not stopped.wait(1):
            self._write(f"\r{text} {time.monotonic() - began:.0f} s")

    def stop(self) -> bool:
        """Count no more; whether it was counting, so that the line has to be written again."""
        if self._thread is None:
            return False
        self._stopped.set()
        self._thread.join()
        self._thread = None
        return True


def at_terminal() -> bool:
    """Whether results are read by a person at a terminal that can go back on its line."""
    return sys.stdout.isatty() and os.environ.get("TERM") != "dumb"


def width_of(text: str) -> int:
    """How many columns a text takes, styled or not."""
    return len(_STYLE.sub("", text))
