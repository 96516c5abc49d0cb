"""Type checkers see the exact signatures of `op` and of batches, without stubs."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections import defaultdict
from pathlib import Path

CALLS = Path(__file__).with_name("calls.py")
ROOT = CALLS.parents[2]
SAID = re.compile(r"calls\.py:(\d+): (note: Revealed type is \"([\w.]+).*\"|error: .*\[([\w-]+)\])")


def expected() -> dict[int, str]:
    """What the comments of the file ask for, by line."""
    wanted = {}
    for number, line in enumerate(CALLS.read_text().splitlines(), 1):
        code, _, comment = line.partition("  # ")
        if comment.startswith("error: ") or "reveal_type(" in code:
            wanted[number] = comment
    return wanted


def test_mypy_sees_what_each_call_is() -> None:
    """Right calls pass, revealed types are the ones noted, wrong calls are errors."""
    result = subprocess.run(
        [sys.executable, "-m", "mypy", "--strict", str(CALLS)],
        cwd=ROOT,
        env=os.environ,
        capture_output=True,
        text=True,
        check=False,
    )
    found = defaultdict(set)
    for line in result.stdout.splitlines():
        if match := SAID.search(line):
            found[int(match[1])].add(match[3] or f"error: {match[4]}")
    wanted = {number: {words} for number, words in expected().items()}
    assert len(wanted) > 10
    assert dict(found) == wanted, result.stdout + result.stderr
