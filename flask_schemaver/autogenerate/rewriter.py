"""Rewriter: a hook on new revisions made of functions, one for each class of operation."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any, TypeAlias

from ..operations.containers import (
    DowngradeOps,
    MigrationScript,
    OpContainer,
    UpgradeOps,
)
from ..runtime.dispatch import Dispatcher
from ..schema.operation import Operation

if TYPE_CHECKING:
    from ..runtime.migration import MigrationContext

Result: TypeAlias = "Operation | Iterable[Operation] | None"
Rewrite = Callable[[Any, Any, Any], Result]
Hook = Callable[["MigrationContext", Any, list[MigrationScript]], object]


class Rewriter:
    """What `process_revision_directives` is given to replace operations one by one.

    A function is handed the migration context, the revision and the operation. It returns the
    operation to stand in its place, several of them, or none (an empty list, or None). What it
    returns is not handed to it again.
    """

    def __init__(self) -> None:
        self._functions = Dispatcher()
        self._followers: list[Hook] = []

    def rewrites(
        self, operator: type[Operation] | tuple[type[Operation], ...]
    ) -> Callable[[Rewrite], Rewrite]:
        """Have the decorated function called for each operation of a class, or of several."""
        classes = operator if isinstance(operator, tuple) else (operator,)

        def register(function: Rewrite) -> Rewrite:
            for class_ in classes:
                self._functions.dispatch_for(class_, replace=True)(function)
            return function

        return register

    def chain(self, other: Hook) -> Rewriter:
        """A hook that calls this one, then `other`, which may be any such function."""
        both = Rewriter()
        both._functions = self._functions
        both._followers = [*self._followers, other]
        return both

    def __call__(
        self, context: MigrationContext, revision: Any, directives: list[MigrationScript]
    ) -> None:
        """Rewrite the directives in place."""
        self.process_revision_directives(context, revision, directives)

    def process_revision_directives(
        self, context: MigrationContext, revision: Any, directives: list[MigrationScript]
    ) -> None:
        """What `__call__` does, by the name of the hook."""
        given = list(directives)
        directives[:] = [new for one in given for new in self._rewritten(context, revision, one)]
        for hook in self._followers:
            hook(context, revision, directives)

    def _rewritten(self, context: MigrationContext, revision: Any, operation: Any) -> Iterator[Any]:
        """What stands in the place of an operation; what it holds is rewritten in its turn."""
        seen: set[Dispatcher] = vars(operation).setdefault("_mutations", set())
        function = None if self._functions in seen else self._functions.found(type(operation))
        if function is None:
            self._inside(context, revision, operation)
            yield operation
            return
        for new in _listed(function(context, revision, operation)):
            vars(new).setdefault("_mutations", set()).add(self._functions)
            self._inside(context, revision, new)
            yield new

    def _inside(self, context: MigrationContext, revision: Any, operation: Any) -> None:
        """Rewrite what a container, or a script, holds."""
        if isinstance(operation, MigrationScript):
            directions: list[list[Any]] = [operation.upgrade_ops_list, operation.downgrade_ops_list]
            for several in directions:
                several[:] = [self._direction(context, revision, one) for one in several]
        elif isinstance(operation, OpContainer):
            held = list(operation.ops)
            operation.ops[:] = [
                new for one in held for new in self._rewritten(context, revision, one)
            ]

    def _direction(
        self, context: MigrationContext, revision: Any, container: Any
    ) -> UpgradeOps | DowngradeOps:
        found = list(self._rewritten(context, revision, container))
        if len(found) != 1 or not isinstance(found[0], UpgradeOps | DowngradeOps):
            raise ValueError(
                f"A function that rewrites '{type(container).__name__}' has to return exactly one "
                f"such container, and returned {len(found)} objects."
            )
        return found[0]


def _listed(result: Result) -> list[Operation]:
    if result is None:
        return []
    return [result] if isinstance(result, Operation) else list(result)
