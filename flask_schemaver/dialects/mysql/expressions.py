"""The cheap normal form of expressions on MySQL and MariaDB, which print them in their own way.

The server drops parentheses that mean nothing and writes some operators and functions by other
names; so an expression is parsed, and written again in one way. What cannot be parsed stays a
row of tokens. https://dev.mysql.com/doc/refman/8.4/en/operator-precedence.html
"""

from __future__ import annotations

import re
from decimal import Decimal, InvalidOperation
from functools import lru_cache

from .tokens import Token, closing, name_of, quoted_value, string_value, tokens

SAME_OPERATORS = {"!=": "<>", "&&": "AND", "||": "OR", "MOD": "%", "RLIKE": "REGEXP"}
TIME_NOW = {"CURRENT_TIMESTAMP", "NOW", "LOCALTIME", "LOCALTIMESTAMP"}
SAME_FUNCTIONS = {
    **dict.fromkeys(TIME_NOW, "CURRENT_TIMESTAMP"),
    "CURRENT_DATE": "CURDATE",
    "CURRENT_TIME": "CURTIME",
    "CHARACTER_LENGTH": "CHAR_LENGTH",
    "LCASE": "LOWER",
    "UCASE": "UPPER",
    "SUBSTRING": "SUBSTR",
    "CEIL": "CEILING",
    "LENGTH": "OCTET_LENGTH",
    "POWER": "POW",
}
# Words that are a call without a parenthesis.
CALLS = {"CURRENT_TIMESTAMP", "LOCALTIME", "LOCALTIMESTAMP", "CURRENT_DATE", "CURRENT_TIME"}
BINARY = {
    "OR": 1,
    "XOR": 2,
    "AND": 3,
    **dict.fromkeys(["=", "<=>", ">=", ">", "<=", "<", "<>", "IS", "LIKE", "REGEXP", "IN"], 6),
    "BETWEEN": 6,
    "NOT": 6,
    "|": 7,
    "&": 8,
    "<<": 9,
    ">>": 9,
    "-": 10,
    "+": 10,
    "*": 11,
    "/": 11,
    "DIV": 11,
    "%": 11,
    "^": 12,
}
NEGATION, COMPARED, UNARY = 4, 6, 13


class _NotUnderstood(Exception):
    """The parser met something that it has no rule for."""


@lru_cache(maxsize=4096)
def normal_expression(sql: str) -> str:
    """One text for the usual spellings of an expression."""
    found = tokens(sql)
    try:
        parser = _Parser(found)
        text = parser.expression(0)
        if parser.place < len(found):
            raise _NotUnderstood
    except (_NotUnderstood, IndexError):
        return " ".join(_plain(token) for token in found)
    return text


def normal_number(text: str) -> str | None:
    """A number without zeros and signs that mean nothing; None if it is none."""
    try:
        number = Decimal(text.strip())
    except InvalidOperation:
        return None
    return f"{number.normalize():f}" if number else "0"


def _as_printed(number: str) -> str:
    """A number inside an expression: 3.0 stays what it is, as to divide by 3 is something else."""
    whole, point, rest = number.lower().partition(".")
    if "e" in whole:
        return whole
    return f"{whole.lstrip('0') or '0'}{point if rest else ''}{rest}"


def _plain(token: Token) -> str:
    if token.kind == "string":
        return quoted_value(string_value(token.text))
    if token.kind == "number":
        return _as_printed(token.text)
    if token.kind == "name":
        return name_of(token.text).lower()
    upper = token.text.upper()
    return SAME_FUNCTIONS.get(upper, SAME_OPERATORS.get(upper, upper)).lower()


class _Parser:
    """Reads an expression by the precedence of its operators."""

    def __init__(self, found: list[Token]) -> None:
        self.found = found
        self.place = 0

    def _next(self) -> str:
        """The coming token: an operator or a word in capitals; '' at the end."""
        if self.place >= len(self.found):
            return ""
        token = self.found[self.place]
        if token.kind in ("string", "name", "number", "bits"):
            return token.text
        upper = token.text.upper()
        return SAME_OPERATORS.get(upper, upper)

    def _take(self, *words: str) -> bool:
        if self._next() not in words:
            return False
        self.place += 1
        return True

    def _expect(self, word: str) -> None:
        if not self._take(word):
            raise _NotUnderstood

    def expression(self, least: int) -> str:
        left = self._prefix()
        while True:
            operator = self._next()
            binding = BINARY.get(operator, 0) if self._is_operator() else 0
            if not binding or binding <= least:
                return left
            self.place += 1
            left = self._joined(left, operator, binding)

    def _is_operator(self) -> bool:
        return self.place < len(self.found) and self.found[self.place].kind in ("word", "sign")

    def _joined(self, left: str, operator: str, binding: int) -> str:
        if operator == "NOT":
            operator = self._next()
            if operator not in ("IN", "LIKE", "BETWEEN", "REGEXP"):
                raise _NotUnderstood
            self.place += 1
            return f"(not {self._joined(left, operator, binding)})"
        if operator == "IS":
            negated = self._take("NOT")
            word = self._next()
            if word not in ("NULL", "TRUE", "FALSE", "UNKNOWN"):
                raise _NotUnderstood
            self.place += 1
            return f"({left} is {'not ' if negated else ''}{word.lower()})"
        if operator == "IN":
            self._expect("(")
            return f"({left} in [{self._arguments()}])"
        if operator == "BETWEEN":
            low = self.expression(COMPARED)
            self._expect("AND")
            return f"({left} between {low} and {self.expression(COMPARED)})"
        right = self.expression(binding)
        if operator in ("AND", "OR"):
            # Neither AND nor OR minds how its parts are grouped.
            start = f"{operator.lower()}["
            parts = [p[len(start) : -1] if p.startswith(start) else p for p in (left, right)]
            return f"{start}{'; '.join(parts)}]"
        return f"({left} {operator.lower()} {right})"

    def _arguments(self) -> str:
        """What stands between two parentheses, the first one taken already."""
        if self._take(")"):
            return ""
        parts = [self.expression(0)]
        while self._take(","):
            parts.append(self.expression(0))
        self._expect(")")
        return ", ".join(parts)

    def _prefix(self) -> str:
        if self.place >= len(self.found):
            raise _NotUnderstood
        token = self.found[self.place]
        self.place += 1
        if token.text == "(":
            inside = self._arguments()
            return inside if inside and ", " not in inside else f"row({inside})"
        if token.text in ("-", "+", "~", "!") or token.word == "NOT":
            return self._signed(token)
        if token.kind == "name":
            return self._called(name_of(token.text).lower())
        if token.kind != "word":
            if token.kind == "sign":
                raise _NotUnderstood
            return _plain(token)
        if token.word in ("CASE", "CAST", "CONVERT", "INTERVAL", "EXTRACT", "SELECT", "BINARY"):
            raise _NotUnderstood
        if token.word in CALLS and self._next() != "(":
            return f"{SAME_FUNCTIONS[token.word].lower()}()"
        if token.word in ("TRUE", "FALSE"):
            return "1" if token.word == "TRUE" else "0"
        return self._called(_plain(token) if self._next() == "(" else token.text.lower())

    def _signed(self, token: Token) -> str:
        if token.word == "NOT":
            return f"(not {self.expression(NEGATION)})"
        operand = self.expression(UNARY)
        if token.text == "!":
            return f"(not {operand})"
        if token.text == "-" and re.fullmatch(r"[\d.]+", operand):
            return f"-{operand}"
        return operand if token.text == "+" else f"({token.text}{operand})"

    def _called(self, name: str) -> str:
        """A function with its arguments, or a column, perhaps of a named table."""
        if self._take("("):
            return f"{name}({self._arguments()})"
        if self._take("."):
            part = self.found[self.place]
            self.place += 1
            return self._called(f"{name}.{name_of(part.text).lower()}")
        return name


TIMES = {"DATETIME", "TIMESTAMP", "DATE", "TIME", "YEAR"}
WHOLE_NUMBERS = {"TINYINT", "SMALLINT", "MEDIUMINT", "INTEGER", "BIGINT", "YEAR"}
NUMBERS = {*WHOLE_NUMBERS, "DECIMAL", "FLOAT", "DOUBLE"}
_ON_UPDATE = re.compile(r"\s+on\s+update\s+", re.IGNORECASE)


@lru_cache(maxsize=4096)
def normal_default(sql: str, type_name: str) -> str:
    """The cheap normal form of a DEFAULT of a column whose type has this name, in capitals."""
    default, *update = _ON_UPDATE.split(sql.strip())
    normal = _normal_value(default, type_name)
    return " on update ".join([normal, *(normal_expression(u).removesuffix("()") for u in update)])


def _normal_value(sql: str, type_name: str) -> str:
    normal = normal_expression(sql).removesuffix("()")
    value = string_value(normal) if normal.startswith("'") else normal
    if type_name in NUMBERS:
        return normal_number(value) or normal
    if type_name == "BIT" and normal[:2].lower() in ("b'", "0b"):
        return str(int(normal[2:].strip("'") or "0", 2))
    is_number = normal_number(normal) is not None
    return quoted_value(normal) if is_number and type_name not in ("BIT", "JSON") else normal


@lru_cache(maxsize=4096)
def normal_index(text: str) -> str:
    """The cheap normal form of an index's text: its kind, and each of its parts."""
    found = tokens(text)
    opening = next(place for place, token in enumerate(found) if token.text == "(")
    kind = found[0].word if opening else ""
    end = closing(found, opening)
    parts, start = [], opening + 1
    while start < end:
        stop = start
        while stop < end and found[stop].text != ",":
            stop = closing(found, stop) + 1 if found[stop].text == "(" else stop + 1
        parts.append(_normal_part(text, found[start:stop], with_details=not kind))
        start = stop + 1
    method = " using btree" if [t.word for t in found[end + 1 :]] == ["USING", "BTREE"] else ""
    return f"{kind} ({', '.join(parts)}){method}".strip()


def _normal_part(text: str, part: list[Token], *, with_details: bool) -> str:
    last = part[-1].word
    descending = " desc" if last == "DESC" and with_details else ""
    if last in ("DESC", "ASC"):
        part = part[:-1]
    is_column = len(part) == 1 or (len(part) == 4 and part[2].kind == "number")
    if is_column and part[0].text != "(":
        length = f"({part[2].text})" if len(part) == 4 and with_details else ""
        return f"{name_of(part[0].text)}{length}{descending}"
    return f"({normal_expression(text[part[0].start : part[-1].end])}){descending}"
