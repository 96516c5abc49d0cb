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


def test_arguments_of_operations_have_their_names() -> None:
    """What Alembic's operation classes take by name, ours take by the same name."""
    theirs = pytest.importorskip("alembic.operations.ops")
    ours = import_module("flask_schemaver.operations.ops")
    words = ("to_", "from_", "reverse", "as_diffs", "has_changes", "is_empty")
    wanted = [
        (f"{class_name}.{name}", method, getattr(getattr(ours, class_name), name))
        for class_name, class_ in inspect.getmembers(theirs, inspect.isclass)
        if hasattr(ours, class_name) and class_.__module__ == theirs.__name__
        for name, method in inspect.getmembers(class_, callable)
        if name.startswith(words)
    ]
    assert len(wanted) > 50
    lost = {name: arguments(theirs) - arguments(ours) for name, theirs, ours in wanted}
    assert {name: names for name, names in lost.items() if names} == {}


def arguments(function: Any) -> set[str]:
    return {name for name in inspect.signature(function).parameters if not name.startswith("_")}
