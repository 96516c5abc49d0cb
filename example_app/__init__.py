"""A small tea and coffee shop, to see flask_schemaver at work on an app like yours."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from flask import Flask

from flask_schemaver import SchemaVer

from . import shop
from .models import db

schemaver = SchemaVer(db=db, on_startup="check")


def create_app(config: Mapping[str, Any] | None = None) -> Flask:
    """Make the app; its database is a SQLite file in the instance folder, or `DATABASE_URL`."""
    app = Flask(__name__)
    app.config["SQLALCHEMY_DATABASE_URI"] = os.environ.get("DATABASE_URL", "sqlite:///shop.sqlite3")
    app.config.update(config or {})
    db.init_app(app)
    schemaver.init_app(app)
    app.register_blueprint(shop.pages)
    app.cli.add_command(shop.commands)
    # Refuses to start on a database that is behind; does nothing inside 'flask db'.
    schemaver.ensure(app)
    return app
