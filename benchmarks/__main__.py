"""`python -m benchmarks`: which of the comparisons to run, on how much, how often."""

from __future__ import annotations

import sys
import tempfile
from argparse import ArgumentParser, Namespace
from contextlib import ExitStack
from pathlib import Path

from . import graph, home, programs
from .measure import ROOT, compare


def start(options: Namespace, folder: Path) -> None:
    """What an app pays for the extension before it does anything."""
    title = "An app with Flask-SQLAlchemy starts and runs a command"
    compare(title, programs.START, (), folder=folder, rounds=options.rounds)


def flask(options: Namespace, folder: Path) -> None:
    """What whole processes of `flask` cost, in an app with one model and one revision."""
    home.commands(folder, options.rounds)


def revisions(options: Namespace, folder: Path) -> None:
    """What the commands cost that look at many revision files."""
    for count in options.files:
        place = folder / str(count)
        place.mkdir()
        graph.looks(place, count, options.rounds)


def upgrade(options: Namespace, folder: Path) -> None:
    """What it costs to run many small revisions."""
    graph.moves(folder, 1_000, options.rounds)


def autogenerate(options: Namespace, folder: Path) -> None:
    """What it costs to see that nothing has changed."""
    # Not at the top: Linux counts the memory of the process that starts a program to the program.
    import sqlalchemy as sa

    from .tables import metadata_of

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


BENCHMARKS = {
    "start": start,
    "flask": flask,
    "revisions": revisions,
    "upgrade": upgrade,
    "autogenerate": autogenerate,
}


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
