"""Runs each story in this folder, on SQLite and on PostgreSQL.

A story is a text. What is indented by four blanks is run or expected: `$ words` is a line for
the command line, what follows it is its whole output, and `[exit 1]` its exit code if that is not
0. Blank lines count for nothing, `...` stands for anything in a line. A text after `file: PATH`
is written to that file. Besides `schemaver` there are `rm PATH`, `cat PATH` and
`replace PATH OLD NEW`. All else is for the reader.
"""

from __future__ import annotations

import io
import re
import shlex
import sys
from collections.abc import Iterator
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from flask_schemaver.cli.program import run_line

STORIES = sorted(Path(__file__).parent.glob("*.txt"))
INDENT = " " * 4


@dataclass
class Command:
    """One line that is run, with what it is expected to say."""

    line: str
    expected: list[str] = field(default_factory=list)

    def run(self) -> list[str]:
        """Run it in the working directory; its output, line by line, and its exit code."""
        said = io.StringIO()
        with redirect_stdout(said), redirect_stderr(said):
            code = run_words(shlex.split(self.line))
        lines = [line.rstrip() for line in said.getvalue().split("\n") if line.strip()]
        return lines + ([f"[exit {code}]"] if code else [])


@dataclass
class File:
    """A file that is written."""

    path: str
    lines: list[str] = field(default_factory=list)

    def write(self) -> None:
        Path(self.path).write_text("\n".join(self.lines) + "\n", encoding="utf-8")


def run_words(words: list[str]) -> int:
    """Run one command of a story; its exit code."""
    match words:
        case ["schemaver", *rest]:
            return run_line(rest)
        case ["rm", path]:
            Path(path).unlink()
        case ["cat", path]:
            sys.stdout.write(Path(path).read_text(encoding="utf-8"))
        case ["replace", path, old, new]:
            text = Path(path).read_text(encoding="utf-8")
            assert old in text
            Path(path).write_text(text.replace(old, new), encoding="utf-8")
        case _:
            pytest.fail(f"A story knows no command {words}.")
    return 0


def parsed(text: str) -> Iterator[Command | File]:
    """The commands and files of a story, in order."""
    step: Command | File | None = None
    for line in [*text.splitlines(), "end"]:
        if line.startswith(INDENT) or (isinstance(step, File) and not line.strip()):
            content = line[len(INDENT) :]
            if content.startswith("$ ") and not isinstance(step, File):
                if step is not None:
                    yield step
                step = Command(content[2:])
            elif isinstance(step, Command):
                step.expected.append(content)
            elif isinstance(step, File):
                step.lines.append(content)
        elif line.strip():
            if step is not None:
                yield step
            step = File(line[6:].strip()) if line.startswith("file: ") else None


def matches(said: list[str], expected: list[str]) -> bool:
    """Whether an output is as the story tells it."""
    patterns = [re.escape(line).replace(r"\.\.\.", ".*") for line in expected]
    return re.fullmatch("\n".join(patterns), "\n".join(said)) is not None


@pytest.mark.parametrize("story", STORIES, ids=[path.stem for path in STORIES])
def test_story(
    story: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, database_url: str
) -> None:
    """Every command of the story says what the story tells."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.delenv("FLASK_APP", raising=False)
    assert Command("schemaver -q -c schemaver.ini init").run() == []
    run_words(["replace", "schemaver.ini", "sqlite:///%(here)s/app.db", database_url])
    steps = list(parsed(story.read_text(encoding="utf-8")))
    assert any(isinstance(step, Command) for step in steps)
    for step in steps:
        if isinstance(step, File):
            step.write()
            continue
        said = step.run()
        assert matches(said, step.expected), "\n".join(
            [f"{story.name}: $ {step.line}", "said:", *said, "expected:", *step.expected]
        )


def test_a_story_that_is_not_true_is_noticed() -> None:
    """What differs in one word does not match; dots stand for one line alone."""
    assert matches(["one two", "three"], ["one ...", "three"])
    assert not matches(["one two", "three"], ["one ..."])
    assert not matches(["one two"], ["one three"])
    assert not matches(["one"], [])
