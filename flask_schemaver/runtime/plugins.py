"""Plug-ins: named sets of comparators that `autogenerate_plugins` chooses from."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from types import ModuleType
from typing import Any, ClassVar

from ..errors import CommandError
from .dispatch import DEFAULT, Comparator, DispatchPriority, PriorityDispatcher

ENTRY_POINTS = "flask_schemaver.plugins"
"""The group of entry points whose modules are set up as plug-ins."""

BUILT_IN: Mapping[str, frozenset[str]] = {
    "schemas": frozenset({"schema"}),
    "tables": frozenset({"table"}),
    "types": frozenset({"type"}),
    "defaults": frozenset({"server_default"}),
    "comments": frozenset({"comment"}),
    "constraints": frozenset({"primary_key", "unique", "check", "foreign_key", "exclude", "index"}),
}
"""The last word of each plug-in of the project's own, and what it compares."""

PREFIXES = ("flask_schemaver.autogenerate.", "alembic.autogenerate.")
ALWAYS_ON = frozenset(
    f"{tool}.{place}"
    for tool in ("flask_schemaver", "alembic")
    for place in ("ext.checkconstraint_byname", "autogenerate.checkconstraint_byname")
)
"""What has to be asked for elsewhere and is always done here: CHECK constraints are compared."""

comparators: PriorityDispatcher = PriorityDispatcher()
"""The comparators of programs, for every comparison in this process."""

_EXPRESSION = re.compile(r"~?(?:[^\W\d]\w*|\*)(?:\.(?:[^\W\d]\w*|\*))*")


class Plugin:
    """A named set of comparators; `setup(plugin)` of its module adds them."""

    _known: ClassVar[dict[str, Plugin]] = {}
    _loaded: ClassVar[bool] = False

    def __init__(self, name: str) -> None:
        """Make the plug-in known; a name that is taken is a ValueError."""
        if name in Plugin._known:
            raise ValueError(f"A plug-in named '{name}' is known already.")
        self.name = name
        self.autogenerate_comparators: PriorityDispatcher = PriorityDispatcher()
        Plugin._known[name] = self

    def remove(self) -> None:
        """Make the plug-in unknown again."""
        Plugin._known.pop(self.name, None)

    def add_autogenerate_comparator(
        self,
        fn: Callable[..., Any],
        compare_target: str,
        compare_element: str | None = None,
        *,
        qualifier: str = DEFAULT,
        priority: int = DispatchPriority.MEDIUM,
    ) -> None:
        """Have `fn` called for each `compare_target`: autogenerate, schema, table or column.

        `compare_element` is the group in which `PriorityDispatchResult.STOP` has an effect.
        """
        self.autogenerate_comparators.add(
            Comparator(fn, compare_target, qualifier, priority, compare_element)
        )

    @classmethod
    def setup_plugin_from_module(cls, module: ModuleType | Any, name: str) -> Plugin:
        """Make a plug-in of a module by calling its `setup(plugin)`."""
        plugin = cls(name)
        setup = getattr(module, "setup", None)
        if setup is None:
            plugin.remove()
            raise CommandError(
                f"The plug-in '{name}' has no function 'setup(plugin)'.",
                hint="Write one that calls plugin.add_autogenerate_comparator().",
            )
        setup(plugin)
        return plugin


def load_plugins() -> None:
    """Set up the plug-ins that installed packages declare as entry points; once a process."""
    if Plugin._loaded:
        return
    Plugin._loaded = True
    from importlib.metadata import entry_points

    for entry in entry_points(group=ENTRY_POINTS):
        if entry.name not in Plugin._known:
            Plugin.setup_plugin_from_module(entry.load(), entry.name)


class Chosen:
    """What `autogenerate_plugins` selects: comparators to call, and what is not compared."""

    def __init__(self, expressions: Iterable[str] | None) -> None:
        """Without a list the project's own take part. Raises where one names nothing known."""
        load_plugins()
        own = [PREFIXES[0] + word for word in BUILT_IN]
        selected = set(_selected(own, list(Plugin._known), list(expressions or ())))
        self.comparators: PriorityDispatcher = comparators.copied()
        for name, plugin in Plugin._known.items():
            if name in selected:
                for one in plugin.autogenerate_comparators:
                    self.comparators.add(one)
        left_out = (what for word, what in BUILT_IN.items() if PREFIXES[0] + word not in selected)
        self.not_compared: frozenset[str] = frozenset().union(*left_out)


def _selected(own: list[str], others: list[str], expressions: list[str]) -> list[str]:
    """The names that the expressions choose; with exclusions alone, from the project's own."""
    names = [*own, *others]
    for expression in expressions:
        if not _EXPRESSION.fullmatch(expression):
            raise ValueError(
                f"Invalid plugin expression '{expression}': each word between the dots is a name "
                "or '*'."
            )
    plus = [_own(e) for e in expressions if not e.startswith("~")]
    minus = [_own(e[1:]) for e in expressions if e.startswith("~")]
    unknown = [e for e in [*plus, *minus] if e not in ALWAYS_ON and not _matching(e, names)]
    if unknown:
        raise CommandError(
            f"Did not locate plugins: {', '.join(map(repr, unknown))}.",
            hint=f"Known are {', '.join(map(repr, names))}; see 'autogenerate_plugins' in env.py.",
        )
    found = [n for n in names if any(_matches(e, n) for e in plus)] if plus else own
    return [n for n in found if not any(_matches(e, n) for e in minus)]


def _own(expression: str) -> str:
    """An expression that means the project's own plug-ins by the name that others gave them."""
    return expression.replace(PREFIXES[1], PREFIXES[0], 1)


def _matching(expression: str, names: Iterable[str]) -> list[str]:
    return [name for name in names if _matches(expression, name)]


def _matches(expression: str, name: str) -> bool:
    pattern = r"\.".join(r"\w+" if w == "*" else re.escape(w) for w in expression.split("."))
    if expression.endswith("*"):
        pattern += r"(?:\.\w+)*"
    return re.fullmatch(pattern, name) is not None
