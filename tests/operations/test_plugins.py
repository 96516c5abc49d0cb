"""Directives of one's own, as programs that extend Alembic define them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import sqlalchemy as sa

from flask_schemaver import op
from flask_schemaver.operations import batch, ops, plugins
from flask_schemaver.operations.facade import Operations

from .live import Database


@pytest.fixture(autouse=True)
def unregistered() -> Iterator[None]:
    """What a test registers is gone after it."""
    known = dict(plugins._implementations)
    names = {class_: set(vars(class_)) for class_ in (Operations, batch.BatchOperations)}
    yield
    plugins._implementations.clear()
    plugins._implementations.update(known)
    for class_, before in names.items():
        for name in set(vars(class_)) - before:
            delattr(class_, name)


class View:
    """A view and its text."""

    def __init__(self, name: str, sqltext: str) -> None:
        self.name = name
        self.sqltext = sqltext


class ReversibleOp(ops.MigrateOperation):
    """The base class of the cookbook's replaceable objects."""

    def __init__(self, target: View) -> None:
        self.target = target

    @classmethod
    def invoke_for_target(cls, operations: Any, target: View) -> Any:
        return operations.invoke(cls(target))


@pytest.fixture
def views() -> None:
    """Register `create_view` and `drop_view`."""

    @Operations.register_operation("create_view", "invoke_for_target")
    class CreateViewOp(ReversibleOp):
        def reverse(self) -> ops.MigrateOperation:
            return DropViewOp(self.target)

    @Operations.register_operation("drop_view", "invoke_for_target")
    class DropViewOp(ReversibleOp):
        def reverse(self) -> ops.MigrateOperation:
            return CreateViewOp(self.target)

    @Operations.implementation_for(CreateViewOp)
    def create_view(operations: Operations, operation: ReversibleOp) -> str:
        operations.execute(f"CREATE VIEW {operation.target.name} AS {operation.target.sqltext}")
        return operation.target.name

    @Operations.implementation_for(DropViewOp)
    def drop_view(operations: Operations, operation: ReversibleOp) -> None:
        operations.execute(f"DROP VIEW {operation.target.name}")


@pytest.mark.usefixtures("views")
def test_a_directive_of_ones_own_is_called_through_op(database: Database) -> None:
    """`op.create_view(view)` runs its implementation and returns what that returns."""
    view = View("one", "SELECT 1 AS n")
    assert op.create_view(view) == "one"
    assert database.rows("SELECT n FROM one") == [(1,)]
    op.drop_view(view)
    assert database.seen.get_view_names() == []


@pytest.mark.usefixtures("views")
def test_an_operation_of_ones_own_can_be_reversed(database: Database) -> None:
    """Objects of one's own are invoked, in a container too, and reversed as they say."""
    from flask_schemaver import op as module

    view = View("one", "SELECT 1 AS n")
    module.create_view(view)
    class_ = next(c for c in ReversibleOp.__subclasses__()[-2:] if c.directive == "create_view")
    made = class_(view)
    database.op.invoke(ops.UpgradeOps([made.reverse()]))
    assert database.seen.get_view_names() == []
    assert made != class_(view)


def test_an_operation_of_ones_own_works_in_a_batch(database: Database) -> None:
    """It finds the table in `operations.impl`, and what it does keeps its place in the batch."""

    @batch.BatchOperations.register_operation("add_stamps", "add_stamps")
    class AddStampsOp(ops.MigrateOperation):
        def __init__(self, table_name: str, schema: str | None) -> None:
            self.table_name = table_name
            self.schema = schema

        @classmethod
        def add_stamps(cls, operations: Any) -> Any:
            return operations.invoke(cls(operations.impl.table_name, operations.impl.schema))

    @batch.BatchOperations.implementation_for(AddStampsOp)
    def add_stamps(operations: Any, operation: AddStampsOp) -> None:
        operations.add_column(sa.Column("made", sa.DateTime))
        operations.add_column(sa.Column("seen", sa.DateTime))

    database.op.create_table("t", sa.Column("id", sa.Integer, primary_key=True))
    with database.op.batch_alter_table("t") as batch_op:
        batch_op.add_stamps()
        batch_op.create_unique_constraint("uq", ["made", "seen"])
    assert list(database.columns("t")) == ["id", "made", "seen"]


def test_what_is_implemented_is_replaced_only_on_demand(database: Database) -> None:
    """A second implementation is a mistake, unless `replace=True` says that it is none."""
    with pytest.raises(ValueError, match="replace=True"):
        Operations.implementation_for(ops.DropTableOp)(lambda operations, operation: None)
    dropped = []
    Operations.implementation_for(ops.DropTableOp, replace=True)(
        lambda operations, operation: dropped.append(operation.table_name)
    )
    op.drop_table("kept")
    assert dropped == ["kept"]


def test_a_directive_needs_its_classmethod() -> None:
    """A wrong `sourcename` is told at once."""
    with pytest.raises(ValueError, match="no classmethod 'make'"):
        Operations.register_operation("thing", "make")(type("ThingOp", (ops.MigrateOperation,), {}))


def test_what_nobody_registered_is_no_directive() -> None:
    """`op` has no attribute that is neither its own nor registered."""
    with pytest.raises(AttributeError, match="no directive 'create_nothing'"):
        _ = op.create_nothing


def test_impl_does_what_it_is_told(database: Database) -> None:
    """`operations.impl` has Alembic's methods, and runs them."""
    impl = database.op.impl
    table = sa.Table("t", sa.MetaData(), sa.Column("id", sa.Integer, primary_key=True))
    impl.create_table(table)
    impl.add_column("t", sa.Column("a", sa.Integer))
    impl.add_column("t", sa.Column("b", sa.Integer), schema=None)
    impl.create_index(sa.Index("ix_a", sa.Table("t", sa.MetaData(), sa.Column("a")).c.a))
    impl.drop_column("t", sa.Column("b"))
    impl.alter_column("t", "a", name="c", existing_type=sa.Integer())
    impl.bulk_insert(table, [{"id": 1}])
    impl.rename_table("t", "u")
    assert list(database.columns("u")) == ["id", "c"]
    assert [found["name"] for found in database.seen.get_indexes("u")] == ["ix_a"]
    assert database.rows("SELECT id FROM u") == [(1,)]
    impl.drop_table(sa.Table("u", sa.MetaData()))
    assert not database.seen.has_table("u")
    assert impl.dialect.name == database.name
