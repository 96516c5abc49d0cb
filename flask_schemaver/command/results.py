"""What the commands return: frozen records, which the command line turns into text."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from ..autogenerate.explain import Explanation
    from ..runtime.runner import RunResult, StepResult
    from ..schema.operation import Operation
    from ..script.revision import Script


class Moved(NamedTuple):
    """What an upgrade, a downgrade or a stamp did, a run for each database."""

    runs: tuple[RunResult, ...]
    heads: tuple[str, ...]
    sql: bool = False

    @property
    def done(self) -> tuple[StepResult, ...]:
        return tuple(step for run in self.runs for step in run.done)

    @property
    def before(self) -> tuple[str, ...]:
        return self.runs[-1].before if self.runs else ()

    @property
    def after(self) -> tuple[str, ...]:
        """The rows of the version table as they are now."""
        return self.runs[-1].after if self.runs else ()


class Position(NamedTuple):
    """Where a database is: its rows, the files they name, and its address without a password.

    Where there are several, `database` is the name of one ('' for the default one); `all` has the
    position of each in the position of all.
    """

    rows: tuple[str, ...]
    scripts: tuple[Script, ...]
    url: str | None
    database: str | None = None
    all: tuple[Position, ...] = ()


class Entry(NamedTuple):
    """One line of the history."""

    script: Script
    is_current: bool


class Comparison(NamedTuple):
    """What comparing models and database came to; `changes` are words for a person.

    `url` is the database's, without a password; `explanations` say why the two sides differ.
    `operations` would bring the database to the models, after the hooks have seen them. `rows`
    are those of the version table.
    """

    model_tables: int
    database_tables: int
    rows: tuple[str, ...]
    operations: tuple[Operation, ...] = ()
    warnings: tuple[str, ...] = ()
    url: str | None = None
    explanations: tuple[Explanation, ...] = ()

    @property
    def changes(self) -> tuple[str, ...]:
        return tuple(_described(operation) for operation in self.operations)


def _described(operation: Operation) -> str:
    place = operation.info.get("database")
    return f"{place}: {operation.describe()}" if place else operation.describe()


class Made(NamedTuple):
    """The files that were written, and the comparison that filled them, if there was one."""

    scripts: tuple[Script, ...]
    comparison: Comparison | None = None


class Initialised(NamedTuple):
    """The migrations folder that was made."""

    directory: Path
    files: tuple[Path, ...]


class Template(NamedTuple):
    """A form of migrations folder that `init` can make."""

    name: str
    summary: str
