"""The cheap normal form of SQL text, in which equal expressions are mostly written alike."""

from __future__ import annotations

import re


def normal_form(sql: str) -> str:
    """Fold white space and letter case outside quotes, and drop parentheses around the whole."""
    parts = re.split(r"('(?:[^']|'')*'|\"(?:[^\"]|\"\")*\")", sql.strip())
    folded = [
        part
        if index % 2
        else re.sub(r"\s*([(),=<>+*/|-])\s*", r"\1", re.sub(r"\s+", " ", part)).lower()
        for index, part in enumerate(parts)
    ]
    return without_outer_parentheses("".join(folded).strip())


def without_outer_parentheses(sql: str) -> str:
    """Drop parentheses that enclose the whole expression."""
    while sql.startswith("(") and sql.endswith(")") and _closing(sql) == len(sql) - 1:
        sql = sql[1:-1].strip()
    return sql


def _closing(sql: str) -> int:
    """The place of the parenthesis that closes the one at the start, quotes respected."""
    depth = 0
    quote = ""
    for place, character in enumerate(sql):
        if quote:
            quote = "" if character == quote else quote
        elif character in "'\"":
            quote = character
        elif character == "(":
            depth += 1
        elif character == ")":
            depth -= 1
            if depth == 0:
                return place
    return -1
