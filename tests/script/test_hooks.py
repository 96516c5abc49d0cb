"""What runs on a file after it is written."""

from __future__ import annotations

import logging
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from flask_schemaver.errors import ConfigError
from flask_schemaver.script import ScriptDirectory, hooks

APPEND = "import sys; open(sys.argv[-1], 'a').write(f'# {sys.argv[1:-1]}')"


def written(folder: Path, *given: Mapping[str, str]) -> str:
    """The text of a new revision after these hooks."""
    script = ScriptDirectory(folder, hooks=given).generate_revision("a1", "x")
    return Path(script.path).read_text()


@pytest.fixture
def tool(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A module that appends its arguments to the file that is the last of them."""
    (tmp_path / "appending_tool.py").write_text(APPEND)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.syspath_prepend(tmp_path)
    return "appending_tool"


def test_a_module(folder: Path, tool: str) -> None:
    """A module is run with the options, the token standing for the file."""
    hook = {"_hook_name": "h", "type": "module", "module": tool}
    text = written(folder, {**hook, "options": "-a 'b c' REVISION_SCRIPT_FILENAME"})
    assert text.endswith("# ['-a', 'b c']")


def test_the_path_goes_first_without_the_token(folder: Path, tool: str, tmp_path: Path) -> None:
    """Without the token, the path is put before the options; `cwd` is where it runs."""
    (tmp_path / "appending_tool.py").write_text(
        "import os, sys; open(sys.argv[1], 'a').write(f'# {sys.argv[2:]} {os.getcwd()}')"
    )
    hook = {"_hook_name": "h", "type": "module", "module": tool, "options": "-a"}
    assert written(folder, {**hook, "cwd": str(folder)}).endswith(f"# ['-a'] {folder}")


def test_an_executable(folder: Path, tmp_path: Path) -> None:
    """A program is run by its path."""
    (tmp_path / "tool.py").write_text(APPEND)
    options = f"{tmp_path / 'tool.py'} one REVISION_SCRIPT_FILENAME"
    hook = {"_hook_name": "h", "type": "exec", "executable": sys.executable, "options": options}
    assert written(folder, hook).endswith("# ['one']")


def test_a_console_script(folder: Path) -> None:
    """The entry point of an installed package is run with this Python."""
    hook = {"_hook_name": "h", "type": "console_scripts", "entrypoint": "mako-render"}
    output = "--output-file=REVISION_SCRIPT_FILENAME"
    (folder / "other.mako").write_text("revision = 'a1'\ndown_revision = ${1 - 1 or None}\n")
    options = f"{output} {folder / 'other.mako'}"
    assert written(folder, {**hook, "options": options}) == (
        "revision = 'a1'\ndown_revision = None\n"
    )


def test_a_function_of_the_project(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A registered function is called with the path and the hook's options."""
    monkeypatch.setattr(hooks, "_registered", {})

    @hooks.register("mine")
    def mine(path: str, options: Mapping[str, str]) -> None:
        file = Path(path)
        file.write_text(file.read_text() + f"# {options['word']}")

    assert written(folder, {"_hook_name": "h", "type": "mine", "word": "so"}).endswith("# so")


def test_hooks_run_in_order(folder: Path, tool: str) -> None:
    """The second hook sees what the first has done."""
    hook = {"_hook_name": "h", "type": "module", "module": tool}
    first = {**hook, "options": "1 REVISION_SCRIPT_FILENAME"}
    assert written(folder, first, {**first, "options": "2 REVISION_SCRIPT_FILENAME"}).endswith(
        "# ['1']# ['2']"
    )


def test_a_failing_command_is_a_warning(
    folder: Path, tool: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Another status than 0 is logged with the output; formatters may end so on success."""
    (tmp_path / "appending_tool.py").write_text("print('two faults'); raise SystemExit(3)")
    hook = {"_hook_name": "lint", "type": "module", "module": tool}
    with caplog.at_level(logging.WARNING, "flask_schemaver.script"):
        assert "revision = 'a1'" in written(folder, hook)
    assert "hook 'lint' ended with status 3 on" in caplog.text
    assert "two faults" in caplog.text


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({}, "hook 'h' has no option 'type'"),
        ({"type": "magic"}, "type 'magic', which is none.*'console_scripts', 'exec', 'module'"),
        ({"type": "exec"}, "has no option 'executable'"),
        ({"type": "exec", "executable": "no-such-tool"}, "'no-such-tool', which cannot be run"),
        ({"type": "module", "module": "no_such_tool.x"}, "'no_such_tool.x', which is not inst"),
        ({"type": "console_scripts", "entrypoint": "no-tool"}, "'no-tool', which no installed"),
    ],
)
def test_what_cannot_run_is_refused_first(
    folder: Path, options: dict[str, str], words: str
) -> None:
    """A hook that cannot run is an error before the file is written."""
    with pytest.raises(ConfigError, match=words):
        written(folder, {"_hook_name": "h", **options})
    assert not (folder / "versions").exists()
