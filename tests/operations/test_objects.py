"""Operation objects: made of schema items, turned back into them, and told as differences."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ExcludeConstraint

from flask_schemaver.operations import ops

METADATA = sa.MetaData()
PARENT = sa.Table("parent", METADATA, sa.Column("id", sa.Integer, primary_key=True))
TABLE = sa.Table(
    "child",
    METADATA,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("parent_id", sa.Integer, sa.ForeignKey("parent.id", name="fk", ondelete="CASCADE")),
    sa.Column("name", sa.String(20), index=True),
    sa.CheckConstraint("name <> ''", name="ck"),
    sa.UniqueConstraint("name", name="uq", deferrable=True),
    ExcludeConstraint(("name", "="), name="ex", using="gist"),
    comment="said",
    schema="s",
)


def named(name: str) -> Any:
    return next(c for c in TABLE.constraints if c.name == name)


def test_a_table_comes_back_from_its_operation() -> None:
    """`from_table` and `to_table` keep columns, constraints, comment and schema."""
    found = ops.CreateTableOp.from_table(TABLE).to_table()
    assert [c.name for c in found.columns] == ["id", "parent_id", "name"]
    assert {c.name for c in found.constraints} == {None, "fk", "ck", "uq", "ex"}
    assert (found.comment, found.schema) == ("said", "s")


def test_an_operation_that_drops_a_table_knows_the_table() -> None:
    """`DropTableOp.from_table` can be reversed."""
    drop = ops.DropTableOp.from_table(TABLE)
    assert isinstance(drop.reverse(), ops.CreateTableOp)
    assert [c.name for c in drop.to_table().columns] == ["id", "parent_id", "name"]


@pytest.mark.parametrize(
    ("name", "class_", "word"),
    [
        ("fk", ops.CreateForeignKeyOp, "fk"),
        ("ck", ops.CreateCheckConstraintOp, "constraint"),
        ("uq", ops.CreateUniqueConstraintOp, "constraint"),
        ("ex", ops.CreateExcludeConstraintOp, "constraint"),
    ],
)
def test_a_constraint_comes_back_from_its_operation(name: str, class_: Any, word: str) -> None:
    """`from_constraint` finds the class, and `to_constraint` makes an equal constraint."""
    operation = ops.AddConstraintOp.from_constraint(named(name))
    assert type(operation) is class_
    made = operation.to_constraint()
    assert (made.name, made.table.name, made.table.schema) == (name, "child", "s")
    assert operation.to_diff_tuple()[0] == f"add_{word}"
    drop = ops.DropConstraintOp.from_constraint(named(name))
    assert drop.reverse() == operation
    assert drop.to_diff_tuple()[0] == f"remove_{word}"


def test_a_primary_key_comes_back_from_its_operation() -> None:
    """A primary key is a constraint like any other."""
    operation = ops.AddConstraintOp.from_constraint(TABLE.primary_key)
    assert isinstance(operation, ops.CreatePrimaryKeyOp)
    assert [c.name for c in operation.to_constraint().columns] == ["id"]  # type: ignore[attr-defined]


def test_a_foreign_key_keeps_its_actions() -> None:
    """ON DELETE goes with the key."""
    operation = ops.CreateForeignKeyOp.from_constraint(named("fk"))
    assert operation.kw == {"ondelete": "CASCADE"}
    assert (operation.referent_table, operation.remote_cols) == ("parent", ["id"])


def test_an_index_comes_back_from_its_operation() -> None:
    """`from_index` and `to_index`, and the operation that drops it."""
    (index,) = TABLE.indexes
    operation = ops.CreateIndexOp.from_index(index)
    assert operation.to_index().name == "ix_s_child_name"
    assert operation.to_diff_tuple()[0] == "add_index"
    drop = ops.DropIndexOp.from_index(index)
    assert drop.reverse() == operation
    assert drop.to_diff_tuple()[0] == "remove_index"


def test_columns_know_their_table() -> None:
    """`from_column` takes table and schema from the column."""
    operation = ops.AddColumnOp.from_column(TABLE.c.name)
    assert operation.to_diff_tuple() == ("add_column", "s", "child", TABLE.c.name)
    drop = ops.DropColumnOp.from_column_and_tablename("s", "child", TABLE.c.name)
    assert drop.to_diff_tuple() == ("remove_column", "s", "child", TABLE.c.name)
    assert drop.reverse() == operation


def test_a_changed_column_is_a_list_of_differences() -> None:
    """Each changed fact is a tuple with the other facts, the old value and the new one."""
    operation = ops.AlterColumnOp(
        "child",
        "name",
        existing_type=sa.Text(),
        existing_nullable=True,
        modify_nullable=False,
        modify_comment="new",
    )
    existing = {"existing_server_default": False, "existing_comment": None}
    others = {"existing_server_default": False, "existing_nullable": True}
    type_ = operation.existing_type
    assert operation.to_diff_tuple() == [
        (
            "modify_nullable",
            None,
            "child",
            "name",
            {"existing_type": type_, **existing},
            True,
            False,
        ),
        ("modify_comment", None, "child", "name", {"existing_type": type_, **others}, None, "new"),
    ]


@pytest.mark.parametrize(
    ("given", "changes"),
    [({}, False), ({"modify_name": "x"}, True), ({"modify_server_default": None}, True)],
)
def test_a_change_says_whether_there_is_one(given: dict[str, Any], *, changes: bool) -> None:
    """None is a change of a default; False is none."""
    assert ops.AlterColumnOp("t", "c", **given).has_changes() is changes


def test_containers_are_told_as_one_list() -> None:
    """Operations inside of other containers stand in the list of the outermost one."""
    inner = ops.ModifyTableOps("t", [ops.DropTableCommentOp("t")])
    outer = ops.UpgradeOps([inner, ops.ExecuteSQLOp("SELECT 1")])
    assert [diff[0] for diff in outer.as_diffs()] == ["remove_table_comment", "execute"]
    assert not outer.is_empty()
    assert ops.UpgradeOps([ops.ModifyTableOps("t")]).is_empty()


def test_a_script_for_several_databases_has_lists() -> None:
    """With several directions the singular attribute refuses to choose."""
    script = ops.MigrationScript("a1", [ops.UpgradeOps(), ops.UpgradeOps()], [ops.DowngradeOps()])
    assert len(script.upgrade_ops_list) == 2
    assert script.downgrade_ops is script.downgrade_ops_list[0]
    with pytest.raises(ValueError, match="upgrade_ops_list"):
        _ = script.upgrade_ops
    script.upgrade_ops = ops.UpgradeOps()
    assert script.upgrade_ops.is_empty()


def test_what_is_not_known_cannot_be_reversed() -> None:
    """An operation without an origin says so, as ValueError too."""
    for drop in (
        ops.DropColumnOp("t", "c"),
        ops.DropIndexOp("i", "t"),
        ops.DropConstraintOp("k", "t"),
        ops.DropTableOp("t"),
        ops.DropSequenceOp("s"),
        ops.AddEnumValueOp("e", "v"),
    ):
        with pytest.raises(ValueError, match="cannot be reversed"):
            drop.reverse()


def test_an_operation_of_no_kind_is_not_implemented() -> None:
    """Programs look for the documented class of error."""
    for operation in (ops.MigrateOperation(), ops.ExecuteSQLOp("SELECT 1")):
        with pytest.raises(NotImplementedError):
            operation.reverse()


def test_a_dropped_column_comes_back_with_its_options() -> None:
    """What was said about keys and about IF EXISTS is said again."""
    options = {"if_not_exists": True, "inline_references": True, "inline_primary_key": True}
    added = ops.AddColumnOp("t", sa.Column("c", sa.Integer), schema="s", **options)
    again = added.reverse().reverse()
    assert {name: getattr(again, name) for name in options} == options
    assert again == added
