"""Reads ini and toml files of options: their placeholders, separators and dotted names."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .errors import ConfigError

if TYPE_CHECKING:
    from configparser import ConfigParser

_PLACEHOLDER = re.compile(r"%(?:(%)|\(([^()]+)\)s)")


def folder_of(file: str | None) -> str:
    """The folder of a file as `%(here)s` has it."""
    return "" if file is None else Path(file).absolute().parent.as_posix()


def parser_with(defaults: Mapping[str, Any]) -> ConfigParser:
    """A parser of ini files that leaves alone what is no placeholder."""
    from configparser import ConfigParser, Interpolation

    class Forgiving(Interpolation):
        """`%%` and `%(known)s` are replaced; any other `%` is itself, as in a password."""

        def before_get(
            self,
            parser: Any,
            section: str,
            option: str,
            value: str,
            defaults: Mapping[str, str],
        ) -> str:
            return str(expanded(value, defaults))

    return ConfigParser({k: str(v) for k, v in defaults.items()}, interpolation=Forgiving())


def expanded(value: Any, known: Mapping[str, Any], depth: int = 10) -> Any:
    """`value` with its placeholders replaced; lists too, other things unchanged."""
    if isinstance(value, list):
        return [expanded(part, known, depth) for part in value]
    if not isinstance(value, str) or "%" not in value:
        return value

    def replacement(match: re.Match[str]) -> str:
        if match[1]:
            return "%"
        name = match[2].lower()
        if name not in known or not depth:
            return match[0]
        return str(expanded(str(known[name]), known, depth - 1))

    return _PLACEHOLDER.sub(replacement, value)


def read_ini(parser: ConfigParser, file: str) -> None:
    """Read a file into a parser; raises ConfigError where it is no ini file."""
    from configparser import Error

    try:
        parser.read(file, encoding="utf-8")
    except (Error, UnicodeDecodeError) as cause:
        raise ConfigError(
            f"The file '{file}' cannot be read as settings: {cause}", hint="Correct the file."
        ) from cause


def read_toml(file: str) -> dict[str, Any]:
    """What a toml file holds; raises ConfigError where it is none."""
    import tomllib

    try:
        return tomllib.loads(Path(file).read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as cause:
        raise ConfigError(
            f"The file '{file}' cannot be read as TOML: {cause}", hint="Correct the file."
        ) from cause


def flattened(table: Mapping[str, Any]) -> dict[str, Any]:
    """A table of toml whose names have their dots again: `sqlalchemy.url` without quotes nests."""
    found: dict[str, Any] = {}
    for name, value in table.items():
        inner = flattened(value) if isinstance(value, Mapping) else {}
        found |= {f"{name}.{rest}": one for rest, one in inner.items()} or {name: value}
    return found


def separator(name: str) -> str:
    """What stands between paths, by the word of `path_separator`."""
    separators = {"os": os.pathsep, "space": " ", "newline": "\n", ":": ":", ";": ";"}
    if name not in separators:
        raise ConfigError(
            f"The option 'path_separator' is '{name}'.",
            hint=f"It may be one of: {listed(separators)}.",
        )
    return separators[name]


def hook_of_section(section: Mapping[str, str], name: str) -> Mapping[str, str]:
    """The options of a post-write hook, and its name under `_hook_name`."""
    start = f"{name}."
    options = {k[len(start) :]: v for k, v in section.items() if k.startswith(start)}
    return {**options, "_hook_name": name}


def words(text: str) -> Iterator[str]:
    """The words of a list, with commas or blanks between them."""
    return (word for word in re.split(r"[,\s]+", text) if word)


def listed(names: Iterable[str]) -> str:
    """Names in quotes, for a message."""
    return ", ".join(f"'{name}'" for name in names)
