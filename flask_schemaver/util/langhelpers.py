"""Small things of the language: lists, flags, ids, registries."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from typing import Any, TypeVar

from sqlalchemy.util import immutabledict, memoized_property

from ..config import as_boolean
from ..runtime.dispatch import (
    Dispatcher,
    DispatchPriority,
    PriorityDispatcher,
    PriorityDispatchResult,
)

__all__ = [
    "DispatchPriority",
    "Dispatcher",
    "PriorityDispatchResult",
    "PriorityDispatcher",
    "asbool",
    "dedupe_tuple",
    "immutabledict",
    "memoized_property",
    "not_none",
    "rev_id",
    "to_list",
    "to_tuple",
    "unique_list",
]

T = TypeVar("T")


def rev_id() -> str:
    """A new revision id: twelve hexadecimal digits."""
    return uuid.uuid4().hex[-12:]


def asbool(value: Any) -> bool:
    """A flag as settings write it: "true", "yes", "on", "1"; nothing is False."""
    return False if value is None else as_boolean(value, "value")


def to_list(x: Any, default: Any = None) -> Any:
    """A list of one thing or of several; `default` for None."""
    return default if x is None else list(_several(x))


def to_tuple(x: Any, default: Any = None) -> Any:
    """A tuple of one thing or of several; `default` for None."""
    return default if x is None else tuple(_several(x))


def unique_list(seq: Iterable[T]) -> list[T]:
    """Each thing once, in the order of their first places."""
    return list(dict.fromkeys(seq))


def dedupe_tuple(tup: tuple[str, ...]) -> tuple[str, ...]:
    """Each text once, in the order of their first places."""
    return tuple(unique_list(tup))


def not_none(value: T | None) -> T:
    """`value`, which is not None."""
    assert value is not None
    return value


def _several(x: Any) -> Iterable[Any]:
    return x if isinstance(x, Iterable) and not isinstance(x, str) else (x,)
