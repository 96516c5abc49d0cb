"""Types of MySQL and MariaDB: one text for all spellings of a type, and the type a text stands for.

https://mariadb.com/kb/en/data-types/, https://dev.mysql.com/doc/refman/8.4/en/data-types.html
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy.dialects import mysql

from ..reflected import NamedType
from .tokens import closing, quoted_value, string_value, tokens

if TYPE_CHECKING:
    from sqlalchemy.types import TypeEngine

SYNONYMS = {
    "INT": "INTEGER",
    "NUMERIC": "DECIMAL",
    "DEC": "DECIMAL",
    "FIXED": "DECIMAL",
    "DOUBLE PRECISION": "DOUBLE",
    "REAL": "DOUBLE",
    "CHARACTER": "CHAR",
    "CHARACTER VARYING": "VARCHAR",
    "INT1": "TINYINT",
    "INT2": "SMALLINT",
    "INT3": "MEDIUMINT",
    "INT4": "INTEGER",
    "INT8": "BIGINT",
    "FLOAT4": "FLOAT",
    "FLOAT8": "DOUBLE",
}
NATIONAL = {
    "NCHAR": "CHAR",
    "NVARCHAR": "VARCHAR",
    "NATIONAL CHAR": "CHAR",
    "NATIONAL VARCHAR": "VARCHAR",
}
# How wide the numbers of a type are shown, signed and unsigned, where nothing is said of it.
WIDTHS = {
    "TINYINT": ("4", "3"),
    "SMALLINT": ("6", "5"),
    "MEDIUMINT": ("9", "8"),
    "INTEGER": ("11", "10"),
    "BIGINT": ("20", "20"),
}
USUAL_ARGUMENTS: dict[str, tuple[str, ...]] = {
    "DECIMAL": ("10", "0"),
    "CHAR": ("1",),
    "BINARY": ("1",),
    "BIT": ("1",),
}
TEXTS = {"CHAR", "VARCHAR", "TINYTEXT", "TEXT", "MEDIUMTEXT", "LONGTEXT", "ENUM", "SET"}
TIMES = {"DATETIME", "TIMESTAMP", "TIME"}


@dataclass(frozen=True, slots=True)
class TypeText:
    """A type taken apart; `arguments` of ENUM and SET are the values themselves."""

    name: str
    arguments: tuple[str, ...] = ()
    unsigned: bool = False
    zerofill: bool = False
    charset: str | None = None
    collation: str | None = None
    rest: tuple[str, ...] = ()

    def __str__(self) -> str:
        written = self.arguments
        if self.name in ("ENUM", "SET"):
            written = tuple(quoted_value(value) for value in written)
        words = [self.name + (f"({','.join(written)})" if written else "")]
        words += ["UNSIGNED"] if self.unsigned else []
        words += ["ZEROFILL"] if self.zerofill else []
        words += [f"CHARACTER SET {self.charset}"] if self.charset else []
        words += [f"COLLATE {self.collation}"] if self.collation else []
        return " ".join([*words, *self.rest])

    @property
    def has_collation(self) -> bool:
        return self.name in TEXTS


@lru_cache(maxsize=4096)
def parsed_type(text: str, *, shows_widths: bool = True) -> TypeText:
    """Take a type apart, as it was typed or as the catalogue shows it.

    `shows_widths`: MariaDB remembers how wide whole numbers are to be shown; MySQL does no more.
    """
    # COMPRESSED stands in a comment that other servers skip.
    text = re.sub(r"/\*M!\d+\s(.*?)\*/", r" \1 ", text)
    found = tokens(text)
    words, arguments, after = _parts(text)
    name = " ".join(words)
    charset = "utf8mb3" if name in NATIONAL else None
    name = NATIONAL.get(name, SYNONYMS.get(name, name))
    rest = [t.text.upper() if t.kind == "word" else t.text for t in found[after:]]
    collation, named_charset, flags = _clauses(rest)
    unsigned = "UNSIGNED" in flags or "ZEROFILL" in flags
    made = TypeText(
        name,
        arguments,
        unsigned,
        "ZEROFILL" in flags,
        same_charset(named_charset) or charset,
        same_charset(collation),
        tuple(flag for flag in flags if flag not in ("UNSIGNED", "ZEROFILL", "SIGNED")),
    )
    return _usual(made, shows_widths=shows_widths)


def _parts(text: str) -> tuple[list[str], tuple[str, ...], int]:
    """The words before the parenthesis, what stands inside, and the place of what follows."""
    found = tokens(text)
    place = 0
    words: list[str] = []
    while place < len(found) and found[place].kind == "word":
        word = found[place].word
        if words and " ".join([*words, word]) not in {*SYNONYMS, *NATIONAL}:
            break
        words.append(word)
        place += 1
    if place == len(found) or found[place].text != "(":
        return words, (), place
    end = closing(found, place)
    inside = [t for t in found[place + 1 : end] if t.text != ","]
    # The server itself cuts the blanks at the end of a value.
    arguments = [string_value(t.text).rstrip(" ") if t.kind == "string" else t.text for t in inside]
    return words, tuple(arguments), end + 1


def _clauses(words: list[str]) -> tuple[str | None, str | None, list[str]]:
    """Collation, character set, and the other words."""
    collation = charset = None
    others: list[str] = []
    place = 0
    while place < len(words):
        word = words[place]
        if word == "COLLATE":
            place += 1
            collation = words[place].strip("`'\"").lower()
        elif word in ("CHARSET", "SET"):
            place += 1
            charset = words[place].strip("`'\"").lower()
        elif word in ("ASCII", "UNICODE"):
            charset = "latin1" if word == "ASCII" else "ucs2"
        elif word != "CHARACTER":
            others.append(word)
        place += 1
    return collation, charset, others


def same_charset(name: str | None) -> str | None:
    """'utf8' is an old name for utf8mb3, of the character set and in names of collations."""
    if name is None or not (name == "utf8" or name.startswith("utf8_")):
        return name
    return "utf8mb3" + name[4:]


def _usual(found: TypeText, *, shows_widths: bool) -> TypeText:
    """The type with what is the same anyway left out or filled in."""
    name, arguments = found.name, found.arguments
    if name in ("BOOL", "BOOLEAN"):
        return replace(found, name="TINYINT", arguments=("1",))
    if name in WIDTHS:
        return replace(found, arguments=_shown_width(found, shows_widths=shows_widths))
    if name == "FLOAT" and len(arguments) == 1:
        return replace(found, name="FLOAT" if int(arguments[0]) < 25 else "DOUBLE", arguments=())
    if name == "DECIMAL" and len(arguments) == 1:
        return replace(found, arguments=(arguments[0], "0"))
    if (name in TIMES and arguments == ("0",)) or (name == "YEAR" and arguments != ("2",)):
        return replace(found, arguments=())
    if not arguments and name in USUAL_ARGUMENTS:
        return replace(found, arguments=USUAL_ARGUMENTS[name])
    return found


def _shown_width(found: TypeText, *, shows_widths: bool) -> tuple[str, ...]:
    usual = (WIDTHS[found.name][1 if found.unsigned else 0],)
    is_flag = found.name == "TINYINT" and found.arguments == ("1",) and not found.unsigned
    if found.arguments == usual or not (shows_widths or found.zerofill or is_flag):
        return ()
    return found.arguments


NUMBERS = {"DECIMAL", "FLOAT", "DOUBLE"}


@lru_cache(maxsize=4096)
def type_of(found: TypeText) -> TypeEngine[Any]:
    """The type that a text stands for, which is not to be changed; spelled out if unknown."""
    name = "NUMERIC" if found.name == "NUMERIC" else found.name
    class_: Any = getattr(mysql, name, None) or _ELSEWHERE.get(name)
    if class_ is None or found.rest:
        return NamedType(str(found))
    arguments = found.arguments
    if name in ("ENUM", "SET"):
        return class_(*arguments, **_charset_of(found))  # type: ignore[no-any-return]
    options: dict[str, Any] = {}
    if name in WIDTHS:
        options = {"display_width": int(arguments[0])} if arguments else {}
    elif name in NUMBERS:
        options = dict(zip(("precision", "scale"), map(int, arguments), strict=False))
    elif name in TIMES:
        options = {"fsp": int(arguments[0])} if arguments else {}
    elif name == "YEAR":
        options = {"display_width": int(arguments[0])} if arguments else {}
    elif arguments:
        options = {"length": int(arguments[0])}
    options |= {n: True for n in ("unsigned", "zerofill") if getattr(found, n)}
    return class_(**options, **_charset_of(found))  # type: ignore[no-any-return]


def collated(type_: TypeEngine[Any], found: TypeText, collation: str | None) -> TypeEngine[Any]:
    """The type, which `found` is the text of, with its collation said.

    Where it has one, or none is known, it is returned as it is.
    """
    if collation is None or getattr(type_, "collation", None):
        return type_
    if not isinstance(type_, sa.String) or isinstance(type_, sa.Enum):
        return type_of(replace(found, charset=None, collation=collation))
    copy: Any = type_.copy()
    copy.collation = collation
    return copy  # type: ignore[no-any-return]


def _charset_of(found: TypeText) -> dict[str, Any]:
    words: Mapping[str, Any] = {"charset": found.charset, "collation": found.collation}
    return {name: value for name, value in words.items() if value}


_ELSEWHERE: dict[str, Any] = {"UUID": sa.UUID}
