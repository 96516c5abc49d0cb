"""The tables that the revisions of a folder lead to, read from the files without running them."""

from __future__ import annotations

import ast
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from importlib.util import decode_source
from typing import TYPE_CHECKING

from .syntax import parsed

if TYPE_CHECKING:
    from .revision import Script

_NAME = r"(?!IF\b)[\w$.\"`]+"
_DROP_TABLE = re.compile(
    rf"\bDROP\s+TABLE\s+(?:IF\s+EXISTS\s+)?({_NAME}(?:\s*,\s*{_NAME})*)", re.IGNORECASE
)
_AT_MOST = 1000
"""Texts that one expression is taken to stand for."""
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
    """The tables that a file drops, by a call of `op` or in SQL, where their names can be read.

    `direction` is "upgrade" or "downgrade", `database` as for `tables_after`. Functions of the file
    that are called are read, too; a name may stand in a variable, or in a list that is looped over.
    """
    source = source_of(script)
    if "drop" not in source.lower():
        return []
    try:
        module = parsed(source)
    except SyntaxError:
        return []
    functions = _reached(module, direction, database)
    values = _values_in([*module.body, *functions])
    found: dict[str, None] = {}
    for node in (node for function in functions for node in ast.walk(function)):
        if isinstance(node, ast.Call) and getattr(node.func, "attr", "") == "drop_table":
            schema = _schema(node)
            names = [text for one in node.args[:1] for text in _strings(one, values)]
            found.update(dict.fromkeys(f"{schema}.{name}" if schema else name for name in names))
        elif isinstance(node, ast.Constant | ast.JoinedStr):
            for text in _strings(node, values):
                for names_in_sql in _DROP_TABLE.findall(text):
                    names = names_in_sql.translate(_NO_QUOTES).split(",")
                    found.update(dict.fromkeys(name.strip() for name in names))
    return list(found)


def _reached(module: ast.Module, direction: str, database: str | None) -> list[ast.FunctionDef]:
    """The functions that run for a database: its section, else the whole, and what they call."""
    known = {one.name: one for one in module.body if isinstance(one, ast.FunctionDef)}
    names = [name for name in _functions(direction, database) if name in known]
    names = names or [name for name in (direction,) if name in known]
    for name in names:  # grows meanwhile
        for node in ast.walk(known[name]):
            called = node.id if isinstance(node, ast.Name) else ""
            anothers = called.startswith(("upgrade", "downgrade"))  # the section of a database
            if called in known and called not in names and not anothers:
                names.append(called)
    return [known[name] for name in names]


def _values_in(nodes: Iterable[ast.AST]) -> dict[str, list[str]]:
    """The texts that variables may hold: assigned, or looped over."""
    values: dict[str, list[str]] = {}
    for node in (inner for outer in nodes for inner in ast.walk(outer)):
        target: ast.expr | None = None
        if isinstance(node, ast.Assign):
            target, value = node.targets[0], node.value
        elif isinstance(node, ast.For):
            target, value = node.target, node.iter
        if isinstance(target, ast.Name):
            parts = value.elts if isinstance(value, ast.List | ast.Tuple | ast.Set) else [value]
            texts = [text for part in parts for text in _strings(part, values)]
            values.setdefault(target.id, []).extend(texts)
    return values


def _strings(node: ast.expr, values: Mapping[str, list[str]]) -> list[str]:
    """What an expression may say, as far as it can be read."""
    if isinstance(node, ast.Constant):
        return [node.value] if isinstance(node.value, str) else []
    if isinstance(node, ast.Name):
        return values.get(node.id, [])
    if not isinstance(node, ast.JoinedStr):
        return []
    texts = [""]
    for part in node.values:
        inner = part.value if isinstance(part, ast.FormattedValue) else part
        texts = [text + more for text in texts for more in _strings(inner, values) or ["?"]]
    return texts[:_AT_MOST]


def source_of(script: Script) -> str:
    """The text of a file, as Python reads it; nothing of one that is byte code alone."""
    if not str(script.path).endswith(".py"):
        return ""
    with open(script.path, "rb") as file:
        data = file.read()
    try:
        return decode_source(data)
    except (SyntaxError, UnicodeDecodeError):
        return data.decode(errors="replace")


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
        module = parsed(source)
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
