"""A chain of revisions with DDL and rows, in a folder of a Flask app; it goes up and down again.

Each revision counts: rows without a key are inserted, and numbers are added to, so that a statement
that was run twice, or not at all, shows in the rows.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import textwrap
from collections.abc import Callable
from pathlib import Path
from typing import IO

import sqlalchemy as sa
from flask import Flask

from flask_schemaver import SchemaVer, command

from .stops import Child

ROOT = Path(__file__).parent.parent.parent

APP = """
import os
import sqlalchemy as sa
from flask import Flask
from flask_schemaver import SchemaVer

app = Flask(__name__)
SchemaVer(app, url=os.environ["ENDURANCE_URL"], metadata=sa.MetaData(), directory={folder!r})
"""

FILE = '''"""Revision {number}"""

import sqlalchemy as sa
from flask_schemaver import context, op

revision = "r{number}"
down_revision = {down!r}
branch_labels = None
depends_on = None


def count(number):
    op.execute(f"UPDATE counter SET n = n + {{number}}")
    op.execute(f"INSERT INTO log (word) VALUES ('{{number}}')")


def upgrade():
{upgrade}


def downgrade():
{downgrade}
'''

# Upwards and downwards; the last line of most is rows, which nothing commits but the end.
REVISIONS = (
    (
        """
        op.create_table("counter", sa.Column("n", sa.Integer, nullable=False))
        op.create_table("log", sa.Column("word", sa.String(20)))
        op.execute("INSERT INTO counter (n) VALUES (0)")
        op.create_table("author", sa.Column("id", sa.Integer, primary_key=True),
            sa.Column("name", sa.String(50), nullable=False, unique=True))
        op.create_table("book", sa.Column("id", sa.Integer, primary_key=True),
            sa.Column("title", sa.String(50), nullable=False, index=True),
            sa.Column("price", sa.Integer, nullable=False, server_default="1"),
            sa.Column("author_id", sa.Integer, sa.ForeignKey("author.id", name="fk_author")))
        op.bulk_insert(sa.table("author", sa.column("id"), sa.column("name")),
            [{"id": 1, "name": "Ann"}, {"id": 2, "name": "Bo"}])
        op.bulk_insert(sa.table("book", sa.column("id"), sa.column("title"),
            sa.column("author_id")), [{"id": n, "title": f"t{n}", "author_id": 1 + n % 2}
            for n in range(1, 6)])
        count(1)
        """,
        """
        op.drop_table("book")
        op.drop_table("author")
        op.drop_table("log")
        op.drop_table("counter")
        """,
    ),
    (
        """
        count(2)
        op.add_column("book", sa.Column("cents", sa.Integer))
        count(4)
        op.create_index("ix_cents", "book", ["cents"])
        op.get_bind().execute(sa.text("UPDATE book SET cents = price * :n"), {"n": 100})
        count(8)
        """,
        """
        count(-8)
        op.drop_index("ix_cents", "book")
        count(-4)
        op.drop_column("book", "cents")
        count(-2)
        """,
    ),
    (
        """
        count(16)
        with op.batch_alter_table("book") as batch:
            batch.alter_column("title", type_=sa.String(80), existing_type=sa.String(50),
                existing_nullable=False)
            batch.drop_column("price")
            batch.create_check_constraint("ck_cents", "cents > 0")
            batch.create_unique_constraint("uq_title", ["title"])
        count(32)
        with op.batch_alter_table("author") as batch:
            batch.add_column(sa.Column("born", sa.Date))
        op.get_bind().execute(sa.text("INSERT INTO author (id, name) VALUES (3, 'Cy')"))
        """,
        """
        op.execute("DELETE FROM author WHERE id = 3")
        with op.batch_alter_table("author") as batch:
            batch.drop_column("born")
        count(-32)
        with op.batch_alter_table("book") as batch:
            batch.drop_constraint("uq_title", type_="unique")
            batch.drop_constraint("ck_cents", type_="check")
            batch.add_column(sa.Column("price", sa.Integer, nullable=False, server_default="1"))
            batch.alter_column("title", type_=sa.String(50), existing_type=sa.String(80),
                existing_nullable=False)
        count(-16)
        """,
    ),
    (
        """
        count(64)
        on_postgresql = op.get_bind().dialect.name == "postgresql"
        with op.get_context().autocommit_block():
            op.create_index("ix_born", "author", ["born"], postgresql_concurrently=True)
            count(128)
            if on_postgresql:
                op.execute("CREATE UNIQUE INDEX CONCURRENTLY ix_raw ON book (title)")
        count(256)
        """,
        """
        count(-256)
        with op.get_context().autocommit_block():
            if op.get_bind().dialect.name == "postgresql":
                op.execute("DROP INDEX CONCURRENTLY ix_raw")
            count(-128)
            op.drop_index("ix_born", "author", postgresql_concurrently=True)
        count(-64)
        """,
    ),
    (
        """
        op.execute("CREATE VIEW titles AS SELECT title FROM book")
        op.create_table("other", sa.Column("id", sa.Integer, primary_key=True))
        count(512)
        op.rename_table("other", "another")
        for (id_,) in op.get_bind().execute(sa.text("SELECT id FROM book ORDER BY id")).all():
            op.execute(f"INSERT INTO another (id) VALUES ({id_})")
        count(1024)
        """,
        """
        count(-1024)
        op.drop_table("another")
        count(-512)
        op.execute("DROP VIEW titles")
        """,
    ),
)
HEAD = f"r{len(REVISIONS)}"


class Chain:
    """The folder, and the commands that tests give: in this process, or in one of their own."""

    def __init__(self, place: Path) -> None:
        self.folder = place / "migrations"
        versions = self.folder / "versions"
        versions.mkdir(parents=True)
        template = ROOT / "flask_schemaver" / "templates" / "flask" / "env.py"
        (self.folder / "env.py").write_text(template.read_text())
        (self.folder / "script.py.mako").touch()
        for number, (up, down) in enumerate(REVISIONS, 1):
            text = FILE.format(
                number=number,
                down=f"r{number - 1}" if number > 1 else None,
                upgrade=textwrap.indent(textwrap.dedent(up).strip(), "    "),
                downgrade=textwrap.indent(textwrap.dedent(down).strip(), "    "),
            )
            (versions / f"r{number}.py").write_text(text)
        self._app = place / "endurance_app.py"
        self._app.write_text(APP.format(folder=str(self.folder)))

    def upgrade(self, url: str) -> None:
        """Bring a database to the head, in this process."""
        self._within(url, lambda config: command.upgrade(config, "head"))

    def downgrade(self, url: str) -> None:
        """Bring a database down to its base, in this process."""
        self._within(url, lambda config: command.downgrade(config, "base"))

    def _within(self, url: str, run) -> None:
        app = Flask("endurance")
        schemaver = SchemaVer(app, url=url, metadata=sa.MetaData(), directory=self.folder)
        with app.app_context():
            run(schemaver.get_config())

    def program(self, *words: str) -> Callable[[str], Child]:
        """What starts `flask db ...` on a database, its words in a file."""

        def start(url: str) -> Child:
            said = tempfile.TemporaryFile("w+")  # noqa: SIM115 - it goes with the child
            return Child(self.process(url, *words, said=said).pid, said)

        return start

    def process(
        self, url: str, *words: str, said: IO[str] | int = subprocess.PIPE
    ) -> subprocess.Popen[str]:
        """Start `flask db ...` on a database."""
        environment = {**os.environ, "ENDURANCE_URL": url, "PYTHONPATH": str(ROOT)}
        return subprocess.Popen(
            [sys.executable, "-m", "flask", "--app", str(self._app), "db", *words],
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=said,
            stderr=subprocess.STDOUT,
            text=True,
        )
