"""An app in development whose database is two revisions behind."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from flask_schemaver import SchemaVer, command

FIRST = (
    'op.create_table("product", sa.Column("id", sa.Integer, primary_key=True), '
    'sa.Column("name", sa.String(80), nullable=False))'
)
SECOND = 'op.add_column("product", sa.Column("price", sa.Numeric(10, 2)))'


@pytest.fixture
def revision_file(tmp_path: Path) -> Callable[..., Path]:
    """Write a revision file by hand."""

    def write(name: str, parent: str | None, doc: str, up: str) -> Path:
        path = tmp_path / "migrations" / "versions" / f"{name}_.py"
        path.write_text(
            f'"""{doc}"""\nimport sqlalchemy as sa\nfrom flask_schemaver import op\n'
            f"revision = {name!r}\ndown_revision = {parent!r}\n\n\ndef upgrade():\n    {up}\n\n\n"
            "def downgrade():\n    pass\n"
        )
        return path

    return write


@pytest.fixture
def behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, revision_file: Callable[..., Path]
) -> Callable[..., Flask]:
    """Make the app; keywords go to SchemaVer."""

    def make(*, debug: bool = True, **options: Any) -> Flask:
        monkeypatch.chdir(tmp_path)
        app = Flask("shop", root_path=str(tmp_path))
        app.debug = debug
        url = f"sqlite:///{tmp_path}/shop.db"
        schemaver = SchemaVer(app, metadata=sa.MetaData(), url=url, **options)
        with app.app_context():
            command.init(schemaver.get_config(), "migrations")
        revision_file("a1aa", None, "first tables", FIRST)
        revision_file("b2bb", "a1aa", "products have a <price>", SECOND)
        app.add_url_rule("/goods", view_func=lambda: "the goods")
        app.add_url_rule("/readyz", view_func=schemaver.health_view)
        app.extensions["guarded"] = schemaver
        return app

    return make
