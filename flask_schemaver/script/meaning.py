"""What a revision file means, as a digest: comments, formatting and docstrings do not count.

The identifiers of the header do not count either: a revision may be given another parent without
doing anything else. Nor does the name count by which this project is imported, its own or that of
Alembic. The digest is the same on every version of Python.
"""

from __future__ import annotations

import ast
import hashlib
from collections.abc import Iterator

from .alias import HOMES
from .syntax import parsed

HEADER = ("revision", "down_revision", "branch_labels", "depends_on")
_SILENT = {"type_comment", "type_params", "kind", "ctx", "returns", "annotation"}
"""Fields that say nothing of what a script does, or that only some versions of Python have."""
_NAMES = {"module", "name", "id"}
"""Fields that may be, or begin with, the name of a package that is imported."""


def meaning(source: bytes) -> str:
    """The digest of a script's text."""
    module = parsed(source)
    imports = [_text(node) for node in module.body if isinstance(node, ast.Import | ast.ImportFrom)]
    rest = [_text(node) for node in _body(module) if not _is_header(node)]
    return hashlib.sha256("\n".join([*sorted(imports), *rest]).encode()).hexdigest()


def _body(node: ast.AST) -> Iterator[ast.AST]:
    """The statements of a module without its docstring and imports."""
    body: list[ast.stmt] = node.body  # type: ignore[attr-defined]
    for statement in body:
        if not isinstance(statement, ast.Import | ast.ImportFrom) and not _is_text(statement):
            yield statement


def _is_text(node: ast.AST) -> bool:
    """Whether a statement is a text that nobody uses: a docstring, wherever it stands."""
    return (
        isinstance(node, ast.Expr)
        and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, str)
    )


def _is_header(node: ast.AST) -> bool:
    if isinstance(node, ast.Assign):
        targets = node.targets
    elif isinstance(node, ast.AnnAssign):
        targets = [node.target]
    else:
        return False
    return all(isinstance(target, ast.Name) and target.id in HEADER for target in targets)


def _text(node: object) -> str:
    if isinstance(node, ast.AST):
        name = "Assign" if isinstance(node, ast.AnnAssign) else type(node).__name__
        fields = {f: v for f, v in ast.iter_fields(node) if f not in _SILENT}
        if isinstance(node, ast.AnnAssign):
            fields = {"targets": [node.target], "value": node.value}
        for field in _NAMES & fields.keys():
            fields[field] = _home(fields[field])
        parts = [f"{f}={_text(v)}" for f, v in sorted(fields.items()) if v not in (None, [])]
        return f"{name}({', '.join(parts)})"
    if isinstance(node, list):
        return f"[{', '.join(_text(part) for part in node if not _is_text(part))}]"
    return repr(node)


def _home(name: object) -> object:
    """A dotted name, with that of this project for what it stands in for."""
    if not isinstance(name, str):
        return name
    root, dot, rest = name.partition(".")
    return f"{HOMES.get(root, root)}{dot}{rest}"
