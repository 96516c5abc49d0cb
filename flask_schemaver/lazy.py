"""Packages whose names are loaded when they are asked for (PEP 562)."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from typing import Any


def lazily(package: str, homes: Mapping[str, Sequence[str]]) -> None:
    """Give a package, which calls this at its end, its `__getattr__` and `__dir__`.

    `homes` has the names that each module gives; the modules themselves are names, too.
    """
    where = {name: home for home, names in homes.items() for name in names}
    known = vars(sys.modules[package])

    def find(name: str) -> Any:
        from importlib import import_module

        if name not in where and name not in homes:
            raise AttributeError(f"module '{package}' has no attribute '{name}'")
        found = import_module(f".{where.get(name, name)}", package)
        if name in where:
            found = known[name] = getattr(found, name)
        return found

    def listed() -> list[str]:
        return sorted({*known, *known["__all__"]})

    known.update(__getattr__=find, __dir__=listed)
