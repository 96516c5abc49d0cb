"""A dialect class of another package is asked whether columns differ."""

from __future__ import annotations

import sqlalchemy as sa

from flask_schemaver.autogenerate import compare_metadata
from flask_schemaver.ddl.sqlite import SQLiteImpl
from flask_schemaver.dialects import registry
from flask_schemaver.runtime.migration import MigrationContext


def test_compare_type_of_a_class_is_asked(monkeypatch) -> None:
    """A class that says that no type differs is believed; the rest is compared as usual."""
    monkeypatch.setattr(registry, "_registered", {})
    engine = sa.create_engine("sqlite://")
    metadata = sa.MetaData()
    sa.Table("t", metadata, sa.Column("a", sa.Integer), sa.Column("b", sa.Integer))

    class Lenient(SQLiteImpl):
        __dialect__ = "sqlite"

        def compare_type(self, inspector_column, metadata_column):
            if metadata_column.name == "a":
                return False
            return super().compare_type(inspector_column, metadata_column)

    with engine.begin() as connection:
        connection.execute(sa.text("CREATE TABLE t (a TEXT, b TEXT)"))
        context = MigrationContext.configure(connection)
        (diff,) = compare_metadata(context, metadata)
    assert [change[3] for change in diff] == ["b"]
