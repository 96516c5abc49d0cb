"""What a person at a terminal gets beside the text: completion, seconds that count, columns."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner
from flask.cli import FlaskGroup

from flask_schemaver.cli import output

ROOT = Path(__file__).parents[2]


def complete(app: Any, line: str) -> list[str]:
    """What TAB offers, with its help, for a line that is typed up to here."""
    group = FlaskGroup(create_app=lambda: app)
    group._loaded_plugin_commands = True
    env = {
        "_FLASK_COMPLETE": "zsh_complete",
        "COMP_WORDS": line,
        "COMP_CWORD": str(len(line.split(" ")) - 1),
    }
    result = CliRunner().invoke(group, [], prog_name="flask", env=env)
    words = result.output.splitlines()
    return [f"{name}|{text}" for name, text in zip(words[1::3], words[2::3], strict=True)]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("flask db upgrade b", ["b2bb|step b2bb"]),
        ("flask db upgrade ", ["c3cc|step c3cc", "b2bb|step b2bb", "a1aa|step a1aa"]),
        ("flask db upgrade he", ["head|the newest revision"]),
        ("flask db downgrade ba", ["base|before the first revision"]),
        ("flask db show cu", ["current|where the database is"]),
        ("flask db merge c", ["c3cc|step c3cc"]),
        ("flask db stamp a1aa b", ["b2bb|step b2bb", "base|before the first revision"]),
        ("flask db -d nowhere upgrade ", []),
        ("flask db heads --bind d", ["default|sqlite:///"]),
    ],
)
def test_tab_completes_revisions_with_their_messages(
    chain: Any, line: str, expected: list[str]
) -> None:
    """And symbols, heads and databases where those are meant; nothing where nothing is known."""
    found = complete(chain.app, line)
    assert [text for text, _ in zip(found, expected, strict=False)] or not expected
    for text, wanted in zip(found, expected, strict=False):
        assert text.startswith(wanted)
    assert bool(found) is bool(expected)


def test_tab_completes_the_line_of_a_project_without_flask(tmp_path: Path) -> None:
    """`schemaver upgrade <TAB>` in the real shell's way: a process for each press."""
    start = [sys.executable, "-m", "flask_schemaver"]
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    options: dict[str, Any] = {"cwd": tmp_path, "capture_output": True, "text": True}
    subprocess.run([*start, "-c", "schemaver.ini", "init"], env=env, check=True, **options)
    made = ["revision", "-m", "first", "--rev-id", "a1a1"]
    subprocess.run([*start, *made], env=env, check=True, **options)
    words = {"COMP_WORDS": "schemaver upgrade a", "COMP_CWORD": "2"}
    env = {**env, **words, "_SCHEMAVER_COMPLETE": "bash_complete"}
    assert subprocess.run(start, env=env, check=False, **options).stdout == "plain,a1a1\n"


@pytest.mark.skipif(sys.platform == "win32", reason="there are no pseudo-terminals")
def test_seconds_are_counted_at_a_terminal_while_a_revision_runs(chain: Any) -> None:
    """Which revision, of how many, how long; a pipe gets one plain line for each."""
    chain.write("d4dd", "c3cc", "__import__('time').sleep(2.5)")
    (chain.folder / "shop.py").write_text(
        "from flask import Flask\nfrom flask_schemaver import SchemaVer\nimport sqlalchemy as sa\n"
        f"app = Flask('shop', root_path={str(chain.folder)!r})\n"
        f"SchemaVer(app, url='sqlite:///{chain.folder}/other.db', metadata=sa.MetaData())\n"
    )
    text = at_terminal(["--app", "shop", "upgrade"], chain.folder)
    plain = click.unstyle(text)
    assert "\r[4/4] upgrade c3cc -> d4dd: step d4dd ... 1 s" in plain
    assert re.search(r"\r\[4/4\] upgrade .* done \(2\.\d\d s, \d+ s in all\)", plain)
    assert "\x1b" in text
    chain.ok("upgrade", "c3cc")
    assert "\r" not in chain.ok("upgrade")


def at_terminal(words: list[str], folder: Path) -> str:
    """What a line writes to a terminal."""
    import pty

    leader, follower = pty.openpty()
    env = {**os.environ, "PYTHONPATH": str(ROOT), "TERM": "xterm", "COLUMNS": "100"}
    env.pop("NO_COLOR", None)
    line = [sys.executable, "-m", "flask_schemaver", *words]
    with subprocess.Popen(line, cwd=folder, env=env, stdout=follower, stderr=follower) as process:
        os.close(follower)
        found = b""
        while True:
            try:
                part = os.read(leader, 4000)
            except OSError:
                break
            if not part:
                break
            found += part
    os.close(leader)
    assert process.returncode == 0, found.decode()
    return found.decode()


def test_columns_stand_one_below_another() -> None:
    """Colours count for nothing."""
    rows = [(output.revision_id("a"), "long text", "x"), ("bbb", "t", "")]
    assert [click.unstyle(line) for line in output.table(rows)] == ["a   long text x", "bbb t"]
    assert output.table([]) == []


def test_pending_revisions_are_a_table(chain: Any) -> None:
    """In the status, under one label."""
    lines = chain.ok("status").splitlines()
    start = next(number for number, line in enumerate(lines) if "3 pending:" in line)
    assert [line.index("step") for line in lines[start : start + 3]] == [18, 18, 18]
