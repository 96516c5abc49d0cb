"""Hooks of env.py: filters, rules of comparison, comparators, plug-ins, rendering."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
import sqlalchemy as sa

from flask_schemaver.autogenerate import (
    Rewriter,
    comparators,
    compare_metadata,
    produce_migrations,
    render_python_code,
)
from flask_schemaver.errors import AutogenerateError, CommandError
from flask_schemaver.operations import ops
from flask_schemaver.runtime.dispatch import DispatchPriority, PriorityDispatchResult
from flask_schemaver.runtime.migration import MigrationContext
from flask_schemaver.runtime.plugins import Plugin

from .conftest import Project

pytestmark = pytest.mark.databases("sqlite")
Configured = Callable[..., MigrationContext]


def models(*items: Any, name: str = "users", **options: Any) -> sa.MetaData:
    metadata = sa.MetaData()
    sa.Table(name, metadata, sa.Column("id", sa.Integer, primary_key=True), *items, **options)
    return metadata


@pytest.fixture(autouse=True)
def unregistered() -> Iterator[None]:
    """What a test registers is gone after it."""
    known = list(comparators), dict(Plugin._known)
    yield
    comparators._registry[:] = known[0]
    Plugin._known.clear()
    Plugin._known.update(known[1])


def words(diffs: list[Any]) -> list[str]:
    return [diff[0] if isinstance(diff, tuple) else [one[0] for one in diff] for diff in diffs]


def test_differences_as_tuples(configured: Configured, connection: sa.Connection) -> None:
    """Changes of a column stand in a list of their own."""
    models(sa.Column("name", sa.String(9))).create_all(connection)
    wanted = models(sa.Column("name", sa.Integer, nullable=False), sa.Column("age", sa.Integer))
    sa.Table("teams", wanted, sa.Column("id", sa.Integer, primary_key=True))
    found = compare_metadata(configured(), wanted)
    assert sorted(map(str, words(found))) == [
        "['modify_type', 'modify_nullable']",
        "add_column",
        "add_table",
    ]
    change = next(diff for diff in found if isinstance(diff, list))
    assert change[0][:4] == ("modify_type", None, "users", "name")


def test_no_models_are_all_tables_gone(configured: Configured, connection: sa.Connection) -> None:
    """A program that compares with nothing is told so; only commands refuse."""
    assert compare_metadata(configured(), sa.MetaData()) == []
    models().create_all(connection)
    assert words(compare_metadata(configured(), sa.MetaData())) == ["remove_table"]


def test_changes_of_a_table_stand_together(
    configured: Configured, connection: sa.Connection
) -> None:
    """Both directions hold what changes one table in a container, tables beside it."""
    models().create_all(connection)
    wanted = models(sa.Column("name", sa.String(9), index=True))
    sa.Table("teams", wanted, sa.Column("id", sa.Integer, primary_key=True))
    script = produce_migrations(configured(upgrade_token="ups"), wanted)
    kinds = [(type(op).__name__, op.table_name) for op in script.upgrade_ops.ops]
    assert sorted(kinds) == [("CreateTableOp", "teams"), ("ModifyTableOps", "users")]
    back = [(type(op).__name__, op.table_name) for op in script.downgrade_ops.ops]
    assert sorted(back) == [("DropTableOp", "teams"), ("ModifyTableOps", "users")]
    assert script.upgrade_ops.upgrade_token == "ups"


def test_what_hooks_change_is_written(project: Project) -> None:
    """Columns that a hook changes, removes and adds in place are so in the file."""

    def hook(context: Any, revision: Any, directives: list[Any]) -> None:
        create = directives[0].upgrade_ops.ops[0]
        create.columns[1].nullable = False
        create.columns.append(sa.Column("added", sa.Integer))
        create.kw["sqlite_strict"] = True

    text = project.migrate(
        models(sa.Column("name", sa.String(9))), process_revision_directives=hook
    )
    assert text is not None
    assert "sa.Column('name', sa.String(length=9), nullable=False)" in text
    assert "sa.Column('added', sa.Integer(), nullable=True)" in text
    assert "sqlite_strict=True" in text


def test_include_name(configured: Configured, connection: sa.Connection) -> None:
    """Names of the database are offered with those of what they are in."""
    models(sa.Column("name", sa.String(9), index=True)).create_all(connection)
    offered: list[Any] = []

    def include_name(name: Any, type_: str, parents: dict[str, Any]) -> bool:
        offered.append((type_, name, dict(parents)))
        return name != "ix_users_name"

    found = compare_metadata(configured(include_name=include_name), models())
    assert words(found) == ["remove_column"]
    assert ("schema", None, {}) in offered
    table = {"schema_name": None, "schema_qualified_table_name": "users"}
    assert ("table", "users", table) in offered
    assert ("column", "name", {**table, "table_name": "users"}) in offered
    assert ("index", "ix_users_name", {**table, "table_name": "users"}) in offered


def test_include_object(configured: Configured, connection: sa.Connection) -> None:
    """Tables and columns are offered once with their counterpart, parts only if they differ."""
    same = sa.Column("same", sa.Integer, index=True)
    models(same._copy(), sa.Column("name", sa.String(9), index=True)).create_all(connection)
    offered: list[Any] = []

    def include_object(obj: Any, name: Any, type_: str, reflected: bool, other: Any) -> bool:
        offered.append((type_, name, reflected, other is not None, type(obj).__name__))
        return type_ != "index"

    wanted = models(same._copy(), sa.UniqueConstraint("same", name="uq"))
    found = compare_metadata(configured(include_object=include_object), wanted)
    assert sorted(words(found)) == ["add_constraint", "remove_column"]
    assert sorted(offered) == [
        ("column", "id", False, True, "Column"),
        ("column", "name", True, False, "Column"),
        ("column", "same", False, True, "Column"),
        ("index", "ix_users_name", True, False, "Index"),
        ("table", "users", False, True, "Table"),
        ("unique_constraint", "uq", False, False, "UniqueConstraint"),
    ]


@pytest.mark.parametrize(
    ("rule", "found"),
    [
        (True, [["modify_type"]]),
        (False, []),
        (lambda *args: None, [["modify_type"]]),
        (lambda *args: False, []),
        (lambda context, there, here, old, new: here.name == "id", [["modify_type"]]),
    ],
)
def test_compare_type(
    rule: Any, found: list[Any], configured: Configured, connection: sa.Connection
) -> None:
    """The option is a yes, a no, or a function whose None means: as it is."""
    models(sa.Column("name", sa.String(9))).create_all(connection)
    wanted = models(sa.Column("name", sa.String(20)))
    assert words(compare_metadata(configured(compare_type=rule), wanted)) == found


@pytest.mark.parametrize(
    ("rule", "found"),
    [
        (None, [["modify_default"]]),
        (True, [["modify_default"]]),
        (False, []),
        (lambda *args: None, [["modify_default"]]),
        (lambda *args: False, []),
    ],
)
def test_compare_server_default(
    rule: Any, found: list[Any], configured: Configured, connection: sa.Connection
) -> None:
    """Defaults are compared unless the option, or its function, says no."""
    models(sa.Column("name", sa.String(9), server_default="a")).create_all(connection)
    wanted = models(sa.Column("name", sa.String(9), server_default="b"))
    options = {} if rule is None else {"compare_server_default": rule}
    assert words(compare_metadata(configured(**options), wanted)) == found


def test_comparators_of_each_target(configured: Configured, connection: sa.Connection) -> None:
    """They are called with what is documented, and their operations stand among ours."""
    models(sa.Column("name", sa.String(9))).create_all(connection)
    called: list[Any] = []

    @comparators.dispatch_for("autogenerate")
    def last(context: Any, upgrade_ops: Any) -> None:
        called.append(("autogenerate", len(upgrade_ops.ops)))

    @comparators.dispatch_for("schema", qualifier="sqlite", priority=DispatchPriority.FIRST)
    def schema(context: Any, upgrade_ops: Any, schemas: Any) -> None:
        called.append(("schema", schemas))
        upgrade_ops.ops.append(ops.ExecuteSQLOp("SELECT 1"))

    @comparators.dispatch_for("schema", qualifier="postgresql")
    def elsewhere(context: Any, upgrade_ops: Any, schemas: Any) -> None:
        raise AssertionError

    @comparators.dispatch_for("table")
    def table(context: Any, modify: Any, schema: Any, name: str, conn: Any, meta: Any) -> None:
        called.append(("table", name, conn is not None, meta is not None))
        modify.ops.append(ops.ExecuteSQLOp(f"SELECT '{name}'"))

    @comparators.dispatch_for("column")
    def column(
        context: Any, alter: Any, schema: Any, table: str, name: str, conn: Any, meta: Any
    ) -> None:
        called.append(("column", name, conn.name, meta.name))
        if name == "name":
            alter.modify_nullable = False

    wanted = models(sa.Column("name", sa.String(9)))
    sa.Table("teams", wanted, sa.Column("id", sa.Integer, primary_key=True))
    assert words(compare_metadata(configured(), wanted)) == [
        "execute",
        "add_table",
        "execute",
        ["modify_nullable"],
        "execute",
    ]
    assert called == [
        ("schema", {None}),
        ("table", "teams", False, True),
        ("column", "id", "id", "id"),
        ("column", "name", "name", "name"),
        ("table", "users", True, True),
        ("autogenerate", 3),
    ]


def test_a_comparator_in_the_place_of_ours(
    configured: Configured, connection: sa.Connection
) -> None:
    """One that is first in a group and says stop leaves out what is found in that group."""
    models(sa.Column("name", sa.String(9))).create_all(connection)

    @comparators.dispatch_for("column", subgroup="types", priority=DispatchPriority.FIRST)
    def types(*args: Any) -> PriorityDispatchResult:
        return PriorityDispatchResult.STOP

    @comparators.dispatch_for("table", subgroup="indexes", priority=DispatchPriority.FIRST)
    def indexes(*args: Any) -> PriorityDispatchResult:
        return PriorityDispatchResult.STOP

    wanted = models(sa.Column("name", sa.String(20), nullable=False, index=True))
    assert words(compare_metadata(configured(), wanted)) == [["modify_nullable"]]


def test_plugins(configured: Configured, connection: sa.Connection) -> None:
    """A plug-in takes part when it is named; parts of our own can be left out."""
    models(sa.Column("name", sa.String(9))).create_all(connection)

    class Module:
        @staticmethod
        def setup(plugin: Plugin) -> None:
            plugin.add_autogenerate_comparator(
                lambda context, upgrade_ops: upgrade_ops.ops.append(ops.ExecuteSQLOp("SELECT 1")),
                "autogenerate",
            )

    Plugin.setup_plugin_from_module(Module, "mine.own")
    with pytest.raises(ValueError, match=r"'mine\.own' is known"):
        Plugin("mine.own")
    wanted = models(sa.Column("name", sa.String(20), index=True))

    def found(*expressions: str) -> list[str]:
        given = {"autogenerate_plugins": list(expressions)} if expressions else {}
        return sorted(map(str, words(compare_metadata(configured(**given), wanted))))

    ours = ["['modify_type']", "add_index"]
    assert found() == ours
    assert found("alembic.autogenerate.*", "mine.*") == [*ours, "execute"]
    assert found("flask_schemaver.autogenerate.*", "~alembic.autogenerate.types") == ["add_index"]
    assert found("~flask_schemaver.autogenerate.constraints") == ["['modify_type']"]
    with pytest.raises(CommandError, match="Did not locate plugins: 'nobody'"):
        found("nobody")
    with pytest.raises(ValueError, match="Invalid plugin expression"):
        found("no-name")


def test_several_metadata(configured: Configured) -> None:
    """A list is compared as one; a table in two of them is an error."""
    several = [models(), models(name="teams")]
    assert words(compare_metadata(configured(), several)) == ["add_table", "add_table"]
    with pytest.raises(ValueError, match="'users' is in two"):
        compare_metadata(configured(), [models(), models()])
    with pytest.raises(AutogenerateError, match="'users' is in two"):
        compare_metadata(configured(), [models(), models()])


@pytest.mark.skipif(not hasattr(sa, "CreateView"), reason="needs SQLAlchemy 2.1")
def test_what_a_query_makes_is_no_table(configured: Configured, connection: sa.Connection) -> None:
    """Views and tables made by a query are neither created nor dropped, and told of."""
    metadata = models()
    table = metadata.tables["users"]
    sa.CreateView(sa.select(table), "seen", metadata=metadata)
    sa.CreateTableAs(sa.select(table.c.id), "copied", metadata=metadata)
    script = produce_migrations(configured(), metadata)
    assert [op.describe() for op in script.upgrade_ops.flattened()] == ["create table 'users'"]
    told = " ".join(script.info["warnings"])
    assert "'seen' is made by a query" in told
    assert "'copied' is made by a query" in told
    metadata.create_all(connection)
    assert compare_metadata(configured(), metadata) == []


def test_rewriter_results(configured: Configured) -> None:
    """A function returns one, several or none; what it returns is not handed to it again."""
    writer, other = Rewriter(), Rewriter()
    seen: list[str] = []

    @writer.rewrites((ops.CreateTableOp, ops.DropTableOp))
    def tables(context: Any, revision: Any, op: Any) -> Any:
        seen.append(op.directive)
        twin = ops.CreateTableOp("twin", [sa.Column("id", sa.Integer)])
        return [op, twin] if op.directive == "create_table" else None

    @other.rewrites(ops.CreateTableOp)
    def guarded(context: Any, revision: Any, op: Any) -> Any:
        op.if_not_exists = True
        return op

    script = produce_migrations(configured(), models())
    chained = writer.chain(other).chain(lambda context, revision, found: seen.append("last"))
    chained(configured(), None, [script])
    assert seen == ["create_table", "drop_table", "last"]
    assert [op.table_name for op in script.upgrade_ops.ops] == ["users", "twin"]
    assert all(op.if_not_exists for op in script.upgrade_ops.ops)
    assert script.downgrade_ops.ops == []


def test_a_container_is_rewritten_as_one(configured: Configured) -> None:
    """A function on the whole of a direction has to return just one such container."""
    writer = Rewriter()
    writer.rewrites(ops.UpgradeOps)(lambda context, revision, op: [])
    with pytest.raises(ValueError, match="exactly one"):
        writer(configured(), None, [produce_migrations(configured(), models())])


def test_render_python_code() -> None:
    """Each argument means what it says."""

    def render_item(type_: str, obj: Any, autogen_context: Any) -> Any:
        if type_ == "column" and obj.name == "hidden":
            return None
        if type_ == "server_default":
            return "DEFAULT"
        return "my.Type()" if type_ == "type" and isinstance(obj, sa.Text) else False

    columns = [
        sa.Column("a", sa.Text, server_default="x"),
        sa.Column("hidden", sa.Integer),
        sa.Column("b", sa.dialects.postgresql.JSONB()),
    ]
    alter = ops.AddColumnOp("t", sa.Column("c", sa.Integer))
    upgrade = ops.UpgradeOps([ops.CreateTableOp("t", columns), alter])
    imports: set[str] = set()
    code = render_python_code(upgrade, "sql.", "do.", True, imports, render_item)
    assert code == (
        "do.create_table(\n"
        "    't',\n"
        "    sql.Column('a', my.Type(), server_default=DEFAULT, nullable=True),\n"
        "    sql.Column('b', postgresql.JSONB(astext_type=my.Type()), nullable=True),\n"
        ")\n"
        "with do.batch_alter_table('t') as batch_op:\n"
        "    batch_op.add_column(sql.Column('c', sql.Integer(), nullable=True))"
    )
    assert imports == {"from sqlalchemy.dialects import postgresql"}


def test_differences_of_columns_hold_what_a_table_has() -> None:
    """Programs look at the table of a column, and at the argument of a default."""
    with sa.create_engine("sqlite://").connect() as connection:
        connection.exec_driver_sql("CREATE TABLE t (old TEXT, n INTEGER DEFAULT 3)")
        models = sa.MetaData()
        n = sa.Column("n", sa.Integer, server_default="4")
        sa.Table("t", models, n, sa.Column("new", sa.Integer, sa.ForeignKey("t.n")))
        found = compare_metadata(MigrationContext.configure(connection), models)
    (changed,) = next(entry for entry in found if isinstance(entry, list))
    assert [str(default.arg) for default in changed[-2:]] == ["3", "4"]
    columns = [entry[3] for entry in found if entry[0] in ("add_column", "remove_column")]
    assert [(c.table.name, c.name) for c in columns] == [("t", "new"), ("t", "old")]
