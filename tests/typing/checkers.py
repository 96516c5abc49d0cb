"""The type checkers as programs, and what they say of `calls.py` line by line."""

from __future__ import annotations

import importlib.util
import json
import os
import re
import subprocess
import sys
from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest

CALLS = Path(__file__).with_name("calls.py")
ROOT = CALLS.parents[2]
REQUIRED = "SCHEMAVER_TEST_PYRIGHT"

Found = dict[int, set[str]]

_MYPY = re.compile(r"calls\.py:(\d+): (note: Revealed type is \"(.*)\"|error: .*\[([\w-]+)\])")


def require_pyright() -> None:
    """Skip without pyright, but fail where CI promises it."""
    if importlib.util.find_spec("pyright") is None:
        reason = "pyright is not installed: pip install -e '.[dev]'"
        if os.environ.get(REQUIRED) == "required":
            pytest.fail(reason, pytrace=False)
        pytest.skip(reason)


def run(*words: str) -> str:
    """What a checker prints.

    It reads no import hook, by which an editable install of this layout may be found.
    """
    path = os.pathsep.join(filter(None, (str(ROOT), os.environ.get("PYTHONPATH"))))
    return subprocess.run(
        [sys.executable, "-m", *words],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": path},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    ).stdout


def mypy() -> Found:
    found: Found = defaultdict(set)
    for line in run("mypy", "--strict", str(CALLS)).splitlines():
        if match := _MYPY.search(line):
            found[int(match[1])].add(last_name(match[3]) if match[3] else f"mypy {match[4]}")
    return dict(found)


def pyright(*options: str) -> dict[str, Any]:
    """The report of pyright."""
    said = run("pyright", "--pythonpath", sys.executable, "--outputjson", *options)
    report: dict[str, Any] = json.loads(said[said.index("{") :])
    return report


def pyright_calls() -> Found:
    found: Found = defaultdict(set)
    for one in pyright(str(CALLS))["generalDiagnostics"]:
        number = one["range"]["start"]["line"] + 1
        if one["severity"] == "information":
            revealed = re.search(r' is "(.*)"', one["message"])
            assert revealed is not None
            found[number].add(last_name(revealed[1]))
        else:
            found[number].add(f"pyright {one['rule']}")
    return dict(found)


def last_name(type_: str) -> str:
    """The name of a type without its module and its parameters, which SQLAlchemy 2.1 added."""
    return type_.partition("[")[0].rpartition(".")[2]
