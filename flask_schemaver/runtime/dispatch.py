"""Registries of functions: by the class of an operation, or by what they compare."""

from __future__ import annotations

import enum
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, TypeVar

Function = TypeVar("Function", bound=Callable[..., Any])

DEFAULT = "default"
"""The qualifier of what holds for every database."""


NEEDLESS = frozenset({"alembic_postgresql_enum"})
"""Packages whose comparators are not called: what they find is found here by itself."""


class DispatchPriority(enum.IntEnum):
    """When a comparator runs: `FIRST` before the project's own, the others after them."""

    FIRST = 50
    MEDIUM = 25
    LAST = 10


class PriorityDispatchResult(enum.Enum):
    """What a comparator may return: `STOP` leaves out what follows in its group."""

    CONTINUE = enum.auto()
    STOP = enum.auto()


class Dispatcher:
    """One function for each class, the nearest base class first."""

    def __init__(self) -> None:
        self._registry: dict[tuple[Any, str], Callable[..., Any]] = {}

    def dispatch_for(
        self,
        target: Any,
        qualifier: str = DEFAULT,
        replace: bool = False,  # noqa: FBT001, FBT002 - the documented signature
    ) -> Callable[[Function], Function]:
        """Make the decorated function the one for `target`; `qualifier` names one database.

        Raises ValueError where there is one already, unless `replace`.
        """

        def register(function: Function) -> Function:
            if (target, qualifier) in self._registry and not replace:
                raise ValueError(
                    f"There is a function for '{getattr(target, '__name__', target)}' already; "
                    "pass replace=True to put another in its place."
                )
            self._registry[target, qualifier] = function
            return function

        return register

    def found(self, class_: type, qualifier: str = DEFAULT) -> Callable[..., Any] | None:
        """The function for a class, or for the nearest class that it derives from."""
        for base in class_.__mro__:
            for name in dict.fromkeys((qualifier, DEFAULT)):
                if (base, name) in self._registry:
                    return self._registry[base, name]
        return None

    def dispatch(self, obj: Any, qualifier: str = DEFAULT) -> Callable[..., Any]:
        """The function for an object's class. Raises ValueError where there is none."""
        function = self.found(obj if isinstance(obj, type) else type(obj), qualifier)
        if function is None:
            raise ValueError(f"No function is registered for '{obj!r}'.")
        return function


@dataclass(frozen=True, slots=True)
class Comparator:
    """A function that compares, and where it stands among the others."""

    function: Callable[..., Any]
    target: str
    qualifier: str
    priority: int
    subgroup: str | None


class PriorityDispatcher:
    """Any number of functions for each target, in the order of their priorities."""

    def __init__(self) -> None:
        self._registry: list[Comparator] = []

    def dispatch_for(
        self,
        target: str,
        *,
        priority: int = DispatchPriority.MEDIUM,
        qualifier: str = DEFAULT,
        subgroup: str | None = None,
    ) -> Callable[[Function], Function]:
        """Have the decorated function called for each `target`; `qualifier` names one database.

        `target` is "autogenerate", "schema", "table" or "column". Where functions of the same
        `subgroup` follow, they are left out if one returns `PriorityDispatchResult.STOP`.
        """

        def register(function: Function) -> Function:
            self.add(Comparator(function, target, qualifier, priority, subgroup))
            return function

        return register

    def add(self, comparator: Comparator) -> None:
        self._registry.append(comparator)

    def remove(self, function: Callable[..., Any]) -> None:
        """Have a function called no more."""
        self._registry = [one for one in self._registry if one.function is not function]

    def for_target(self, target: str, qualifier: str) -> list[Comparator]:
        """What is to be called: by priority, in each what is for this database alone first."""
        found = [
            one
            for one in self._registry
            if one.target == target
            and one.qualifier in (qualifier, DEFAULT)
            and str(getattr(one.function, "__module__", "")).partition(".")[0] not in NEEDLESS
        ]
        return sorted(found, key=lambda one: (-one.priority, one.qualifier == DEFAULT))

    def copied(self) -> PriorityDispatcher:
        """A registry of the same functions, to add others to."""
        copy = PriorityDispatcher()
        copy._registry = list(self._registry)
        return copy

    def __iter__(self) -> Iterator[Comparator]:
        return iter(self._registry)

    def __len__(self) -> int:
        return len(self._registry)
