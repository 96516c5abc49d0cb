"""Operations of one's own: directives that programs register, and what they do."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from inspect import signature
from typing import Any, TypeVar

from ..schema.operation import Operation

OperationClass = TypeVar("OperationClass", bound=type[Operation])
Implementation = Callable[..., Any]

_implementations: dict[type[Operation], Implementation] = {}


def implementation_of(class_: type[Operation]) -> Implementation | None:
    """What a program has registered for operations of this class, or of a class it derives from.

    None for one that does what its own `statements` say.
    """
    for base in class_.__mro__:
        if base in _implementations:
            return _implementations[base]
        if "statements" in vars(base):
            return None
    return None


def add_implementation(class_: type[Operation], make: Implementation, *, replace: bool) -> None:
    """Make `make(operations, operation)` what operations of this class do."""
    known = class_ in _implementations or "statements" in vars(class_)
    if known and not replace:
        raise ValueError(
            f"'{class_.__name__}' has an implementation already; pass replace=True to put "
            "another in its place."
        )
    _implementations[class_] = make


def method_of(
    class_: type[Operation], name: str, source: str, before: Callable[..., Any] | None = None
) -> Callable[..., Any]:
    """The method of `Operations` that calls a classmethod of an operation's class.

    `before` is the directive that had the name: it is called with arguments that are its own.
    """
    make = getattr(class_, source, None)
    if make is None:
        raise ValueError(
            f"'{class_.__name__}' has no classmethod '{source}' for the directive '{name}'; name "
            "the right one in register_operation(name, sourcename)."
        )
    if "directive" not in vars(class_):
        class_.directive = name

    @wraps(make)
    def method(self: Any, *args: Any, **kwargs: Any) -> Any:
        if before is not None and not _takes(make, self, *args, **kwargs):
            return before(self, *args, **kwargs)
        return make(self, *args, **kwargs)

    method.__name__ = name
    return method


def _takes(function: Callable[..., Any], *args: Any, **kwargs: Any) -> bool:
    try:
        signature(function).bind(*args, **kwargs)
    except TypeError:
        return False
    return True
