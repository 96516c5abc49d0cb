"""Operations as Python: one call after another, with the imports that they need."""

from __future__ import annotations

import enum
from collections.abc import Callable, Iterable, Mapping
from copy import copy
from typing import TYPE_CHECKING, Any, Literal

import sqlalchemy as sa
from sqlalchemy.sql.elements import quoted_name
from sqlalchemy.types import TypeEngine

from ..kinds._items import rendered_expression
from ..operations.containers import OpContainer
from ..runtime.dispatch import Dispatcher
from ..schema.operation import Call, Item, Operation, TableOperation
from .render_types import write_type

if TYPE_CHECKING:
    from ..dialects.base import Dialect
    from .autogen_context import AutogenContext

WIDTH = 96
"""Characters in a line of generated code, as far as a single argument is not longer."""


renderers: Dispatcher = Dispatcher()
"""How programs write operations: `@renderers.dispatch_for(OpClass)` on a function of an
AutogenContext and the operation, which returns a line of Python, or several as a list."""

RenderItem = Callable[[str, Any, Any], "str | Literal[False] | None"]


class Renderer:
    """Turns calls into text and gathers what has to be imported for them.

    `dialect` is the database that the text is for. `user_prefix` stands before the name of an
    application's own type instead of its module, and with `decorators` its TypeDecorators are
    written as they are, not as what they store. `render_item`, and the functions in `renderers`,
    are handed `autogen`.
    """

    def __init__(
        self,
        *,
        op_prefix: str = "op.",
        sa_prefix: str = "sa.",
        user_prefix: str | None = None,
        dialect: Dialect | None = None,
        decorators: bool = False,
        render_item: RenderItem | None = None,
        autogen: AutogenContext | None = None,
    ) -> None:
        self.op_prefix = op_prefix
        self.sa_prefix = sa_prefix
        self.user_prefix = user_prefix
        self.dialect = dialect
        self.decorators: bool = decorators or user_prefix is not None
        self.render_item = render_item
        self.autogen = autogen
        self.imports: set[str] = set() if autogen is None else autogen.imports

    @classmethod
    def of(cls, autogen: AutogenContext) -> Renderer:
        """A renderer by the options of a comparison, whose imports it gathers."""
        opts = autogen.opts
        return cls(
            op_prefix=opts["alembic_module_prefix"] or "",
            sa_prefix=opts["sqlalchemy_module_prefix"] or "",
            user_prefix=opts["user_module_prefix"],
            dialect=autogen.spelling,
            decorators=bool(opts["render_type_decorators"]),
            render_item=opts["render_item"],
            autogen=autogen,
        )

    def in_batch(self) -> Renderer:
        """The renderer for calls inside a batch block."""
        inner = copy(self)
        inner.op_prefix = "batch_op."
        return inner

    @property
    def rewrites(self) -> bool:
        """Whether somebody else has a say in what is written."""
        return self.render_item is not None or self.user_prefix is not None

    def operation(self, operation: Operation, indent: int = 0) -> str:
        """One operation, below the note that explains it."""
        name = "default" if self.dialect is None else self.dialect.engine.name
        function = renderers.found(type(operation), name)
        if function is not None:
            written = function(self.autogen, operation)
            lines = [written] if isinstance(written, str) else list(written)
            return (_note(operation) + "\n".join(lines)).replace("\n", "\n" + " " * indent)
        if operation.committed_at_once:
            head = self.call(Call("op.get_context"))
            inner = self.call(operation.rendering(), indent + 4)
            text = f"with {head}.autocommit_block():\n{' ' * (indent + 4)}{inner}"
        else:
            text = self.call(operation.rendering(), indent)
        return _note(operation).replace("\n", "\n" + " " * indent) + text

    def call(self, call: Call, indent: int = 0) -> str:
        """A call on one line where it fits, else one argument to a line."""
        function = self._function(call.function)
        arguments = self._arguments(call, indent + 4)
        flat = f"{function}({', '.join(arguments)})"
        if len(flat) + indent <= WIDTH and "\n" not in flat:
            return flat
        inner = " " * (indent + 4)
        lines = "".join(f"{inner}{argument},\n" for argument in arguments)
        return f"{function}(\n{lines}{' ' * indent})"

    def _arguments(self, call: Call, indent: int) -> list[str]:
        arguments = []
        for name, value in [*((None, a) for a in call.args), *call.kwargs.items()]:
            text = (
                self._item(value, indent) if isinstance(value, Item) else self.value(value, indent)
            )
            if text is not None:
                arguments.append(text if name is None else f"{name}={text}")
        return arguments

    def _item(self, item: Item, indent: int) -> str | None:
        """A schema item as `render_item` wants it; None where it is to be left out."""
        hooked = self._hooked(item.kind, item.object)
        return self.value(item.value, indent) if hooked is False else hooked

    def _hooked(self, kind: str, obj: Any) -> str | Literal[False] | None:
        if self.render_item is None:
            return False
        return self.render_item(kind, obj, self.autogen)

    def _function(self, name: str) -> str:
        module, _, rest = name.partition(".")
        if module == "postgresql":
            self.imports.add("from sqlalchemy.dialects import postgresql")
            return name
        return {"op": self.op_prefix, "sa": self.sa_prefix}[module] + rest

    def value(self, value: Any, indent: int) -> str:
        """A value as Python that evaluates to it."""
        if isinstance(value, Item | enum.Enum):
            return self.value(value.value, indent)
        if isinstance(value, Call):
            return self.call(value, indent)
        if isinstance(value, TypeEngine):
            return self.type_(value)
        if isinstance(value, list | tuple | Mapping):
            return self._collection(value, indent)
        if isinstance(value, quoted_name) and value.quote is not None:
            return f"{self.sa_prefix}quoted_name({str(value)!r}, {value.quote!r})"
        if isinstance(value, sa.ClauseElement):
            return self.value(rendered_expression(value), indent)
        return repr(str(value)) if isinstance(value, str) else repr(value)

    def _collection(self, value: Any, indent: int) -> str:
        if isinstance(value, Mapping):
            items = ", ".join(f"{k!r}: {self.value(v, indent)}" for k, v in value.items())
            return f"{{{items}}}"
        items = ", ".join(self.value(item, indent) for item in value)
        if isinstance(value, tuple):
            return f"({items},)" if len(value) == 1 else f"({items})"
        return f"[{items}]"

    def type_(self, type_: TypeEngine[Any]) -> str:
        """A type by the call that makes it, unless `render_item` writes it otherwise."""
        return self._hooked("type", type_) or self._by_dialect(type_) or write_type(type_, self)

    def _by_dialect(self, type_: TypeEngine[Any]) -> str | None:
        """A type as a dialect of another package writes it."""
        if self.dialect is None or self.autogen is None or not self.dialect.renders_types:
            return None
        return self.dialect.render_type(type_, self.autogen) or None


def render_operations(
    operations: Iterable[Operation],
    renderer: Renderer,
    *,
    batch: bool = False,
    single: bool = False,
) -> str:
    """The body of a function, unindented; `pass` where there is nothing to do.

    With `batch`, consecutive changes of one table stand in a `batch_alter_table` block; with
    `single`, one that stands alone does too.
    """
    flat = flattened(operations)
    blocks = []
    for group in _by_table(flat) if batch else [[operation] for operation in flat]:
        in_block = len(group) > 1 or (batch and single and _table_of(group[0]) is not None)
        blocks.append(_batch_block(group, renderer) if in_block else renderer.operation(group[0]))
    return "\n".join(blocks) or "pass"


def flattened(operations: Iterable[Operation]) -> list[Operation]:
    flat: list[Operation] = []
    for operation in operations:
        flat += operation.flattened() if isinstance(operation, OpContainer) else [operation]
    return flat


def render_op(autogen_context: AutogenContext, op: Operation) -> list[str]:
    """One operation, or those inside a container, as texts."""
    renderer = Renderer.of(autogen_context)
    return [renderer.operation(one) for one in flattened([op])]


def render_op_text(autogen_context: AutogenContext, op: Operation) -> str:
    """One operation, or those inside a container, as Python."""
    return "\n".join(render_op(autogen_context, op))


def _repr_type(type_: TypeEngine[Any], autogen_context: AutogenContext) -> str:
    """A type as Python, for plugins whose own types consist of others."""
    return Renderer.of(autogen_context).type_(type_)


def _alembic_autogenerate_prefix(autogen_context: AutogenContext) -> str:
    return autogen_context.opts["alembic_module_prefix"] or ""


def _sqlalchemy_autogenerate_prefix(autogen_context: AutogenContext) -> str:
    return autogen_context.opts["sqlalchemy_module_prefix"] or ""


def _built_in(autogen_context: AutogenContext, op: Operation) -> str:
    """An operation as it is written without a renderer of its own, for plugins that change that."""
    return Renderer.of(autogen_context).call(op.rendering())


_add_column = _drop_column = _alter_column = _built_in
_add_table = _drop_table = _add_index = _drop_index = _built_in


def _render_cmd_body(op_container: OpContainer, autogen_context: AutogenContext) -> str:
    """The operations of a container as the body of a function."""
    from .page import body

    return body(op_container.ops, autogen_context)


def _note(operation: Operation) -> str:
    note = operation.info.get("note")
    return "".join(f"# {line}\n" for line in str(note).splitlines()) if note else ""


def _by_table(operations: list[Operation]) -> list[list[Operation]]:
    """Runs of consecutive changes of one table, which one rebuild can make together."""
    groups: list[list[Operation]] = []
    for operation in operations:
        same = bool(groups) and _table_of(groups[-1][-1]) == _table_of(operation) is not None
        if same:
            groups[-1].append(operation)
        else:
            groups.append([operation])
    return groups


def _table_of(operation: Operation) -> tuple[str | None, str] | None:
    if isinstance(operation, TableOperation) and operation.directive in BATCHED:
        return (operation.schema, operation.table_name)
    return None


BATCHED = {
    "add_column",
    "alter_column",
    "alter_table_options",
    "create_check_constraint",
    "create_foreign_key",
    "create_index",
    "create_primary_key",
    "create_unique_constraint",
    "drop_column",
    "drop_constraint",
    "drop_index",
    "rename_constraint",
}

TABLE_FIRST = {"add_column", "alter_column", "alter_table_options", "drop_column"}
"""Directives whose first argument is the table; that of the others is a name."""


def _batch_block(operations: list[Operation], renderer: Renderer) -> str:
    table = operations[0]
    assert isinstance(table, TableOperation)
    options = {"schema": table.schema} if table.schema else {}
    head = renderer.call(Call("op.batch_alter_table", table.table_name, **options))
    lines = [f"with {head} as batch_op:"]
    inner = renderer.in_batch()
    for operation in operations:
        call = _without_table(operation)
        note = operation.info.get("note")
        lines += [f"    # {line}" for line in str(note or "").splitlines()]
        lines.append("    " + inner.call(call, 4))
    return "\n".join(lines)


def _without_table(operation: Operation) -> Call:
    """The call of an operation without the table that its batch block names."""
    call = operation.rendering()
    kwargs = dict(call.kwargs)
    for name in ("schema", "source_schema", "table_name"):
        kwargs.pop(name, None)
    args = list(call.args)
    if operation.directive != "drop_index":
        names_table_first = operation.directive in TABLE_FIRST
        at = 2 if operation.directive == "rename_constraint" else 1
        del args[0 if names_table_first else at]
    return Call(call.function, *args, **kwargs)
