"""`recreate="always"` where ALTER TABLE could do it: a new table in the place of the old one."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import sqlalchemy as sa

from flask_schemaver.errors import CommandError
from flask_schemaver.operations.facade import Operations
from flask_schemaver.runtime.migration import MigrationContext

from .live import Database

POSTGRESQL = r"""
CREATE TABLE par (id int PRIMARY KEY);
INSERT INTO par VALUES (1), (2);
CREATE TABLE "T t" (
    id serial PRIMARY KEY,
    i int GENERATED ALWAYS AS IDENTITY (START 5 INCREMENT 2),
    a text COLLATE "C" DEFAULT 'x%y:z',
    n int NOT NULL CONSTRAINT ck CHECK (n > 0),
    g int GENERATED ALWAYS AS (n * 2) STORED,
    p int REFERENCES par ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED,
    me int CONSTRAINT me REFERENCES "T t",
    r int4range,
    CONSTRAINT uq UNIQUE (a, n) DEFERRABLE,
    CONSTRAINT ex EXCLUDE USING gist (r WITH &&)) WITH (fillfactor=70);
INSERT INTO "T t" (a, n, p, me) VALUES ('a', 1, 1, NULL), ('b', 2, 2, 1);
CREATE TABLE child (t_id int CONSTRAINT fk_c REFERENCES "T t" ON DELETE CASCADE);
INSERT INTO child VALUES (1), (2);
CREATE INDEX ix ON "T t" (lower(a) DESC, n) INCLUDE (g) WHERE n > 1;
CREATE INDEX ix2 ON "T t" (n);
ALTER TABLE "T t" CLUSTER ON ix2;
CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN new.a = 'seen'; RETURN new; END $$;
CREATE TRIGGER tr BEFORE UPDATE OF n ON "T t" FOR EACH ROW WHEN (new.n > 1) EXECUTE FUNCTION f();
CREATE TRIGGER off BEFORE DELETE ON "T t" FOR EACH ROW EXECUTE FUNCTION f();
ALTER TABLE "T t" DISABLE TRIGGER off;
CREATE STATISTICS st ON a, n FROM "T t";
ALTER TABLE "T t" ALTER a SET STORAGE EXTERNAL, ALTER n SET STATISTICS 77;
CREATE POLICY po ON "T t" FOR SELECT USING (n > 0);
ALTER TABLE "T t" ENABLE ROW LEVEL SECURITY;
GRANT SELECT ON "T t" TO PUBLIC;
GRANT UPDATE (a) ON "T t" TO PUBLIC;
COMMENT ON TABLE "T t" IS 'it''s 100%';
COMMENT ON COLUMN "T t".a IS 'col';
COMMENT ON CONSTRAINT uq ON "T t" IS 'u';
COMMENT ON INDEX ix IS 'i';
COMMENT ON TRIGGER tr ON "T t" IS 't';
COMMENT ON POLICY po ON "T t" IS 'p';
COMMENT ON CONSTRAINT fk_c ON child IS 'fk'
"""

# Each as text that knows no column numbers and no object ids.
LOOKS = {
    "constraints": "SELECT conrelid::regclass, conname, contype, condeferrable, condeferred, "
    "convalidated, pg_get_constraintdef(oid), obj_description(oid, 'pg_constraint') "
    "FROM pg_constraint WHERE connamespace = 'public'::regnamespace",
    "indexes": "SELECT indexrelid::regclass, pg_get_indexdef(indexrelid), indisclustered, "
    "obj_description(indexrelid, 'pg_class') FROM pg_index "
    "JOIN pg_class c ON c.oid = indrelid WHERE c.relnamespace = 'public'::regnamespace",
    "columns": "SELECT attname, format_type(atttypid, atttypmod), attnotnull, attidentity, "
    "attgenerated, attcollation::regcollation, attstorage, attstattarget, attacl, "
    "col_description(attrelid, attnum), pg_get_expr(adbin, adrelid) FROM pg_attribute "
    "LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum "
    "WHERE attrelid = '\"T t\"'::regclass AND attnum > 0 AND NOT attisdropped",
    "triggers": "SELECT tgname, tgenabled, pg_get_triggerdef(oid), "
    "obj_description(oid, 'pg_trigger') FROM pg_trigger WHERE NOT tgisinternal",
    "policies": "SELECT polname, polcmd, polroles, pg_get_expr(polqual, polrelid), "
    "obj_description(oid, 'pg_policy') FROM pg_policy",
    "statistics": "SELECT stxname, pg_get_statisticsobjdef(oid) FROM pg_statistic_ext",
    "table": "SELECT relname, relpersistence, reloptions, relacl, relrowsecurity, "
    "obj_description(oid, 'pg_class') FROM pg_class WHERE relname IN ('T t', '_schemaver_T t')",
    "sequences": "SELECT seqrelid::regclass, seqstart, seqincrement, seqmax, "
    "pg_get_serial_sequence('\"T t\"', 'id'), pg_get_serial_sequence('\"T t\"', 'i') "
    "FROM pg_sequence",
    "counters": "SELECT s.last_value, s.is_called, i.last_value, i.is_called "
    'FROM "T t_id_seq" s, "T t_i_seq" i',
    "children": "SELECT * FROM child",
}


def look(database: Database) -> dict[str, list[str]]:
    return {name: sorted(map(str, database.rows(sql))) for name, sql in LOOKS.items()}


@pytest.fixture
def rich(engine: sa.Engine) -> Iterator[Database]:
    """A table of PostgreSQL with all that can hang on one."""
    with engine.connect() as connection:
        for statement in POSTGRESQL.split(";\n"):
            connection.exec_driver_sql(statement, execution_options={"no_parameters": True})
            connection.commit()
        with Operations.context(MigrationContext.configure(connection)) as op:
            yield Database(op)
        connection.rollback()


@pytest.mark.databases("postgresql")
def test_a_table_of_postgresql_keeps_all_that_it_has(rich: Database) -> None:
    """Only the order of the columns is another; counters count on and triggers fire."""
    before = look(rich)
    rows = rich.rows('SELECT id, i, a, n, g, p, me FROM "T t" ORDER BY id')
    with rich.op.batch_alter_table(
        "T t", recreate="always", partial_reordering=[("r", "n", "id")]
    ) as batch_op:
        batch_op.alter_column("a", insert_before="i")
    assert list(rich.columns("T t")) == ["a", "i", "g", "p", "me", "r", "n", "id"]
    assert look(rich) == before
    assert rich.rows('SELECT id, i, a, n, g, p, me FROM "T t" ORDER BY id') == rows
    rich.op.execute("SET CONSTRAINTS ALL IMMEDIATE")
    rich.op.execute("""INSERT INTO "T t" (n) VALUES (9)""")
    rich.op.execute("""UPDATE "T t" SET n = 10 WHERE n = 9""")
    assert rich.rows('SELECT id, i, a FROM "T t" WHERE n = 10') == [(3, 9, "seen")]
    rich.op.execute('DELETE FROM par WHERE id = 2; DELETE FROM "T t" WHERE n = 10')
    assert rich.rows("SELECT * FROM child") == [(1,)]


@pytest.mark.databases("postgresql")
def test_a_table_that_a_view_reads_is_not_built_anew(
    rich: Database, caplog: pytest.LogCaptureFixture
) -> None:
    """With another order it is refused before anything happens; else the table stays."""
    rich.op.execute('CREATE VIEW v AS SELECT n FROM "T t"')
    before = look(rich)
    savepoint = rich.connection.begin_nested()
    with (
        pytest.raises(CommandError, match="'T t' cannot be built anew, because of view v"),
        rich.op.batch_alter_table("T t", recreate="always") as batch_op,
    ):
        batch_op.alter_column("a", insert_before="id")
    assert look(rich) == before
    savepoint.rollback()
    with rich.op.batch_alter_table("T t", recreate="always") as batch_op:
        batch_op.add_column(sa.Column("z", sa.Integer))
    assert "because of view v" in caplog.text
    assert list(rich.columns("T t"))[-1] == "z"


@pytest.mark.databases("postgresql", "mariadb")
@pytest.mark.parametrize("recreate", ["auto", "always"])
def test_columns_stand_where_they_are_wanted(database: Database, recreate: str) -> None:
    """`insert_before`, `insert_after` and `partial_reordering`; PostgreSQL needs "always"."""
    op = database.op
    op.create_table("u", sa.Column("id", sa.Integer, primary_key=True))
    op.create_table(
        "t",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("a", sa.String(9), nullable=False, comment="it's, (so)", server_default="x, y"),
        sa.Column("b", sa.Integer, sa.ForeignKey("u.id", name="fk_b", ondelete="CASCADE")),
        sa.Column("c", sa.Integer, sa.Computed("length(a)", persisted=True)),
        sa.Column("d", sa.JSON),
    )
    op.create_table("v", sa.Column("t", sa.Integer, sa.ForeignKey("t.id", name="fk_t")))
    op.execute("INSERT INTO u VALUES (7)")
    op.execute("INSERT INTO t (a, b, d) VALUES ('one', 7, '{\"k\": 1}')")
    op.execute("INSERT INTO v VALUES (1)")
    with op.batch_alter_table(
        "t",
        recreate=recreate,
        partial_reordering=[("d", "c")],  # type: ignore[arg-type]
    ) as batch_op:
        batch_op.add_column(sa.Column("first", sa.Integer), insert_before="id")
        batch_op.add_column(sa.Column("mid", sa.Integer, server_default="5"), insert_after="id")
        batch_op.alter_column("b", new_column_name="bb", existing_type=sa.Integer())
        batch_op.alter_column(
            "a", insert_after="bb", existing_type=sa.String(9), existing_nullable=False
        )
        batch_op.add_column(sa.Column("gone", sa.Integer))
        batch_op.drop_column("gone")
        batch_op.create_index("ix", ["mid"])
    at_the_end = recreate == "auto" and database.name == "postgresql"
    altered = ["id", "a", "bb", "c", "d", "first", "mid"]
    built = ["first", "id", "mid", "bb", "a", "d", "c"]
    assert list(database.columns("t")) == (altered if at_the_end else built)
    assert database.rows("SELECT id, mid, bb, a, c FROM t") == [(1, 5, 7, "one", 3)]
    assert database.columns("t")["a"]["comment"] == "it's, (so)"
    assert {key["name"] for key in database.seen.get_foreign_keys("t")} == {"fk_b"}
    assert database.seen.get_foreign_keys("v")[0]["referred_columns"] == ["id"]
    op.execute("INSERT INTO t (bb) VALUES (7)")
    assert database.rows("SELECT id, a FROM t WHERE id > 1") == [(2, "x, y")]


@pytest.mark.databases("mariadb")
def test_a_table_of_mariadb_is_written_anew(database: Database) -> None:
    """Triggers, AUTO_INCREMENT and checks are what they were."""
    op = database.op
    op.execute("""CREATE TABLE t (id int AUTO_INCREMENT PRIMARY KEY, `odd "n%` varchar(9)
        DEFAULT 'a,b' COMMENT 'x''y', s enum('a','b') CHECK (s <> 'b'),
        v int GENERATED ALWAYS AS (length(s)) VIRTUAL, CHECK (s <> 'c')) AUTO_INCREMENT=50""")
    op.execute("CREATE TRIGGER tr BEFORE INSERT ON t FOR EACH ROW SET new.s = 'a'")
    op.execute("INSERT INTO t () VALUES ()")
    before = set(str(database.rows("SHOW CREATE TABLE t")[0][1]).splitlines())
    with op.batch_alter_table("t", recreate="always", partial_reordering=[("v", "s", "id")]):
        pass
    assert list(database.columns("t")) == ['odd "n%', "v", "s", "id"]
    after = set(str(database.rows("SHOW CREATE TABLE t")[0][1]).splitlines())
    assert {line.rstrip(",") for line in after} == {line.rstrip(",") for line in before}
    op.execute("INSERT INTO t () VALUES ()")
    assert database.rows("SELECT id, s, v FROM t") == [(50, "a", 1), (51, "a", 1)]


@pytest.mark.databases("postgresql", "mariadb")
def test_more_constraints_and_options_come_with_the_new_table(database: Database) -> None:
    """`table_args` adds what is not there yet, by its name; twice makes no difference."""
    op = database.op
    op.create_table("t", sa.Column("id", sa.Integer, primary_key=True), sa.Column("n", sa.Integer))
    for _ in range(2):
        args = (sa.UniqueConstraint("n", name="uq"), sa.CheckConstraint("n > 0", name="ck"))
        with op.batch_alter_table("t", recreate="always", table_args=args):
            pass
    assert [u["name"] for u in database.seen.get_unique_constraints("t")] == ["uq"]
    assert [c["name"] for c in database.seen.get_check_constraints("t")] == ["ck"]


@pytest.mark.parametrize("name", ["postgresql", "mysql"])
def test_without_a_database_a_rebuild_that_matters_is_refused(name: str) -> None:
    """A script says that the table is altered; the place of a column cannot be written."""
    import io

    buffer = io.StringIO()
    options = {"as_sql": True, "output_buffer": buffer}
    with Operations.context(MigrationContext.configure(dialect_name=name, opts=options)) as op:
        with op.batch_alter_table("t", recreate="always") as batch_op:
            batch_op.drop_column("n")
        assert buffer.getvalue().startswith("-- Table 't' is altered, not built anew")
        with (
            pytest.raises(CommandError, match="cannot be written as SQL beforehand"),
            op.batch_alter_table("t", recreate="always") as batch_op,
        ):
            batch_op.add_column(sa.Column("n", sa.Integer), insert_after="id")
