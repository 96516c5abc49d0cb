"""A small tea and coffee shop, to see flask_schemaver at work on an app like yours."""

from __future__ import annotations

import os

from flask import Flask

from flask_schemaver import SchemaVer

from . import shop
from .models import db

schemaver = SchemaVer(db=db)


def create_app() -> Flask:
    """Make the app; its database is a SQLite file in the instance folder, or `DATABASE_URL`."""
    app = Flask(__name__)
    app.config["SQLALCHEMY_DATABASE_URI"] = os.environ.get("DATABASE_URL", "sqlite:///shop.sqlite3")
    db.init_app(app)
    schemaver.init_app(app)
    app.register_blueprint(shop.pages)
    app.cli.add_command(shop.commands)
    return app
