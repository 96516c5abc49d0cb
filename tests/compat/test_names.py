"""What is imported from Alembic is here too, under the same paths."""

from __future__ import annotations

import ast
import inspect
from importlib import import_module
from textwrap import dedent
from typing import Any

import pytest
from compat.names import MODULES, parsed

WANTED = [
    (f"flask_schemaver.{module}".rstrip("."), name, attributes)
    for module, text in MODULES.items()
    for name, attributes in parsed(text).items()
]


@pytest.mark.parametrize("module", MODULES)
def test_modules_can_be_imported(module: str) -> None:
    """Each module is there, and opens with what it is for."""
    assert import_module(f"flask_schemaver.{module}".rstrip(".")).__doc__


@pytest.mark.parametrize(("module", "name", "attributes"), WANTED)
def test_names_are_there(module: str, name: str, attributes: tuple[str, ...]) -> None:
    """Each name is there, with the attributes that others use of it."""
    found = getattr(import_module(module), name)
    assert [one for one in attributes if not has(found, one)] == []


def has(found: Any, attribute: str) -> bool:
    """Whether a class, or its objects, have an attribute."""
    return hasattr(found, attribute) or any(
        attribute in set_by(base) for base in inspect.getmro(found) if base is not object
    )


def set_by(class_: type) -> set[str]:
    """The attributes that the methods of a class set on `self`."""
    try:
        tree = ast.parse(dedent(inspect.getsource(class_)))
    except (OSError, TypeError):
        return set()
    return {
        node.attr
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute)
        and isinstance(node.ctx, ast.Store)
        and isinstance(node.value, ast.Name)
        and node.value.id == "self"
    }


def test_everything_documented_is_compared() -> None:
    """A mistake of writing in the list itself would be seen."""
    assert parsed("A {b c} d") == {"A": ("b", "c"), "d": ()}
