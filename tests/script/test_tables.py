"""What a file drops is read from it, for whoever has to be asked first."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from flask_schemaver.script.tables import tables_dropped_by

SOURCE = """
TABLES = ["m1", "m2"]


def helper():
    op.drop_table("by_helper")


def upgrade(engine_name=""):
    {body}


def upgrade_users():
    op.drop_table("of_users")


def downgrade():
    op.drop_table("downwards")
"""


@pytest.mark.parametrize(
    ("body", "database", "expected"),
    [
        ('op.drop_table("a")', None, {"a"}),
        ('op.drop_table("a", schema="s")', None, {"s.a"}),
        ("helper()", None, {"by_helper"}),
        ('for name in ("a", "b"): op.drop_table(name)', None, {"a", "b"}),
        ('for name in TABLES: op.execute(f"DROP TABLE IF EXISTS {name}")', None, {"m1", "m2"}),
        ("op.execute('drop table a, \"b\", s.c CASCADE')", None, {"a", "b", "s.c"}),
        ('op.execute("DROP TABLE IF EXISTS " + unknown)', None, set()),
        ('if engine_name == "log": op.drop_table("a")', "log", {"a"}),
        ('op.drop_table("a")', "users", {"of_users"}),
        ('op.drop_table("a"); upgrade_users', "", {"a"}),
    ],
)
def test_tables_that_a_file_drops(
    body: str, database: str | None, expected: set[str], tmp_path: Path
) -> None:
    """By a directive or in SQL; by a helper, in a loop, for one database of several."""
    file = tmp_path / "a1.py"
    file.write_text(SOURCE.replace("{body}", body))
    script: Any = SimpleNamespace(path=str(file))
    assert set(tables_dropped_by(script, "upgrade", database)) == expected


BODY = "def upgrade():\r\n    op.drop_table('caf\xe9')\r\n    op.execute('DROP TABLE t')\r\n"


@pytest.mark.parametrize(
    ("data", "found"),
    [
        (BODY.encode(), ["caf\xe9", "t"]),
        (b"\xef\xbb\xbf" + BODY.encode(), ["caf\xe9", "t"]),
        (b"# -*- coding: latin-1 -*-\n" + BODY.encode("latin-1"), ["caf\xe9", "t"]),
        (BODY.encode("latin-1"), ["caf\ufffd", "t"]),
        (BODY.encode() + b"print 'old Python'\n", []),
    ],
    ids=["plain", "bom", "coding", "no-coding", "no-python"],
)
def test_files_as_they_are(tmp_path: Path, data: bytes, found: list[str]) -> None:
    """A byte order mark, a declared encoding and what is no Python at all: no error."""
    file = tmp_path / "a1.py"
    file.write_bytes(data)
    script: Any = SimpleNamespace(path=str(file))
    assert tables_dropped_by(script, "upgrade") == found
