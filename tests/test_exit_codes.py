"""The table of exit codes says what the errors say."""

from __future__ import annotations

import re
from pathlib import Path

from flask_schemaver import errors

TABLE = Path(__file__).parents[1] / "docs" / "exit-codes.md"


def test_each_code_of_an_error_is_in_the_table():
    """And each class in the table has the code of its line."""
    lines = re.findall(r"^\| (\d+) \|[^|]*\|([^|]*)\|", TABLE.read_text(), re.MULTILINE)
    told = {name: int(code) for code, names in lines for name in re.findall(r"`(\w+)`", names)}
    for name, code in told.items():
        assert getattr(errors, name).exit_code == code
    codes = {
        kind.exit_code
        for kind in vars(errors).values()
        if isinstance(kind, type) and issubclass(kind, errors.CommandError)
    }
    assert codes <= set(told.values())
