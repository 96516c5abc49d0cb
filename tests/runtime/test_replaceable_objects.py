"""Views that revisions make, replace and take back, by directives that a program registers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import sqlalchemy as sa

from flask_schemaver.operations import Operations, plugins
from flask_schemaver.operations.ops import MigrateOperation

pytestmark = pytest.mark.databases("sqlite", "postgresql", "mariadb")


class ViewOp(MigrateOperation):
    """Make or drop a view: a name and its text, as a revision file holds them."""

    def __init__(self, view: Any) -> None:
        self.view = view

    @classmethod
    def call(cls, operations: Operations, view: Any) -> Any:
        return operations.invoke(cls(view))

    @classmethod
    def replace(cls, operations: Operations, view: Any, *, old: str) -> None:
        """Put a view into the place of one that another revision holds: 'revision.name'."""
        revision, _, name = old.partition(".")
        module = operations.get_context().script.get_revision(revision).module
        operations.invoke(cls(getattr(module, name)).reverse())
        operations.invoke(cls(view))


@pytest.fixture(autouse=True)
def directives() -> Iterator[None]:
    """`op.create_view`, `op.replace_view` and `op.drop_view`, gone after the test."""
    known = dict(plugins._implementations)

    @Operations.register_operation("create_view", "call")
    @Operations.register_operation("replace_view", "replace")
    class CreateViewOp(ViewOp):
        def reverse(self) -> MigrateOperation:
            return DropViewOp(self.view)

    @Operations.register_operation("drop_view", "call")
    class DropViewOp(ViewOp):
        def reverse(self) -> MigrateOperation:
            return CreateViewOp(self.view)

    @Operations.implementation_for(CreateViewOp)
    def create(operations: Operations, operation: ViewOp) -> None:
        name, text = operation.view
        operations.execute(f"CREATE VIEW {name} AS {text}")

    @Operations.implementation_for(DropViewOp)
    def drop(operations: Operations, operation: ViewOp) -> None:
        operations.execute(f"DROP VIEW {operation.view[0]}")

    yield
    plugins._implementations.clear()
    plugins._implementations.update(known)
    for name in ("create_view", "replace_view", "drop_view"):
        delattr(Operations, name)


def columns(engine: sa.Engine) -> list[str]:
    seen = sa.inspect(engine)
    if "shown" not in seen.get_view_names():
        return []
    return [column["name"] for column in seen.get_columns("shown")]


def test_a_view_is_replaced_and_comes_back(project, engine, rows_of) -> None:
    """Each revision holds its own; the one before is found in its module, up and down."""
    create, drop = "op.create_view(view)", "op.drop_view(view)"
    replace = "op.replace_view(view, old='{}.view')"
    for revision, up, down, text in (
        ("a1", create, drop, "SELECT 1 AS one"),
        ("a2", replace.format("a1"), "op.replace_view(back, old='a2.view')", "SELECT 2 AS two"),
    ):
        path = project.add(revision, up, down)
        with path.open("a") as file:
            file.write(f"\n\nview = ('shown', {text!r})\nback = ('shown', 'SELECT 1 AS one')\n")
    project.upgrade(engine, "a1")
    assert columns(engine) == ["one"]
    project.upgrade(engine)
    assert columns(engine) == ["two"]
    project.downgrade(engine, "a1")
    assert columns(engine) == ["one"]
    project.downgrade(engine, "base")
    assert columns(engine) == []
    assert rows_of(engine) == ()
