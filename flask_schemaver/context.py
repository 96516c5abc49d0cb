"""What an env.py calls: `from flask_schemaver import context`.

Each function speaks to the environment of the command that runs in this thread or task.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import TYPE_CHECKING, Any, Concatenate, Final, Literal, ParamSpec, TypeVar, overload

from .errors import CommandError
from .runtime.environment import EnvironmentContext, current

if TYPE_CHECKING:
    from .config import Config
    from .script.directory import ScriptDirectory

    config: Config
    """The Config of the command."""

    script: ScriptDirectory
    """The migrations folder of the command."""

P = ParamSpec("P")
R = TypeVar("R")


class NoEnvironment(CommandError, AttributeError):
    """`config` or `script` was asked for while no command runs: `hasattr` says no."""


def _of_current(
    method: Callable[Concatenate[EnvironmentContext, P], R],
) -> Callable[P, R]:
    """A function that calls the method of the current environment, with its signature.

    It is looked up by its name: a subclass, or a test, may have another one.
    """
    name = method.__name__

    @wraps(method)
    def call(*args: P.args, **kwargs: P.kwargs) -> R:
        found: R = getattr(current(), name)(*args, **kwargs)
        return found

    return call


begin_transaction: Final = _of_current(EnvironmentContext.begin_transaction)
configure: Final = _of_current(EnvironmentContext.configure)
execute: Final = _of_current(EnvironmentContext.execute)
get_bind: Final = _of_current(EnvironmentContext.get_bind)
get_context: Final = _of_current(EnvironmentContext.get_context)
get_head_revision: Final = _of_current(EnvironmentContext.get_head_revision)
get_head_revisions: Final = _of_current(EnvironmentContext.get_head_revisions)
get_impl: Final = _of_current(EnvironmentContext.get_impl)
get_revision_argument: Final = _of_current(EnvironmentContext.get_revision_argument)
get_starting_revision_argument: Final = _of_current(
    EnvironmentContext.get_starting_revision_argument
)
get_tag_argument: Final = _of_current(EnvironmentContext.get_tag_argument)
is_offline_mode: Final = _of_current(EnvironmentContext.is_offline_mode)
is_transactional_ddl: Final = _of_current(EnvironmentContext.is_transactional_ddl)
requires_connection: Final = _of_current(EnvironmentContext.requires_connection)
run_migrations: Final = _of_current(EnvironmentContext.run_migrations)
static_output: Final = _of_current(EnvironmentContext.static_output)


@overload
def get_x_argument(as_dictionary: Literal[False] = ...) -> list[str]: ...


@overload
def get_x_argument(as_dictionary: Literal[True]) -> dict[str, str]: ...


@overload
def get_x_argument(as_dictionary: bool) -> list[str] | dict[str, str]: ...


def get_x_argument(as_dictionary: bool = False) -> list[str] | dict[str, str]:
    """The values of '-x'; as a dictionary each is split at its first '='."""
    return current().get_x_argument(as_dictionary)


def __getattr__(name: str) -> Any:
    if name in ("config", "script"):
        try:
            environment = current()
        except CommandError as cause:
            raise NoEnvironment(cause.message, hint=cause.hint) from None
        return getattr(environment, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
