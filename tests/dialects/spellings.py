"""Reads, and writes anew, the table of what each call of `op` is on each database: spellings.txt.

A stanza is a call, and a line of SQL for each group of databases that agree; more statements stand
indented below the first, `!` marks an error and `--` what the log says. A call ends in
`# SQLAlchemy 2.1` where an older one writes something else. To take over what the calls
give now, and then read the difference: `python tests/dialects/spellings.py`.
"""

from __future__ import annotations

import io
import logging
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path

import sqlalchemy as sa

from flask_schemaver.errors import CommandError
from flask_schemaver.operations.facade import Operations
from flask_schemaver.runtime.migration import MigrationContext

TABLE = Path(__file__).with_suffix(".txt")
DATABASES = ("postgresql", "mysql", "mariadb", "sqlite", "mssql", "oracle")
NAMES = {name: getattr(sa, name) for name in dir(sa)} | {"date": date, "datetime": datetime}
CALL = ">>> "


@contextmanager
def _logged() -> Iterator[list[str]]:
    said: list[str] = []
    handler = logging.Handler()
    handler.emit = lambda record: said.append(f"-- {record.getMessage()}")  # type: ignore[method-assign]
    logger = logging.getLogger("flask_schemaver")
    logger.addHandler(handler)
    try:
        yield said
    finally:
        logger.removeHandler(handler)


def spelling(call: str, database: str) -> str:
    """The statements of a call in a script, one a line, and what is said about it."""
    buffer = io.StringIO()
    context = MigrationContext.configure(
        dialect_name=database, opts={"as_sql": True, "output_buffer": buffer}
    )
    with _logged() as said, Operations.context(context) as op, warnings.catch_warnings():
        warnings.simplefilter("ignore", sa.exc.SADeprecationWarning)
        warnings.simplefilter("ignore", sa.exc.SAWarning)
        try:
            eval(call, NAMES | {"op": op})
        except (CommandError, sa.exc.SQLAlchemyError) as error:
            said.append(f"! {str(error).partition('. ')[0].splitlines()[0]}")
    statements = [" ".join(part.split()) for part in buffer.getvalue().split("\n\n")]
    written = [text.removesuffix(";") for text in statements if text not in ("", "GO", "/")]
    return "\n".join(written + said)


def read() -> dict[str, dict[str, str]]:
    """The table: by call and database, what there is to be."""
    found: dict[str, dict[str, str]] = {}
    group: list[str] = []
    for stanza in TABLE.read_text().split("\n\n"):
        for line in stanza.splitlines():
            if line.startswith(CALL):
                of_call = found.setdefault(line.removeprefix(CALL), {})
            elif line.startswith("    "):
                for database in group:
                    of_call[database] += "\n" + line.strip()
            elif line and not line.startswith("#"):
                names, _, text = line.partition(":")
                group = names.split()
                of_call |= dict.fromkeys(group, text.strip())
    return found


def stanza(call: str) -> str:
    groups: dict[str, list[str]] = {}
    for database in DATABASES:
        groups.setdefault(spelling(call, database), []).append(database)
    lines = [f"{' '.join(g)}: {t}".strip().replace("\n", "\n    ") for t, g in groups.items()]
    return "\n".join([CALL + call, *lines])


def main() -> None:
    parts = TABLE.read_text().rstrip("\n").split("\n\n")
    made = [
        stanza(part.splitlines()[0].removeprefix(CALL)) if part.startswith(CALL) else part
        for part in parts
    ]
    TABLE.write_text("\n\n".join(made) + "\n")


if __name__ == "__main__":
    sys.exit(main())
