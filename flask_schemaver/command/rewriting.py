"""Changes `alembic` to `flask_schemaver` in the imports of a migrations folder.

By the syntax tree: comments, strings and the layout of a file stay as they are.
"""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from ..script.alias import HOMES
from ..script.revision import compiled_source
from ..script.syntax import parsed

if TYPE_CHECKING:
    from ..script.directory import ScriptDirectory

_TEMPLATE_LINE = re.compile(rb"^(\s*(?:from|import)\s+)(alembic|flask_migrate)\b", re.MULTILINE)


class Rewriting(NamedTuple):
    """One file with other imports."""

    path: str
    content: bytes

    def write(self) -> None:
        """Put the file in the place of the old one, at once, with the same rights."""
        import shutil

        temporary = Path(f"{self.path}.new")
        temporary.write_bytes(self.content)
        shutil.copymode(self.path, temporary)
        temporary.replace(self.path)


class _Place(NamedTuple):
    """Where a word stands: a line from 1, an offset in bytes, and the word."""

    line: int
    offset: int
    word: str


def rewritten(script: ScriptDirectory, *, rewrite: bool) -> list[Rewriting]:
    """The files that would be other ones; raises BrokenRevisionFile for what is no Python.

    Without `rewrite` the files are read through all the same.
    """
    found = []
    for path in sorted(_python_files(script)):
        data = path.read_bytes()
        compiled_source(data, str(path))
        content = with_other_imports(data) if rewrite else data
        if content != data:
            compiled_source(content, str(path))
            found.append(Rewriting(str(path), content))
    template = Path(script.dir) / "script.py.mako"
    if rewrite and template.is_file():
        data = template.read_bytes()
        content = _TEMPLATE_LINE.sub(lambda m: m[1] + HOMES[m[2].decode()].encode(), data)
        if content != data:
            found.append(Rewriting(str(template), content))
    return found


def _python_files(script: ScriptDirectory) -> set[Path]:
    """What is Python in the folder and in the version locations, caches left out."""
    places = [Path(script.dir), *map(Path, script.version_locations)]
    return {
        path.resolve()
        for place in places
        for path in place.rglob("*.py")
        if "__pycache__" not in path.parts and not path.name.startswith(".")
    }


def with_other_imports(data: bytes) -> bytes:
    """Source code whose imports of Alembic and Flask-Migrate name this project."""
    encoding, _ = tokenize.detect_encoding(io.BytesIO(data).readline)
    text = data.decode(encoding)
    tree = parsed(text)
    lines = text.encode().splitlines(keepends=True)
    for place in sorted({*_imports(tree, text), *_uses(tree)}, reverse=True):
        line = lines[place.line - 1]
        end = place.offset + len(place.word)
        assert line[place.offset : end] == place.word.encode()
        lines[place.line - 1] = line[: place.offset] + HOMES[place.word].encode() + line[end:]
    return b"".join(lines).decode().encode(encoding)


def _imports(tree: ast.AST, text: str) -> Iterator[_Place]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                root = alias.name.partition(".")[0]
                if root in HOMES:
                    yield _Place(alias.lineno, alias.col_offset, root)
        elif isinstance(node, ast.ImportFrom) and not node.level:
            root = str(node.module).partition(".")[0]
            if root in HOMES:
                yield _first(text, node, root)


def _first(text: str, node: ast.ImportFrom, word: str) -> _Place:
    """Where the word stands first in a statement: the tree does not say it."""
    for token in tokenize.generate_tokens(io.StringIO(text, newline="").readline):
        line, column = token.start
        offset = len(token.line[:column].encode())
        if token.string == word and (line, offset) >= (node.lineno, node.col_offset):
            return _Place(line, offset, word)
    raise AssertionError(f"'{word}' is not in its own statement")


def _uses(tree: ast.AST) -> Iterator[_Place]:
    """The names that `import alembic.op` has bound, wherever they are read."""
    bound = {
        alias.name.partition(".")[0]
        for node in ast.walk(tree)
        if isinstance(node, ast.Import)
        for alias in node.names
        if alias.asname is None
    } & HOMES.keys()
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and node.id in bound:
            yield _Place(node.lineno, node.col_offset, node.id)
