"""The programs that are measured, as text: each runs alone and times its part with one clock."""

from __future__ import annotations

_TIMED = """
import sys, time
begin, queries, grown = time.process_time(), 0, 0.0
{body}
print(time.process_time() - begin, queries, grown)
"""

_HELLO = """
from flask import Flask
from flask_sqlalchemy import SQLAlchemy
{imports}
app = Flask("hello")
app.config["SQLALCHEMY_DATABASE_URI"] = "sqlite://"
db = SQLAlchemy(app)
{use}
app.cli.command("hello")(lambda: None)
assert app.test_cli_runner().invoke(args=["hello"]).exit_code == 0
"""


def _hello(imports: str = "", use: str = "") -> str:
    return _TIMED.format(body=_HELLO.format(imports=imports, use=use))


START = {
    "neither": _hello(),
    "flask_schemaver": _hello("from flask_schemaver import SchemaVer", "SchemaVer(app, db)"),
    "Flask-Migrate": _hello("from flask_migrate import Migrate", "Migrate(app, db)"),
}
"""An app with Flask-SQLAlchemy is made, and a command that does nothing is run."""

_COMPARE = """
import sqlalchemy as sa
from benchmarks.measure import memory
from benchmarks.tables import metadata_of
from {package}.autogenerate{api} import produce_migrations
from {package}.runtime.migration import MigrationContext

metadata = metadata_of(int(sys.argv[2]))
engine = sa.create_engine(sys.argv[1])

@sa.event.listens_for(engine, "before_cursor_execute")
def count(*_):
    global queries
    queries += 1

with engine.connect() as connection:
    context = MigrationContext.configure(connection)
    # The first look at a server asks for its version and the like, whoever looks.
    sa.inspect(connection).get_table_names()
    held = memory("VmRSS")
    begin, queries = time.process_time(), 0
    script = produce_migrations(context, metadata)
    grown = memory("VmHWM") - held
    assert script.upgrade_ops.is_empty()
"""
COMPARE = {
    "flask_schemaver": _TIMED.format(body=_COMPARE.format(package="flask_schemaver", api=".api")),
    "Alembic": _TIMED.format(body=_COMPARE.format(package="alembic", api="")),
}
"""Models are compared with a database that has just what they say."""
