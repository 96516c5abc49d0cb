"""Which part of a revision file is for which of several databases.

A file may have one `upgrade(engine_name)` that finds the part itself, as those of the multidb
templates of Alembic and Flask-Migrate do, or functions `upgrade_<name>`, or a plain `upgrade()`,
which is for the default database: such files were written before there were several.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ..script.revision import Script

ARGUMENT = "engine_name"
"""How a script is told which database it is run on; the default one is the empty text."""

_NO_WORD = re.compile(r"\W+")


def call(
    script: Script, direction: str, database: str | None, arguments: Mapping[str, Any]
) -> None:
    """Run what a file does to one database, which may be nothing.

    `database` None: there is one alone. `arguments` are those of `run_migrations`.
    """
    function = script.function(direction)
    given = dict(arguments)
    told = given.pop(ARGUMENT, None)
    name = told if told is not None else database
    if _takes_name(function, known=name is not None):
        if _is_for(script, direction, function, name or ""):
            function(**given, engine_name=name or "")
        return
    if name is None or name == "":
        function(**given)
        return
    section = getattr(script.module, f"{direction}_{suffix(name)}", None)
    if callable(section):
        section(**given)
    elif told is not None and database is None:
        # env.py insists on telling the name, so that a file that takes none is a mistake.
        function(**arguments)


def _takes_name(function: Callable[..., Any], *, known: bool) -> bool:
    try:
        parameters = inspect.signature(function).parameters
    except (TypeError, ValueError):
        return False
    takes_any = any(one.kind is one.VAR_KEYWORD for one in parameters.values())
    return ARGUMENT in parameters or (known and takes_any)


def _is_for(script: Script, direction: str, function: Callable[..., Any], name: str) -> bool:
    """Whether the file has a part for this database; one made before the database was has none.

    Only a function that looks its part up by name, in `globals()`, would fail without one.
    """
    code = getattr(function, "__code__", None)
    if code is None or "globals" not in code.co_names:
        return True
    return hasattr(script.module, f"{direction}_{name}")


def suffix(name: str) -> str:
    """A database's name as the end of a function's name."""
    return _NO_WORD.sub("_", name) or "default"


def suffixes(names: Iterable[str]) -> dict[str, str]:
    """The end of the functions' names for each database, none of them twice."""
    found: dict[str, str] = {}
    for name in names:
        wanted = end = suffix(name)
        number = 2
        while end in found.values():
            end, number = f"{wanted}_{number}", number + 1
        found[name] = end
    return found
