"""CREATE TABLE as MySQL and MariaDB show it, taken apart.

https://mariadb.com/kb/en/show-create-table/
"""

from __future__ import annotations

import re
from typing import Any

from .facts import ColumnFacts, IndexFacts, TableFacts, create_options, told_method
from .tokens import Token, closing, name_of, string_value, tokens
from .types import parsed_type, same_charset

# What can follow the type of a column, and so ends an expression before it.
ATTRIBUTES = {
    "GENERATED",
    "VIRTUAL",
    "STORED",
    "PERSISTENT",
    "INVISIBLE",
    "NOT",
    "NULL",
    "DEFAULT",
    "ON",
    "AUTO_INCREMENT",
    "COMMENT",
    "CHECK",
    "WITHOUT",
}


def parsed_table(sql: str) -> TableFacts:
    """What the text of a table says; `sql` is what SHOW CREATE TABLE answers."""
    # MySQL puts into such comments what older versions do not know.
    sql = re.sub(r"/\*M?!\d+\s(.*?)\*/", r" \1 ", sql, flags=re.DOTALL)
    found = tokens(sql)
    opening = next(place for place, token in enumerate(found) if token.text == "(")
    end = closing(found, opening)
    name = next(token for token in found if token.kind == "name")
    table = TableFacts(name_of(name.text))
    _read_options(table, found[end + 1 :], sql[found[end].end :])
    start = opening + 1
    while start < end:
        stop = _item_end(found, start, end)
        _read_item(table, sql, found[start:stop])
        start = stop + 1
    for index in table.indexes.values():
        index.using = told_method(index.using, table.options)
    return table


def _item_end(found: list[Token], start: int, end: int) -> int:
    """The place of the comma, or of the last parenthesis, that ends an item."""
    place = start
    while place < end and found[place].text != ",":
        place = closing(found, place) + 1 if found[place].text == "(" else place + 1
    return place


def _read_options(table: TableFacts, found: list[Token], text: str) -> None:
    for place, token in enumerate(found):
        if token.word == "COMMENT" and found[place + 1].text == "=":
            table.comment = string_value(found[place + 2].text) or None
            text = text[: text.rfind("COMMENT=")]
            break
    options = create_options(text)
    options.pop("AUTO_INCREMENT", None)
    charset = options.pop("CHARSET", None)
    collation = options.pop("COLLATE", None)
    table.options = options
    table.collation = same_charset((collation or "").lower() or None)
    if table.collation is None and charset is not None:
        table.options["CHARSET"] = charset.lower()


def _read_item(table: TableFacts, sql: str, item: list[Token]) -> None:
    words = [token.word for token in item]
    if item[0].kind == "name":
        table.columns.append(_column(sql, item))
    elif words[0] == "PRIMARY":
        table.primary_key = _parts(sql, item).columns
    elif words[0] == "CONSTRAINT" and words[2] == "FOREIGN":
        table.foreign_keys.append(_foreign_key(item))
    elif words[0] == "CONSTRAINT" and words[2] == "CHECK":
        table.checks.append((name_of(item[1].text), _inside(sql, item, 3)))
    elif "KEY" in words[:2] or "INDEX" in words[:2]:
        index = _parts(sql, item)
        table.indexes[index.name] = index


def _inside(sql: str, item: list[Token], opening: int) -> str:
    """The text between two parentheses."""
    end = closing(item, opening)
    return sql[item[opening].end : item[end].start].strip()


def _parts(sql: str, item: list[Token]) -> IndexFacts:
    opening = next(place for place, token in enumerate(item) if token.text == "(")
    end = closing(item, opening)
    named = item[opening - 1]
    kind = item[0].word if item[0].word in ("UNIQUE", "FULLTEXT", "SPATIAL") else ""
    index = IndexFacts(name_of(named.text) if named.kind == "name" else "PRIMARY", kind)
    start = opening + 1
    while start < end:
        stop = _item_end(item, start, end)
        index.parts.append(_part(sql, item[start:stop]))
        start = stop + 1
    for place in range(end + 1, len(item)):
        word = item[place].word
        if word in ("IGNORED", "INVISIBLE"):
            index.ignored = True
        elif word == "USING":
            index.using = item[place + 1].word
        elif word == "COMMENT":
            index.comment = string_value(item[place + 1].text)
    return index


def _part(sql: str, part: list[Token]) -> tuple[str, int | None, bool, bool]:
    descending = part[-1].word == "DESC"
    if part[0].text == "(":
        return _inside(sql, part, 0), None, descending, True
    length = int(part[2].text) if len(part) > 2 and part[1].text == "(" else None
    return name_of(part[0].text), length, descending, False


def _foreign_key(item: list[Token]) -> dict[str, Any]:
    names: list[list[str]] = []
    place = 0
    while len(names) < 2:
        if item[place].text == "(":
            end = closing(item, place)
            names.append([name_of(t.text) for t in item[place:end] if t.kind == "name"])
            place = end
        place += 1
    referred = next(p for p, token in enumerate(item) if token.word == "REFERENCES")
    target = [t for t in item[referred + 1 :] if t.kind == "name"][:2]
    in_schema = item[referred + 2].text == "."
    words = " ".join(token.word for token in item[place:])
    actions = dict(re.findall(r"ON (UPDATE|DELETE) (CASCADE|RESTRICT|SET NULL|NO ACTION)", words))
    return {
        "name": name_of(item[1].text),
        "constrained_columns": names[0],
        "referred_schema": name_of(target[0].text) if in_schema else None,
        "referred_table": name_of(target[1 if in_schema else 0].text),
        "referred_columns": names[1],
        "options": {"onupdate": actions.get("UPDATE"), "ondelete": actions.get("DELETE")},
    }


def _column(sql: str, item: list[Token]) -> ColumnFacts:
    place = 1
    while place < len(item) and item[place].word not in ATTRIBUTES:
        place = closing(item, place) + 1 if item[place].text == "(" else place + 1
    type_text = sql[item[1].start : item[place - 1].end]
    parsed = parsed_type(type_text)
    column = ColumnFacts(name_of(item[0].text), type_text, parsed.collation, nullable=True)
    while place < len(item):
        place = _attribute(column, sql, item, place)
    return column


def _attribute(column: ColumnFacts, sql: str, item: list[Token], place: int) -> int:
    """Read one attribute of a column; the place of the next one."""
    word = item[place].word
    if word == "NOT":
        column.nullable = False
        return place + 2
    if word == "GENERATED":
        opening = next(p for p in range(place, len(item)) if item[p].text == "(")
        column.generated = _inside(sql, item, opening)
        return closing(item, opening) + 1
    if word == "CHECK":
        column.check = _inside(sql, item, place + 1)
        return closing(item, place + 1) + 1
    if word == "COMMENT":
        column.comment = string_value(item[place + 1].text) or None
        return place + 2
    if word in ("DEFAULT", "ON"):
        start = place + (1 if word == "DEFAULT" else 2)
        end = _expression_end(item, start)
        text = sql[item[start].start : item[end - 1].end]
        if word == "ON":
            column.on_update = text
        elif text.upper() != "NULL":
            column.default = text
        return end
    column.stored = column.stored or word in ("STORED", "PERSISTENT")
    column.increments = column.increments or word == "AUTO_INCREMENT"
    column.invisible = column.invisible or word == "INVISIBLE"
    return place + 1


def _expression_end(item: list[Token], start: int) -> int:
    place = start
    while place < len(item) and (place == start or item[place].word not in ATTRIBUTES):
        place = closing(item, place) + 1 if item[place].text == "(" else place + 1
    return place
