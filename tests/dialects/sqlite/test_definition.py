"""Reading and editing the stored text of a table."""

from __future__ import annotations

import pytest

from flask_schemaver.dialects.sqlite.definition import ConstraintDefinition, TableDefinition
from flask_schemaver.errors import CommandError

TEXT = """\
CREATE TABLE shop.item ( -- what is sold
\t-- the number on the shelf
\tid INTEGER NOT NULL,
\tprice INT DEFAULT 4 /* cents */ CONSTRAINT positive CHECK (price > 0), -- before tax

\t-- where it is kept
\tplace INTEGER REFERENCES place ON DELETE CASCADE, -- nullable
\tPRIMARY KEY (id), -- as ever
\tUNIQUE (price, place)
\tCHECK (place <> id) -- no comma before
) STRICT"""


@pytest.fixture
def item() -> TableDefinition:
    return TableDefinition.parse(TEXT)


def constraint(table: TableDefinition, kind: str) -> ConstraintDefinition:
    return next(c for c in table.constraints if c.kind == kind)


def changed(table: TableDefinition) -> list[str]:
    """The lines of the text that are new, and with a minus those that are gone."""
    old, new = TEXT.split("\n"), table.sql.split("\n")
    return [f"-{line.strip()}" for line in old if line not in new] + [
        line.strip() for line in new if line not in old
    ]


def test_header_and_options(item: TableDefinition) -> None:
    """Name, schema and options are read, and the text is kept."""
    assert (item.schema, item.name, item.strict, item.without_rowid) == (
        "shop",
        "item",
        True,
        False,
    )
    assert item.sql == TEXT
    assert item.rowid_column == "id"


def test_constraints_know_their_column(item: TableDefinition) -> None:
    """A constraint in a column's definition names the column, one of the table does not."""
    assert [(c.kind, c.name, c.columns, c.column) for c in item.constraints] == [
        ("check", "positive", (), "price"),
        ("foreign_key", None, ("place",), "place"),
        ("primary_key", None, ("id",), None),
        ("unique", None, ("price", "place"), None),
        ("check", None, (), None),
    ]


def test_deferrable_by_itself_is_of_the_key_before() -> None:
    """SQLite accepts DEFERRABLE far from its REFERENCES; both go together."""
    table = TableDefinition.parse("CREATE TABLE t (a REFERENCES p, b INT DEFERRABLE, c)")
    [key] = table.constraints
    assert key.deferrable is True
    assert table.without_constraint(key).sql == "CREATE TABLE t (a, b INT, c)"


def test_names_are_compared_as_sqlite_does() -> None:
    """ASCII letters in any case are one; others are not."""
    table = TableDefinition.parse('CREATE TABLE t ("Ärger" INT, Name TEXT, UNIQUE (NAME))')
    assert table.column("NAME").name == "Name"
    assert table.constraints[0].columns == ("Name",)
    assert not table.has_column("ärger")


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("CREATE TABLE t (id INTEGER PRIMARY KEY)", "id"),
        ("CREATE TABLE t (id integer, PRIMARY KEY (ID DESC))", "id"),
        ("CREATE TABLE t (id INTEGER PRIMARY KEY DESC)", None),
        ("CREATE TABLE t (id INT PRIMARY KEY)", None),
        ("CREATE TABLE t (id INTEGER PRIMARY KEY) WITHOUT ROWID", None),
        ("CREATE TABLE t (id INTEGER, b INTEGER, PRIMARY KEY (id, b))", None),
    ],
)
def test_rowid_column(sql: str, expected: str | None) -> None:
    """INTEGER PRIMARY KEY is the rowid, with the exceptions that SQLite documents."""
    assert TableDefinition.parse(sql).rowid_column == expected


@pytest.mark.parametrize(
    "sql",
    ["CREATE TABLE t AS SELECT 1", "CREATE VIEW v AS SELECT 1", "", "CREATE TABLE t (a", "x"],
)
def test_what_is_no_table_is_refused(sql: str) -> None:
    """The error shows where the reading stopped."""
    with pytest.raises(CommandError, match="cannot be read near"):
        TableDefinition.parse(sql)


# -- edits ----------------------------------------------------------------------------------------


def test_not_null_comes_and_goes(item: TableDefinition) -> None:
    """NOT NULL goes behind the type; taking it away gives the first text again."""
    edited = item.with_not_null("price", True)
    assert changed(edited)[1] == (
        "price INT NOT NULL DEFAULT 4 /* cents */ CONSTRAINT positive CHECK (price > 0),"
        " -- before tax"
    )
    assert edited.with_not_null("price", False) == item
    assert item.with_not_null("id", True) is item


def test_not_null_replaces_null() -> None:
    """A column does not say both."""
    table = TableDefinition.parse("CREATE TABLE t (a INT NULL UNIQUE, b)")
    assert table.with_not_null("a", True).sql == "CREATE TABLE t (a INT NOT NULL UNIQUE, b)"


@pytest.mark.parametrize(
    ("default", "clause"),
    [
        ("5", "DEFAULT 5"),
        ("- 5", "DEFAULT - 5"),
        ("'a''b'", "DEFAULT 'a''b'"),
        ("CURRENT_TIMESTAMP", "DEFAULT CURRENT_TIMESTAMP"),
        ("x'00'", "DEFAULT x'00'"),
        ("(1 + 2)", "DEFAULT (1 + 2)"),
        ("1 + 2", "DEFAULT (1 + 2)"),
        ("(1) + (2)", "DEFAULT ((1) + (2))"),
        ("lower('A')", "DEFAULT (lower('A'))"),
        ("-(5)", "DEFAULT (-(5))"),
        ("1 -- one", "DEFAULT 1 -- one"),
    ],
)
def test_default_has_parentheses_where_it_needs_them(default: str, clause: str) -> None:
    """An expression is put in parentheses, a literal is not."""
    table = TableDefinition.parse("CREATE TABLE t (a INT NOT NULL, b)")
    edited = table.with_default("a", default)
    end = "\n" if "--" in clause else ""
    assert edited.sql == f"CREATE TABLE t (a INT {clause}{end} NOT NULL, b)"
    assert edited.with_default("a", None).column("a").default is None


def test_default_is_replaced_where_it_stands(item: TableDefinition) -> None:
    """Another default keeps the column's other words and comments."""
    assert "price INT DEFAULT 'x' /* cents */ CONSTRAINT" in item.with_default("price", "'x'").sql
    assert "price INT /* cents */ CONSTRAINT" in item.with_default("price", None).sql


def test_type(item: TableDefinition) -> None:
    """The type alone is replaced, added or taken away."""
    edited = item.with_type("place", "VARCHAR(20)")
    assert changed(edited)[1] == "place VARCHAR(20) REFERENCES place ON DELETE CASCADE, -- nullable"
    bare = item.with_type("place", "")
    assert changed(bare)[1] == "place REFERENCES place ON DELETE CASCADE, -- nullable"
    assert bare.with_type("place", "INTEGER") == item


def test_type_with_a_collation_replaces_the_old_one() -> None:
    """SQLAlchemy spells a type's COLLATE with it."""
    table = TableDefinition.parse("CREATE TABLE t (a TEXT NOT NULL COLLATE NOCASE)")
    edited = table.with_type("a", 'VARCHAR(9) COLLATE "RTRIM"')
    assert edited.sql == 'CREATE TABLE t (a VARCHAR(9) COLLATE "RTRIM" NOT NULL)'


def test_new_column_stands_before_the_constraints(item: TableDefinition) -> None:
    """It has a line of its own, and the comment after the last column stays there."""
    lines = item.with_column("tax REAL NOT NULL DEFAULT 0").sql.split("\n")
    assert lines[6:8] == [
        "\tplace INTEGER REFERENCES place ON DELETE CASCADE, -- nullable",
        "\ttax REAL NOT NULL DEFAULT 0,",
    ]
    assert len(changed(item.with_column("tax REAL"))) == 1


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("CREATE TABLE t (a)", "CREATE TABLE t (a, z INT)"),
        ("CREATE TABLE t (a, b UNIQUE )", "CREATE TABLE t (a, b UNIQUE, z INT )"),
        ("CREATE TABLE t (a -- one\n)", "CREATE TABLE t (a, -- one\n z INT\n)"),
        ("CREATE TABLE t (\n  a\n)", "CREATE TABLE t (\n  a,\n  z INT\n)"),
        ("CREATE TABLE t (a,CHECK (1))", "CREATE TABLE t (a, z INT,CHECK (1))"),
    ],
)
def test_new_column_follows_the_layout(sql: str, expected: str) -> None:
    """A column is added as the others stand: on the line or on one of its own."""
    assert TableDefinition.parse(sql).with_column("z INT").sql == expected


def test_dropped_column_takes_its_comments(item: TableDefinition) -> None:
    """The comments above it and after it go with it, those of its neighbours stay."""
    for found in [c for c in item.constraints if c.mentions("place") and c.column is None]:
        item = item.without_constraint(found)
    edited = item.without_column("place")
    assert (
        edited.sql
        == """\
CREATE TABLE shop.item ( -- what is sold
\t-- the number on the shelf
\tid INTEGER NOT NULL,
\tprice INT DEFAULT 4 /* cents */ CONSTRAINT positive CHECK (price > 0), -- before tax
\tPRIMARY KEY (id) -- as ever
) STRICT"""
    )


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("CREATE TABLE t (a, b, c)", "CREATE TABLE t (a, c)"),
        ("CREATE TABLE t (b, a)", "CREATE TABLE t (a)"),
        ("CREATE TABLE t (a, b)", "CREATE TABLE t (a)"),
        ("CREATE TABLE t (a, -- one\nb)", "CREATE TABLE t (a -- one\n)"),
        ("CREATE TABLE t (\n\ta INT, \n\tb INT\n)", "CREATE TABLE t (\n\ta INT\n)"),
        ("CREATE TABLE t (\n\tb INT, \n\ta INT\n)", "CREATE TABLE t (\n\ta INT\n)"),
        ("CREATE TABLE t (a\n, b INT -- two\n, c)", "CREATE TABLE t (a\n, c)"),
        ("CREATE TABLE t (a, b, CHECK (1) UNIQUE (a))", "CREATE TABLE t (a, CHECK (1) UNIQUE (a))"),
    ],
)
def test_dropped_column_leaves_a_sound_list(sql: str, expected: str) -> None:
    """First, last or between: the commas are right, and no comment swallows what follows."""
    edited = TableDefinition.parse(sql).without_column("b")
    assert edited.sql == expected


@pytest.mark.parametrize(
    ("name", "users"),
    [
        ("place", r"used by UNIQUE \(price, place\), CHECK \(place <> id\)\."),
        ("id", r"used by PRIMARY KEY \(id\), CHECK \(place <> id\)\."),
    ],
)
def test_column_in_use_is_not_dropped(item: TableDefinition, name: str, users: str) -> None:
    """The error names what still needs the column."""
    with pytest.raises(CommandError, match=users):
        item.without_column(name)


@pytest.mark.parametrize(
    ("sql", "message"),
    [
        ("CREATE TABLE t (a, b AS (a + 1))", "generated column 'b'"),
        ("CREATE TABLE t (a UNIQUE, b REFERENCES T (A))", r"FOREIGN KEY \(b\)"),
        ("CREATE TABLE t (a, b CONSTRAINT x CHECK (b > t.a))", "CHECK 'x'"),
        ("CREATE TABLE t (a)", "only column"),
    ],
)
def test_column_in_use_elsewhere(sql: str, message: str) -> None:
    """Generated columns, other columns' constraints and the table itself may need a column."""
    with pytest.raises(CommandError, match=message):
        TableDefinition.parse(sql).without_column("a")


def test_words_that_only_look_like_the_column() -> None:
    """A function, a string, a collation or a keyword is no use of a column."""
    text = "CREATE TABLE t (lower, 'in', b, CHECK (lower(b) IN ('lower') AND b COLLATE lower > 1))"
    table = TableDefinition.parse(text)
    assert table.users_of("lower") == []
    assert table.users_of("in") == []
    assert len(table.users_of("b")) == 1


def test_constraint_is_added_last(item: TableDefinition) -> None:
    """It comes after all that was there, commas or not."""
    edited = item.with_constraint("CONSTRAINT u UNIQUE (id, price)")
    assert changed(edited) == [
        "-CHECK (place <> id) -- no comma before",
        "CHECK (place <> id), -- no comma before",
        "CONSTRAINT u UNIQUE (id, price)",
    ]


@pytest.mark.parametrize(
    ("index", "expected"),
    [
        (0, "\tprice INT DEFAULT 4 /* cents */, -- before tax\n"),
        (1, "\tplace INTEGER, -- nullable\n"),
        (2, "-- nullable\n\tUNIQUE (price, place)\n\tCHECK (place <> id) -- no comma before\n)"),
        (3, "(id), -- as ever\n\tCHECK (place <> id) -- no comma before\n)"),
        (4, "\tUNIQUE (price, place) -- no comma before\n)"),
    ],
)
def test_constraint_is_taken_away(item: TableDefinition, index: int, expected: str) -> None:
    """Wherever it stands, it goes and the others stay."""
    found = item.constraints[index]
    edited = item.without_constraint(found)
    assert expected in edited.sql
    assert edited.constraints == tuple(c for c in item.constraints if c != found)


def test_constraints_can_be_taken_away_one_after_another(item: TableDefinition) -> None:
    """Those read before the first edit are still known after it."""
    table = item
    for found in item.constraints:
        table = table.without_constraint(found)
    assert table.constraints == ()
    with pytest.raises(CommandError, match=r"Table 'item' has no CHECK 'positive'\."):
        table.without_constraint(item.constraints[0])


def test_words_do_not_melt() -> None:
    """What stood on both sides of a constraint stays two words."""
    table = TableDefinition.parse("CREATE TABLE t (a INT/**/UNIQUE check(a)not null)")
    edited = table.without_constraint(constraint(table, "check"))
    assert edited.sql == "CREATE TABLE t (a INT/**/UNIQUE not null)"


def test_renaming_touches_the_name_alone(item: TableDefinition) -> None:
    """The schema stays, or is the one that is asked for."""
    assert item.renamed('o"x').sql.startswith('CREATE TABLE "shop"."o""x" ( -- what')
    assert item.in_schema(None).sql.startswith('CREATE TABLE "item" (')
    assert item.renamed("other").in_schema("main").columns == item.columns


def test_unknown_column(item: TableDefinition) -> None:
    """The error lists the columns that are there."""
    with pytest.raises(CommandError) as caught:
        item.with_not_null("prize", True)
    assert caught.value.message == "Table 'item' has no column 'prize'."
    assert caught.value.hint == "It has: 'id', 'price', 'place'."
