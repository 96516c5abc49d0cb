"""A hypothesis strategy: CREATE TABLE texts in all the ways that SQLite accepts."""

from __future__ import annotations

from hypothesis import strategies as st

NAMES = [
    "a", "B", "key", "a b", "naïve", "check", "x'y", 'say "hi"', "desc", "generated", "日本", "end",
    "like", "case", "a]b", "", "1x", "$", "rowid",
]  # fmt: skip
BARE = ["a", "B", "key", "naïve", "desc", "generated", "日本", "end", "like", "rowid"]
"""Names that need no quotes; words among them that SQLite takes for names where it can."""
IN_EXPRESSIONS = [name for name in BARE if name != "like"]


def quote(draw: st.DrawFn, name: str) -> str:
    """One of the spellings of a name."""
    styles = ['"' + name.replace('"', '""') + '"', "`" + name.replace("`", "``") + "`"]
    if "]" not in name:
        styles.append(f"[{name}]")
    styles.append("'" + name.replace("'", "''") + "'")
    if name in BARE:
        styles += [name, name]
    return draw(st.sampled_from(styles))


def operand(draw: st.DrawFn, name: str) -> str:
    """A spelling of a column in an expression, where 'a' would be a string."""
    styles = ['"' + name.replace('"', '""') + '"', "`" + name.replace("`", "``") + "`"]
    styles += [] if "]" in name else [f"[{name}]"]
    styles += [name, name.upper() if name.isascii() else name] if name in IN_EXPRESSIONS else []
    return draw(st.sampled_from(styles))


def expression(draw: st.DrawFn, names: list[str]) -> str:
    """An expression on one of these columns, or on none."""
    text = draw(st.sampled_from(CHECKS))
    return text.replace("{c}", operand(draw, draw(st.sampled_from(names))))


def space(draw: st.DrawFn) -> str:
    return draw(st.sampled_from([" ", " ", " ", "\n  ", "\t", " /* a, ( */ ", " -- it's )\n "]))


TYPES = [
    "", "INTEGER", "INT", "text", "VARCHAR(20)", "NUMERIC(10, 2)", "double  precision",
    "long word (+5)", "float(1.5)", "varchar /* n */ (7)", "DATETIME",
    "some type ( 3 , -4 )", "REAL",
]  # fmt: skip
DEFAULTS = [
    "5", "-5", "+ 3.5e-7", "'it''s'", "NULL", "TRUE", "CURRENT_TIMESTAMP", "x'00ff'", "(1 + 2)",
    "( lower('A, )') )", '"dq"', "word", "0x1F", "( (1) )", "('--')", ".5",
]  # fmt: skip
CONFLICTS = ["", "", " ON CONFLICT IGNORE", " ON CONFLICT REPLACE"]
ACTIONS = [
    "", " ON DELETE CASCADE", " ON UPDATE SET NULL ON DELETE NO ACTION", " MATCH FULL",
    " on delete set default", " ON DELETE RESTRICT",
]  # fmt: skip
DEFERRALS = [
    "", "", " DEFERRABLE INITIALLY DEFERRED", " NOT DEFERRABLE", " DEFERRABLE",
    " NOT DEFERRABLE INITIALLY IMMEDIATE",
]  # fmt: skip
KEY_CONFLICT = "@"
"""Stands for the one ON CONFLICT clause that the keys of a table must agree on."""

CHECKS = [
    "1", "(1) > 0", "'a)' <> '('", "x'00' is not null", "1 /* ) */ + 1 > 0", "{c} > 0",
    "CASE WHEN ({c}) IS NULL THEN 1 ELSE 2 END > 0", "{c}->'$.a' IS NULL",
    "case {c} when 1 then (case when 2 then 3 end) end", "{c} IS NOT DISTINCT FROM 3",
    "{c} LIKE 'a' ESCAPE '!' OR 'end' <> 'key'", "iif({c}, 'a', /* a */ 'b') = 'b'",
    "abs({c}) <> 'a' AND {c} NOT IN (1, 2, ',)')", "CAST({c} AS text) COLLATE NOCASE <> 'q'",
    "-- {c}\n {c} BETWEEN 1 AND 2",
]  # fmt: skip


def conflict(draw: st.DrawFn) -> str:
    return draw(st.sampled_from(CONFLICTS))


def constraint_name(draw: st.DrawFn) -> str:
    if not draw(st.booleans()):
        return ""
    name = draw(st.sampled_from(["n1", "a name", "unique", "n2"]))
    return f"CONSTRAINT {quote(draw, name) if name in ('n1', 'n2') else repr(name)} "


def reference(draw: st.DrawFn) -> str:
    columns = draw(st.sampled_from(["", "(x)", ' ( "X" )']))
    actions = draw(st.sampled_from(ACTIONS))
    deferral = draw(st.sampled_from(DEFERRALS))
    return f"REFERENCES {quote(draw, 'parent')}{columns}{actions}{deferral}"


def clause(draw: st.DrawFn, names: list[str], *, generated: bool) -> str:
    """A clause that may stand in any column any number of times."""
    kinds = ["not_null", "null", "unique", "check", "references", "collate"]
    kind = draw(st.sampled_from(kinds if generated else [*kinds, "default"]))
    spelled = {
        "not_null": lambda: "NOT NULL" + conflict(draw),
        "null": lambda: "NULL" + conflict(draw),
        "unique": lambda: f"UNIQUE{KEY_CONFLICT}",
        "check": lambda: f"CHECK ({expression(draw, names)})",
        "references": lambda: reference(draw),
        "collate": lambda: "COLLATE " + draw(st.sampled_from(["NOCASE", '"rtrim"', "'binary'"])),
        "default": lambda: "DEFAULT " + draw(st.sampled_from(DEFAULTS)),
    }[kind]()
    return constraint_name(draw) + spelled


def column(draw: st.DrawFn, name: str, names: list[str], *, generated: bool) -> str:
    parts = [quote(draw, name), draw(st.sampled_from(TYPES))]
    if generated:
        start = draw(st.sampled_from(["AS", "GENERATED ALWAYS AS", "generated  always as"]))
        kind = draw(st.sampled_from(["", " STORED", " VIRTUAL"]))
        parts.append(f"{start} ({expression(draw, names)}){kind}")
    count = draw(st.integers(0, 3))
    parts += [clause(draw, names, generated=generated) for _ in range(count)]
    return space(draw).join(part for part in parts if part)


def table_constraint(draw: st.DrawFn, names: list[str]) -> str:
    some = draw(st.lists(st.sampled_from(names), min_size=1, max_size=2, unique=True))
    columns = ", ".join(quote(draw, name) for name in some)
    sorted_columns = ", ".join(
        quote(draw, name) + draw(st.sampled_from(["", " DESC", " COLLATE NOCASE ASC"]))
        for name in some
    )
    parents = ", ".join(f"p{place}" for place in range(len(some)))
    kind = draw(st.sampled_from(["unique", "check", "foreign", "bare"]))
    spelled = {
        "unique": lambda: f"UNIQUE ({sorted_columns}){KEY_CONFLICT}",
        "check": lambda: f"CHECK ({expression(draw, names)}){conflict(draw)}",
        "foreign": lambda: (
            f"FOREIGN KEY ({columns}) REFERENCES parent ({parents})"
            + draw(st.sampled_from(ACTIONS))
            + draw(st.sampled_from(DEFERRALS))
        ),
        "bare": lambda: "CONSTRAINT idle",
    }[kind]()
    return spelled if kind == "bare" else constraint_name(draw) + spelled


@st.composite
def create_tables(draw: st.DrawFn) -> str:
    """The text of a CREATE TABLE that SQLite accepts."""
    names = draw(st.lists(st.sampled_from(NAMES), min_size=1, max_size=5, unique=True))
    generated = {name for name in names[1:] if draw(st.integers(0, 5)) == 0}
    plain = [name for name in names if name not in generated]
    items = [column(draw, name, plain, generated=name in generated) for name in names]
    text = f",{space(draw)}".join(items)
    if draw(st.booleans()):
        key = quote(draw, draw(st.sampled_from(plain)))
        text += f",{space(draw)}{constraint_name(draw)}PRIMARY KEY({key}){KEY_CONFLICT}"
        for _ in range(draw(st.integers(0, 3))):
            comma = draw(st.sampled_from([",", ",", " "]))
            text += comma + space(draw) + table_constraint(draw, plain)
        options = draw(st.sampled_from(["", "", " WITHOUT ROWID", "WITHOUT  rowid;", "-- end"]))
    else:
        options = draw(st.sampled_from(["", " ;", " /* end"]))
    head = draw(
        st.sampled_from(["CREATE TABLE", "create table if not exists", "CREATE  TABLE main."])
    )
    text = text.replace(KEY_CONFLICT, conflict(draw))
    table = quote(draw, draw(st.sampled_from(["t", "my table", "order"])))
    return f"{head} {table}{space(draw)}({space(draw)}{text}{space(draw)}){options}"
