"""The rules of the house that no linter has: what a module says first, and how long things are."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from statistics import median

import pytest

PACKAGE = Path(__file__).parents[1] / "flask_schemaver"


@pytest.fixture(scope="module")
def sources() -> dict[str, str]:
    """The text of each module of the package, by its path."""
    return {
        path.relative_to(PACKAGE).as_posix(): path.read_text(encoding="utf-8")
        for path in PACKAGE.rglob("*.py")
    }


def lengths(source: str) -> Iterator[tuple[str, int]]:
    """The name and the number of lines of each function, without its docstring."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            words = node.body[0] if ast.get_docstring(node) is not None else None
            told = 0 if words is None else words.end_lineno - words.lineno + 1
            yield node.name, node.end_lineno - node.lineno + 1 - told


def test_modules_open_with_a_sentence(sources: dict[str, str]) -> None:
    """The docstring of every module begins with a sentence that tells what it is for."""
    first = {path: (ast.get_docstring(ast.parse(text)) or "") for path, text in sources.items()}
    assert [path for path, words in first.items() if "." not in words and ":" not in words] == []


def test_modules_are_not_too_long(sources: dict[str, str]) -> None:
    """No module has more than 600 lines."""
    lines = {path: len(text.splitlines()) for path, text in sources.items()}
    assert {path: count for path, count in lines.items() if count > 600} == {}


def test_functions_fit_in_the_eye(sources: dict[str, str]) -> None:
    """No function has more than 60 lines, its docstring not counted."""
    long = {
        f"{path}: {name}": count
        for path, text in sources.items()
        for name, count in lengths(text)
        if count > 60
    }
    assert long == {}


def test_most_functions_are_short(sources: dict[str, str]) -> None:
    """Half of all functions have fewer than 10 lines."""
    assert median(count for text in sources.values() for _, count in lengths(text)) < 10
