"""The commands behind a parser of `argparse`, for programs that extend or drive Alembic's.

`schemaver` itself is not built of this: see `app`.
"""

from __future__ import annotations

import inspect
import os
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Final

from .. import __version__, command
from ..config import Config
from ..errors import CommandError
from . import output
from .files import found, named

if TYPE_CHECKING:
    from argparse import _SubParsersAction

CommandFunction = Callable[..., Any]

_FLAGS: Final = ("autogenerate", "sql", "splice", "package", "verbose", "purge")
_OPTIONS: Final[dict[str, tuple[tuple[str, ...], dict[str, Any]]]] = {
    "message": (("-m", "--message"), {}),
    "template": (("-t", "--template"), {"default": "generic"}),
    "head": (("--head",), {"default": "head"}),
    "branch_label": (("--branch-label",), {}),
    "version_path": (("--version-path",), {}),
    "rev_id": (("--rev-id",), {}),
    "depends_on": (("--depends-on",), {"action": "append"}),
    "tag": (("--tag",), {}),
    "rev_range": (("-r", "--rev-range"), {}),
    "indicate_current": (("-i", "--indicate-current"), {"action": "store_true"}),
    "check_heads": (("-c", "--check-heads"), {"action": "store_true"}),
    "resolve_dependencies": (("--resolve-dependencies",), {"action": "store_true"}),
    **{name: ((f"--{name}",), {"action": "store_true"}) for name in _FLAGS},
}
_OPTIONS["verbose"] = (("-v", "--verbose"), {"action": "store_true"})
_SEVERAL: Final = (("merge", "revisions"), ("stamp", "revision"))

_PLACES: Final = ("directory", "revision", "revisions", "rev")
"""The arguments that have no name on the line."""

_BUILT_IN: Final = (
    *("branches", "check", "current", "downgrade", "edit", "ensure_version", "heads"),
    *("history", "init", "list_templates", "merge", "revision", "show", "stamp", "upgrade"),
)


class CommandLine:
    """A line of words to a command; `parser` and `subparsers` may be extended beforehand."""

    def __init__(self, prog: str | None = None) -> None:
        self.parser: ArgumentParser = ArgumentParser(prog=prog)
        self.parser.add_argument("--version", action="version", version=f"%(prog)s {__version__}")
        self.parser.add_argument("-c", "--config", action="append", help="an ini file")
        self.parser.add_argument("-n", "--name", default="schemaver", help="its section")
        self.parser.add_argument("-x", action="append", help="a value for env.py")
        self.parser.add_argument("--raiseerr", action="store_true", help="let errors through")
        self.parser.add_argument("-q", "--quiet", action="store_true", help="say little")
        self.subparsers: _SubParsersAction[ArgumentParser] = self.parser.add_subparsers()
        for name in _BUILT_IN:
            self.register_command(getattr(command, name))

    def register_command(self, fn: CommandFunction) -> None:
        """Add a command: `fn(config, ...)`, its arguments known by the names of the built-in ones.

        A parameter without a default is a word of the line; one with a default an option.
        """
        lines = (inspect.getdoc(fn) or "").splitlines()
        parser = self.subparsers.add_parser(fn.__name__, help=lines[0] if lines else None)
        positional: list[str] = []
        keywords: list[str] = []
        for parameter in list(inspect.signature(fn).parameters.values())[1:]:
            name, required = parameter.name, parameter.default is parameter.empty
            if name in _PLACES and (required or name not in _OPTIONS):
                several = {"nargs": "+"} if (fn.__name__, name) in _SEVERAL else {}
                parser.add_argument(name, **several)  # type: ignore[arg-type]
                positional.append(name)
            elif name in _OPTIONS:
                flags, settings = _OPTIONS[name]
                parser.add_argument(*flags, dest=name, **settings)
                keywords.append(name)
            elif required:
                parser.add_argument(name)
                positional.append(name)
        parser.set_defaults(cmd=(fn, positional, keywords))

    def run_cmd(self, config: Config, options: Namespace) -> Any:
        """Run the command that was parsed; what it returns is printed, and returned.

        A CommandError is printed and leaves the process with its exit code, unless `--raiseerr`.
        """
        fn, positional, keywords = options.cmd
        try:
            result = fn(
                config,
                *(getattr(options, name) for name in positional),
                **{name: getattr(options, name) for name in keywords},
            )
        except CommandError as error:
            if getattr(options, "raiseerr", False):
                raise
            output.error(error.message, error.hint)
            sys.exit(error.exit_code)
        output.returned(fn.__name__, result, options)
        return result

    def main(self, argv: Sequence[str] | None = None) -> None:
        """Parse a line, by default that of the process, and run its command."""
        options = self.parser.parse_args(argv)
        if not hasattr(options, "cmd"):
            self.parser.error("no command is named")
        section = None if options.name == "schemaver" else options.name
        files = named(options.config, section) if options.config else found(section)
        if files is None:
            ini = os.environ.get("ALEMBIC_CONFIG", "schemaver.ini")
            config = Config(ini, ini_section=options.name, cmd_opts=options)
        else:
            config = Config(files.ini, files.toml, files.section, cmd_opts=options)
        self.run_cmd(config, options)


def main(argv: Sequence[str] | None = None, prog: str | None = None, **kwargs: Any) -> None:
    """Run a line of words as a program would: `main(["upgrade", "head"])`."""
    CommandLine(prog=prog).main(argv=argv)
