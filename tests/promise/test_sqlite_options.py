"""The options of a table of SQLite, beside another change of the same table."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from .promise import keeps_promise
from .test_common import ROWS, models


@pytest.mark.databases("sqlite")
@pytest.mark.parametrize(
    "options",
    [
        {"sqlite_strict": True},
        {"sqlite_with_rowid": False},
        {"sqlite_autoincrement": True},
        {"sqlite_strict": True, "sqlite_with_rowid": False},
    ],
    ids=lambda options: " ".join(options),
)
def test_options_come_and_go(engine: sa.Engine, tmp_path: Path, options: dict[str, Any]) -> None:
    """An option comes and goes together with a column."""

    def made(*items: Any, **options: Any) -> sa.MetaData:
        # STRICT takes no VARCHAR: https://sqlite.org/stricttables.html
        return models(sa.Column("name", sa.Text), *items, **options)

    more = sa.Column("more", sa.Integer)
    keeps_promise(engine, tmp_path / "there", made(), made(more, **options), ROWS)
    more = sa.Column("more", sa.Integer)
    keeps_promise(engine, tmp_path / "back", made(more, **options), made(), ROWS)
