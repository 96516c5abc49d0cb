"""Rebuilding a table changes what was asked for, and nothing else."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from flask_schemaver.dialects.sqlite.catalogue import (
    TEMPORARY_PREFIX,
    read_definition,
    read_tables,
)
from flask_schemaver.dialects.sqlite.definition import TableDefinition
from flask_schemaver.dialects.sqlite.rebuild import rebuild
from flask_schemaver.dialects.sqlite.tokens import quoted
from flask_schemaver.errors import CommandError

PLAIN = "CREATE TABLE t (id INTEGER PRIMARY KEY, n INTEGER, s TEXT)"
ROWS = "INSERT INTO t (id, n, s) VALUES (1, 10, 'one'), (5, 50, 'five'), (9, 90, NULL)"

# In each case column n of table t is made NOT NULL.
CASES: dict[str, list[str]] = {
    "plain": [PLAIN, ROWS],
    "no rows": [PLAIN],
    "autoincrement": [
        "CREATE TABLE t (id INTEGER PRIMARY KEY AUTOINCREMENT, n INTEGER, s TEXT)",
        ROWS,
        "INSERT INTO t VALUES (77, 1, 'gone')",
        "DELETE FROM t WHERE id = 77",
    ],
    "autoincrement of an emptied table": [
        "CREATE TABLE t (id INTEGER PRIMARY KEY AUTOINCREMENT, n INTEGER, s TEXT)",
        ROWS,
        "DELETE FROM t",
    ],
    "without rowid": ["CREATE TABLE t (id TEXT PRIMARY KEY, n INT, s) WITHOUT ROWID", ROWS],
    "without rowid, descending key": [
        "CREATE TABLE t (id INT, n INT, s, PRIMARY KEY (id DESC)) WITHOUT ROWID",
        ROWS,
    ],
    "strict": ["CREATE TABLE t (id INTEGER PRIMARY KEY, n INTEGER, s ANY) STRICT", ROWS],
    "strict without rowid": [
        "CREATE TABLE t (id INTEGER PRIMARY KEY, n INTEGER, s ANY) STRICT, WITHOUT ROWID",
        ROWS,
    ],
    "rowid of its own": [
        "CREATE TABLE t (id INTEGER, n INTEGER, s TEXT)",
        "INSERT INTO t (rowid, id, n, s) VALUES (7, 1, 1, 'a'), (1000, 2, 2, 'b'), (-3, 3, 3, 'c')",
    ],
    "a column that is called rowid": [
        "CREATE TABLE t (id INTEGER, n INTEGER, s TEXT, rowid TEXT)",
        "INSERT INTO t (_rowid_, id, n, s, rowid) VALUES (70, 1, 1, 'a', 'x')",
    ],
    "trigger on the table": [
        PLAIN,
        ROWS,
        "CREATE TABLE audit (what)",
        "CREATE TRIGGER t_audit AFTER INSERT ON t BEGIN INSERT INTO audit VALUES (new.n); END",
        ("CREATE TRIGGER [odd name] BEFORE UPDATE OF n, s ON t WHEN old.n > 1"
        " BEGIN SELECT RAISE(IGNORE); END"),
    ],
    "temporary trigger": [
        PLAIN,
        ROWS,
        "CREATE TEMP TABLE log (what)",
        "CREATE TEMP TRIGGER t_log AFTER DELETE ON main.t BEGIN INSERT INTO log VALUES (1); END",
    ],
    "trigger elsewhere": [
        PLAIN,
        ROWS,
        "CREATE TABLE other (x)",
        "CREATE TRIGGER o AFTER INSERT ON other BEGIN UPDATE t SET n = n + 1; END",
    ],
    "view": [
        PLAIN,
        ROWS,
        "CREATE VIEW v AS SELECT t.n, s FROM t WHERE n > 20",
        "CREATE VIEW vv AS SELECT * FROM v",
        ("CREATE TRIGGER v_insert INSTEAD OF INSERT ON v BEGIN"
        " INSERT INTO t (n, s) VALUES (new.n, new.s); END"),
    ],
    "self-reference": [
        "CREATE TABLE t (id INTEGER PRIMARY KEY, n INTEGER REFERENCES t (id) ON DELETE CASCADE, s)",
        "INSERT INTO t VALUES (1, 1, 'a'), (2, 1, 'b'), (3, 2, NULL)",
    ],
    "cascading child": [
        PLAIN,
        ROWS,
        "CREATE TABLE c (t_id INTEGER REFERENCES t ON DELETE CASCADE)",
        "CREATE TABLE d (t_id INTEGER REFERENCES t (id) ON DELETE SET NULL)",
        "INSERT INTO c VALUES (1), (5)",
        "INSERT INTO d VALUES (9), (5)",
    ],
    "actions and deferral": [
        "CREATE TABLE p (id INTEGER PRIMARY KEY)",
        "INSERT INTO p VALUES (10), (50), (90)",
        ("CREATE TABLE t (id INTEGER PRIMARY KEY, n INTEGER CONSTRAINT fk_n REFERENCES p (id)"
        " ON UPDATE CASCADE ON DELETE SET NULL DEFERRABLE INITIALLY DEFERRED, s TEXT)"),
        ROWS,
    ],
    "partial index": [PLAIN, ROWS, "CREATE UNIQUE INDEX i ON t (s) WHERE n > 20"],
    "expression index": [PLAIN, ROWS, "CREATE INDEX i ON t (lower(s), n + 1, n DESC)"],
    "descending index": [PLAIN, ROWS, "CREATE INDEX [an index] ON t (s DESC, n ASC)"],
    "index with a collation": [PLAIN, ROWS, "CREATE INDEX i ON t (s COLLATE NOCASE)"],
    "index whose name is a word": [PLAIN, ROWS, "CREATE INDEX temp ON t (s)"],
    "stored generated column": [
        ("CREATE TABLE t (id INTEGER PRIMARY KEY, n INTEGER, s TEXT,"
        " g INTEGER GENERATED ALWAYS AS (n * 2) STORED, CHECK (g >= 0))"),
        ROWS,
        "CREATE INDEX i ON t (g)",
    ],
    "virtual generated column": [
        "CREATE TABLE t (id INTEGER PRIMARY KEY, n INTEGER, v AS (n || s), s TEXT)",
        ROWS,
    ],
    "generated column itself": [
        "CREATE TABLE t (id INTEGER PRIMARY KEY, m INT, n INTEGER AS (m + 1) STORED)",
        "INSERT INTO t (id, m) VALUES (1, 1), (2, 2)",
    ],
    "unnamed checks": [
        "CREATE TABLE t (id INTEGER PRIMARY KEY, n INTEGER CHECK (n > 0), s TEXT, CHECK (n < 100))",
        ROWS,
    ],
    "check that names the table": [
        "CREATE TABLE t (id INTEGER PRIMARY KEY, n INTEGER, s TEXT, CHECK (t.n > 0))",
        ROWS,
        "CREATE INDEX i ON t (s) WHERE t.n > 1",
        "CREATE VIEW v AS SELECT * FROM t",
    ],
    "on conflict": [
        ("CREATE TABLE t (id INTEGER PRIMARY KEY ON CONFLICT REPLACE, n INTEGER UNIQUE ON CONFLICT"
        " IGNORE, s TEXT, UNIQUE (n, s) ON CONFLICT FAIL)"),
        ROWS,
    ],
    "collation of a column": [
        "CREATE TABLE t (id INTEGER PRIMARY KEY, n INTEGER, s TEXT COLLATE NOCASE UNIQUE)",
        ROWS,
    ],
    "unknown types": [
        "CREATE TABLE t (id INTEGER PRIMARY KEY, n MONEY(10, 2), s GEO POINT, x)",
        "INSERT INTO t VALUES (1, '1.50', x'00ff', 1), (2, 2, 'text', NULL)",
    ],
    "values of any type": [
        "CREATE TABLE t (id INTEGER PRIMARY KEY, n INTEGER, s TEXT)",
        "INSERT INTO t VALUES (1, 'not a number', x'00'), (2, 1.5, 7), (3, 1 << 62, '')",
    ],
    "default in double quotes": [
        'CREATE TABLE t (id INTEGER PRIMARY KEY, n INTEGER, s TEXT DEFAULT "dq", d DEFAULT word)',
        ROWS,
    ],
    "defaults": [
        ("CREATE TABLE t (id INTEGER PRIMARY KEY, n INTEGER DEFAULT -1, s TEXT DEFAULT 'it''s',"
        " e TEXT DEFAULT (lower('A')), w TEXT DEFAULT CURRENT_TIMESTAMP)"),
        "INSERT INTO t (id, e, w) VALUES (1, 'x', 'y')",
    ],
    "comments and layout": [
        ("CREATE TABLE t -- the table\n(\n\tid INTEGER PRIMARY KEY, /* key */\n\tn INTEGER"
        " -- number\n\t, s TEXT -- last, with a comma\n) -- the end"),
        ROWS,
    ],
    "constraint names": [
        ("CREATE TABLE t (id INTEGER CONSTRAINT pk_t PRIMARY KEY, n INTEGER CONSTRAINT u_n UNIQUE,"
        " s TEXT CONSTRAINT nn NOT NULL DEFAULT '', CONSTRAINT c_n CHECK (n > 0))"),
        "INSERT INTO t (id, n) VALUES (1, 10)",
    ],
    "key of two columns": [
        "CREATE TABLE t (id INTEGER, n INTEGER, s TEXT, PRIMARY KEY (s, id))",
        ROWS,
    ],
    "statistics": [PLAIN, ROWS, "CREATE INDEX i ON t (s)", "ANALYZE"],
    "leftover of a crash": [
        PLAIN,
        ROWS,
    ],
}  # fmt: skip


@pytest.fixture
def connection(tmp_path: Path) -> Iterator[Connection]:
    """A connection whose transactions are begun by hand, foreign keys off."""
    engine = sa.create_engine(f"sqlite:///{tmp_path / 'test.db'}", isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        yield connection
    engine.dispose()


def run(connection: Connection, *statements: str) -> None:
    for statement in statements:
        connection.exec_driver_sql(statement)


def dump(connection: Connection) -> dict[str, list[tuple[Any, ...]]]:
    """All of the catalogue, and all rows with their rowids."""
    found: dict[str, list[tuple[Any, ...]]] = {}
    for schema in ("main", "temp"):
        query = f"SELECT type, name, tbl_name, sql FROM {schema}.sqlite_master"
        found[schema] = sorted(map(tuple, connection.exec_driver_sql(query)), key=str)
        for kind, name, _, sql in found[schema]:
            if kind == "table":
                rowid = "" if "WITHOUT ROWID" in sql else "_rowid_, "
                place = f"{schema}.{quoted(name)}"
                rows = connection.exec_driver_sql(f"SELECT {rowid}* FROM {place}")
                found[f"{schema}.{name}"] = sorted(map(tuple, rows), key=str)
    if "main.sqlite_sequence" in found:
        found["main.sqlite_sequence"] = [row[1:] for row in found["main.sqlite_sequence"]]
    if "main.sqlite_stat1" in found:
        found["main.sqlite_stat1"] = sorted(row[1:] for row in found["main.sqlite_stat1"])
    return found


def with_definition(
    before: dict[str, list[tuple[Any, ...]]], target: TableDefinition
) -> dict[str, list[tuple[Any, ...]]]:
    """The same dump with another text for one table."""
    catalogue = [
        (kind, name, table, target.renamed(name).sql if (kind, name) == ("table", "t") else sql)
        for kind, name, table, sql in before["main"]
    ]
    return before | {"main": sorted(catalogue, key=str)}


def check(connection: Connection) -> None:
    assert connection.exec_driver_sql("PRAGMA integrity_check").all() == [("ok",)]
    assert connection.exec_driver_sql("PRAGMA foreign_key_check").all() == []
    assert connection.exec_driver_sql("PRAGMA legacy_alter_table").scalar() == 0


@pytest.mark.parametrize("case", CASES)
def test_only_the_wanted_change_is_made(connection: Connection, case: str) -> None:
    """After a column is made NOT NULL the rest of the database is what it was."""
    run(connection, *CASES[case])
    before = dump(connection)
    if case == "leftover of a crash":
        run(connection, f"CREATE TABLE {TEMPORARY_PREFIX}t (rest)")
    run(connection, "BEGIN")
    target = read_definition(connection, "t", None).with_not_null("n", True)
    rebuild(connection, "t", None, target)
    run(connection, "COMMIT")
    assert dump(connection) == with_definition(before, target)
    assert read_definition(connection, "t", None).column("n").not_null
    check(connection)


@pytest.mark.parametrize("case", [c for c in CASES if c != "cascading child"])
def test_foreign_keys_may_be_enforced(connection: Connection, case: str) -> None:
    """It is the same with foreign keys on, where no row of another table would be lost."""
    run(connection, "PRAGMA foreign_keys=ON", *CASES[case])
    if case == "plain":
        run(connection, "CREATE TABLE c (x REFERENCES t)", "INSERT INTO c VALUES (1), (9)")
    before = dump(connection)
    run(connection, "BEGIN")
    target = read_definition(connection, "t", None).with_not_null("n", True)
    rebuild(connection, "t", None, target)
    run(connection, "COMMIT")
    assert dump(connection) == with_definition(before, target)
    check(connection)


@pytest.mark.parametrize("case", CASES)
def test_rollback_undoes_it(connection: Connection, case: str) -> None:
    """The caller's ROLLBACK brings back all that was there."""
    run(connection, *CASES[case])
    before = dump(connection)
    run(connection, "BEGIN")
    target = read_definition(connection, "t", None).with_not_null("n", True)
    rebuild(connection, "t", None, target)
    run(connection, "ROLLBACK")
    assert dump(connection) == before


def test_rows_of_cascading_children_are_never_lost(connection: Connection) -> None:
    """With foreign keys on it is refused, and nothing has changed."""
    run(connection, *CASES["cascading child"], "PRAGMA foreign_keys=ON")
    before = dump(connection)
    run(connection, "BEGIN")
    target = read_definition(connection, "t", None).with_not_null("n", True)
    with pytest.raises(CommandError, match=r"'t' .* 'c' refer to it with ON DELETE CASCADE"):
        rebuild(connection, "t", None, target)
    run(connection, "COMMIT")
    assert dump(connection) == before


def test_children_without_rows_are_no_obstacle(connection: Connection) -> None:
    """A CASCADE that can reach no row does no harm."""
    run(connection, *CASES["cascading child"], "DELETE FROM c", "DELETE FROM d")
    run(connection, "PRAGMA foreign_keys=ON", "BEGIN")
    target = read_definition(connection, "t", None).with_not_null("n", True)
    rebuild(connection, "t", None, target)
    run(connection, "COMMIT")
    check(connection)


def test_triggers_and_counter_work_on(connection: Connection) -> None:
    """After the rebuild a trigger fires and AUTOINCREMENT counts on from where it was."""
    run(connection, *CASES["autoincrement"], "CREATE TABLE log (id)")
    run(
        connection,
        "CREATE TRIGGER x AFTER INSERT ON t BEGIN INSERT INTO log VALUES (new.id); END",
        "BEGIN",
    )
    rebuild(connection, "t", None, read_definition(connection, "t", None).with_not_null("n", True))
    run(connection, "INSERT INTO t (n) VALUES (3)", "COMMIT")
    assert connection.exec_driver_sql("SELECT id FROM log").all() == [(78,)]


def test_attached_schema(connection: Connection, tmp_path: Path) -> None:
    """A table of an attached database is rebuilt there, not its namesake in the main one."""
    run(connection, f"ATTACH '{tmp_path / 'other.db'}' AS other", PLAIN, ROWS)
    run(
        connection,
        "CREATE TABLE other.t (id INTEGER PRIMARY KEY AUTOINCREMENT, n INT)",
        "INSERT INTO other.t VALUES (1, 2), (30, 4)",
        "CREATE INDEX other.i ON t (n)",
        "CREATE TABLE other.log (x)",
        "CREATE TRIGGER other.tr AFTER INSERT ON t BEGIN INSERT INTO log VALUES (1); END",
    )
    main = dump(connection)
    run(connection, "BEGIN")
    target = read_definition(connection, "t", "other").with_not_null("n", True)
    rebuild(connection, "t", "other", target)
    run(connection, "COMMIT", "INSERT INTO other.t (n) VALUES (5)")
    assert dump(connection) == main
    [log, table] = read_tables(connection, "other")
    assert (log.name, table.name, table.schema) == ("log", "t", "other")
    assert [index["name"] for index in table.indexes] == ["i"]
    assert connection.exec_driver_sql("SELECT max(id) FROM other.t").scalar() == 31
    assert connection.exec_driver_sql("SELECT count(*) FROM other.log").scalar() == 1


@pytest.mark.parametrize(
    "name", ['odd "name"', "select", "naïve table", "a.b", "it's", "[x", "%s :x ?"]
)
def test_odd_names(connection: Connection, name: str) -> None:
    """Any name goes, of table, column, index and trigger."""
    q = quoted(name)
    run(
        connection,
        f"CREATE TABLE {q} ({q} INTEGER, n INTEGER, UNIQUE ({q}))",
        f"INSERT INTO {q} VALUES (1, 2), (3, 4)",
        f"CREATE INDEX {quoted(name + ' i')} ON {q} ({q})",
        f"CREATE TRIGGER {quoted(name + ' t')} AFTER DELETE ON {q} BEGIN SELECT 1; END",
    )
    before = dump(connection)
    run(connection, "BEGIN")
    target = read_definition(connection, name, None).with_not_null("n", True)
    rebuild(connection, name, None, target)
    run(connection, "COMMIT")
    after = dump(connection)
    assert after[f"main.{name}"] == before[f"main.{name}"]
    assert [row[:3] for row in after["main"]] == [row[:3] for row in before["main"]]


# -- changes of the columns -----------------------------------------------------------------------


def test_values_are_copied_as_told(connection: Connection) -> None:
    """A column can be filled from another one or from an expression; a new one has its default."""
    run(connection, PLAIN, ROWS, "BEGIN")
    target = (
        TableDefinition.parse("CREATE TABLE t (id INTEGER PRIMARY KEY, Amount TEXT, s TEXT)")
        .with_column("flag INTEGER NOT NULL DEFAULT 7")
        .with_column("twice AS (id * 2) STORED")
    )
    rebuild(connection, "t", None, target, copy={"amount": "CAST(n AS TEXT) || '!'"})
    run(connection, "COMMIT")
    assert connection.exec_driver_sql("SELECT * FROM t").all() == [
        (1, "10!", "one", 7, 2),
        (5, "50!", "five", 7, 10),
        (9, "90!", None, 7, 18),
    ]


def test_dropped_column_takes_its_indexes(connection: Connection) -> None:
    """Indexes on a column that is gone are gone, whether by name, expression or condition."""
    run(connection, PLAIN, ROWS, "CREATE INDEX a ON t (s)", "CREATE INDEX b ON t (lower(S))")
    run(connection, "CREATE INDEX c ON t (n) WHERE s > ''", "CREATE INDEX d ON t (n)", "BEGIN")
    target = read_definition(connection, "t", None).without_column("s")
    rebuild(connection, "t", None, target)
    run(connection, "COMMIT")
    [table] = read_tables(connection, None, "t".__eq__)
    assert [index["name"] for index in table.indexes] == ["d"]
    assert connection.exec_driver_sql("SELECT * FROM t").all() == [(1, 10), (5, 50), (9, 90)]


def test_new_integer_key_is_the_rowid(connection: Connection) -> None:
    """A new INTEGER PRIMARY KEY is filled with the numbers that the rows have."""
    run(connection, "CREATE TABLE t (n)", "INSERT INTO t (rowid, n) VALUES (3, 'a'), (8, 'b')")
    run(connection, "BEGIN")
    target = read_definition(connection, "t", None).with_column("id INTEGER NOT NULL PRIMARY KEY")
    rebuild(connection, "t", None, target)
    run(connection, "COMMIT")
    assert connection.exec_driver_sql("SELECT id, n FROM t").all() == [(3, "a"), (8, "b")]


def test_key_can_be_taken_away(connection: Connection) -> None:
    """The rowid stays when the column that named it is a plain one."""
    run(connection, PLAIN, ROWS, "BEGIN")
    source = read_definition(connection, "t", None)
    assert source.primary_key is not None
    rebuild(connection, "t", None, source.without_constraint(source.primary_key))
    run(connection, "COMMIT")
    assert connection.exec_driver_sql("SELECT rowid, id FROM t").all() == [(1, 1), (5, 5), (9, 9)]


# -- refusals -------------------------------------------------------------------------------------

REFUSED: dict[str, tuple[Callable[[TableDefinition], TableDefinition], str]] = {
    "not null": (
        lambda t: t.with_not_null("s", True),
        r"Column 's' of table 't' cannot be NOT NULL: 1 row has no value",
    ),
    "new not null": (
        lambda t: t.with_column("x TEXT NOT NULL"),
        r"Column 'x' of table 't' is new and NOT NULL, and 3 rows would have no value",
    ),
    "check": (
        lambda t: t.with_constraint("CONSTRAINT small CHECK (t.n < 20)"),
        r"Table 't' cannot have CHECK 'small': 2 rows have other values",
    ),
    "unnamed check": (
        lambda t: t.with_constraint("CHECK (n < 60)"),
        r"Table 't' cannot have CHECK \(n < 60\): 1 row has other values",
    ),
    "unique": (
        lambda t: t.with_constraint("CONSTRAINT one_k UNIQUE (k)"),
        r"Table 't' cannot have UNIQUE 'one_k': 1 value is there more than once",
    ),
    "unique by collation": (
        lambda t: t.with_constraint("UNIQUE (c)"),
        r"Table 't' cannot have UNIQUE \(c\): 1 value is there more than once",
    ),
    "unique of an index collation": (
        lambda t: t.with_constraint("UNIQUE (k COLLATE NOCASE)"),
        r"rows of table 't' do not fit its new definition: UNIQUE constraint failed: t\.k",
    ),
    "unique that would replace rows": (
        lambda t: t.with_constraint("UNIQUE (k COLLATE BINARY) ON CONFLICT REPLACE"),
        r"rows of table 't' do not fit its new definition: UNIQUE constraint failed: t\.k",
    ),
    "foreign key": (
        lambda t: t.with_constraint("CONSTRAINT fk FOREIGN KEY (n) REFERENCES p"),
        r"Table 't' cannot have FOREIGN KEY 'fk': 2 rows refer to no row of 'p'",
    ),
    "foreign key to itself": (
        lambda t: t.with_constraint("FOREIGN KEY (n) REFERENCES T (id)"),
        r"Table 't' cannot have FOREIGN KEY \(n\): 3 rows refer to no row of 't'",
    ),
    "type": (
        lambda t: TableDefinition.parse(t.with_type("s", "INTEGER").sql + " STRICT"),
        r"rows of table 't' do not fit .* cannot store TEXT value in INTEGER column t\.s",
    ),
    "trigger": (
        lambda t: t.without_column("k"),
        r"Trigger 'tr' uses column 'k' of table 't'",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_rows_that_do_not_fit(connection: Connection, case: str) -> None:
    """The error says which rows do not fit what, and the database is as it was."""
    edit, message = REFUSED[case]
    run(
        connection,
        "CREATE TABLE p (id INTEGER PRIMARY KEY)",
        "INSERT INTO p VALUES (10)",
        "CREATE TABLE t (id INTEGER PRIMARY KEY, n INT, s TEXT, k INT, c TEXT COLLATE NOCASE)",
        "INSERT INTO t VALUES (1, 10, 'one', 1, 'a'), (5, 50, 'V', 1, 'A'), (9, 90, NULL, 2, '')",
        "CREATE TRIGGER tr AFTER UPDATE OF n, k ON t BEGIN SELECT 1; END",
    )
    before = dump(connection)
    run(connection, "BEGIN")
    target = edit(read_definition(connection, "t", None))
    with pytest.raises(CommandError, match=message):
        rebuild(connection, "t", None, target)
    run(connection, "COMMIT")
    assert dump(connection) == before
    check(connection)


def test_null_is_in_no_unique_and_no_check(connection: Connection) -> None:
    """NULL repeats itself in UNIQUE, passes a CHECK and refers to nothing."""
    run(connection, PLAIN, "INSERT INTO t VALUES (1, NULL, NULL), (2, NULL, NULL)", "BEGIN")
    target = read_definition(connection, "t", None)
    for sql in ("UNIQUE (n, s)", "CHECK (n > 0)", "FOREIGN KEY (n) REFERENCES t"):
        target = target.with_constraint(sql)
    rebuild(connection, "t", None, target)
    run(connection, "COMMIT")
    assert len(read_definition(connection, "t", None).constraints) == 4


def test_setting_is_restored_after_a_failure(connection: Connection) -> None:
    """legacy_alter_table, which no ROLLBACK restores, is as before when the renaming fails."""
    run(connection, PLAIN, ROWS, "BEGIN")
    target = read_definition(connection, "t", None)
    broken = TableDefinition.parse(target.sql.replace("s TEXT", "s TEXT CHECK (nosuch > 1)"))
    with pytest.raises(sa.exc.OperationalError, match="no such column"):
        rebuild(connection, "t", None, broken)
    run(connection, "COMMIT")
    check(connection)
    assert len(connection.exec_driver_sql("SELECT * FROM t").all()) == 3


def test_a_check_is_not_judged_by_values_before_they_are_stored(connection: Connection) -> None:
    """The default '0' of a number is stored as 0, which meets a CHECK that the text does not."""
    run(connection, PLAIN, ROWS, "BEGIN")
    source = read_definition(connection, "t", None)
    target = source.with_column("m BIGINT DEFAULT '0'").with_constraint("CHECK (m < 5)")
    rebuild(connection, "t", None, target)
    run(connection, "COMMIT")
    assert connection.exec_driver_sql("SELECT DISTINCT m FROM t").all() == [(0,)]
