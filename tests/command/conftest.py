"""A migrations folder without Flask: a plain env.py, revisions by hand, a `Config`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
import sqlalchemy as sa

from flask_schemaver import Config, command

REVISION = '''"""step {name}"""

import sqlalchemy as sa
from flask_schemaver import context, op

revision = {name!r}
down_revision = {parents!r}
branch_labels = {label!r}
depends_on = {needs!r}


def upgrade():
    {up}


def downgrade():
    {down}
'''


@dataclass
class Folder:
    """A migrations folder of the template 'generic', for one database."""

    path: Path
    url: str

    def config(self) -> Config:
        """A new Config; nothing is shared between two of them."""
        config = Config()
        config.set_main_option("script_location", str(self.path))
        config.set_main_option("sqlalchemy.url", self.url.replace("%", "%%"))
        return config

    def write(
        self,
        name: str,
        *parents: str,
        label: str | None = None,
        needs: str | None = None,
        up: str | None = None,
        down: str | None = None,
    ) -> Path:
        """Write a revision that makes the table `t_<name>`, unless it is told what to do."""
        make = f'op.create_table("t_{name}", sa.Column("id", sa.Integer, primary_key=True))'
        file = self.path / "versions" / f"{name}_.py"
        file.write_text(
            REVISION.format(
                name=name,
                parents=(parents[0] if len(parents) == 1 else parents) or None,
                label=label,
                needs=needs,
                up=up or make,
                down=down or f'op.drop_table("t_{name}")',
            )
        )
        return file

    def env(self, text: str) -> None:
        """Replace env.py."""
        (self.path / "env.py").write_text(text)

    def tables(self) -> set[str]:
        """The tables of the database, without the version table, each without its 't_'."""
        engine = sa.create_engine(self.url)
        with engine.connect() as connection:
            found = set(sa.inspect(connection).get_table_names()) - {"schemaver_history"}
        engine.dispose()
        return {name.removeprefix("t_") for name in found} - {"schemaver_version"}

    def rows(self) -> tuple[str, ...]:
        """The rows of the version table."""
        return command.current(self.config()).rows


@pytest.fixture
def make_folder(tmp_path: Path) -> Callable[[str], Folder]:
    """Make a migrations folder for a database."""

    def make(url: str) -> Folder:
        folder = Folder(tmp_path / "migrations", url)
        command.init(folder.config(), str(folder.path), "generic")
        return folder

    return make


@pytest.fixture
def folder(make_folder: Callable[[str], Folder], database_url: str) -> Folder:
    """A migrations folder, on SQLite and on PostgreSQL."""
    return make_folder(database_url)


@pytest.fixture
def branches(folder: Folder) -> Folder:
    """Two branches that part at a1a1, and one with a root of its own that needs one of them.

    ::

        a1a1 -- b1b1 (shop) -- b2b2
           \\--- c1c1 (news)
        n1n1 (net) -- n2n2, needs b1b1
    """
    folder.write("a1a1")
    folder.write("b1b1", "a1a1", label="shop")
    folder.write("b2b2", "b1b1")
    folder.write("c1c1", "a1a1", label="news")
    folder.write("n1n1", label="net")
    folder.write("n2n2", "n1n1", needs="b1b1")
    return folder
