"""Runs the long form: `python -m tests.endurance [crowd] [stops] [instants] ...`.

Prints for each database how many upgrades were run and stopped, and what was wrong afterwards; the
exit code is 1 if anything was. Minutes to hours, as `--every`, `--rounds` and `--instants` say.
"""

from __future__ import annotations

import sys
import tempfile
import time
from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import databases

from . import crowd, stops
from .chain import Chain

DATABASES = ("sqlite", "postgresql", "mariadb")
HOWS: tuple[stops.How, ...] = ("process", "session", "line")
SERVERS = {"postgresql": databases.postgresql_server, "mariadb": databases.mariadb_server}


class Run:
    """All that is run on one kind of database."""

    def __init__(self, name: str, make: stops.Make, chain: Chain, options: Namespace) -> None:
        self.name, self.make, self.chain, self.options = name, make, chain, options
        self.wrong = 0

    def told(self, what: str, found: Iterable[stops.Round]) -> None:
        """Run rounds, and print how many there were and what was wrong."""
        began, count, hits, wrong = time.monotonic(), 0, 0, 0
        for one in found:
            count, hits, wrong = count + 1, hits + one.hit, wrong + bool(one.wrong)
            if one.wrong:
                print(f"  {self.name}, {what}, {one.place}: {one.wrong}", flush=True)
        seconds = time.monotonic() - began
        self.wrong += wrong
        print(
            f"{self.name:11}{what:44}{count:5} rounds {hits:5} hit {wrong:4} wrong"
            f" {seconds:7.0f} s",
            flush=True,
        )

    @property
    def cases(self) -> dict[str, stops.Case]:
        chain = self.chain
        return {
            "upgrade": stops.Case(self.make, stops.nothing, chain.upgrade),
            "downgrade": stops.Case(self.make, chain.upgrade, chain.downgrade),
        }

    def crowd(self) -> None:
        options = self.options
        found = crowd.rounds(self.chain, self.make, options.processes, options.rounds)
        self.told(f"{options.processes} processes at once", found)

    def killed(self) -> None:
        options = self.options
        found = crowd.killed(
            self.make, self.chain.upgrade, options.processes, options.rounds, options.seed
        )
        self.told(f"half of {options.processes} processes killed", found)

    def stops(self) -> None:
        for how in self.options.how if self.name != "sqlite" else HOWS[:1]:
            for word, case in self.cases.items():
                found = stops.rounds(case, how, first=self.options.first, every=self.options.every)
                self.told(f"{word} stopped at each statement: {how}", found)

    def programs(self) -> None:
        """Like `stops`, by whole programs, which take a second each: at every fifth place of it."""
        if self.name == "sqlite":
            return
        lines = {"upgrade": ("upgrade",), "downgrade": ("downgrade", "base", "--yes")}
        for word, case in self.cases.items():
            with_program = case._replace(program=self.chain.program(*lines[word]))
            first, every = self.options.first, self.options.every * 5
            found = stops.rounds(with_program, "process", first=first, every=every)
            self.told(f"flask db {word} killed at statements", found)

    def instants(self) -> None:
        for word, case in self.cases.items():
            found = stops.instants(case, self.options.instants, self.options.seed)
            self.told(f"{word} killed at a random moment", found)


KINDS: dict[str, Callable[[Run], None]] = {
    "crowd": Run.crowd,
    "killed": Run.killed,
    "stops": Run.stops,
    "programs": Run.programs,
    "instants": Run.instants,
}


@contextmanager
def made(name: str, folder: Path) -> Iterator[stops.Make]:
    """A way to make empty databases of a kind, one after the other."""
    with ExitStack() as stack:
        server = stack.enter_context(SERVERS[name]()) if name in SERVERS else None

        @contextmanager
        def fresh() -> Iterator[str]:
            if server is not None:
                with databases.fresh_database(server) as url:
                    yield databases.text_of(url)
                return
            with tempfile.TemporaryDirectory(dir=folder) as place:
                yield f"sqlite:///{place}/app.db"

        yield fresh


def main() -> int:
    parser = ArgumentParser(prog="python -m tests.endurance", description=__doc__)
    parser.add_argument("kinds", nargs="*", metavar="KIND", help=", ".join(KINDS))
    parser.add_argument("--databases", nargs="+", default=DATABASES, choices=DATABASES)
    parser.add_argument("--how", nargs="+", default=HOWS, choices=HOWS, help="of stops")
    parser.add_argument("--processes", type=int, default=30)
    parser.add_argument("--rounds", type=int, default=20, help="of crowds")
    parser.add_argument("--first", type=int, default=1, help="the first statement to stop at")
    parser.add_argument("--every", type=int, default=1, help="stop at every n-th statement")
    parser.add_argument("--instants", type=int, default=100, help="kills at random moments")
    parser.add_argument("--seed", type=int, default=time.time_ns() % 1_000_000)
    options = parser.parse_args()
    if unknown := set(options.kinds) - set(KINDS):
        parser.error(f"nothing is called {', '.join(sorted(unknown))}")
    print(f"seed {options.seed}", flush=True)
    wrong = 0
    with tempfile.TemporaryDirectory() as folder:
        chain = Chain(Path(folder))
        for name in options.databases:
            with made(name, Path(folder)) as make:
                run = Run(name, make, chain, options)
                for kind in options.kinds or KINDS:
                    KINDS[kind](run)
                wrong += run.wrong
    print(f"{wrong} wrong" if wrong else "Nothing wrong.")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
