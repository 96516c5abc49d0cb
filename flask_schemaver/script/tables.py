"""The tables that the revisions of a folder lead to, read from the files without running them."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .revision import Script

_DIRECTIVES = ("create_table", "drop_table", "rename_table")


def tables_after(scripts: Iterable[Script]) -> set[str]:
    """The tables, `schema.name` or `name`, that exist after `upgrade()` of all `scripts`, in order.

    Only calls of `op` with plain names are seen; what SQL text or other functions do is not.
    """
    tables: set[str] = set()
    for script in scripts:
        for name, words, schema in _calls(_source_of(script)):
            prefix = f"{schema}." if schema else ""
            old, new = f"{prefix}{words[0]}", f"{prefix}{words[-1]}"
            if name == "create_table":
                tables.add(old)
                continue
            was_there = old in tables
            tables.discard(old)
            if name == "rename_table" and was_there:
                tables.add(new)
    return tables


def _source_of(script: Script) -> str:
    """The text of a file; nothing of one that is byte code alone."""
    if not str(script.path).endswith(".py"):
        return ""
    with open(script.path, encoding="utf-8", errors="replace") as file:
        return file.read()


def _calls(source: str) -> Iterator[tuple[str, list[str], str | None]]:
    """Each call on tables inside `upgrade()`: the directive, its plain names, its schema."""
    if not any(directive in source for directive in _DIRECTIVES):
        return
    try:
        module = ast.parse(source)
    except SyntaxError:
        return
    for function in module.body:
        if isinstance(function, ast.FunctionDef) and function.name == "upgrade":
            for node in ast.walk(function):
                if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                    words = _texts(
                        node.args[:2] if node.func.attr == "rename_table" else node.args[:1]
                    )
                    if node.func.attr in _DIRECTIVES and words:
                        yield node.func.attr, words, _schema(node)


def _texts(nodes: Iterable[ast.expr]) -> list[str]:
    constants = [node.value for node in nodes if isinstance(node, ast.Constant)]
    return [value for value in constants if isinstance(value, str)]


def _schema(call: ast.Call) -> str | None:
    values = [keyword.value for keyword in call.keywords if keyword.arg == "schema"]
    return next(iter(_texts(values)), None)
