"""The promise on PostgreSQL, one change at a time, and what stands beside tables there."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg
from sqlalchemy.exc import DBAPIError

from .postgresql_pairs import PAIRS, feeling, mood, thing
from .promise import Project, emptied, finds_nothing, keeps_promise

pytestmark = pytest.mark.databases("postgresql")

ONE_WAY = {"enum value used at once"}
"""What cannot be taken back by itself: rows may hold a value that is to go."""


def rows(models: sa.MetaData) -> dict[str, list[dict[str, Any]]]:
    """Two rows for the table `thing`, if there is one: what its columns can hold."""
    if "thing" not in models.tables:
        return {}
    found = []
    for number, word in ((1, "one"), (2, "two")):
        row = {"id": number, "name": word, "size": number}
        columns = models.tables["thing"].c
        found.append(
            {
                name: str(value) if isinstance(columns[name].type, sa.String) else value
                for name, value in row.items()
                if name in columns and not _always(columns[name])
            }
        )
    return {"thing": found}


def _always(column: sa.Column[Any]) -> bool:
    return column.identity is not None and bool(column.identity.always)


@pytest.mark.parametrize("change", PAIRS)
def test_a_change_and_its_opposite(engine: sa.Engine, tmp_path: Path, change: str) -> None:
    """There and back, from either side, with rows in the table."""
    before, after = PAIRS[change]
    options = {"include_schemas": True}
    a, b = before(), after()
    keeps_promise(engine, tmp_path / "there", a, b, rows(a), **options)
    if change not in ONE_WAY:
        a, b = after(), before()
        keeps_promise(engine, tmp_path / "back", a, b, rows(a), **options)


def in_need_of_a_schema() -> sa.MetaData:
    metadata = thing()
    sa.Table(
        "inner",
        metadata,
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("thing_id", sa.ForeignKey("thing.id", name="fk_inner")),
        sa.Column("feels", mood("good", "bad", schema="Apart From")),
        schema="Apart From",
    )
    return metadata


def test_a_schema_is_created_where_models_need_it(engine: sa.Engine, tmp_path: Path) -> None:
    """The upgrade makes the schema, and the downgrade drops it; nothing else ever does."""
    emptied(engine)
    project = Project(tmp_path / "files", engine)
    text = project.revise(in_need_of_a_schema())
    assert text is not None
    assert "op.create_schema('Apart From')" in text
    project.upgrade()
    assert project.revise(in_need_of_a_schema()) is None
    with engine.connect() as connection:
        assert "Apart From" in sa.inspect(connection).get_schema_names()
    project.downgrade()
    with engine.connect() as connection:
        assert "Apart From" not in sa.inspect(connection).get_schema_names()


def made_at(project: Project, models: sa.MetaData, *values: str) -> None:
    """`create_all`, and a row for each value of the column `feels`."""
    emptied(project.engine)
    with project.engine.begin() as connection:
        models.create_all(connection)
        for value in values:
            connection.execute(sa.insert(models.tables["thing"]).values(feels=value))


def test_a_value_that_rows_hold_is_not_taken_away(engine: sa.Engine, tmp_path: Path) -> None:
    """The upgrade stops with the table, the value and what to write; nothing has changed."""
    project = Project(tmp_path / "files", engine)
    made_at(project, feeling("good", "old")(), "good", "old")
    text = project.revise(feeling("good")())
    assert text is not None
    with pytest.raises(Exception, match=r"(?s)thing\.feels hold the value 'old'.*mapping"):
        project.upgrade()
    with engine.connect() as connection:
        assert connection.scalar(sa.text("SELECT count(*) FROM thing WHERE feels = 'old'")) == 1


def test_a_mapping_says_what_becomes_of_a_value(engine: sa.Engine, tmp_path: Path) -> None:
    """Rows, defaults and arrays are given the other value; the downgrade gives it back."""
    project = Project(tmp_path / "files", engine)
    made_at(project, feeling("good", "old", server_default="old")(), "good", "old")
    text = project.revise(feeling("good", "new", server_default="new")())
    assert text is not None
    [path] = (tmp_path / "files" / "versions").glob("*.py")
    call = "op.change_enum_values('mood', ['good', 'new'], existing_values=['good', 'old']"
    assert call in text
    path.write_text(text.replace(call, f"{call}, mapping={{'old': 'new'}}", 1))
    project.upgrade()
    with engine.connect() as connection:
        found = connection.scalars(sa.text("SELECT feels::text FROM thing ORDER BY id")).all()
    assert found == ["good", "new"]


def test_a_value_is_renamed_by_a_hint(engine: sa.Engine, tmp_path: Path) -> None:
    """`info={"renamed_values": ...}` on a column keeps the rows and rewrites nothing."""
    project = Project(tmp_path / "files", engine)
    made_at(project, feeling("good", "old")(), "old")
    hint = {"renamed_values": {"old": "new"}}
    text = project.revise(feeling_of(hint))
    assert text is not None
    assert "op.rename_enum_value('mood', 'old', 'new')" in text
    project.upgrade()
    with engine.connect() as connection:
        assert connection.scalar(sa.text("SELECT feels::text FROM thing")) == "new"
    assert project.revise(feeling_of(hint)) is None
    project.downgrade()
    with engine.connect() as connection:
        assert connection.scalar(sa.text("SELECT feels::text FROM thing")) == "old"


def feeling_of(info: dict[str, Any]) -> sa.MetaData:
    return thing(sa.Column("feels", mood("good", "new"), info=info))


def test_a_type_stays_as_long_as_a_column_has_it(engine: sa.Engine, tmp_path: Path) -> None:
    """A type that two tables share is made once, and dropped with the last of them."""

    def models(*names: str) -> sa.MetaData:
        metadata = thing()
        for name in names:
            sa.Table(
                name,
                metadata,
                sa.Column("id", sa.Integer, primary_key=True),
                sa.Column("feels", mood("good", "bad")),
            )
        return metadata

    keeps_promise(engine, tmp_path / "first", models(), models("a", "b"))
    keeps_promise(engine, tmp_path / "one", models("a", "b"), models("a"))
    keeps_promise(engine, tmp_path / "last", models("a"), models())


FOREIGN = [
    "CREATE TYPE of_view AS ENUM ('a')",
    "CREATE VIEW v AS SELECT 'a'::of_view AS x",
    "CREATE EXTENSION citext",
    "CREATE TABLE parted (id int, day date) PARTITION BY RANGE (day)",
    "CREATE TABLE part PARTITION OF parted FOR VALUES FROM ('2020-01-01') TO ('2021-01-01')",
]


def test_what_belongs_to_others_is_left_alone(engine: sa.Engine, tmp_path: Path) -> None:
    """Partitions, objects of extensions, and types that a view uses are never touched."""
    emptied(engine)
    with engine.begin() as connection:
        for statement in FOREIGN:
            connection.exec_driver_sql(statement)
        thing().create_all(connection)
    models = thing()
    sa.Table(
        "parted",
        models,
        sa.Column("id", sa.Integer),
        sa.Column("day", sa.Date),
        postgresql_partition_by="RANGE (day)",
    )
    assert Project(tmp_path / "files", engine).revise(models) is None


def test_without_scratch_space_the_text_serves(engine: sa.Engine, tmp_path: Path) -> None:
    """A role that may make no temporary tables compares all the same, and is told so."""
    emptied(engine)
    role, database = "schemaver_no_temp", engine.url.database
    with engine.begin() as connection:
        thing(sa.Column("more", sa.Integer, server_default=sa.text("1 + 2"))).create_all(connection)
        connection.exec_driver_sql(f"DROP ROLE IF EXISTS {role}")
        connection.exec_driver_sql(f"CREATE ROLE {role}")
        connection.exec_driver_sql(f'REVOKE TEMP ON DATABASE "{database}" FROM public')
        connection.exec_driver_sql(f"GRANT USAGE ON SCHEMA public TO {role}")
    from flask_schemaver.autogenerate.api import compare
    from flask_schemaver.runtime.migration import MigrationContext

    try:
        with engine.connect() as connection:
            connection.exec_driver_sql(f"SET ROLE {role}")
            context = MigrationContext.configure(connection)
            models = thing(sa.Column("more", sa.Integer, server_default=sa.text("2 + 2")))
            comparison = compare(context, models)
            assert comparison.unsettled == ("thing",)
            assert len(comparison.operations) == 1
            same = thing(sa.Column("more", sa.Integer, server_default=sa.text("1 + 2")))
            comparison = compare(context, same)
            assert (comparison.unsettled, comparison.operations) == ((), ())
    finally:
        with engine.begin() as connection:
            connection.exec_driver_sql(f"DROP OWNED BY {role}")
            connection.exec_driver_sql(f"DROP ROLE {role}")


TYPES: list[tuple[Any, list[Any]]] = [
    (sa.Integer, [None, "7", sa.text("0"), sa.text("-1")]),
    (sa.SmallInteger, [None, "1"]),
    (sa.BigInteger, [None, sa.text("9000000000")]),
    (sa.Numeric, [None, "1.5"]),
    (sa.Numeric(10), [None]),
    (sa.Numeric(10, 2), [None, sa.text("1.50")]),
    (sa.Float, [None, "0.5"]),
    (sa.Float(24), [None]),
    (sa.Float(53), [None]),
    (sa.Double, [None]),
    (sa.REAL, [None]),
    (sa.DECIMAL(5, 1), [None]),
    (sa.String, [None, "", "it's", "a:b %s", 'q"q', "null"]),
    (sa.String(20), [None, "x"]),
    (sa.String(20, collation="C"), [None, "x"]),
    (sa.Text, [None, "100 %"]),
    (sa.Unicode(7), [None]),
    (sa.CHAR, [None, "x"]),
    (sa.CHAR(5), [None, "x"]),
    (sa.Boolean, [None, sa.true(), sa.false(), "true"]),
    (sa.Boolean(create_constraint=True, name="ck_bool"), [None]),
    (sa.Date, [None, sa.text("CURRENT_DATE"), "2020-01-01"]),
    (sa.DateTime, [None, sa.func.now(), sa.text("CURRENT_TIMESTAMP"), "2020-01-01 00:00:00"]),
    (sa.DateTime(timezone=True), [None, sa.func.now(), sa.text("now() + interval '1 day'")]),
    (sa.Time, [None, "10:00:00"]),
    (sa.Time(timezone=True), [None]),
    (pg.TIMESTAMP(precision=3), [None]),
    (pg.TIMESTAMP(timezone=True, precision=0), [None]),
    (pg.TIME(precision=2), [None]),
    (sa.Interval, [None, "1 day"]),
    (pg.INTERVAL(fields="DAY TO SECOND"), [None]),
    (pg.INTERVAL(fields="DAY TO SECOND", precision=3), [None]),
    (pg.INTERVAL(precision=3), [None]),
    (sa.LargeBinary, [None]),
    (sa.JSON, [None, "{}", sa.text("'[]'::json")]),
    (pg.JSONB, [None, '{"a": "b::c"}', sa.text("'{}'::jsonb")]),
    (sa.Uuid, [None, sa.text("gen_random_uuid()")]),
    (pg.UUID(as_uuid=False), [None, "00000000-0000-0000-0000-000000000000"]),
    (sa.Enum("a", "it's", name="Odd enum"), [None, "it's"]),
    (sa.Enum("a", "b", name="text_enum", native_enum=False, create_constraint=True), [None, "b"]),
    (sa.Enum("a", "b", name="own", schema="inner schema"), [None, "b"]),
    (pg.BIT(4), [None]),
    (pg.BIT(varying=True), [None]),
    (pg.INET, [None, "127.0.0.1"]),
    (pg.CIDR, [None]),
    (pg.MACADDR, [None]),
    (pg.MACADDR8, [None]),
    (pg.MONEY, [None]),
    (pg.OID, [None]),
    (pg.REGCLASS, [None]),
    (pg.TSVECTOR, [None]),
    (pg.TSQUERY, [None]),
    (pg.INT4RANGE, [None, "[1,2)"]),
    (pg.INT8RANGE, [None]),
    (pg.NUMRANGE, [None]),
    (pg.DATERANGE, [None]),
    (pg.TSRANGE, [None]),
    (pg.TSTZRANGE, [None]),
    (pg.INT4MULTIRANGE, [None]),
    (pg.TSTZMULTIRANGE, [None]),
    (pg.ARRAY(sa.Integer), [None, "{}", sa.text("ARRAY[1, 2]"), sa.text("'{1,2}'::integer[]")]),
    (pg.ARRAY(sa.Text, dimensions=2), [None]),
    (pg.ARRAY(sa.String(3, collation="C")), [None]),
    (pg.ARRAY(sa.Enum("a", "b", name="in_array")), [None, "{a}"]),
    (pg.ARRAY(sa.DateTime(timezone=True)), [None]),
    (pg.DOMAIN("plain_domain", sa.Integer), [None, "5"]),
    (
        pg.DOMAIN("full_domain", sa.Text, collation="C", default="x", check="VALUE <> ''"),
        [None, "y"],
    ),
    (sa.Text().with_variant(pg.CITEXT(), "postgresql"), [None, "x"]),
    (sa.Integer().with_variant(sa.BigInteger(), "postgresql"), [None, "1"]),
]
LONG = "a_name_that_is_longer_than_what_the_server_keeps_and_is_cut_off_by_it"
NAMINGS: dict[str, dict[str, Any]] = {
    "plain": {},
    "in a schema": {"schema": "inner schema"},
    "with a convention": {
        "naming_convention": {
            "ix": "ix_%(column_0_label)s",
            "uq": "uq_%(table_name)s_%(column_0_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    },
}


def every_type(**options: Any) -> sa.MetaData:
    """A table for each type, a column for each of its defaults, nullable and not."""
    metadata = sa.MetaData(**options)
    sa.event.listen(
        metadata, "before_create", sa.DDL('CREATE SCHEMA IF NOT EXISTS "inner schema"'), insert=True
    )
    for number, (type_, defaults) in enumerate(TYPES):
        columns = []
        for place, default in enumerate(defaults):
            for nullable in (True, False):
                kind = type_() if callable(type_) else type_
                if isinstance(kind, sa.types.SchemaType):
                    kind = kind.copy()
                    if getattr(kind, "create_constraint", False):
                        kind.name = f"{kind.name}_{place}_{nullable}"
                name = f"Col {place} {'null' if nullable else 'not'}"
                columns.append(
                    sa.Column(
                        name, kind, server_default=default, nullable=nullable, comment="%(x)s"
                    )
                )
        sa.Table(
            f"type_{number}", metadata, sa.Column("id", sa.Integer, primary_key=True), *columns
        )
    return metadata


def odd_names(**options: Any) -> sa.MetaData:
    """Names in two cases, with quotes, blanks, per cents, reserved, and too long."""
    metadata = sa.MetaData(**options)
    sa.event.listen(
        metadata, "before_create", sa.DDL('CREATE SCHEMA IF NOT EXISTS "inner schema"'), insert=True
    )
    for name in ("Mixed", 'quo"ted', "a b", "per%cent", "select", f"{LONG[:56]}_t", "ünï"):
        sa.Table(
            name,
            metadata,
            sa.Column("Id", sa.Integer, primary_key=True),
            sa.Column('q"c', sa.String(5), unique=True),
            sa.Column("per%cent", sa.Integer, index=True),
            sa.Column("user", sa.Integer, sa.Identity()),
            sa.Column("twice", sa.Integer, sa.Computed('"Id" * 2', persisted=True)),
            sa.Column(
                "own", sa.ForeignKey(f"{metadata.schema + '.' if metadata.schema else ''}{name}.Id")
            ),
            sa.CheckConstraint('"Id" > 0 AND "per%cent" <> 5', name="odd"),
            sa.Index(
                f"ix {name}"[:60], sa.text('lower("q""c")'), postgresql_where=sa.text('"Id" > 1')
            ),
        )
    return metadata


@pytest.mark.parametrize("naming", NAMINGS)
@pytest.mark.parametrize("make", [every_type, odd_names])
def test_what_create_all_made_has_no_difference(
    engine: sa.Engine, tmp_path: Path, make: Callable[..., sa.MetaData], naming: str
) -> None:
    """Nothing is found after `create_all`, and the server is not even asked."""
    emptied(engine)
    asked: list[str] = []

    @sa.event.listens_for(sa.Engine, "before_cursor_execute")
    def note(_: Any, __: Any, statement: str, *rest: Any) -> None:
        asked.extend([statement] if "TEMPORARY" in statement else [])

    with engine.begin() as connection:
        connection.exec_driver_sql("CREATE EXTENSION IF NOT EXISTS citext")
        make(**NAMINGS[naming]).create_all(connection)
    try:
        text = Project(tmp_path / "files", engine).revise(make(**NAMINGS[naming]))
    finally:
        sa.event.remove(sa.Engine, "before_cursor_execute", note)
    assert text is None, text
    assert asked == []


def test_a_search_path_that_is_not_public(engine: sa.Engine, tmp_path: Path) -> None:
    """The first schema of the search path is the default one, types and sequences included."""
    with engine.begin() as connection:
        connection.exec_driver_sql("CREATE SCHEMA IF NOT EXISTS elsewhere")
    other = sa.create_engine(
        engine.url.update_query_dict({"options": "-csearch_path=elsewhere,public"})
    )
    with other.begin() as connection:
        feeling("good", "bad", server_default="good")().create_all(connection)
    project = Project(tmp_path / "files", other)
    assert project.revise(feeling("good", "bad", server_default="good")()) is None
    text = project.revise(feeling("good", "bad", "new", server_default="good")())
    assert text is not None
    project.upgrade()
    assert project.revise(feeling("good", "bad", "new", server_default="good")()) is None
    other.dispose()
    with pytest.raises(DBAPIError), engine.connect() as connection:
        connection.exec_driver_sql("SELECT * FROM public.thing")


def test_a_bare_database_needs_nothing(engine: sa.Engine, tmp_path: Path) -> None:
    """A table with all that PostgreSQL can give it is what it was declared as."""
    for place, (_, after) in enumerate(list(PAIRS.values())[::12]):
        finds_nothing(engine, tmp_path / str(place), after(), include_schemas=True)
