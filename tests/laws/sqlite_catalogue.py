"""What SQLite says of its tables: by PRAGMAs, and in the stored texts where no PRAGMA tells.

The texts are read with the least that serves: a text is cut into words, the words into the parts
between commas, and a part is searched for the keywords of clauses.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa

WORD = re.compile(
    r"""--[^\n]*|/\*.*?\*/|(?P<string>[xX]?'(?:[^']|'')*')
    |"(?P<double>(?:[^"]|"")*)"|`(?P<back>[^`]*)`|\[(?P<bracket>[^\]]*)\]
    |(?P<bare>[\w$.]+)|(?P<sign>[^\s])""",
    re.VERBOSE | re.DOTALL,
)
TABLE_WORDS = ("CONSTRAINT", "PRIMARY", "UNIQUE", "CHECK", "FOREIGN")
CLAUSE_WORDS = (*TABLE_WORDS, "REFERENCES", "COLLATE", "DEFAULT", "GENERATED", "AS", "NOT", "NULL")


def sqlite_catalogue(
    connection: sa.Connection, schemas: tuple[str, ...] = ("main",)
) -> dict[str, list[Any]]:
    """Everything that two equal databases must agree on; columns without their order."""
    found: dict[str, list[Any]] = {
        name: [] for name in ("tables", "columns", "indexes", "foreign_keys", "clauses", "others")
    }
    for schema in schemas:
        master = f'"{schema}".sqlite_master'
        rows = connection.exec_driver_sql(f"SELECT type, name, tbl_name, sql FROM {master}").all()
        for type_, name, table, sql in rows:
            if type_ == "table" and not name.startswith("sqlite_"):
                read_table(connection, schema, name, sql, found)
            elif type_ == "index" and sql is not None:
                body = words_of(sql[sql.upper().index(" ON ") :])
                found["indexes"].append((schema, table, name, "text", " ".join(body)))
            elif type_ in ("view", "trigger"):
                found["others"].append((schema, type_, name, " ".join(words_of(sql))))
    return found


def read_table(
    connection: sa.Connection, schema: str, name: str, sql: str, found: dict[str, list[Any]]
) -> None:
    place = (schema, name)
    for column in pragma(connection, "table_xinfo", schema, name):
        _, column_name, type_, *facts = column
        spelled = re.sub(r"\s+", " ", type_).replace(", ", ",").upper()
        found["columns"].append((*place, column_name, spelled, *facts))
    for row in pragma(connection, "table_list", schema, name):
        kind, _, without_rowid, strict = row[2:6]
        found["tables"].append((*place, kind, without_rowid, strict))
    for key in keys_of(pragma(connection, "foreign_key_list", schema, name)):
        found["foreign_keys"].append((*place, *key))
    for _, index, unique, origin, partial in pragma(connection, "index_list", schema, name):
        parts = [tuple(part[2:]) for part in pragma(connection, "index_xinfo", schema, index)]
        shown = index if origin == "c" else ""
        found["indexes"].append((*place, shown, unique, origin, partial, parts))
    found["clauses"] += [(*place, *clause) for clause in clauses_of(sql)]


def keys_of(rows: list[Any]) -> list[Any]:
    """The foreign keys without the numbers that the PRAGMA gives them."""
    keys: dict[int, list[Any]] = {}
    for number, _, table, own, referred, *actions in rows:
        key = keys.setdefault(number, [table.lower(), *actions])
        key.append((own, referred))
    return list(keys.values())


def pragma(connection: sa.Connection, name: str, schema: str, argument: str) -> list[Any]:
    quoted = argument.replace("'", "''")
    return list(connection.exec_driver_sql(f"PRAGMA \"{schema}\".{name}('{quoted}')").all())


def words_of(sql: str) -> list[str]:
    """The words of a text: names without quotes, keywords and names in small letters."""
    found = []
    for match in WORD.finditer(sql):
        kind = match.lastgroup
        if kind in ("string", "sign"):
            found.append(match[0])
        elif kind is not None:
            text = match[kind].replace('""', '"')
            found.append(text.lower())
    return found


def clauses_of(sql: str) -> Iterator[tuple[Any, ...]]:
    """What the text of a table says, and no PRAGMA: names, CHECKs, expressions, conflicts."""
    words = words_of(sql)
    keywords = keywords_of(sql)
    start = keywords.index("(")
    end = closing(keywords, start)
    for first, last in parts(keywords, start + 1, end):
        yield from clauses(words[first:last], keywords[first:last])


def keywords_of(sql: str) -> list[str]:
    """The words in capitals; of what is in quotes only a mark."""
    return [
        match[0].upper() if match.lastgroup in ("bare", "sign") else "?"
        for match in WORD.finditer(sql)
        if match.lastgroup is not None
    ]


def closing(keywords: list[str], start: int) -> int:
    depth = 0
    for place in range(start, len(keywords)):
        depth += {"(": 1, ")": -1}.get(keywords[place], 0)
        if depth == 0:
            return place
    raise AssertionError("a parenthesis is not closed")


def parts(keywords: list[str], start: int, end: int) -> Iterator[tuple[int, int]]:
    first, place = start, start
    while place < end:
        if keywords[place] == "(":
            place = closing(keywords, place)
        elif keywords[place] == ",":
            yield first, place
            first = place + 1
        place += 1
    yield first, end


def clauses(words: list[str], keywords: list[str]) -> Iterator[tuple[Any, ...]]:
    """The clauses of one column, or the one clause of a constraint of the table."""
    column = "" if keywords[0] in TABLE_WORDS else words[0]
    place = 1 if column else 0
    name = None
    while place < len(keywords):
        word = keywords[place]
        if word == "GENERATED" and "AS" in keywords:
            place = keywords.index("AS", place)
            continue
        if word == "CONSTRAINT":
            name, place = words[place + 1], place + 2
            continue
        if word == "DEFAULT":
            place = after_default(keywords, place)
            continue
        end = after_clause(keywords, place)
        if word in ("PRIMARY", "UNIQUE", "CHECK", "FOREIGN", "REFERENCES"):
            yield clause(word, name, column, words[place:end], keywords[place:end])
            name = None
        elif word == "COLLATE":
            yield ("collate", column, words[place + 1])
        elif word == "AS":
            yield ("generated", column, " ".join(words[place:end]).removesuffix(" virtual"))
        elif word == "NOT" and "CONFLICT" in keywords[place:end]:
            yield ("not null", column, words[end - 1])
        place = end


def clause(
    word: str, name: str | None, column: str, words: list[str], keywords: list[str]
) -> tuple[Any, ...]:
    kind = "FOREIGN" if word == "REFERENCES" else word
    text = words[1:] if word in ("UNIQUE", "CHECK") else words
    if kind == "FOREIGN":
        text = words[keywords.index("REFERENCES") :]
        own = words[3 : closing(keywords, 2)] if word == "FOREIGN" else [column]
        text = [*own, *text]
    elif word == "PRIMARY":
        text = words[2:]
    if column and word in ("PRIMARY", "UNIQUE"):
        text = ["(", column, ")", *text]
    said = " ".join(text)
    for usual in (" on delete no action", " on update no action", " initially immediate", " asc"):
        said = said.replace(usual, "")
    return (kind.lower(), name, said)


def after_default(keywords: list[str], place: int) -> int:
    place += 1
    if keywords[place] == "(":
        return closing(keywords, place) + 1
    return place + (2 if keywords[place] in ("+", "-") else 1)


def after_clause(keywords: list[str], place: int) -> int:
    """The place where the next clause begins."""
    if keywords[place] == "FOREIGN":
        place = keywords.index("REFERENCES", place)
    place += 2 if keywords[place] == "NOT" else 1
    while place < len(keywords):
        word = keywords[place]
        if word == "(":
            place = closing(keywords, place) + 1
        elif keywords[place - 1] == "SET":
            place += 1
        elif keywords[place : place + 2] == ["NOT", "DEFERRABLE"]:
            place += 2
        elif word in CLAUSE_WORDS:
            return place
        else:
            place += 1
    return place
