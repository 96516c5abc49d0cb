"""Operations as Python: one call after another, with the imports that they need."""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Mapping
from importlib import import_module
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy.types import TypeEngine

from ..dialects.reflected import NamedType
from ..operations.containers import OpContainer
from ..schema.operation import Call, Operation, TableOperation

if TYPE_CHECKING:
    from ..dialects.base import Dialect

WIDTH = 96
"""Characters in a line of generated code, as far as a single argument is not longer."""


class Renderer:
    """Turns calls into text and gathers what has to be imported for them.

    `dialect` is the database that the text is for: an application's own type may be another one
    on each, and is written as what it is there.
    """

    def __init__(
        self, *, op_prefix: str = "op.", sa_prefix: str = "sa.", dialect: Dialect | None = None
    ) -> None:
        self.op_prefix = op_prefix
        self.sa_prefix = sa_prefix
        self.dialect = dialect
        self.imports: set[str] = set()

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
        positional = [self.value(argument, indent) for argument in call.args]
        named = [f"{name}={self.value(v, indent)}" for name, v in call.kwargs.items()]
        return positional + named

    def _function(self, name: str) -> str:
        module, _, rest = name.partition(".")
        return {"op": self.op_prefix, "sa": self.sa_prefix}[module] + rest

    def value(self, value: Any, indent: int) -> str:
        """A value as Python that evaluates to it."""
        if isinstance(value, Call):
            return self.call(value, indent)
        if isinstance(value, TypeEngine):
            return self.type_(value)
        if isinstance(value, list | tuple):
            items = ", ".join(self.value(item, indent) for item in value)
            if isinstance(value, tuple):
                return f"({items},)" if len(value) == 1 else f"({items})"
            return f"[{items}]"
        if isinstance(value, Mapping):
            items = ", ".join(f"{k!r}: {self.value(v, indent)}" for k, v in value.items())
            return f"{{{items}}}"
        if isinstance(value, str):
            return repr(str(value))
        return repr(value)

    # -- types ------------------------------------------------------------------------------

    def type_(self, type_: TypeEngine[Any]) -> str:
        """A type by the call that makes it; an application's own decorator by what it stores."""
        variants = dict(type_._variant_mapping)
        base = self._base_type(type_)
        for dialect, variant in sorted(variants.items()):
            base += f".with_variant({self.type_(variant)}, {dialect!r})"
        return base

    def _base_type(self, type_: TypeEngine[Any]) -> str:
        # SQLAlchemy decorates Interval, which is a type of the database on some of them.
        if isinstance(type_, sa.TypeDecorator) and not isinstance(type_, sa.Interval):
            return self.type_(self._stored(type_))
        if isinstance(type_, sa.Enum):
            return self._enum(type_)
        if isinstance(type_, sa.ARRAY):
            return self._array(type_)
        words = [
            self.value(value, 0) if name is None else f"{name}={self.value(value, 0)}"
            for name, value in constructor_arguments(type_)
        ]
        return f"{self._constructor(type_)}({', '.join(words)})"

    def _stored(self, type_: sa.TypeDecorator[Any]) -> TypeEngine[Any]:
        """What a decorator stores its values in."""
        if self.dialect is None:
            return type_.impl_instance
        return type_.load_dialect_impl(self.dialect.engine)

    def _constructor(self, type_: TypeEngine[Any]) -> str:
        cls = next((c for c in type(type_).__mro__ if _is_public(c)), type(type_))
        return self._prefix(cls) + cls.__name__

    def _prefix(self, cls: type) -> str:
        module = cls.__module__
        if module.startswith("sqlalchemy.dialects."):
            dialect = module.split(".")[2]
            self.imports.add(f"from sqlalchemy.dialects import {dialect}")
            return f"{dialect}."
        if module.startswith("sqlalchemy."):
            return self.sa_prefix
        self.imports.add(f"import {module}")
        return f"{module}."

    def _enum(self, type_: sa.Enum) -> str:
        words = [repr(value) for value in type_.enums]
        native = type(type_).__module__.startswith("sqlalchemy.dialects.")
        options: dict[str, Any] = {"name": type_.name, "schema": type_.schema}
        if not native:
            options |= {
                "native_enum": None if type_.native_enum else False,
                "create_constraint": type_.create_constraint or None,
                "length": None if type_.native_enum else type_.length,
            }
        words += [f"{name}={value!r}" for name, value in options.items() if value is not None]
        if native:
            return f"{self._constructor(type_)}({', '.join(words)})"
        return f"{self.sa_prefix}Enum({', '.join(words)})"

    def _array(self, type_: Any) -> str:
        words = [self.type_(type_.item_type)]
        if type_.dimensions is not None:
            words.append(f"dimensions={type_.dimensions!r}")
        return f"{self._constructor(type_)}({', '.join(words)})"


def _is_public(cls: type) -> bool:
    """Whether a type's class can be imported where scripts look for it.

    A driver puts private classes of its own in the place of a dialect's.
    """
    words = cls.__module__.split(".")
    if words[0] != "sqlalchemy":
        return True
    place = ".".join(words[:3]) if words[1] == "dialects" else "sqlalchemy"
    return getattr(import_module(place), cls.__name__, None) is cls


def constructor_arguments(type_: TypeEngine[Any]) -> list[tuple[str | None, Any]]:
    """The arguments that make an equal type: those whose attribute is not the default.

    A type keeps each argument of its constructor under the argument's name; the classes that
    it derives from are asked where it passes on `**kwargs`.
    """
    found: dict[str, Any] = {}
    for cls in type(type_).__mro__:
        init = cls.__dict__.get("__init__")
        if init is None:
            continue
        parameters = list(inspect.signature(init).parameters.values())[1:]
        for parameter in parameters:
            if parameter.kind in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD):
                continue
            value = getattr(type_, parameter.name, parameter.default)
            if value is not parameter.default and value != parameter.default:
                found.setdefault(parameter.name, value)
        if not any(p.kind is p.VAR_KEYWORD for p in parameters):
            break
    if isinstance(type_, NamedType):
        return [(None, type_.spelling)]
    return [(name, value) for name, value in found.items() if not callable(value)]


def render_operations(
    operations: Iterable[Operation], renderer: Renderer, *, batch: bool = False
) -> str:
    """The body of a function, unindented; `pass` where there is nothing to do.

    With `batch`, consecutive changes of one table stand in a `batch_alter_table` block.
    """
    flat = flattened(operations)
    blocks = []
    for group in _by_table(flat) if batch else [[operation] for operation in flat]:
        blocks.append(_batch_block(group, renderer) if len(group) > 1 else _one(group[0], renderer))
    return "\n".join(blocks) or "pass"


def flattened(operations: Iterable[Operation]) -> list[Operation]:
    flat: list[Operation] = []
    for operation in operations:
        flat += operation.flattened() if isinstance(operation, OpContainer) else [operation]
    return flat


def _one(operation: Operation, renderer: Renderer, indent: int = 0) -> str:
    """One call, below the note that explains it."""
    note = operation.info.get("note")
    comment = "".join(f"# {line}\n" for line in str(note).splitlines()) if note else ""
    return comment + renderer.call(operation.rendering(), indent)


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
    inner = Renderer(op_prefix="batch_op.", sa_prefix=renderer.sa_prefix, dialect=renderer.dialect)
    for operation in operations:
        call = _without_table(operation)
        note = operation.info.get("note")
        lines += [f"    # {line}" for line in str(note or "").splitlines()]
        lines.append("    " + inner.call(call, 4))
    renderer.imports |= inner.imports
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
