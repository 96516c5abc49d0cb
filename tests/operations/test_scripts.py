"""Revision files that use `op`, run up and down as a command runs them."""

from __future__ import annotations

from pathlib import Path

import pytest
import sqlalchemy as sa
from runtime.conftest import Project


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """An empty folder of revisions."""
    return Project(tmp_path / "migrations")


UP = """
op.create_schema("extra", if_not_exists=True)
op.create_enum("mood", ["ok"])
table = op.create_table(
    "t",
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("m", sa.Enum("ok", name="mood", create_type=False)),
    if_not_exists=True,
)
op.bulk_insert(table, [{"id": 1, "m": "ok"}])
op.create_table_comment("t", "it's a table")
with op.batch_alter_table("t", naming_convention={"uq": "uq_%(table_name)s"}) as b:
    b.add_column(sa.Column("n", sa.Integer, server_default="4"), insert_after="id")
    b.create_unique_constraint(b.f("uq_n"), ["n"])
    b.create_index("ix_m", ["m"])
"""
DOWN = """
with op.batch_alter_table("t") as b:
    b.drop_index("ix_m")
    b.drop_constraint("uq_n", type_="unique")
    b.drop_column("n")
op.drop_table("t")
op.drop_enum("mood")
op.drop_schema("extra", if_exists=True)
"""
VALUES_UP = """
with op.get_context().autocommit_block():
    op.add_enum_value("mood", "sad", before="ok", if_not_exists=True)
op.execute("UPDATE t SET m = 'sad'")
op.create_index("ix_n", "t", ["n"], postgresql_concurrently=True)
"""
VALUES_DOWN = """
op.drop_index("ix_n", "t", postgresql_concurrently=True)
op.execute("UPDATE t SET m = 'ok'")
"""


def test_a_revision_goes_up_and_down(project: Project, engine: sa.Engine) -> None:
    """After the downgrade nothing is left but the version table."""
    project.add("a1", UP, DOWN)
    project.add("b2", VALUES_UP, VALUES_DOWN)
    result = project.upgrade(engine)
    assert [step.step.revision.revision for step in result.done] == ["a1", "b2"]
    with engine.connect() as connection:
        assert connection.execute(sa.text("SELECT id, n, m FROM t")).all() == [(1, 4, "sad")]
    names = {index["name"] for index in sa.inspect(engine).get_indexes("t")}
    assert {"ix_m", "ix_n"} <= names
    project.downgrade(engine, "base")
    assert set(sa.inspect(engine).get_table_names()) == {"schemaver_history", "schemaver_version"}
    project.upgrade(engine)
