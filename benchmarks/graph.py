"""Compares whole processes of `schemaver` and `alembic` over many revision files."""

from __future__ import annotations

import os
import shutil
import sqlite3
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from .measure import Used, used

REVISION = '''"""Step {number}

Revision ID: {id}
Revises: {parent}
Create Date: 2026-01-01 00:00:00
"""

from collections.abc import Sequence

import sqlalchemy as sa
from {package} import op

revision: str = "{id}"
down_revision: str | Sequence[str] | None = {down!r}
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.execute("INSERT INTO step (number) VALUES ({number})")


def downgrade() -> None:
    op.execute("DELETE FROM step WHERE number = {number}")
'''

LOOKS: Mapping[str, Sequence[str]] = {
    "heads": ["heads"],
    "history": ["history"],
    "show head": ["show", "head"],
    "current": ["current"],
    "upgrade (none)": ["upgrade", "head"],
}


@dataclass(frozen=True)
class Project:
    """A folder with one program's own generic template, and the revision files in it."""

    program: str
    module: str
    package: str
    folder: Path

    @property
    def versions(self) -> Path:
        return self.folder / "migrations" / "versions"

    def run(self, words: Sequence[str], *, byte_code: bool = True) -> Used:
        """Run one line to its end."""
        environment = {} if byte_code else {"PYTHONDONTWRITEBYTECODE": "1"}
        return used([sys.executable, "-m", self.module, *words], self.folder, environment)

    def forget_byte_code(self) -> None:
        shutil.rmtree(self.versions / "__pycache__", ignore_errors=True)

    def write(self, count: int) -> None:
        """Make `count` revisions, each after the last, with one statement each."""
        for number in range(count):
            id_, down = f"{number:012x}", f"{number - 1:012x}" if number else None
            text = REVISION.format(
                number=number, id=id_, parent=down or "", down=down, package=self.package
            )
            (self.versions / f"{id_}_step_{number}.py").write_text(text, encoding="utf-8")

    def fresh_database(self) -> None:
        """Begin again with one empty table."""
        file = self.folder / "app.db"
        file.unlink(missing_ok=True)
        with sqlite3.connect(file) as connection:
            connection.execute("CREATE TABLE step (number INTEGER)")
        connection.close()


def projects(folder: Path, count: int) -> Iterator[Project]:
    """The same history for both programs, each with what its `init` makes."""
    ours = Project("flask_schemaver", "flask_schemaver", "flask_schemaver", folder / "ours")
    alembic = Project("Alembic", "alembic", "alembic", folder / "alembic")
    for project in (ours, alembic):
        project.folder.mkdir()
    ours.run(["-c", "schemaver.ini", "init", "-d", "migrations"])
    alembic.run(["init", "migrations"])
    ini = alembic.folder / "alembic.ini"
    lines = ini.read_text(encoding="utf-8").splitlines()
    url = "sqlalchemy.url = sqlite:///app.db"
    ini.write_text("\n".join(url if "sqlalchemy.url =" in line else line for line in lines))
    for project in (ours, alembic):
        project.write(count)
        project.fresh_database()
        yield project


def looks(folder: Path, count: int, rounds: int) -> None:
    """What each command that only looks costs, on a database that was brought to the head."""
    both = list(projects(folder, count))
    for project in both:
        project.run(["upgrade", "head"])
    for byte_code in (True, False):
        with_it = "with byte code" if byte_code else "without byte code"
        title(f"{count:,} revision files, {with_it}")
        for name, words in LOOKS.items():
            for project in both:
                # Not counted: it fills the caches of the machine, and writes the byte code.
                project.run(words, byte_code=byte_code)
                if not byte_code:
                    project.forget_byte_code()
            row(name, both, words, rounds=1 if name == "current" else rounds, byte_code=byte_code)


def moves(folder: Path, count: int, rounds: int) -> None:
    """What it costs to run many revisions of one statement."""
    both = list(projects(folder, count))
    for project in both:
        project.run(["heads"])
    title(f"{count:,} revisions of one statement are run on SQLite")
    row("upgrade head", both, ["upgrade", "head"], rounds=rounds, fresh=True)


def title(text: str) -> None:
    print(f"\n{text}")
    print(f"  {'':16}{'flask_schemaver':>24}{'Alembic':>24}{'ratio: CPU':>14}{'wall':>7}{'MB':>7}")


def row(
    name: str,
    both: Sequence[Project],
    words: Sequence[str],
    *,
    rounds: int,
    byte_code: bool = True,
    fresh: bool = False,
) -> None:
    """Run a line in turns and print the medians: CPU and wall seconds, megabytes."""
    costs: dict[str, list[Used]] = {project.program: [] for project in both}
    for _ in range(rounds):
        for project in both:
            if fresh:
                project.fresh_database()
                os.sync()
            costs[project.program].append(project.run(words, byte_code=byte_code))
    cells, found = [], []
    for several in costs.values():
        cpu, wall, memory = (median(values) for values in zip(*several, strict=True))
        cells.append(f"{cpu:8.2f} {wall:6.2f} s {memory:4.0f} MB")
        found.append((cpu, wall, memory))
    ratios = [theirs / ours for ours, theirs in zip(*found, strict=True)]
    print(
        f"  {name:16}{cells[0]:>24}{cells[1]:>24}"
        f"{ratios[0]:13.1f}x{ratios[1]:6.1f}x{ratios[2]:6.1f}x",
        flush=True,
    )
