"""What the parameters of the commands may be."""

from __future__ import annotations

from importlib import import_module
from typing import get_type_hints

import pytest
import typer

from flask_schemaver.cli.app import COMMANDS, run

TAKEN_AS_TEXT = (str, str | None, list[str], list[str] | None)


def test_every_parameter_is_a_flag_or_a_text() -> None:
    """`cli.app` hands texts on without Typer's conversion, so a number must not slip in."""
    for module, names in COMMANDS.items():
        functions = import_module(f"flask_schemaver.cli.{module}").COMMANDS
        for name in names:
            hints = get_type_hints(functions[name])
            del hints["return"]
            odd = {
                parameter: hint
                for parameter, hint in hints.items()
                if hint not in (*TAKEN_AS_TEXT, bool, typer.Context)
            }
            assert odd == {}, name


def test_help_fits_a_terminal_of_80_columns(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """No summary is cut off, and no type of Python's is shown."""
    monkeypatch.setenv("COLUMNS", "80")
    for words in ([], *([name] for names in COMMANDS.values() for name in names)):
        assert run([*words, "--help"], prog_name="flask db", command="db", env_prefix=None) == 0
        said = capsys.readouterr().out
        assert "Usage: flask db" in said
        assert words or "..." not in said.partition("Commands:")[2]
        assert "<str>" not in said
        assert max(map(len, said.splitlines())) <= 80
