"""`python -m benchmarks`: which of the comparisons to run, on how much, how often."""

from __future__ import annotations

import sys
import tempfile
from argparse import ArgumentParser, Namespace
from contextlib import ExitStack
from pathlib import Path

import sqlalchemy as sa

from . import programs
from .measure import ROOT, compare
from .tables import metadata_of

REVISION = '''"""Revision {number}."""

import sqlalchemy as sa

revision = "{number:012x}"
down_revision = {parent!r}
branch_labels = None
depends_on = None


def upgrade():
    pass


def downgrade():
    pass
'''


def start(options: Namespace, folder: Path) -> None:
    """What an app pays for the extension before it does anything."""
    title = "An app with Flask-SQLAlchemy starts and runs a command"
    compare(title, programs.START, (), folder=folder, rounds=options.rounds)


def heads(options: Namespace, folder: Path) -> None:
    """What it costs to learn the graph of many revision files."""
    for count in options.files:
        place = folder / f"migrations_{count}"
        (place / "versions").mkdir(parents=True)
        (place / "env.py").touch()
        for number in range(count):
            parent = f"{number - 1:012x}" if number else None
            text = REVISION.format(number=number, parent=parent)
            (place / "versions" / f"{number:012x}_step.py").write_text(text, encoding="utf-8")
        title = f"The heads of {count:,} revision files are found"
        compare(title, programs.HEADS, (str(place),), folder=folder, rounds=options.rounds)


def autogenerate(options: Namespace, folder: Path) -> None:
    """What it costs to see that nothing has changed."""
    with ExitStack() as stack:
        urls = {"SQLite": f"sqlite:///{folder / 'tables.sqlite3'}"}
        sys.path.insert(0, str(ROOT / "tests"))
        import databases

        server = stack.enter_context(databases.postgresql_server())
        database = stack.enter_context(databases.fresh_database(server))
        urls["PostgreSQL"] = databases.text_of(database)
        for name, url in urls.items():
            engine = sa.create_engine(url)
            metadata_of(options.tables).create_all(engine)
            engine.dispose()
            title = f"{options.tables:,} unchanged tables are compared on {name}"
            arguments = (url, str(options.tables))
            compare(title, programs.COMPARE, arguments, folder=folder, rounds=options.rounds)


BENCHMARKS = {"start": start, "heads": heads, "autogenerate": autogenerate}


def main() -> None:
    """Run the benchmarks that the command line names, all of them by default."""
    parser = ArgumentParser(prog="python -m benchmarks", description=main.__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(BENCHMARKS))
    parser.add_argument("--rounds", type=int, default=5, help="how often each program runs")
    parser.add_argument("--files", type=int, nargs="*", default=[1_000, 10_000])
    parser.add_argument("--tables", type=int, default=300)
    options = parser.parse_args()
    if unknown := set(options.names) - set(BENCHMARKS):
        parser.error(f"no benchmark is called {', '.join(sorted(unknown))}")
    for name in options.names or BENCHMARKS:
        with tempfile.TemporaryDirectory() as folder:
            BENCHMARKS[name](options, Path(folder))


if __name__ == "__main__":
    main()
