"""Reads what a revision file says about itself, without running it.

The first 2 KB and a pattern are enough for the files that the tool writes; the syntax tree is asked
where they are not. A file with a broken body still has a readable header. An identifier that is
computed is NotPlain here; who wants it has to run the file.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from ..errors import BrokenRevisionFile
from .place import shown
from .syntax import literal, parsed

if TYPE_CHECKING:
    import ast

FIRST_READ = 2048
"""Bytes; the header of a generated file ends within 600."""

WHOLE_READ = 1 << 15
"""Bytes; nearly every file is shorter."""

_READING = os.O_RDONLY | getattr(os, "O_BINARY", 0)

NAMES = ("revision", "down_revision", "branch_labels", "depends_on")

LABEL_HINT = "Write it as a plain text, a tuple of texts, or None."

_DOCSTRING = re.compile(
    r"(?:[ \t\f]*(?:\#[^\n]*)?\n)*[rRuU]?(\"\"\"|'''|\"|')(.*?)\1[ \t]*(?:\#[^\n]*)?(?=\n|\Z)",
    re.DOTALL,
)
_NO_DOCSTRING = re.compile(r"(?:[ \t\f]*(?:\#[^\n]*)?\n)*(?=[A-Za-z@])(?![rRuUbBfF]{1,2}[\"'])")
# Beginning with the line break keeps the search fast: it skips from line to line.
_ASSIGNMENT = re.compile(
    r"\n(revision|down_revision|branch_labels|depends_on)[ \t]*(?::[^=\n]*)?="
    r"[ \t]*(?:(None)|'([^'\\\n]*)'|\"([^\"\\\n]*)\"|([^\n]*?))[ \t]*(?:\#[^\n]*)?(?=\n|\Z)"
)
# The header as templates write it; with it, nine files of ten need one search.
_USUAL = re.compile(
    r"\nrevision(?:: [^=\n]*)? = (['\"])([^'\"\\\n]+)\1"
    r"\ndown_revision(?:: [^=\n]*)? = (?:None|(['\"])([^'\"\\\n]+)\3)"
    r"\nbranch_labels(?:: [^=\n]*)? = None\ndepends_on(?:: [^=\n]*)? = None\n+def "
)
_LEGACY_NAME = re.compile(r"[0-9a-f]+")


class NotPlain(BrokenRevisionFile):
    """An identifier is not written out: only who runs the file can know it."""


class Header(NamedTuple):
    """What one file says about itself; `docstring` is as written, indented."""

    revision: str
    down_revision: str | tuple[str, ...] | None
    branch_labels: tuple[str, ...]
    depends_on: tuple[str, ...]
    docstring: str


def read_header(path: str) -> Header:
    """Read the header of the file at `path`; it is never executed.

    Raises BrokenRevisionFile, with the file and where possible the line, if there is none.
    """
    data = _read_start(path, FIRST_READ)
    return _of_start(data, path, complete=len(data) < FIRST_READ)


def read_sealed(path: str) -> tuple[Header, str | None]:
    """The header, and the digest of the file's bytes: both by one reading.

    The digest is None for a file that is longer than `WHOLE_READ`, and for byte code.
    """
    from hashlib import sha256

    data = _read_start(path, WHOLE_READ)
    complete = len(data) < WHOLE_READ
    header = _of_start(data, path, complete=complete)
    sealed = complete and not is_byte_code(path)
    return header, sha256(data).hexdigest() if sealed else None


def _of_start(data: bytes, path: str, *, complete: bool) -> Header:
    if usual := _usual(data[:FIRST_READ]):
        return usual
    if is_byte_code(path):
        return _of_byte_code(path)
    if found := _by_pattern(data, complete=complete):
        return _header(*found, path)
    with open(path, "rb") as file:
        return header_of(file.read(), path)


def header_of_values(values: Mapping[str, Any], path: str) -> Header:
    """The header in what a file has made of its names; NotPlain if one is no text either."""
    known = {name: values[name] for name in NAMES if name in values}
    return _header(known, values.get("__doc__") or "", path)


def header_of(data: bytes, path: str) -> Header:
    """Read the header in the whole text of a file; `path` is for errors."""
    if usual := _usual(data):
        return usual
    return _header(*(_by_pattern(data, complete=True) or _by_syntax(data, path)), path)


def is_byte_code(path: str) -> bool:
    """Whether a path is that of compiled code."""
    return path.endswith((".pyc", ".pyo"))


def _of_byte_code(path: str) -> Header:
    from .bytecode import code_in, constants

    with open(path, "rb") as file:
        values = constants(code_in(file.read(), path))
    for name in NAMES:
        if values.get(name) is Ellipsis:
            raise _not_plain(path, None, name)
    return _header(values, values.get("__doc__") or "", path)


def _read_start(path: str, size: int) -> bytes:
    # The plain calls of the system take half the time of open().
    try:
        descriptor = os.open(path, _READING)
    except OSError as cause:
        raise BrokenRevisionFile(
            f"The revision file '{shown(path)}' cannot be opened: {cause.strerror}.",
            hint="Make it readable, or take it out of the folder.",
        ) from cause
    try:
        return os.read(descriptor, size)
    finally:
        os.close(descriptor)


def _usual(data: bytes) -> Header | None:
    """The header if the file begins as templates write it: docstring, imports, the four names."""
    if not data.startswith(b'"""') or data.find(b"coding", 0, 200) >= 0:
        return None
    text = data.decode("utf-8", "replace")
    end = text.find('"""', 3)
    docstring = text[3:end]
    match = _USUAL.search(text, end)
    if match is None or "\\" in docstring or text[end : end + 4] != '"""\n':
        return None
    start = match.start()
    if text.find('"""', end + 3, start) >= 0 or text.find("'''", end + 3, start) >= 0:
        return None
    return Header(match[2], match[4], (), (), docstring)


def _by_pattern(data: bytes, *, complete: bool) -> tuple[dict[str, Any], str] | None:
    """The header if it is written plainly; None if a closer look is needed."""
    if data.find(b"coding", 0, 200) >= 0:
        return None
    text = data.decode("utf-8", "replace").removeprefix("\ufeff")
    if "\r" in text:
        text = text.replace("\r\n", "\n")
    start, docstring = 0, ""
    if match := _DOCSTRING.match(text):
        docstring, start = match[2], match.end()
        if "\\" in docstring or (len(match[1]) == 1 and "\n" in docstring):
            return None
    elif not _NO_DOCSTRING.match(text):
        return None
    else:
        text = "\n" + text
    stop = text.find("\ndef ", start)
    values = _plain_values(text, start, stop if stop > 0 else len(text))
    if values is not None and len(values) < len(NAMES):
        values = _plain_values(text, start, len(text)) if complete else None
    if values is None or not ("revision" in values and "down_revision" in values):
        return None
    return values, docstring


def _plain_values(text: str, start: int, stop: int) -> dict[str, Any] | None:
    """What is assigned between two places, each name once and as a literal on one line."""
    values: dict[str, Any] = {}
    end = start
    for match in _ASSIGNMENT.finditer(text, start, stop):
        name, none, single, double, other = match.groups()
        if name in values:
            return None
        if other is not None:
            single = _literal(other)
            if single is Ellipsis:
                return None
        values[name] = None if none else double if single is None else single
        end = match.end()
    # Within a longer string, or beside the marks of git, a line may look like an assignment.
    unsure = any(text.find(mark, start, end) >= 0 for mark in ('"""', "'''", "\n<<<<<<<"))
    return None if unsure else values


def _literal(text: str) -> Any:
    """The value of a literal on one line; Ellipsis for anything else."""
    try:
        return literal(text)
    except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError):
        return Ellipsis


def _by_syntax(data: bytes, path: str) -> tuple[dict[str, Any], str]:
    import ast

    tree = _parsed(data, path)
    known: dict[str, Any] = {}
    for node in tree.body:
        if isinstance(node, ast.Assign):
            targets = node.targets
        elif isinstance(node, ast.AnnAssign) and node.value is not None:
            targets = [node.target]
        else:
            continue
        for name, written in _bound(targets, node.value):
            value = _constant(written, known)
            if value is not Ellipsis:
                known[name] = value
            elif name in NAMES:
                raise _not_plain(path, node.lineno, name)
    docstring = ast.get_docstring(tree, clean=False) or ""
    return {name: known[name] for name in NAMES if name in known}, docstring


def _bound(targets: list[ast.expr], value: ast.expr | None) -> Iterator[tuple[str, ast.expr]]:
    """The names that an assignment binds, each with its expression."""
    import ast

    for target in targets if value is not None else ():
        if isinstance(target, ast.Name) and value is not None:
            yield target.id, value
        elif isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple):
            for part, written in zip(target.elts, value.elts, strict=False):
                yield from _bound([part], written)


def _parsed(data: bytes, path: str) -> ast.Module:
    """The tree of the file, or of what stands before its first function if the rest is broken."""
    try:
        return parsed(data, path)
    except (SyntaxError, ValueError) as cause:
        start = re.split(rb"\n(?=def |class |@|async )", data, maxsplit=1)[0]
        if start == data or b"<<<<<<<" in data:
            raise invalid_python(path, cause, data) from cause
    return _parsed(start, path)


def _constant(node: ast.expr, known: dict[str, Any]) -> Any:
    """The value of an expression made of constants and names seen before; else Ellipsis."""
    import ast

    match node:
        case ast.Constant(value=value):
            return value
        case ast.Name(id=name):
            return known.get(name, Ellipsis)
        case ast.Tuple(elts=items) | ast.List(elts=items) | ast.Set(elts=items):
            values = tuple(_constant(item, known) for item in items)
            return Ellipsis if Ellipsis in values else values
        case ast.BinOp(left=left, op=ast.Add(), right=right):
            both = _constant(left, known), _constant(right, known)
            return both[0] + both[1] if all(isinstance(b, str) for b in both) else Ellipsis
    return Ellipsis


def _header(values: dict[str, Any], docstring: str, path: str) -> Header:
    revision = values.get("revision")
    if revision is None:
        revision = _legacy_revision(values, path)
    if not isinstance(revision, str):
        raise _not_plain(path, None, "revision")
    if "down_revision" not in values:
        raise BrokenRevisionFile(
            f"The file '{shown(path)}' has no 'down_revision', so what it follows is unknown.",
            hint="Add 'down_revision = \"...\"', or 'down_revision = None' if it is the first.",
        )
    down = _texts(values, "down_revision", path)
    return Header(
        revision,
        down[0] if len(down) == 1 else down or None,
        _texts(values, "branch_labels", path),
        _texts(values, "depends_on", path),
        docstring,
    )


def _texts(values: dict[str, Any], name: str, path: str) -> tuple[str, ...]:
    value = values.get(name)
    if value is None:
        return ()
    if type(value) is str:
        return (value,) if value else ()
    if not isinstance(value, (tuple, list, set, frozenset)):
        raise _not_plain(path, None, name)
    if not all(isinstance(item, str) for item in value):
        raise _not_plain(path, None, name)
    return tuple(dict.fromkeys(sorted(value) if isinstance(value, (set, frozenset)) else value))


def _legacy_revision(values: dict[str, Any], path: str) -> str:
    """The id of a file of the first days, which is in its name alone."""
    stem = os.path.basename(path).partition(".")[0]
    if "down_revision" in values and _LEGACY_NAME.fullmatch(stem):
        return stem
    raise BrokenRevisionFile(
        f"The file '{shown(path)}' has no 'revision', so it is no revision.",
        hint="Add a line 'revision = \"...\"', or move the file out of the versions folder.",
    )


def _not_plain(path: str, line: int | None, name: str) -> NotPlain:
    where = f"'{shown(path)}', line {line}" if line else f"'{shown(path)}'"
    wanted = "Write it as a plain text." if name == "revision" else LABEL_HINT
    return NotPlain(f"{where}: the value of '{name}' is not written as a text.", hint=wanted)


def invalid_python(path: str, cause: Exception, data: bytes = b"") -> BrokenRevisionFile:
    """The error for a file that Python does not understand."""
    line = getattr(cause, "lineno", None)
    where = f"'{shown(path)}', line {line}" if line else f"'{shown(path)}'"
    reason = getattr(cause, "msg", None) or str(cause)
    if text := (getattr(cause, "text", None) or "").strip():
        reason += f": '{text}'"
    hint = "Correct the file."
    if b"<<<<<<<" in data:
        hint = "It holds the marks of a merge in git that was not finished; finish it."
    return BrokenRevisionFile(f"{where} is not valid Python: {reason}.", hint=hint)
