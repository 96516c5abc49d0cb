"""A warning is said once, wherever it is heard."""

from __future__ import annotations

import subprocess
import sys

import pytest

LINE = """
import logging
import sys
from flask_schemaver.runtime.telling import warn

class Observer:
    def on_warning(self, message, hint):
        print("told", message, hint)

if "log" in sys.argv:
    logging.basicConfig(stream=sys.stdout, format="logged %(message)s")
warn(Observer() if "observer" in sys.argv else None, "one", "two")
"""


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["observer"], "told one two\n"),
        (["observer", "log"], "told one two\nlogged one two\n"),
        (["log"], "logged one two\n"),
        ([], "one two\n"),
    ],
)
def test_a_warning_is_said_once(words, expected):
    """By the observer, and in a log that a program keeps; by Python itself only to nobody else."""
    line = [sys.executable, "-c", LINE, *words]
    said = subprocess.run(
        line, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=True
    )
    assert said.stdout == expected
