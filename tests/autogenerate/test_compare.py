"""One change at a time, both ways, on live databases that hold rows."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from laws.schemas import Connected
from laws.snapshot import differences, snapshot

from flask_schemaver.autogenerate.api import compare, migration_script
from flask_schemaver.autogenerate.render import Renderer, render_operations
from flask_schemaver.errors import NoModels
from flask_schemaver.operations.facade import Operations

Schema = Callable[[sa.MetaData], None]


def users(*items: Any) -> Schema:
    """A table of users with two rows' worth of columns, and what is given besides."""

    names = {item.name for item in items if isinstance(item, sa.Column)}
    usual = [sa.Column("name", sa.String(40)), sa.Column("age", sa.Integer)]
    once = sa.MetaData()
    sa.Table("teams", once, sa.Column("id", sa.Integer, primary_key=True))
    sa.Table(
        "users",
        once,
        sa.Column("id", sa.Integer, primary_key=True),
        *(column for column in usual if column.name not in names),
        *items,
    )

    def make(metadata: sa.MetaData) -> None:
        for table in once.tables.values():
            table.to_metadata(metadata)

    return make


def index(*elements: Any, **options: Any) -> Schema:
    return users(sa.Index("ix", *elements, **options))


def both(where: str) -> dict[str, Any]:
    return {"postgresql_where": sa.text(where), "sqlite_where": sa.text(where)}


def reference(*names: str, **options: Any) -> list[Any]:
    key = sa.ForeignKeyConstraint(["team_id"], ["teams.id"], *names, **options)
    return [sa.Column("team_id", sa.Integer), key]


PLAIN = users()
CHANGES: dict[str, tuple[Schema, Schema]] = {
    "a column": (PLAIN, users(sa.Column("mail", sa.String(9)))),
    "a column with a default": (
        PLAIN,
        users(sa.Column("n", sa.Integer, server_default="3", nullable=False)),
    ),
    "a NOT NULL column that the model has a value for": (
        PLAIN,
        users(sa.Column("n", sa.String(9), default="it's", nullable=False)),
    ),
    "a computed column": (PLAIN, users(sa.Column("twice", sa.Integer, sa.Computed("age * 2")))),
    "a computed column's expression": (
        users(sa.Column("twice", sa.Integer, sa.Computed("age * 2", persisted=True))),
        users(sa.Column("twice", sa.Integer, sa.Computed("age * 3", persisted=True))),
    ),
    "NOT NULL": (PLAIN, users(sa.Column("name", sa.String(40), nullable=False))),
    "a length": (PLAIN, users(sa.Column("name", sa.String(60)))),
    "a length removed": (PLAIN, users(sa.Column("name", sa.Text))),
    "an integer's width": (PLAIN, users(sa.Column("age", sa.BigInteger))),
    "text into a number": (users(sa.Column("age", sa.String(9))), PLAIN),
    "a number into a boolean": (PLAIN, users(sa.Column("age", sa.Boolean))),
    "a type and its default": (
        users(sa.Column("age", sa.String(9), server_default="7")),
        users(sa.Column("age", sa.Integer, server_default="8")),
    ),
    "a type below a default": (
        users(sa.Column("age", sa.String(9), server_default="7")),
        users(sa.Column("age", sa.Integer, server_default="7")),
    ),
    "a default added": (PLAIN, users(sa.Column("name", sa.String(40), server_default="x"))),
    "a default changed": (
        users(sa.Column("name", sa.String(40), server_default="x")),
        users(sa.Column("name", sa.String(40), server_default="it's 100% :ok")),
    ),
    "a default's function": (
        users(sa.Column("at", sa.DateTime, server_default=sa.text("'2020-01-01'"))),
        users(sa.Column("at", sa.DateTime, server_default=sa.func.now())),
    ),
    "a unique constraint": (PLAIN, users(sa.UniqueConstraint("name", name="uq"))),
    "a unique constraint without a name": (PLAIN, users(sa.UniqueConstraint("name", "age"))),
    "a unique constraint's columns": (
        users(sa.UniqueConstraint("name", name="uq")),
        users(sa.UniqueConstraint("name", "age", name="uq")),
    ),
    "a unique constraint renamed": (
        users(sa.UniqueConstraint("name", name="uq")),
        users(sa.UniqueConstraint("name", name="uq_2")),
    ),
    "a check": (PLAIN, users(sa.CheckConstraint("age < 100", name="ck"))),
    "a check without a name": (PLAIN, users(sa.CheckConstraint("age < 100"))),
    "a check's text": (
        users(sa.CheckConstraint("age < 100", name="ck")),
        users(sa.CheckConstraint("age < 200", name="ck")),
    ),
    "a check of a type": (
        PLAIN,
        users(
            sa.Column(
                "mood",
                sa.Enum("a", "b", name="mood", native_enum=False, create_constraint=True),
            )
        ),
    ),
    "a foreign key": (users(sa.Column("team_id", sa.Integer)), users(*reference())),
    "a foreign key and its column": (PLAIN, users(*reference())),
    "a foreign key's action": (
        users(*reference(name="fk")),
        users(*reference(name="fk", ondelete="CASCADE")),
    ),
    "a foreign key that is deferred": (
        users(*reference(name="fk")),
        users(*reference(name="fk", deferrable=True, initially="DEFERRED")),
    ),
    "an index": (PLAIN, index("name")),
    "an index's columns": (index("name"), index("name", "age")),
    "an index that becomes unique": (index("name"), index("name", unique=True)),
    "an index's order": (index("name"), index(sa.text("name DESC"))),
    "an index's expression": (index(sa.text("lower(name)")), index(sa.text("upper(name)"))),
    "an index's predicate": (index("name", **both("age > 1")), index("name", **both("age > 2"))),
    "a column under an index and a constraint": (
        users(
            sa.Column("mail", sa.String(9)),
            sa.Index("ix", "mail", "name"),
            sa.UniqueConstraint("mail", "age", name="uq"),
        ),
        PLAIN,
    ),
    "an enumerated type": (PLAIN, users(sa.Column("mood", sa.Enum("a", "b", name="mood")))),
}
POSTGRESQL: dict[str, tuple[Schema, Schema]] = {
    "an index's method": (index("age"), index("age", postgresql_using="hash")),
    "an index's operator class": (
        index("name"),
        index("name", postgresql_ops={"name": "text_pattern_ops"}),
    ),
    "what an index includes": (index("name"), index("name", postgresql_include=["age"])),
    "a column's collation": (
        users(sa.Column("name", sa.String(40, collation="C"))),
        users(sa.Column("name", sa.String(40, collation="POSIX"))),
    ),
    "a column's comment": (PLAIN, users(sa.Column("age", sa.Integer, comment="in years"))),
    "a time zone": (
        users(sa.Column("at", sa.DateTime)),
        users(sa.Column("at", sa.DateTime(timezone=True))),
    ),
}


def metadata_of(*schemas: Schema) -> sa.MetaData:
    result = sa.MetaData()
    for schema in schemas:
        schema(result)
    return result


def run(operations: list[Any], context: Connected) -> None:
    renderer = Renderer()
    batch = not context.spelling.alters_constraints
    code = render_operations(operations, renderer, batch=batch)
    with Operations.context(context) as op:
        exec("\n".join([*renderer.imports, code]), {"sa": sa, "op": op})


def begun(engine: sa.Engine) -> sa.Connection:
    connection = engine.connect()
    if engine.dialect.name == "sqlite":
        connection.exec_driver_sql("BEGIN")
    return connection


def made(engine: sa.Engine, schema: Schema) -> dict[str, Any]:
    with begun(engine) as connection:
        metadata_of(schema).create_all(connection)
        found = snapshot(connection)
        connection.rollback()
        return found


def both_ways(engine: sa.Engine, before: Schema, after: Schema) -> None:
    """Go from one schema to the other and back, with two rows in the table."""
    models, target = metadata_of(before), metadata_of(after)
    at_before, at_after = made(engine, before), made(engine, after)
    with begun(engine) as connection:
        context = Connected(connection)
        models.create_all(connection)
        table = models.tables["users"]
        connection.execute(sa.insert(table), [row(table, 1), row(table, 0)])
        if engine.dialect.name == "postgresql":
            connection.exec_driver_sql("SET CONSTRAINTS ALL IMMEDIATE")
        script = migration_script(compare(context, target), context.spelling)  # type: ignore[arg-type]
        run(script.upgrade_ops.ops, context)
        assert differences(at_after, snapshot(connection)) == []
        assert compare(context, target).operations == ()  # type: ignore[arg-type]
        run(script.downgrade_ops.ops, context)
        assert differences(at_before, snapshot(connection)) == []
        assert connection.scalar(sa.select(sa.func.count()).select_from(table)) == 2


def row(table: sa.Table, number: int) -> dict[str, Any]:
    """A row for the table as it is at first; every other column has a default, or is NULL."""
    age: Any = str(number) if isinstance(table.c.age.type, sa.String) else number
    if isinstance(table.c.age.type, sa.Boolean):
        age = bool(number)
    return {"id": number + 1, "name": str(number + 5), "age": age}


@pytest.mark.parametrize("change", CHANGES)
def test_a_change_is_found_made_and_taken_back(engine: sa.Engine, change: str) -> None:
    """Adding, then changing back what was changed; the rows stay."""
    before, after = CHANGES[change]
    both_ways(engine, before, after)


@pytest.mark.parametrize("change", CHANGES)
def test_the_opposite_change_too(engine: sa.Engine, change: str) -> None:
    """Removing, then bringing back what was removed; the rows stay."""
    after, before = CHANGES[change]
    both_ways(engine, before, after)


@pytest.mark.databases("postgresql")
@pytest.mark.parametrize("change", POSTGRESQL)
def test_a_change_that_only_postgresql_has(engine: sa.Engine, change: str) -> None:
    """The same for what PostgreSQL has beyond SQLite."""
    before, after = POSTGRESQL[change]
    both_ways(engine, before, after)
    both_ways(engine, after, before)


def test_tables_that_refer_to_each_other(engine: sa.Engine) -> None:
    """A ring of foreign keys is made, and taken away again."""

    def ring(metadata: sa.MetaData) -> None:
        PLAIN(metadata)
        for name, other in (("hen", "egg"), ("egg", "hen")):
            sa.Table(
                name,
                metadata,
                sa.Column("id", sa.Integer, primary_key=True),
                sa.Column("of", sa.ForeignKey(f"{other}.id", name=f"fk_{name}", use_alter=True)),
            )

    both_ways(engine, PLAIN, ring)
    both_ways(engine, ring, PLAIN)


def test_a_metadata_without_tables_is_refused(engine: sa.Engine) -> None:
    """Nothing imported is no reason to drop everything."""
    with begun(engine) as connection, pytest.raises(NoModels, match="has no table"):
        compare(Connected(connection), sa.MetaData())  # type: ignore[arg-type]


def test_a_table_that_a_filter_hides_is_neither_dropped_nor_made(engine: sa.Engine) -> None:
    """`include_object` sees both sides."""
    seen = []

    def include(item: Any, name: str, type_: str, reflected: bool, other: Any) -> bool:
        seen.append((type_, name, reflected))
        return name != "teams"

    with begun(engine) as connection:
        metadata_of(PLAIN).create_all(connection)
        models = sa.MetaData()
        sa.Table("other", models, sa.Column("id", sa.Integer, primary_key=True))
        context = Connected(connection, opts={"include_object": include})
        found = compare(context, models).operations  # type: ignore[arg-type]
        assert sorted(op.describe() for op in found) == [
            "create table 'other'",
            "drop table 'users'",
        ]
    assert ("table", "teams", True) in seen
    assert ("table", "other", False) in seen


def test_a_name_that_is_not_included_is_not_read(engine: sa.Engine) -> None:
    """`include_name` decides before anything is read."""

    def include(name: str | None, type_: str, parents: dict[str, Any]) -> bool:
        return type_ != "table" or name == "users"

    with begun(engine) as connection:
        metadata_of(PLAIN).create_all(connection)
        models = metadata_of(PLAIN)
        models.remove(models.tables["teams"])
        context = Connected(connection, opts={"include_name": include})
        assert compare(context, models).operations == ()  # type: ignore[arg-type]


def test_rows_without_a_value_get_the_default_of_a_column_that_becomes_not_null(
    engine: sa.Engine,
) -> None:
    """The revision works on rows that hold NULL, and says what they get."""
    target = metadata_of(users(sa.Column("age", sa.Integer, default=18, nullable=False)))
    with begun(engine) as connection:
        context = Connected(connection)
        models = metadata_of(PLAIN)
        models.create_all(connection)
        table = models.tables["users"]
        connection.execute(sa.insert(table), [{"id": 1, "age": None}, {"id": 2, "age": 5}])
        script = migration_script(compare(context, target), context.spelling)  # type: ignore[arg-type]
        run(script.upgrade_ops.ops, context)
        ages = connection.scalars(sa.select(table.c.age).order_by(table.c.id)).all()
    assert ages == [18, 5]
    assert script.info["warnings"] == []


def test_a_column_that_becomes_not_null_without_a_default_is_warned_of(engine: sa.Engine) -> None:
    """Nothing is guessed in an upgrade."""
    target = metadata_of(users(sa.Column("age", sa.Integer, nullable=False)))
    with begun(engine) as connection:
        metadata_of(PLAIN).create_all(connection)
        context = Connected(connection)
        script = migration_script(compare(context, target), context.spelling)  # type: ignore[arg-type]
    assert ["'users.age' becomes NOT NULL" in warning for warning in script.info["warnings"]] == [
        True
    ]


def test_what_was_compared_is_young_garbage() -> None:
    """A program that compares again and again gives the memory back soon."""
    with sa.create_engine("sqlite://").connect() as connection:
        gc.collect()
        metadata = sa.MetaData()
        users()(metadata)
        compare(Connected(connection), metadata)  # type: ignore[arg-type]
        compared = weakref.ref(metadata)
        del metadata
        gc.collect(1)
        assert compared() is None
