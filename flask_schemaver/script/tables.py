"""The tables that the revisions of a folder lead to, read from the files without running them."""

from __future__ import annotations

import ast
import re
from collections.abc import Collection, Iterable, Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .revision import Script

_DROP_TABLE = re.compile(r"\bDROP\s+TABLE\s+(?:IF\s+EXISTS\s+)?([\w$.\"`]+)", re.IGNORECASE)
_NO_QUOTES = str.maketrans("", "", '"`')
_DIRECTIVES = ("create_table", "drop_table", "rename_table")


def tables_after(scripts: Iterable[Script], database: str | None = None) -> set[str]:
    """The tables, `schema.name` or `name`, that exist after `upgrade()` of all `scripts`, in order.

    `database` is the name of one of several ('' for the default one), whose sections are read.
    Only calls of `op` with plain names are seen; what SQL text or other functions do is not.
    """
    tables: set[str] = set()
    functions = _functions("upgrade", database)
    for script in scripts:
        for name, words, schema in _calls(source_of(script), functions):
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


def tables_dropped_by(script: Script, direction: str, database: str | None = None) -> list[str]:
    """The tables that a file drops, by a call of `op` or in SQL with a plain name.

    `direction` is "upgrade" or "downgrade", `database` as for `tables_after`.
    """
    source = source_of(script)
    if "drop" not in source.lower():
        return []
    found: dict[str, None] = {}
    functions = _functions(direction, database)
    for name, words, schema in _calls(source, functions):
        if name == "drop_table":
            found[f"{schema}.{words[0]}" if schema else words[0]] = None
    for text in _texts_in(source, functions):
        names = _DROP_TABLE.findall(text)
        found.update(dict.fromkeys(name.translate(_NO_QUOTES) for name in names))
    return list(found)


def _texts_in(source: str, functions: Collection[str]) -> list[str]:
    return [
        node.value
        for found in ast.parse(source).body
        if isinstance(found, ast.FunctionDef) and found.name in functions
        for node in ast.walk(found)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    ]


def source_of(script: Script) -> str:
    """The text of a file; nothing of one that is byte code alone."""
    if not str(script.path).endswith(".py"):
        return ""
    with open(script.path, encoding="utf-8", errors="replace") as file:
        return file.read()


def _functions(direction: str, database: str | None) -> tuple[str, ...]:
    """The functions that move one database; `upgrade()` is for the default one."""
    if not database:
        return (direction, f"{direction}_", f"{direction}_default")
    suffix = re.sub(r"\W+", "_", database)
    return (f"{direction}_{suffix}",)


def _calls(source: str, functions: Collection[str]) -> Iterator[tuple[str, list[str], str | None]]:
    """Each call on tables inside `functions`: the directive, its plain names, its schema."""
    if not any(directive in source for directive in _DIRECTIVES):
        return
    try:
        module = ast.parse(source)
    except SyntaxError:
        return
    for function in module.body:
        if isinstance(function, ast.FunctionDef) and function.name in functions:
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
