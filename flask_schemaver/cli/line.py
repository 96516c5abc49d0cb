"""What a command knows of the line it was called by, and the options that several share."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ..config import as_seconds
from ..errors import ConfigError
from .output import Progress, say

if TYPE_CHECKING:
    from ..config import Config
    from ..extension import AppState
    from .files import SettingsFiles

# Each has its variable in the environment, FLASK_DB_UPGRADE_SQL and so on; help is short without.
option: partial[Any] = partial(typer.Option, show_envvar=False)
argument: partial[Any] = partial(typer.Argument, show_envvar=False)

Directory = Annotated[
    str | None,
    option("-d", "--directory", metavar="DIR", help="The migrations folder."),
]
XArgument = Annotated[
    list[str] | None,
    option("-x", "--x-arg", metavar="NAME=VALUE", help="Pass a value to env.py; repeatable."),
]
Message = Annotated[
    str | None, option("-m", "--message", metavar="TEXT", help="What the revision does.")
]
Sql = Annotated[bool, option("--sql", help="Write the SQL to the terminal; change no database.")]
Tag = Annotated[
    str | None, option("--tag", metavar="TEXT", help="A value for env.py (get_tag_argument).")
]
Verbose = Annotated[bool, option("-v", "--verbose", help="Show everything there is to say.")]
LockTimeoutOption = Annotated[
    str | None,
    option("--lock-timeout", metavar="SECONDS", help="How long to wait for another migrator."),
]
NoWait = Annotated[
    bool, option("--no-wait", help="Give up at once (exit code 75) while another migrates.")
]
Yes = Annotated[bool, option("-y", "--yes", help="Do not ask before rows or all is lost.")]
YesDestroy = Annotated[
    str | None,
    option("--yes-destroy", metavar="NAME", help="The name that 'protect' gave."),
]
RevisionId = Annotated[str | None, option("--rev-id", metavar="ID", help="The new revision's id.")]
BranchLabel = Annotated[
    str | None, option("--branch-label", metavar="NAME", help="A name for its branch.")
]


@dataclass
class Line:
    """One line: the mounted command's name, and what stood before the name of ours.

    `files` are the settings of a project without Flask; with them, no app is looked for.
    """

    command: str | None
    prog_name: str
    files: SettingsFiles | None = None
    directory: str | None = None
    x_arg: Sequence[str] = field(default_factory=tuple)
    trace: bool = False
    quiet: bool = False
    raise_errors: bool = False
    binds: Sequence[str] = field(default_factory=tuple)
    json: bool = False
    progress: Progress | None = None

    def state(self) -> AppState:
        """The current app's SchemaVer that carries this command's name."""
        from flask import current_app

        states = current_app.extensions.get("schemaver") or {}
        if not states:
            raise ConfigError(
                f"SchemaVer is not set up on the app '{current_app.import_name}'.",
                hint="Add 'SchemaVer(app, db)' where the app is made.",
            )
        found: AppState = states.get(self.command) or next(iter(states.values()))
        return found

    def config(
        self, directory: str | None = None, x_arg: Sequence[str] | None = None, **options: Any
    ) -> Config:
        """A `Config` for one command; its own -d and -x win over those of the group."""
        given = {**options, "quiet": self.quiet}
        folder, values = directory or self.directory, list(x_arg or self.x_arg)
        if self.files is not None:
            config = self.files.config(folder, values, given)
            config.attributes["binds"] = tuple(self.binds)
            return config
        return self.state().config(folder, values, given, self.binds)

    def tell(self, result: Any) -> bool:
        """Print a result as JSON if that is asked for; whether it was."""
        if self.json:
            from .machine import text_of

            say(text_of(result))
        return self.json

    def folder_to_make(self, directory: str | None) -> str:
        """The migrations folder that `init` makes."""
        given = directory or self.directory
        if given is not None:
            return given
        return self.files.folder if self.files is not None else self.state().settings.directory

    @property
    def template(self) -> str:
        """The form of a migrations folder if no other is asked for."""
        return "flask" if self.files is None else "generic"

    def watched(self, config: Config, *, quiet: bool) -> Config:
        """`config`, with the progress of what it is used for shown here."""
        if self.files is None:
            self.state().sources.close_sessions()
        self.progress = Progress(quiet=quiet or self.quiet or self.json)
        config.attributes["observer"] = self.progress
        return config

    def waiting(self, config: Config, seconds: str | None, *, no_wait: bool) -> Config:
        """`config`, with how long another migrator of the same database is waited for."""
        if no_wait:
            config.attributes["lock_timeout"] = 0.0
        elif seconds is not None:
            config.attributes["lock_timeout"] = as_seconds(seconds, "--lock-timeout")
        return config

    def worded(self, hint: str | None) -> str | None:
        """A hint with the command's real name in it."""
        name = self.prog_name if self.command is None else f"flask {self.command}"
        return None if hint is None else hint.replace("flask db", name)


def line_of(ctx: typer.Context) -> Line:
    """The line that a command was called by."""
    line = ctx.find_object(Line)
    assert line is not None
    return line


def symbol(ctx: typer.Context, word: str) -> str:
    """A word that may begin with a minus as '-1' does; anything else like it is a typing error."""
    if word.startswith("-") and not word[1:2].isdigit():
        ctx.fail(f"No such option: {word}")
    return word
