"""The console script `schemaver`: the same commands for an app, or for files of settings alone."""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Sequence

from ..errors import CommandError
from . import files
from .app import completions, run
from .files import SettingsFiles
from .output import error

_FILE_OPTIONS = {"-c": "config", "--config": "config", "-n": "name", "--name": "name"}
_COMPLETING = "_SCHEMAVER_COMPLETE"
_WITH_VALUE = ("-A", "--app", "-d", "--directory", "-x", "--x-arg")


def main() -> None:
    """Run the line of this process; leaves it with the exit code."""
    # What a command makes lives to its end: to look for garbage takes a quarter of its time.
    gc.set_threshold(200_000, 20, 20)
    try:
        code = run_line(sys.argv[1:])
    finally:
        # Else Python looks at every object once more at its end, for a tenth of a second.
        gc.freeze()
    sys.exit(code)


def run_line(words: Sequence[str]) -> int:
    """Run a line of words and return the exit code; leaves the process if it is for an app."""
    if _COMPLETING in os.environ:
        # Completion is asked of the program by the same name, with nothing on its line.
        from ..mount import main as complete

        complete(_offers)
        return 0
    try:
        chosen, rest = _chosen(words)
    except CommandError as mistake:
        error(mistake.message, mistake.hint)
        return mistake.exit_code
    if chosen is None:
        from ..mount import main as main_of_app

        main_of_app()
        return 0
    return run(rest, prog_name="schemaver", command=None, env_prefix="SCHEMAVER", files=chosen)


def _offers(words: Sequence[str], incomplete: str) -> Sequence[tuple[str, str, str | None]] | None:
    """What may follow on a line for files of settings; None if it is for an app."""
    try:
        chosen, rest = _chosen(words)
    except CommandError:
        return []
    if chosen is None:
        return None
    return completions(
        rest,
        incomplete,
        prog_name="schemaver",
        command=None,
        env_prefix="SCHEMAVER",
        files=chosen,
    )


def _chosen(words: Sequence[str]) -> tuple[SettingsFiles | None, Sequence[str]]:
    """The files of settings and the rest of the line; None if an app is to be loaded."""
    given, rest = _split(words)
    section = next(iter(given["name"][-1:]), None)
    if given["config"]:
        return files.named(given["config"], section), rest
    names_app = rest[:1] and rest[0].startswith(("-A", "--app"))
    if names_app or os.environ.get("FLASK_APP"):
        return None, rest
    return files.found(section), rest


def _split(words: Sequence[str]) -> tuple[dict[str, list[str]], Sequence[str]]:
    """The values of '-c' and '-n' before the name of the command, and the line without them."""
    given: dict[str, list[str]] = {"config": [], "name": []}
    before: list[str] = []
    rest = list(words)
    while rest and rest[0].startswith("-"):
        name, equals, value = rest.pop(0).partition("=")
        if name in _FILE_OPTIONS and (equals or rest):
            given[_FILE_OPTIONS[name]].append(value if equals else rest.pop(0))
            continue
        before.append(name + equals + value)
        if name in _WITH_VALUE and not equals and rest:
            before.append(rest.pop(0))
    return given, [*before, *rest]
