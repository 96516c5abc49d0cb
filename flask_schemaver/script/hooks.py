"""What runs on a revision file after it is written, such as a formatter."""

from __future__ import annotations

import logging
import os
import shlex
import sys
from collections.abc import Callable, Mapping, Sequence

from ..errors import ConfigError
from .links import quoted
from .place import shown

Hook = Callable[[str, Mapping[str, str]], object]
"""Called with the path of the file and the hook's options."""

TOKEN = "REVISION_SCRIPT_FILENAME"
"""Stands for the path in the option `options`; without it, the path is the first argument."""

_logger = logging.getLogger("flask_schemaver.script")
_registered: dict[str, Hook] = {}


def register(name: str) -> Callable[[Hook], Hook]:
    """Make a function a type of hook: `@register("name")`, then `<hook>.type = name`."""

    def keep(function: Hook) -> Hook:
        _registered[name] = function
        return function

    return keep


def check(hooks: Sequence[Mapping[str, str]]) -> None:
    """Refuse hooks that cannot run, before a file is written for them."""
    for hook in hooks:
        kind = _option(hook, "type")
        if kind in _registered:
            continue
        if kind not in _COMMANDS:
            raise ConfigError(
                f"The post-write hook '{_name(hook)}' has the type '{kind}', which is none.",
                hint=f"Types are {quoted([*_COMMANDS, *_registered])}.",
            )
        _COMMANDS[kind](hook)


def run(path: str, hooks: Sequence[Mapping[str, str]]) -> None:
    """Run the hooks on a file, in order.

    A command that ends with another status than 0 is logged as a warning, not refused: several
    formatters end so when they have changed the file, and the file is written.
    """
    for hook in hooks:
        kind = _option(hook, "type")
        if kind in _registered:
            _registered[kind](path, hook)
        else:
            _run_command(path, hook, _COMMANDS[kind](hook))


def _run_command(path: str, hook: Mapping[str, str], command: list[str]) -> None:
    import subprocess

    # On Windows a backslash is part of a path, not an escape.
    words = shlex.split(hook.get("options", ""), posix=os.name == "posix")
    if any(TOKEN in word for word in words):
        arguments = [word.replace(TOKEN, path) for word in words]
    else:
        arguments = [path, *words]
    # What it says is logged: the output of the command that runs hooks may be read by a program.
    done = subprocess.run(
        [*command, *arguments],
        cwd=hook.get("cwd"),
        check=False,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    _logger.log(
        logging.WARNING if done.returncode else logging.INFO,
        "The post-write hook '%s' ended with status %d on '%s'. %s",
        _name(hook),
        done.returncode,
        shown(path),
        done.stdout.decode("utf-8", "replace").strip(),
    )


def _console_script(hook: Mapping[str, str]) -> list[str]:
    from importlib.metadata import entry_points

    name = _option(hook, "entrypoint")
    for entry in entry_points(group="console_scripts", name=name):
        attribute = entry.attr or "main"
        code = f"import sys, {entry.module}; sys.exit({entry.module}.{attribute}())"
        return [sys.executable, "-c", code]
    raise ConfigError(
        f"The post-write hook '{_name(hook)}' names the console script '{name}', which no "
        "installed package has.",
        hint="Install the package into this environment, or use the type 'exec'.",
    )


def _executable(hook: Mapping[str, str]) -> list[str]:
    from shutil import which

    name = _option(hook, "executable")
    found = which(name, path=None) or which(os.path.join(hook.get("cwd", ""), name))
    if found is None:
        raise ConfigError(
            f"The post-write hook '{_name(hook)}' names '{name}', which cannot be run.",
            hint="Install it, or write its whole path.",
        )
    return [os.path.abspath(found)]


def _module(hook: Mapping[str, str]) -> list[str]:
    from importlib.util import find_spec

    name = _option(hook, "module")
    if find_spec(name.partition(".")[0]) is None:
        raise ConfigError(
            f"The post-write hook '{_name(hook)}' names the module '{name}', which is not "
            "installed.",
            hint="Install it into this environment.",
        )
    return [sys.executable, "-m", name]


_COMMANDS: dict[str, Callable[[Mapping[str, str]], list[str]]] = {
    "console_scripts": _console_script,
    "exec": _executable,
    "module": _module,
}


def _option(hook: Mapping[str, str], name: str) -> str:
    value = hook.get(name)
    if value:
        return value
    raise ConfigError(
        f"The post-write hook '{_name(hook)}' has no option '{name}'.",
        hint=f"Add '{_name(hook)}.{name} = ...' to the section '[post_write_hooks]'.",
    )


def _name(hook: Mapping[str, str]) -> str:
    return hook.get("_hook_name", "unnamed")
