"""`python -m benchmarks`: which of the comparisons to run, on how much, how often."""

from __future__ import annotations

import sys
import tempfile
from argparse import ArgumentParser, Namespace
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path

from . import graph, home, programs
from .measure import ROOT, compare


def start(options: Namespace, folder: Path) -> None:
    """What an app pays for the extension before it does anything."""
    title = "An app with Flask-SQLAlchemy starts and runs a command"
    compare(title, programs.START, (), folder=folder, rounds=options.rounds)


def flask(options: Namespace, folder: Path) -> None:
    """What whole processes of `flask` cost, in an app with 20 models."""
    for name in options.databases:
        for count in options.revisions:
            place = folder / f"{name}-{count}"
            with ExitStack() as stack:
                urls = []
                for program in home.PROGRAMS:
                    (place / program).mkdir(parents=True)
                    urls += [url for _, url in _urls([name], place / program, stack)]
                if urls:
                    print(f"\n== {name}, {count} revisions")
                    home.commands(place, count, urls, options.rounds)


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
        for name, url in _urls(options.databases, folder, stack):
            engine = sa.create_engine(url)
            metadata_of(options.tables).create_all(engine)
            engine.dispose()
            title = f"{options.tables:,} unchanged tables are compared on {name}"
            arguments = (url, str(options.tables))
            compare(title, programs.COMPARE, arguments, folder=folder, rounds=options.rounds)


DATABASES = ("SQLite", "PostgreSQL", "MariaDB")


def _urls(names: Sequence[str], folder: Path, stack: ExitStack) -> Iterator[tuple[str, str]]:
    """Empty databases that go with the stack; a server that is not found is told and left out."""
    sys.path.insert(0, str(ROOT / "tests"))
    import databases

    servers = {"PostgreSQL": databases.postgresql_server, "MariaDB": databases.mariadb_server}
    for name in names:
        if name == "SQLite":
            yield name, f"sqlite:///{folder / 'tables.sqlite3'}"
            continue
        try:
            server = stack.enter_context(servers[name]())
        except databases.MissingServer as missing:
            print(f"\n{missing}")
        else:
            yield name, databases.text_of(stack.enter_context(databases.fresh_database(server)))


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
    parser.add_argument("--revisions", type=int, nargs="*", default=[1, 30, 300], help="of flask")
    parser.add_argument("--tables", type=int, default=1_000)
    parser.add_argument("--databases", nargs="+", default=DATABASES, choices=DATABASES)
    options = parser.parse_args()
    if unknown := set(options.names) - set(BENCHMARKS):
        parser.error(f"no benchmark is called {', '.join(sorted(unknown))}")
    for name in options.names or BENCHMARKS:
        with tempfile.TemporaryDirectory() as folder:
            BENCHMARKS[name](options, Path(folder))


if __name__ == "__main__":
    main()
