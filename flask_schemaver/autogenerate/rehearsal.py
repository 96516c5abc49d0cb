"""A dry run of a revision file before it is written: it has to do what it was rendered from.

The text is executed with `op` bound to a recorder. Nothing reaches a database.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NamedTuple

from ..errors import AutogenerateError, CommandError
from ..kinds.table import CreateTableOp
from ..operations.batch import BatchOperations
from ..operations.facade import Operations, bound
from ..operations.shape import Shape
from ..runtime.migration import MigrationContext
from ..schema.operation import Operation
from ..script import alias
from .render import renderers

if TYPE_CHECKING:
    from sqlalchemy.engine import Dialect as EngineDialect

    from .render import Renderer

NOTHING_WRITTEN = "Nothing was written."
TO_IMPORT = (
    "Add its import to 'script.py.mako', or in a hook to the 'imports' of the script; a "
    "'render_item' function adds it to 'autogen_context.imports'."
)
TO_REACH = (
    "Make the module importable where the migrations run, or have 'render_item' write the type "
    "otherwise."
)


class Body(NamedTuple):
    """The text of one function, as it stands in the file, and the operations it is made of.

    `write` makes the text of operations.
    """

    text: str
    operations: Sequence[Operation]
    write: Callable[[Sequence[Operation]], str]


class RehearsalFailed(AutogenerateError):
    """A revision file that was to be written does not run, or does not do what it should."""


class _NeedsDatabase(CommandError):
    """The code wants what a dry run does not have; the rest of it is taken on trust."""


class _Recorder(Operations):
    """Directives that are noted instead of being run."""

    def __init__(self, migration_context: MigrationContext, *, foreign: bool) -> None:
        """`foreign` code may use the table that `create_table` returns; ours does not."""
        super().__init__(migration_context)
        self.recorded: list[Operation] = []
        self.foreign = foreign

    def invoke(self, operation: Operation) -> Any:
        self.recorded.append(operation)
        wanted = self.foreign and isinstance(operation, CreateTableOp)
        return operation.to_table() if wanted else None  # type: ignore[attr-defined]

    @contextmanager
    def batch_alter_table(
        self, table_name: str, schema: str | None = None, *args: Any, **kwargs: Any
    ) -> Iterator[BatchOperations]:
        batch = BatchOperations(self, Shape(table_name, schema))
        yield batch
        self.recorded += batch.gathered

    def get_bind(self) -> Any:
        raise _NeedsDatabase("A dry run has no connection.")

    def run_async(self, *args: Any, **kwargs: Any) -> Any:
        raise _NeedsDatabase("A dry run has no connection.")


def rehearse(
    text: str,
    path: str,
    bodies: Iterable[Body],
    renderer: Renderer,
    dialect: EngineDialect,
    opts: Mapping[str, Any],
) -> None:
    """Execute the text that is to be the file at `path`, and each body with `op` recording.

    Raises RehearsalFailed with file and line where something is not imported or fails, and where
    other operations come out than went in. Touches no database.
    """
    namespace = alias.namespace("revision", path).__dict__
    with _explained(path, text):
        exec(compile(text, path, "exec", dont_inherit=True), namespace)
    options = {"as_sql": True, "output_buffer": io.StringIO()}
    options["target_metadata"] = opts.get("target_metadata")
    for body in bodies:
        context = MigrationContext.configure(dialect=dialect, opts=options)
        recorder = _Recorder(context, foreign=_is_foreign(body, renderer))
        if _played(body, text, path, namespace, recorder) and not recorder.foreign:
            _require_equal(body, recorder.recorded, path, renderer)


def _played(
    body: Body, text: str, path: str, namespace: dict[str, Any], recorder: _Recorder
) -> bool:
    """Run a body where it stands in the file; False where that cannot be done to its end."""
    start = text.find(body.text)
    if start < 0:
        return False  # The template has made something else of it.
    lines = text.count("\n", 0, start)
    source = "\n" * (lines - 1) + f"def rehearsed():\n    {body.text}\n"
    with _explained(path, text), bound(recorder):
        exec(compile(source, path, "exec", dont_inherit=True), namespace)
        try:
            namespace.pop("rehearsed")()
        except _NeedsDatabase:
            return False
    return True


@contextmanager
def _explained(path: str, text: str) -> Iterator[None]:
    """Turn what the text raises into an error that names its line and what to do."""
    from ..script.place import shown

    try:
        yield
    except _NeedsDatabase:
        raise
    except Exception as cause:
        line = _line(cause, path)
        where = f"{shown(path)}:{line}" if line else shown(path)
        words, hint = _words(cause)
        lines = text.splitlines()
        code = f" Its line is: {lines[line - 1].strip()}" if line and line <= len(lines) else ""
        raise RehearsalFailed(
            f"The new revision would not run: {where} {words}.{code}",
            hint=f"{NOTHING_WRITTEN} {hint}",
        ) from cause


def _line(cause: BaseException, path: str) -> int | None:
    """The last line of the file on the way to where it was raised."""
    if isinstance(cause, SyntaxError):
        return cause.lineno
    line, trace = None, cause.__traceback__
    while trace is not None:
        if trace.tb_frame.f_code.co_filename == path:
            line = trace.tb_lineno
        trace = trace.tb_next
    return line


def _words(cause: Exception) -> tuple[str, str]:
    """What is wrong, and what to do about it."""
    if isinstance(cause, SyntaxError):
        return f"is no Python: {cause.msg}", "Correct what renders this line."
    name = getattr(cause, "name", None)
    if isinstance(cause, NameError) and name and not isinstance(cause, CommandError):
        return f"uses '{name}' without import", TO_IMPORT
    if isinstance(cause, ImportError):
        return f"cannot be imported: {cause}", TO_REACH
    words = f"raises {type(cause).__name__}: {cause}".rstrip(".")
    return words, "Write the type or the item otherwise with 'render_item', or in a hook of env.py."


def _is_foreign(body: Body, renderer: Renderer) -> bool:
    """Whether a program has a say in what is written, so that other operations may come out."""
    name = "default" if renderer.dialect is None else renderer.dialect.engine.name
    return renderer.rewrites or any(renderers.found(type(op), name) for op in body.operations)


def _require_equal(
    body: Body, recorded: Sequence[Operation], path: str, renderer: Renderer
) -> None:
    """Raise where the file makes other operations than those it was written for."""
    from ..script.place import shown

    for operation, known in zip(recorded, body.operations, strict=False):
        if "note" in known.info:
            operation.info["note"] = known.info["note"]
    if body.write(recorded) == body.text:
        return
    meant = [renderer.call(op.rendering()) for op in body.operations]
    made = [renderer.call(op.rendering()) for op in recorded]
    if meant == made:
        return
    places = range(max(len(meant), len(made)))
    place = next(n for n in places if meant[n : n + 1] != made[n : n + 1])
    wanted = "".join(meant[place : place + 1]) or "nothing more"
    found = "".join(made[place : place + 1]) or "nothing more"
    raise RehearsalFailed(
        f"The new revision '{shown(path)}' would not do what it is written for: instead of "
        f"{wanted} it makes {found}.",
        hint=f"{NOTHING_WRITTEN} This is a defect of flask_schemaver, or of a type or a hook "
        "that changes what is written; 'render_item' can write the item otherwise.",
    )
