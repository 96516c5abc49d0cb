"""The console script `schemaver`: the same commands for an app, or for files of settings alone."""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Sequence

from ..errors import CommandError
from . import files
from .app import run
from .files import SettingsFiles
from .output import error

_FILE_OPTIONS = {"-c": "config", "--config": "config", "-n": "name", "--name": "name"}


def main() -> None:
    """Run the line of this process; leaves it with the exit code."""
    # What a command makes lives to its end: to look for garbage takes a quarter of its time.
    gc.set_threshold(200_000, 20, 20)
    words = sys.argv[1:]
    try:
        chosen, rest = _chosen(words)
    except CommandError as mistake:
        error(mistake.message, mistake.hint)
        sys.exit(mistake.exit_code)
    if chosen is None:
        from ..mount import main as main_of_app

        return main_of_app()
    sys.exit(run(rest, prog_name="schemaver", command=None, env_prefix="SCHEMAVER", files=chosen))


def _chosen(words: Sequence[str]) -> tuple[SettingsFiles | None, Sequence[str]]:
    """The files of settings and the rest of the line; None if an app is to be loaded."""
    given, rest = _split(words)
    section = next(iter(given["name"][-1:]), None)
    if given["config"]:
        return files.named(given["config"], section), rest
    names_app = rest[:1] and rest[0].startswith(("-A", "--app"))
    # Completion is asked of the program by the same name, with nothing on its line.
    if names_app or os.environ.get("FLASK_APP") or "_SCHEMAVER_COMPLETE" in os.environ:
        return None, rest
    return files.found(section), rest


def _split(words: Sequence[str]) -> tuple[dict[str, list[str]], Sequence[str]]:
    """The values of '-c' and '-n' at the start of a line, and what follows them."""
    given: dict[str, list[str]] = {"config": [], "name": []}
    rest = list(words)
    while rest:
        name, equals, value = rest[0].partition("=")
        if name not in _FILE_OPTIONS or not (equals or len(rest) > 1):
            break
        given[_FILE_OPTIONS[name]].append(value if equals else rest[1])
        del rest[: 1 if equals else 2]
    return given, rest
