"""Hooks as public cookbooks write them for Alembic: they run here, and do what they did."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import sqlalchemy as sa

from flask_schemaver import autogenerate
from flask_schemaver.autogenerate import comparators, produce_migrations, renderers, rewriter
from flask_schemaver.autogenerate.api import render_python_code
from flask_schemaver.operations import Operations, ops
from flask_schemaver.runtime.dispatch import Dispatcher
from flask_schemaver.runtime.migration import MigrationContext

from .conftest import Project


def models(*columns: Any) -> sa.MetaData:
    metadata = sa.MetaData()
    sa.Table("users", metadata, sa.Column("id", sa.Integer, primary_key=True), *columns)
    return metadata


@pytest.fixture(autouse=True)
def unregistered() -> Iterator[None]:
    """What a test registers is gone after it."""
    before = list(comparators), dict(renderers._registry), set(vars(Operations))
    yield
    comparators._registry[:], renderers._registry = before[0], before[1]
    for name in set(vars(Operations)) - before[2]:
        delattr(Operations, name)


def test_no_empty_migrations(project: Project) -> None:
    """The recipe against empty files: a hook that looks at one script and empties the list."""
    seen = []

    def process_revision_directives(context: Any, revision: Any, directives: list[Any]) -> None:
        script = directives[0]
        seen.append(script.upgrade_ops.is_empty())
        if script.upgrade_ops.is_empty():
            directives[:] = []

    hook = {"process_revision_directives": process_revision_directives}
    assert project.migrate(models(), **hook) is not None
    project.upgrade()
    assert project.migrate(models(), **hook) is None
    assert seen == [False, True]


def test_sorted_columns(project: Project) -> None:
    """The recipe that sorts the columns of CREATE TABLE by copying them."""
    writer = rewriter.Rewriter()

    @writer.rewrites(ops.CreateTableOp)
    def order_columns(context: Any, revision: Any, op: Any) -> Any:
        special_names = {"id": -100, "created_at": 1001, "updated_at": 1002}
        cols_by_key = [
            (
                special_names.get(col.key, index) if isinstance(col, sa.Column) else 2000,
                col._copy(),
            )
            for index, col in enumerate(op.columns)
        ]
        columns = [col for idx, col in sorted(cols_by_key, key=lambda entry: entry[0])]
        return ops.CreateTableOp(op.table_name, columns, schema=op.schema, **op.kw)

    metadata = models(
        sa.Column("created_at", sa.DateTime),
        sa.Column("name", sa.String(9), sa.ForeignKey("teams.name")),
        sa.UniqueConstraint("name", "created_at", name="uq"),
    )
    sa.Table("teams", metadata, sa.Column("name", sa.String(9), primary_key=True))
    text = project.migrate(metadata, process_revision_directives=writer)
    assert text is not None
    users = text[text.index("op.create_table(\n        'users'") :]
    places = [users.index(f"sa.Column('{name}'") for name in ("id", "name", "created_at")]
    assert places == sorted(places)
    for part in ("sa.ForeignKeyConstraint(['name']", "sa.UniqueConstraint('name', 'created_at'"):
        assert part in users
    project.upgrade()
    inspector = sa.inspect(project.engine)
    assert [column["name"] for column in inspector.get_columns("users")] == [
        "id",
        "name",
        "created_at",
    ]
    assert project.migrate(metadata) is None


def test_if_exists_everywhere(project: Project) -> None:
    """The recipe that makes every operation harmless where it is done already."""
    writer = rewriter.Rewriter()

    @writer.rewrites(ops.CreateTableOp)
    @writer.rewrites(ops.CreateIndexOp)
    def add_if_not_exists(context: Any, revision: Any, op: Any) -> Any:
        op.if_not_exists = True
        return op

    @writer.rewrites(ops.DropTableOp)
    @writer.rewrites(ops.DropIndexOp)
    def add_if_exists(context: Any, revision: Any, op: Any) -> Any:
        op.if_exists = True
        return op

    metadata = models(sa.Column("name", sa.String(9), index=True))
    text = project.migrate(metadata, process_revision_directives=writer)
    assert text is not None
    assert text.count("if_not_exists=True") == 2
    assert text.count("if_exists=True") == 2
    project.upgrade()
    project.downgrade()


def test_no_drop_table(project: Project) -> None:
    """The recipe that forbids DROP TABLE walks the directives of one level."""

    def process_revision_directives(context: Any, revision: Any, directives: list[Any]) -> None:
        ops_ = directives[0].upgrade_ops
        ops_.ops[:] = [op for op in ops_.ops if not isinstance(op, ops.DropTableOp)]

    with project.engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE old (id INTEGER)")
    metadata = models()
    text = project.migrate(metadata, process_revision_directives=process_revision_directives)
    assert text is not None
    assert "op.drop_table('old')" not in text


def test_no_drop_index_beside_drop_table(project: Project) -> None:
    """The recipe that drops no index beside its table finds the indexes in their group."""
    found = []

    def process_revision_directives(context: Any, revision: Any, directives: list[Any]) -> None:
        script = directives[0]
        for directive in (script.upgrade_ops, script.downgrade_ops):
            tables_dropped = {
                (op.table_name, op.schema)
                for op in directive.ops
                if isinstance(op, ops.DropTableOp)
            }
            directive.ops = [
                op
                for op in directive.ops
                if not (
                    isinstance(op, ops.ModifyTableOps)
                    and (op.table_name, op.schema) in tables_dropped
                )
            ]
            found.append([type(op).__name__ for op in directive.ops])

    metadata = models(sa.Column("name", sa.String(9), index=True))
    text = project.migrate(metadata, process_revision_directives=process_revision_directives)
    assert text is not None
    assert "op.drop_index" not in text
    assert found == [["CreateTableOp", "ModifyTableOps"], ["DropTableOp"]]


def test_views_are_skipped(project: Project) -> None:
    """The recipe that marks views by `info` and leaves them out by `include_object`."""

    def include_object(obj: Any, name: Any, type_: str, reflected: bool, compare_to: Any) -> bool:
        return not obj.info.get("is_view", False)

    metadata = models()
    sa.Table("view", metadata, sa.Column("id", sa.Integer), info={"is_view": True})
    text = project.migrate(metadata, include_object=include_object)
    assert text is not None
    assert "view" not in text


def test_code_for_existing_tables(engine: sa.Engine) -> None:
    """The recipe that prints `op.create_table` for what a database holds already."""
    with engine.begin() as connection:
        models(sa.Column("name", sa.String(9), nullable=False)).create_all(connection)
        reflected = sa.MetaData()
        reflected.reflect(connection)
        context = MigrationContext.configure(connection)
        for table in reflected.tables.values():
            upgrade = ops.UpgradeOps(ops=[ops.CreateTableOp.from_table(table)])
            code = render_python_code(upgrade, migration_context=context)
            assert code.startswith("op.create_table(\n    'users',")
            assert "sa.Column('name', sa.VARCHAR(length=9), " in code
        reflected.drop_all(connection)


def test_operations_run_without_a_file(engine: sa.Engine) -> None:
    """The recipe that brings a database to its models by invoking what was produced."""
    metadata = models(sa.Column("name", sa.String(9), index=True))
    with engine.begin() as connection:
        context = MigrationContext.configure(connection)
        migrations = produce_migrations(context, metadata)
        operations = Operations(context)
        stack = [migrations.upgrade_ops]
        while stack:
            elem: Any = stack.pop(0)
            if hasattr(elem, "ops"):
                stack.extend(elem.ops)
            else:
                operations.invoke(elem)
        assert autogenerate.compare_metadata(context, metadata) == []
        metadata.drop_all(connection)


class SequenceOp(ops.MigrateOperation):
    """What the recipe's two operations have in common."""

    def __init__(self, sequence_name: str, schema: str | None = None) -> None:
        self.sequence_name = sequence_name
        self.schema = schema


class CreateSequenceOp(SequenceOp):
    """The recipe's operation that makes a sequence."""

    @classmethod
    def create_sequence(cls, operations: Any, sequence_name: str, **kw: Any) -> Any:
        return operations.invoke(CreateSequenceOp(sequence_name, **kw))

    def reverse(self) -> Any:
        return DropSequenceOp(self.sequence_name, schema=self.schema)


class DropSequenceOp(SequenceOp):
    """The recipe's operation that drops one."""

    @classmethod
    def drop_sequence(cls, operations: Any, sequence_name: str, **kw: Any) -> Any:
        return operations.invoke(DropSequenceOp(sequence_name, **kw))

    def reverse(self) -> Any:
        return CreateSequenceOp(self.sequence_name, schema=self.schema)


def register_sequence_operations() -> None:
    """What the recipe does with its operations: directives, renderers, implementations."""
    Operations.register_operation("create_my_sequence", "create_sequence")(CreateSequenceOp)
    Operations.register_operation("drop_my_sequence", "drop_sequence")(DropSequenceOp)

    @renderers.dispatch_for(CreateSequenceOp)
    def render_create_sequence(autogen_context: Any, op: Any) -> str:
        return f"op.create_my_sequence({op.sequence_name!r}, **{{'schema': {op.schema!r}}})"

    @renderers.dispatch_for(DropSequenceOp)
    def render_drop_sequence(autogen_context: Any, op: Any) -> list[str]:
        autogen_context.imports.add("import decimal")
        return [f"op.drop_my_sequence({op.sequence_name!r}, **{{'schema': {op.schema!r}}})"]

    @Operations.implementation_for(CreateSequenceOp, replace=True)
    def create_sequence(operations: Any, operation: Any) -> None:
        operations.execute(f"CREATE SEQUENCE {operation.sequence_name}")

    @Operations.implementation_for(DropSequenceOp, replace=True)
    def drop_sequence(operations: Any, operation: Any) -> None:
        operations.execute(f"DROP SEQUENCE {operation.sequence_name}")


@pytest.mark.databases("postgresql")
def test_sequences_by_a_comparator(project: Project) -> None:
    """The recipe of custom operations: found, written, made, taken back, and found no more."""
    register_sequence_operations()

    @comparators.dispatch_for("schema")
    def compare_sequences(autogen_context: Any, upgrade_ops: Any, schemas: Any) -> None:
        default = autogen_context.dialect.default_schema_name
        found: set[Any] = set()
        for sch in schemas:
            names = autogen_context.connection.dialect.get_sequence_names(
                autogen_context.connection, sch or default
            )
            found.update((sch, name) for name in names if name.startswith("my_"))
        wanted = autogen_context.metadata.info.setdefault("sequences", set())
        for sch, name in wanted - found:
            upgrade_ops.ops.append(CreateSequenceOp(name, schema=sch))
        for sch, name in found - wanted:
            upgrade_ops.ops.append(DropSequenceOp(name, schema=sch))

    metadata = models()
    metadata.info["sequences"] = {(None, "my_sequence")}
    ours = {"include_name": lambda name, type_, parents: not str(name).startswith("my_")}
    text = project.migrate(metadata, **ours)
    assert text is not None
    assert "op.create_my_sequence('my_sequence', **{'schema': None})" in text
    assert "\nimport decimal\n" in text
    project.upgrade()
    assert project.migrate(metadata, **ours) is None
    project.downgrade()
    with project.engine.connect() as connection:
        assert not sa.inspect(connection).has_sequence("my_sequence")


def test_alembic_names_are_here() -> None:
    """What programs import from `alembic.autogenerate` is importable from ours."""
    for name in autogenerate.__all__:
        assert getattr(autogenerate, name) is not None
    assert isinstance(renderers, Dispatcher)
    with pytest.raises(AttributeError):
        autogenerate.nothing_of_the_sort  # noqa: B018


@pytest.mark.databases("postgresql")
def test_no_difference_is_without_words(engine: sa.Engine) -> None:
    """What Alembic has no tuple for has one: a key that begins to count by itself."""
    metadata = sa.MetaData()
    sa.Table("t", metadata, sa.Column("id", sa.Integer, primary_key=True))
    with engine.begin() as connection:
        connection.execute(sa.text("CREATE TABLE t (id INTEGER PRIMARY KEY)"))
        context = MigrationContext.configure(connection)
        (changes,) = autogenerate.compare_metadata(context, metadata)
    assert [change[:4] for change in changes] == [("modify_autoincrement", None, "t", "id")]
    assert changes[0][5:] == (False, True)
