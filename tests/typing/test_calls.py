"""Type checkers see the exact signatures of `op` and of batches, without stubs."""

from __future__ import annotations

import re
from typing import Any

from .checkers import CALLS, Found, mypy, pyright, pyright_calls, require_pyright


def expected(checker: str) -> Found:
    """What the comments of the file ask of a checker, by line."""
    wanted: Found = {}
    for number, line in enumerate(CALLS.read_text().splitlines(), 1):
        code, _, comment = line.partition("  # ")
        if "reveal_type(" in code:
            wanted[number] = {comment}
        elif match := re.search(rf"\b{checker} [\w-]+", comment):
            wanted[number] = {match[0]}
    return wanted


def test_mypy_sees_what_each_call_is() -> None:
    """Right calls pass, revealed types are the ones noted, wrong calls are errors."""
    wanted = expected("mypy")
    assert len(wanted) > 30
    assert mypy() == wanted


def test_pyright_sees_what_each_call_is() -> None:
    """The same of pyright, in its own words."""
    require_pyright()
    wanted = expected("pyright")
    assert len(wanted) > 30
    assert pyright_calls() == wanted


def test_the_types_of_the_package_are_complete() -> None:
    """`pyright --verifytypes` knows the type of each public name."""
    require_pyright()
    report = pyright("--verifytypes", "flask_schemaver", "--ignoreexternal")
    symbols = report["typeCompleteness"]["symbols"]
    assert len(symbols) > 2000
    # The templates of env.py are files to be copied.
    public = (s for s in symbols if s["isExported"] and ".templates." not in s["name"])
    unknown = [s for s in public if not s["isTypeKnown"]]
    accepted = {last_name(s) for s in unknown if of_sqlalchemy(s)}
    # Under a second path a class has no diagnostics of its own.
    again = [s for s in unknown if not s.get("diagnostics") and last_name(s) in accepted]
    assert [s["name"] for s in unknown if not of_sqlalchemy(s) and s not in again] == []


def last_name(symbol: dict[str, Any]) -> str:
    return str(symbol["name"]).rpartition(".")[2]


def of_sqlalchemy(symbol: dict[str, Any]) -> bool:
    """Whether only a class of SQLAlchemy, below which this one stands, is not known whole."""
    said = [one["message"] for one in symbol.get("diagnostics", ())]
    return bool(said) and all("of base class" in text or "metaclass" in text for text in said)
