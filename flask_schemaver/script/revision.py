"""One revision, and the script that is its file.

A revision knows what its file says; what follows from other files (heads, children, inherited
labels) it asks of its graph.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable
from types import CodeType, ModuleType
from typing import TYPE_CHECKING, Any

from ..errors import BrokenRevisionFile, CommandError
from .alias import namespace
from .header import (
    Header,
    NotPlain,
    header_of_values,
    invalid_python,
    is_byte_code,
    read_header,
    read_sealed,
)
from .place import shown

if TYPE_CHECKING:
    from .graph import RevisionMap

Ids = str | tuple[str, ...] | None

_ELSEWHERE = {
    "RevisionMap": ".graph",
    "CycleDetected": "..errors",
    "DependencyCycleDetected": "..errors",
    "DependencyLoopDetected": "..errors",
    "LoopDetected": "..errors",
    "MultipleHeads": "..errors",
    "RangeNotAncestorError": "..errors",
    "ResolutionError": "..errors",
    "RevisionError": "..errors",
}
"""What programs import from here beside what is here."""

_BLANK_LINE = re.compile(r"\n\s*\n")


class Revision:
    """A point in the graph: its id, what it follows and what it needs."""

    __slots__ = ("dependencies", "down_revision", "graph", "own_labels", "parents", "revision")

    def __init__(
        self,
        revision: str,
        down_revision: str | Iterable[str] | None,
        dependencies: str | Iterable[str] | None = None,
        branch_labels: str | Iterable[str] | None = None,
    ) -> None:
        self.revision: str = revision
        self.parents: tuple[str, ...] = as_tuple(down_revision)
        """The ids that it follows; none for a base, several for a merge."""
        self.down_revision: Ids = as_scalar(self.parents)
        self.dependencies: Ids = as_scalar(as_tuple(dependencies)) if dependencies else None
        """What it needs beside its parents: ids or labels, as written."""
        self.own_labels: tuple[str, ...] = as_tuple(branch_labels) if branch_labels else ()
        """The labels that its own file gives it."""
        self.graph: RevisionMap | None = None

    @property
    def nextrev(self) -> frozenset[str]:
        """The ids that follow it."""
        return frozenset(self.graph.children(self.revision) if self.graph else ())

    @property
    def branch_labels(self) -> set[str]:
        """Its own labels and those that it inherits from the revisions around it."""
        return set(self.graph.labels_of(self.revision) if self.graph else self.own_labels)

    @property
    def is_head(self) -> bool:
        """Whether no revision follows it."""
        return not self.nextrev

    @property
    def is_effective_head(self) -> bool:
        """Whether it is a head that another revision depends on: it has no row of its own."""
        return self.is_head and bool(self.graph and self.graph.dependents(self.revision))

    @property
    def is_base(self) -> bool:
        """Whether it follows no revision."""
        return not self.parents

    @property
    def is_branch_point(self) -> bool:
        """Whether several revisions follow it."""
        return len(self.nextrev) > 1

    @property
    def is_merge_point(self) -> bool:
        """Whether it follows several revisions."""
        return len(self.parents) > 1

    @property
    def doc(self) -> str:
        """A few words on what it does; a bare revision has none."""
        return ""

    @property
    def place(self) -> str:
        """Where it is written, for an error."""
        return ""

    @property
    def named(self) -> str:
        """Its id, words and file, for a sentence."""
        details = ", ".join(part for part in (self.doc, self.place) if part)
        return f"'{self.revision}' ({details})" if details else f"'{self.revision}'"

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.revision!r}, {self.down_revision!r})"

    def __str__(self) -> str:
        return self.named


class Script(Revision):
    """A revision that is a file; the file is executed when `module` is first asked for."""

    __slots__ = ("_docstring", "_module", "path", "source")

    def __init__(self, header: Header, path: str, source: str | None = None) -> None:
        revision, down_revision, branch_labels, depends_on, docstring = header
        super().__init__(revision, down_revision, depends_on, branch_labels)
        self.path: str = path
        self.source: str | None = source
        """The digest of the file's bytes, where it was taken when the header was read."""
        self._docstring = docstring
        self._module: ModuleType | None = None

    @classmethod
    def from_path(cls, path: str, *, sealed: bool = False) -> Script:
        """Read the file's header; it is executed only if an identifier is not written out.

        `sealed`: the digest of the file is taken by the same reading.
        """
        try:
            header, source = read_sealed(path) if sealed else (read_header(path), None)
        except NotPlain:
            module = load_file(path)
        else:
            return cls(header, path, source)
        script = cls(header_of_values(vars(module), path), path)
        script._module = module
        return script

    @classmethod
    def _from_path(cls, scriptdir: object, path: str | os.PathLike[str]) -> Script:
        """The same, as plugins call it."""
        return cls.from_path(os.fspath(path))

    @property
    def filename(self) -> str:
        return os.path.basename(self.path)

    @property
    def module(self) -> ModuleType:
        """The file as a module, executed once; it is not put into `sys.modules`."""
        if self._module is None:
            self._module = load_file(self.path)
        return self._module

    def function(self, name: str) -> Callable[..., Any]:
        """The file's `upgrade` or `downgrade`."""
        found = getattr(self.module, name, None)
        if callable(found):
            return found  # type: ignore[no-any-return]
        raise BrokenRevisionFile(
            f"The file '{self.place}' has no function '{name}()'.",
            hint=f"Add 'def {name}() -> None:' to it.",
        )

    @property
    def longdoc(self) -> str:
        """The whole docstring of the file."""
        from textwrap import dedent

        text = self._docstring.expandtabs()
        first, _, rest = text.partition("\n")
        return f"{first.strip()}\n{dedent(rest)}".strip()

    @property
    def doc(self) -> str:
        """The first paragraph of the docstring: the message."""
        return " ".join(_BLANK_LINE.split(self._docstring.strip(), maxsplit=1)[0].split())

    @property
    def place(self) -> str:
        return shown(self.path)

    @property
    def log_entry(self) -> str:
        """The revision in several lines, as `history -v` shows it."""
        return self._paragraph(current=False)

    def _paragraph(self, *, current: bool) -> str:
        from textwrap import indent

        lines = [f"Rev: {self.revision}{self._marks(indicators=True, current=current)}"]
        lines.append(f"{'Merges' if self.is_merge_point else 'Parent'}: {self._parents_in_words()}")
        if self.dependencies:
            lines.append(f"Also depends on: {', '.join(as_tuple(self.dependencies))}")
        if self.is_branch_point:
            lines.append(f"Branches into: {', '.join(sorted(self.nextrev))}")
        if labels := self.branch_labels:
            lines.append(f"Branch names: {', '.join(sorted(labels))}")
        lines.append(f"Path: {self.path}")
        return "\n".join(lines) + f"\n\n{indent(self.longdoc, '    ')}\n"

    def cmd_format(
        self,
        verbose: bool,
        include_branches: bool = False,
        include_doc: bool = False,
        include_parents: bool = False,
        tree_indicators: bool = True,
        *,
        current: bool = False,
    ) -> str:
        """The revision in one line, or as `log_entry` if `verbose`."""
        if verbose:
            return self._paragraph(current=current)
        text = f"{self.revision}"
        if include_parents:
            needs = f" ({', '.join(as_tuple(self.dependencies))})" if self.dependencies else ""
            text = f"{self._parents_in_words()}{needs} -> {text}"
        if include_branches and (labels := self.branch_labels):
            text += f" ({', '.join(sorted(labels))})"
        text += self._marks(indicators=tree_indicators, current=current)
        return f"{text}, {self.doc}" if include_doc else text

    def _parents_in_words(self) -> str:
        return ", ".join(self.parents) or "<base>"

    def _marks(self, *, indicators: bool, current: bool = False) -> str:
        marks = []
        if self.is_head:
            marks.append("effective head" if self.is_effective_head else "head")
        if current:
            marks.append("current")
        if indicators and self.is_branch_point:
            marks.append("branchpoint")
        if indicators and self.is_merge_point:
            marks.append("mergepoint")
        return "".join(f" ({mark})" for mark in marks)


def as_tuple(value: str | Iterable[str] | None) -> tuple[str, ...]:
    """None, one id or several ids as a tuple, each id once."""
    if not value:
        return ()
    return (value,) if isinstance(value, str) else tuple(dict.fromkeys(value))


def as_scalar(ids: tuple[str, ...]) -> Ids:
    """A tuple of ids as a file shows it: None, one id, or a tuple."""
    return ids[0] if len(ids) == 1 else ids or None


def is_revision(rev: object) -> bool:
    """Whether this is a revision, and not a word such as `base`."""
    return isinstance(rev, Revision)


tuple_rev_as_scalar = as_scalar


def load_file(path: str) -> ModuleType:
    """Execute a Python file as a module of its own; it is not put into `sys.modules`.

    Raises BrokenRevisionFile with file and line if it is not Python or fails on the way.
    """
    code = compiled(path)
    module = namespace("".join(c if c.isalnum() else "_" for c in os.path.basename(path)), path)
    try:
        exec(code, module.__dict__)
    except CommandError:
        raise
    except Exception as cause:
        raise _failed_to_load(path, cause) from cause
    return module


def compiled(path: str) -> CodeType:
    """The code of a Python file; BrokenRevisionFile with file and line if it is no Python."""
    with open(path, "rb") as file:
        data = file.read()
    if not is_byte_code(path):
        return compiled_source(data, path)
    from .bytecode import code_in

    return code_in(data, path)


def compiled_source(data: bytes, path: str) -> CodeType:
    """The code of a text that is, or will be, the file at `path`."""
    try:
        return compile(data, path, "exec", dont_inherit=True)
    except (SyntaxError, ValueError) as cause:
        raise invalid_python(path, cause, data) from cause


def _failed_to_load(path: str, cause: Exception) -> BrokenRevisionFile:
    line, trace = None, cause.__traceback__
    while trace is not None:
        if trace.tb_frame.f_code.co_filename == path:
            line = trace.tb_lineno
        trace = trace.tb_next
    where = f"'{shown(path)}', line {line}" if line else f"'{shown(path)}'"
    return BrokenRevisionFile(
        f"{where} fails when it is loaded: {type(cause).__name__}: {cause}.",
        hint="Correct the file; its functions were not called.",
    )


def __getattr__(name: str) -> Any:
    if name not in _ELSEWHERE:
        raise AttributeError(f"module '{__name__}' has no attribute '{name}'")
    from importlib import import_module

    return getattr(import_module(_ELSEWHERE[name], __package__), name)
