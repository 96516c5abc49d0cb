"""The promise on SQLite beside what is not in the models, and as applications connect."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from .promise import Project, catalogue, emptied, keeps_promise

pytestmark = pytest.mark.databases("sqlite")


def family(
    length: int = 20, *, ondelete: str | None = "CASCADE", schema: str | None = None, **more: Any
) -> sa.MetaData:
    """A parent, and children that go with it."""
    metadata = sa.MetaData(schema=schema)
    place = "" if schema is None else f"{schema}."
    sa.Table(
        "parent",
        metadata,
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("name", sa.String(length), unique=True),
        *(sa.Column(name, type_) for name, type_ in more.items()),
    )
    sa.Table(
        "child",
        metadata,
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("parent_id", sa.ForeignKey(f"{place}parent.id", ondelete=ondelete)),
        sa.Column("size", sa.Integer, sa.CheckConstraint("size > 0"), server_default="1"),
        sa.Index("ix_child_parent", "parent_id"),
        sa.Index("ix_child_size", sa.text("size DESC")),
    )
    return metadata


def enforcing(folder: Path, engine: sa.Engine, attached: Path | None = None) -> Project:
    """A project whose connections enforce foreign keys, and attach a file."""
    own = sa.create_engine(engine.url, poolclass=sa.NullPool)

    @sa.event.listens_for(own, "connect")
    def prepare(connection: Any, record: object) -> None:
        connection.execute("PRAGMA foreign_keys=ON")
        if attached is not None:
            connection.execute("ATTACH DATABASE ? AS other", [str(attached)])

    return Project(folder, own, include_schemas=attached is not None)


@pytest.mark.parametrize("ondelete", ["CASCADE", "SET NULL", "RESTRICT", None])
def test_foreign_keys_are_enforced(engine: sa.Engine, tmp_path: Path, ondelete: str | None) -> None:
    """A parent is built anew, there and back, and no child is lost."""
    emptied(engine)
    before, after = family(ondelete=ondelete), family(40, ondelete=ondelete, more=sa.Integer)
    before.create_all(engine)
    with engine.begin() as connection:
        connection.execute(before.tables["parent"].insert(), [{"id": n} for n in (1, 2)])
        connection.execute(before.tables["child"].insert(), [{"parent_id": n} for n in (1, 2)])
    at_first = catalogue(engine)
    project = enforcing(tmp_path / "m", engine)
    assert project.revise(after)
    project.upgrade()
    assert project.revise(after) is None
    rows = "SELECT count(*), count(parent_id) FROM child"
    with engine.connect() as connection:
        assert tuple(connection.exec_driver_sql(rows).one()) == (2, 2)
    project.downgrade()
    assert catalogue(engine) == at_first
    with engine.connect() as connection:
        assert tuple(connection.exec_driver_sql(rows).one()) == (2, 2)


def test_an_attached_file(engine: sa.Engine, tmp_path: Path) -> None:
    """Tables of another file are compared and changed there."""
    emptied(engine)
    other = sa.create_engine(f"sqlite:///{tmp_path / 'other.db'}")
    family().create_all(other)
    with other.begin() as connection:
        connection.exec_driver_sql("INSERT INTO parent (id, name) VALUES (1, 'one')")
        connection.exec_driver_sql("INSERT INTO child (parent_id) VALUES (1)")
    at_first = catalogue(other)
    project = enforcing(tmp_path / "m", engine, tmp_path / "other.db")
    assert project.revise(family(schema="other")) is None
    after = family(40, schema="other", ondelete="SET NULL", more=sa.Text)
    assert project.revise(after)
    project.upgrade()
    assert project.revise(after) is None
    with other.connect() as connection:
        assert connection.exec_driver_sql("SELECT parent_id FROM child").scalar_one() == 1
    wanted = sa.create_engine(f"sqlite:///{tmp_path / 'wanted.db'}")
    family(40, ondelete="SET NULL", more=sa.Text).create_all(wanted)
    assert catalogue(other) == catalogue(wanted)
    project.downgrade()
    assert catalogue(other) == at_first
    other.dispose()
    wanted.dispose()


def ring(length: int, **options: Any) -> sa.MetaData:
    """Two tables that refer to each other, and one that refers to itself."""
    metadata = sa.MetaData()
    for name, to in (("hen", "egg"), ("egg", "hen"), ("nest", "nest")):
        sa.Table(
            name,
            metadata,
            sa.Column("id", sa.Integer, primary_key=True),
            sa.Column("name", sa.String(length)),
            sa.Column("to_id", sa.Integer),
            sa.ForeignKeyConstraint(["to_id"], [f"{to}.id"], name=f"fk_{name}", **options),
        )
    return metadata


@pytest.mark.filterwarnings("ignore::sqlalchemy.exc.SAWarning")
@pytest.mark.parametrize("back", [False, True])
def test_tables_in_a_ring(engine: sa.Engine, tmp_path: Path, back: bool) -> None:
    """They come, change and go."""
    rows = {name: [{"id": 1, "to_id": 1, "name": "x"}] for name in ("hen", "egg", "nest")}
    pair = [ring(20), ring(40, ondelete="CASCADE")]
    a, b = pair[::-1] if back else pair
    keeps_promise(engine, tmp_path / "changed", a, b, rows)
    pair = [sa.MetaData(), ring(20)]
    for models in pair:
        sa.Table("farm", models, sa.Column("id", sa.Integer, primary_key=True))
    a, b = pair[::-1] if back else pair
    keeps_promise(engine, tmp_path / "made", a, b)


BESIDE = """
CREATE VIEW names AS SELECT name FROM parent;
CREATE VIRTUAL TABLE search USING fts5(body);
CREATE VIRTUAL TABLE places USING rtree(id, x0, x1);
CREATE TRIGGER counted AFTER INSERT ON child BEGIN SELECT 1; END;
CREATE TABLE by_hand (a, [b c] TEXT DEFAULT "x", UNIQUE(a)) -- end
"""


def test_what_is_no_table_stays(engine: sa.Engine, tmp_path: Path) -> None:
    """Views, virtual tables and their shadows, triggers: neither dropped nor lost."""
    emptied(engine)
    family().create_all(engine)
    raw = engine.raw_connection()
    raw.executescript(BESIDE)  # type: ignore[attr-defined]
    raw.execute("INSERT INTO search VALUES ('found')")  # type: ignore[attr-defined]
    raw.commit()
    raw.close()
    question = "SELECT type, name, sql FROM sqlite_master WHERE tbl_name NOT IN ('parent', 'child')"

    def beside() -> list[Any]:
        with engine.connect() as connection:
            found = connection.exec_driver_sql(question).all()
        return sorted(map(str, (r for r in found if "schemaver" not in str(r))))

    at_first = beside()
    models = family()
    sa.Table("by_hand", models, autoload_with=engine)
    project = Project(tmp_path / "m", engine)
    assert project.revise(models) is None
    after = family(40, more=sa.Text)
    sa.Table("by_hand", after, autoload_with=engine)
    assert project.revise(after)
    project.upgrade()
    assert project.revise(after) is None
    assert beside() == at_first
    project.downgrade()
    assert beside() == at_first
    with engine.connect() as connection:
        assert connection.exec_driver_sql("SELECT body FROM search").scalar_one() == "found"
        assert connection.exec_driver_sql("SELECT count(*) FROM names").scalar_one() == 0


def test_columns_without_a_type(engine: sa.Engine, tmp_path: Path) -> None:
    """A table, and a column, of no type are dropped and come back."""
    emptied(engine)
    kept = sa.MetaData()
    sa.Table("kept", kept, sa.Column("id", sa.Integer, primary_key=True))
    with engine.begin() as connection:
        connection.exec_driver_sql(
            "CREATE TABLE kept (id INTEGER NOT NULL PRIMARY KEY, any_ DEFAULT 7)"
        )
        connection.exec_driver_sql("CREATE TABLE gone (a, b UNIQUE, c NOT NULL DEFAULT 'x')")
    at_first = catalogue(engine)
    project = Project(tmp_path / "m", engine)
    assert project.revise(kept)
    project.upgrade()
    assert project.revise(kept) is None
    project.downgrade()
    assert catalogue(engine) == at_first
