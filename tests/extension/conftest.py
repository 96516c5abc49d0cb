"""Apps with several databases, and ways to run `flask db` on them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import flask_sqlalchemy
import pytest
import sqlalchemy as sa
from click.testing import Result
from flask import Flask

from flask_schemaver import SchemaVer


@dataclass
class Shop:
    """An app with a default database and binds; each has one table, named after it."""

    folder: Path
    app: Flask
    db: flask_sqlalchemy.SQLAlchemy
    schemaver: SchemaVer

    def run(self, *words: str) -> Result:
        return self.app.test_cli_runner().invoke(args=["db", *words])

    def ok(self, *words: str) -> str:
        result = self.run(*words)
        assert result.exit_code == 0, result.output
        return result.output

    def table(self, bind: str | None, name: str) -> sa.Table:
        """Declare a table for one of the databases."""
        column = sa.Column("id", sa.Integer, primary_key=True)
        return sa.Table(name, self.db.metadatas[bind], column)

    def tables(self, bind: str | None) -> set[str]:
        with self.app.app_context():
            found = set(sa.inspect(self.db.engines[bind]).get_table_names())
        return found - {"schemaver_history", "schemaver_journal"}

    def rows(self, bind: str | None) -> list[str]:
        with self.app.app_context(), self.db.engines[bind].connect() as connection:
            return list(connection.scalars(sa.text("SELECT version_num FROM schemaver_version")))

    def newest(self) -> str:
        """The text of the revision file that was written last."""
        files = (self.folder / "migrations" / "versions").glob("*.py")
        return max(files, key=lambda file: file.stat().st_mtime_ns).read_text()


@pytest.fixture
def make_shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Shop]:
    """Make an app with these binds; keywords go to SchemaVer."""

    def make(
        *binds: str, settings: dict[str, Any] | None = None, urls: Any = None, **options: Any
    ) -> Shop:
        monkeypatch.chdir(tmp_path)
        app = Flask("shop", root_path=str(tmp_path), instance_path=str(tmp_path))
        app.config["SQLALCHEMY_DATABASE_URI"] = f"sqlite:///{tmp_path}/default.db"
        app.config["SQLALCHEMY_BINDS"] = {
            name: f"sqlite:///{tmp_path}/{number}.db" for number, name in enumerate(binds)
        }
        app.config["SQLALCHEMY_BINDS"].update(urls or {})
        app.config.update(settings or {})
        db = flask_sqlalchemy.SQLAlchemy(app)
        for name in (None, *binds):
            db.metadatas.setdefault(name, sa.MetaData())
        shop = Shop(tmp_path, app, db, SchemaVer(app, db, **options))
        for name in (None, *binds):
            shop.table(name, f"of_{name or 'default'}")
        return shop

    return make
