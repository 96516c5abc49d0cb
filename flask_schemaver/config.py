"""Where settings come from: files, programs, the Flask app and the command line.

`Config` reads an ini file and a pyproject.toml and carries what a program sets; `Settings` is what
one Flask app has settled on. Nothing here touches a database, an app or the migrations folder.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO, TypedDict

from .errors import ConfigError
from .option_files import (
    expanded,
    flattened,
    folder_of,
    hook_of_section,
    listed,
    parser_with,
    read_ini,
    read_toml,
    separator,
    words,
)

if TYPE_CHECKING:
    from argparse import Namespace
    from configparser import ConfigParser

SECTION = "schemaver"
ADOPTED_SECTION = "alembic"
"""The section of a project that was begun with Alembic; read where ours is not there."""

ADOPTED_TABLE = "alembic_version"
"""The version table of such a project."""

POLICIES = ("off", "check", "stamp", "upgrade")
"""What may happen to the database when an app starts."""

GUARDS = ("off", "warn", "error", "page")
"""What a request meets while revisions are pending; "page" is for development alone."""

_TRUE = {"true", "yes", "on", "1", "t", "y"}
_FALSE = {"false", "no", "off", "0", "f", "n", ""}


class MessagingOptions(TypedDict, total=False):
    """How much a command says."""

    quiet: bool


PostWriteHookConfig = Mapping[str, str]
"""One hook: its options, and its name under `_hook_name`."""


CommandFunction = Callable[..., Any]
"""A command of a program's own, as `CommandLine.register_command` takes it."""


def as_boolean(value: object, name: str) -> bool:
    """Read a yes or no; an unknown word is an error that names the option."""
    if isinstance(value, bool):
        return value
    word = str(value).strip().lower()
    if word in _TRUE or word in _FALSE:
        return word in _TRUE
    raise ConfigError(
        f"The option '{name}' is '{value}', which is neither true nor false.",
        hint="Write 'true' or 'false'.",
    )


def as_seconds(value: object, name: str) -> float:
    """Read a number of seconds; what is none is an error that names the option."""
    try:
        seconds = float(str(value))
    except ValueError:
        seconds = -1.0
    if seconds >= 0:
        return seconds
    raise ConfigError(
        f"The option '{name}' is '{value}', which is no number of seconds.",
        hint="Give a number, such as 600.",
    )


class Config:
    """The options of one set of migrations, from files or from `set_main_option`.

    `attributes` holds objects, `"connection"` among them: a caller's own connection, in whose
    transaction the commands then work. No file needs to exist.
    """

    config_ini_section: str

    def __init__(
        self,
        file_: str | os.PathLike[str] | None = None,
        toml_file: str | os.PathLike[str] | None = None,
        ini_section: str = SECTION,
        output_buffer: TextIO | None = None,
        stdout: TextIO | None = None,
        cmd_opts: Namespace | None = None,
        config_args: Mapping[str, Any] | None = None,
        attributes: dict[str, Any] | None = None,
    ) -> None:
        self.config_file_name: str | None = None if file_ is None else os.fspath(file_)
        self.toml_file_name: str | None = None if toml_file is None else os.fspath(toml_file)
        self.config_ini_section = ini_section
        self.output_buffer = output_buffer
        self.stdout: TextIO | Any = sys.stdout if stdout is None else stdout
        self.cmd_opts = cmd_opts
        self.config_args: dict[str, Any] = dict(config_args or {})
        self.attributes: dict[str, Any] = dict(attributes or {})

    # -- files ------------------------------------------------------------------------------

    @cached_property
    def file_config(self) -> ConfigParser:
        """The ini file as a parser; without a file, a parser with the one empty section."""
        parser = parser_with({"here": folder_of(self.config_file_name), **self.config_args})
        if self.config_file_name is None:
            parser.add_section(self.config_ini_section)
            return parser
        read_ini(parser, self.config_file_name)
        ours = self.config_ini_section != SECTION or parser.has_section(SECTION)
        if not ours and parser.has_section(ADOPTED_SECTION):
            self.config_ini_section = ADOPTED_SECTION
        return parser

    @property
    def is_adopted(self) -> bool:
        """Whether the files are those of a project that was begun with Alembic."""
        sections = [] if self.config_file_name is None else self.file_config.sections()
        if SECTION in sections or ADOPTED_SECTION in sections:
            return SECTION not in sections
        if self.toml_file_name is None or not Path(self.toml_file_name).exists():
            return False
        tools = read_toml(self.toml_file_name).get("tool", {})
        return ADOPTED_SECTION in tools and SECTION not in tools

    @cached_property
    def toml_alembic_config(self) -> Mapping[str, Any]:
        """The table `[tool.schemaver]`, or that of an adopted project; empty without a file."""
        tools = self._toml_tools
        return flattened(tools.get(SECTION, tools.get(ADOPTED_SECTION, {})))

    @cached_property
    def _toml_tools(self) -> Mapping[str, Any]:
        if self.toml_file_name is None or not Path(self.toml_file_name).exists():
            return {}
        return dict(read_toml(self.toml_file_name).get("tool", {}))

    @property
    def toml_args(self) -> dict[str, Any]:
        """What `%(name)s` stands for in the toml file."""
        return {"here": folder_of(self.toml_file_name), **self.config_args}

    def get_template_directory(self) -> str:
        """The folder of the templates for `init`; a subclass may name its own."""
        return str(Path(__file__).parent / "templates")

    # -- what a program reads and sets ------------------------------------------------------

    @property
    def messaging_opts(self) -> MessagingOptions:
        return {"quiet": bool(getattr(self.cmd_opts, "quiet", False))}

    def print_stdout(self, text: str, *arg: Any) -> None:
        """Write a line to `stdout`; `%` in the text is a placeholder only if values are given."""
        self.stdout.write(f"{text % arg if arg else text}\n")

    def get_section(
        self, name: str, default: Mapping[str, str] | None = None
    ) -> dict[str, str] | Mapping[str, str] | None:
        """All options of an ini section, `default` if there is no such section."""
        return dict(self.file_config.items(name)) if self.file_config.has_section(name) else default

    def get_section_option(self, section: str, name: str, default: str | None = None) -> str | None:
        """One option of an ini section; the section itself must be there."""
        if not self.file_config.has_section(section):
            raise ConfigError(
                f"No config file '{self.config_file_name}', or it has no '[{section}]' section.",
                hint="Name the right file, or add the section.",
            )
        return self.file_config.get(section, name, fallback=default)

    def set_section_option(self, section: str, name: str, value: str) -> None:
        """Set an option for this `Config`; the file stays as it is."""
        if not self.file_config.has_section(section):
            self.file_config.add_section(section)
        self.file_config.set(section, name, value)

    def get_main_option(self, name: str, default: str | None = None) -> str | None:
        """One option of the main ini section."""
        return self.get_section_option(self._main_section, name, default)

    def set_main_option(self, name: str, value: str) -> None:
        """Set an option of the main section; a literal `%` may be doubled, and need not be."""
        self.set_section_option(self._main_section, name, value)

    def remove_main_option(self, name: str) -> None:
        """Forget an option of the main section."""
        if self.file_config.has_section(self._main_section):
            self.file_config.remove_option(self._main_section, name)

    # -- options of either file -------------------------------------------------------------

    def get_alembic_option(self, name: str, default: Any = None) -> Any:
        """An option of the ini file, else of the toml file, else `default`."""
        found = self._ini_option(name)
        if found is not None:
            return found
        if name not in self.toml_alembic_config:
            return default
        return expanded(self.toml_alembic_config[name], self.toml_args)

    def option_and_origin(self, name: str) -> tuple[Any, str]:
        """An option as `get_alembic_option` has it, and the file and section it comes from."""
        found = self._ini_option(name)
        if found is not None:
            return found, f"{self.config_file_name} [{self.config_ini_section}]"
        table = SECTION if SECTION in self._toml_tools else ADOPTED_SECTION
        return self.get_alembic_option(name), f"{self.toml_file_name} [tool.{table}]"

    def get_alembic_boolean_option(self, name: str) -> bool:
        """A yes or no of either file; no if it is not there."""
        found = self._ini_option(name)
        if found is not None:
            return as_boolean(found, name)
        value = self.toml_alembic_config.get(name, False)
        if not isinstance(value, bool):
            raise ConfigError(
                f"The option '{name}' in '{self.toml_file_name}' is not a boolean.",
                hint=f"Write '{name} = true' or '{name} = false', without quotes.",
            )
        return value

    def get_version_locations_list(self) -> list[str] | None:
        """The folders of revision files, None if the option is not there."""
        return self._path_list("version_locations", r"[, \n]+", "version_path_separator")

    def get_prepend_sys_paths_list(self) -> list[str] | None:
        """The folders to put in front of `sys.path`, None if the option is not there."""
        # A colon splits too, except the one of a Windows drive.
        return self._path_list("prepend_sys_path", r"[, \n]+|:(?![\\/])", None)

    def get_excluded_tables(self) -> list[str]:
        """The patterns of tables that are never compared."""
        found = self.get_alembic_option("exclude_tables")
        parts = re.split(r"[,\s]+", found) if isinstance(found, str) else found or ()
        return [str(part) for part in parts if part]

    def get_ignored_objects(self) -> list[str]:
        """The patterns of single objects that are never compared; a kind and a name each."""
        found = self.get_alembic_option("ignore")
        parts = re.split(r"[,\n]+", found) if isinstance(found, str) else found or ()
        return [str(part).strip() for part in parts if str(part).strip()]

    def get_drop_limit(self) -> float:
        """The share of the tables from which on they are not dropped without being told; 0 to 1."""
        found = self.get_alembic_option("drop_limit", 0.5)
        try:
            return float(found)
        except (TypeError, ValueError):
            raise ConfigError(
                f"The option 'drop_limit' is '{found}', which is not a number.",
                hint="Give the share of the tables that may be dropped, such as 0.5.",
            ) from None

    def get_hooks_list(self) -> list[PostWriteHookConfig]:
        """What to run on each new file, in order; an ini section hides the toml table."""
        section = self.get_section("post_write_hooks")
        if section and section.get("hooks"):
            return [hook_of_section(section, name) for name in words(section["hooks"])]
        return [self._toml_hook(h) for h in self.toml_alembic_config.get("post_write_hooks", ())]

    @property
    def _main_section(self) -> str:
        """The name of the main section; the file must be read before it is known."""
        _ = self.file_config
        return self.config_ini_section

    def _ini_option(self, name: str) -> str | None:
        if not self.file_config.has_section(self._main_section):
            return None
        return self.file_config.get(self._main_section, name, fallback=None)

    def _path_list(self, name: str, legacy: str, alias: str | None) -> list[str] | None:
        found = self.get_alembic_option(name)
        if found is None:
            return None
        if not isinstance(found, str):
            return [str(part) for part in found]
        named = self._ini_option("path_separator") or (alias and self._ini_option(alias))
        parts = found.split(separator(named)) if named else re.split(legacy, found)
        return [part.strip() for part in parts if part.strip()]

    def _toml_hook(self, table: Mapping[str, Any]) -> PostWriteHookConfig:
        hook = {key: str(expanded(value, self.toml_args)) for key, value in table.items()}
        if "name" not in hook:
            raise ConfigError(
                f"A post-write hook in '{self.toml_file_name}' has no name.",
                hint="Add 'name = \"...\"' to its [[tool.schemaver.post_write_hooks]] table.",
            )
        name = hook.pop("name")
        return {**hook, "_hook_name": name}


# -- settings of a Flask app ----------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Settings:
    """What one app has settled on; `origin` tells where a value was set."""

    directory: str = "migrations"
    command: str = "db"
    on_startup: str = "off"
    guard: str = "page"
    binds: tuple[str, ...] = ()
    """The databases that are migrated; empty for all that the app has."""

    version_table: str = "schemaver_version"
    version_table_schema: str | None = None
    checksums: str = "warn"
    """What a changed file of an applied revision leads to: "off", "warn" or "strict"."""

    on_database_ahead: str = "error"
    """What a database ahead of the files leads to: "error", "warn" or "ignore"."""

    app_version: str | None = None
    """The version of the application, for the history."""

    lock_timeout: float = 600.0
    """Seconds to wait for another process that is migrating the same database."""

    lock_timeout_ddl: float | None = None
    """Seconds that a statement waits for a lock of the server; then its revision is rolled back and
    tried again. None for as long as the server says."""

    version_locations: tuple[str, ...] = ()
    file_template: str | None = None
    timezone: str | None = None
    truncate_slug_length: int | None = None
    revision_environment: bool = False
    sourceless: bool = False
    recursive_version_locations: bool = False
    exclude_tables: tuple[str, ...] = ()
    """Patterns of tables that are never compared: "celery_*", "other_schema.*"."""

    ignore: tuple[str, ...] = ()
    """Patterns of single objects that are never compared: "index ix_legacy_*", "column users.x"."""

    drop_limit: float = 0.5
    """The share of the tables from which on autogenerate does not drop them without being told."""

    output_encoding: str = "utf-8"
    origins: Mapping[str, str] = field(default_factory=dict, repr=False)
    read_by_files: frozenset[str] = field(default=frozenset(), repr=False)
    """The settings that a file of settings gives; a `Config` of that file has them itself."""

    def origin(self, name: str) -> str:
        """Where the value of a setting comes from, in words."""
        return self.origins.get(name, "default")

    def having(self, origin: str, values: Mapping[str, Any]) -> Settings:
        """These settings with `values` on top; a value of None leaves a setting as it is."""
        given = {k: v for k, v in values.items() if v is not None}
        checked = {name: _checked(name, value, origin) for name, value in given.items()}
        origins = {**self.origins, **dict.fromkeys(checked, origin)}
        from_files = self.read_by_files - set(checked)
        return replace(self, **checked, origins=origins, read_by_files=from_files)

    def having_files(self, config: Config) -> Settings:
        """These settings with what the ini and the toml file of `config` say on top."""
        found = {name: config.option_and_origin(name) for name in SETTING_NAMES}
        if found["directory"][0] is None:
            found["directory"] = _folder_option(config)
        settings = self
        for name, (value, origin) in found.items():
            given: Any = value
            if name == "version_locations":
                given = config.get_version_locations_list()
            elif isinstance(value, str) and name in _LISTS:
                given = list(words(value))
            settings = settings.having(origin, {name: given})
        if found["version_table"][0] is None and config.is_adopted:
            origin = str(config.config_file_name or config.toml_file_name)
            settings = settings.having(origin, {"version_table": ADOPTED_TABLE})
        named = {name for name, (value, _) in found.items() if value is not None}
        return replace(settings, read_by_files=frozenset(named))

    def having_environment(self, environment: Mapping[str, str]) -> Settings:
        """These settings with variables such as SCHEMAVER_ON_STARTUP on top."""
        settings = self
        for name in SETTING_NAMES:
            variable = f"{ENVIRONMENT_PREFIX}{name.upper()}"
            value: Any = environment.get(variable)
            if value is not None and name in _LISTS:
                value = list(words(value))
            settings = settings.having(f"${variable}", {name: value})
        return settings

    def having_app_config(self, config: Mapping[str, Any], prefix: str = "SCHEMAVER_") -> Settings:
        """These settings with the keys of an `app.config` on top."""
        settings = self
        for key in [k for k in config if k.startswith(prefix)]:
            name = key[len(prefix) :].lower()
            if name not in SETTING_NAMES:
                raise _unknown_key(key, prefix)
            settings = settings.having(f'app.config["{key}"]', {name: config[key]})
        return settings

    def run_options(self) -> dict[str, Any]:
        """The settings that a run on a database knows, as attributes of a `Config`."""
        names = ("lock_timeout", "checksums", "on_database_ahead", "app_version")
        return {name: getattr(self, name) for name in (*names, "lock_timeout_ddl")}

    def main_options(self) -> dict[str, str]:
        """The settings that the migrations folder is read by, as options of a `Config`.

        What nobody has set is left to the files.
        """
        texts = {
            "file_template": self.file_template,
            "timezone": self.timezone,
            "truncate_slug_length": self.truncate_slug_length,
            "version_locations": "\n".join(self.version_locations) or None,
            "exclude_tables": "\n".join(self.exclude_tables) or None,
            "ignore": "\n".join(self.ignore) or None,
            "drop_limit": self.drop_limit,
            "output_encoding": self.output_encoding,
        }
        flags = ("revision_environment", "sourceless", "recursive_version_locations")
        texts.update({name: str(getattr(self, name)).lower() for name in flags})
        ours = set(self.origins) - self.read_by_files
        given = {name: text for name, text in texts.items() if name in ours}
        if "version_locations" in given:
            given["path_separator"] = "newline"
        return {k: str(v).replace("%", "%%") for k, v in given.items() if v is not None}


_PROVENANCE = ("origins", "read_by_files")
SETTING_NAMES = tuple(f.name for f in fields(Settings) if f.name not in _PROVENANCE)
ENVIRONMENT_PREFIX = "SCHEMAVER_"
_LISTS = tuple(f.name for f in fields(Settings) if f.default == () and f.name in SETTING_NAMES)
_CHOICES = {
    "on_startup": (POLICIES, "policy"),
    "guard": (GUARDS, "guard"),
    "checksums": (("off", "warn", "strict"), "way to take a changed file"),
    "on_database_ahead": (("error", "warn", "ignore"), "way to take such a database"),
}


def _checked(name: str, value: Any, origin: str) -> Any:
    """`value` as the setting needs it; a wrong one is an error that says what is allowed."""
    default = getattr(Settings(), name)
    if name in _CHOICES:
        return _choice(name, value, origin)
    if isinstance(default, bool):
        return as_boolean(value, name)
    if name in ("lock_timeout", "lock_timeout_ddl", "truncate_slug_length", "drop_limit"):
        return _number(name, value, origin)
    if isinstance(default, tuple):
        return (value,) if isinstance(value, str) else tuple(os.fspath(v) for v in value)
    return os.fspath(value) if isinstance(value, os.PathLike) else str(value)


def _folder_option(config: Config) -> tuple[Any, str]:
    """Alembic's option for the migrations folder, where it names a folder and no package."""
    value, origin = config.option_and_origin("script_location")
    is_package = isinstance(value, str) and ":" in value and not Path(value).is_absolute()
    return (None if is_package else value), origin


def _choice(name: str, value: Any, origin: str) -> str:
    allowed, noun = _CHOICES[name]
    # A boolean stands for the end that a person means by it: nothing at all.
    word = "off" if value is False else str(value).strip().lower()
    if word not in allowed:
        raise ConfigError(
            f"{origin} sets '{name}' to '{value}', which is no {noun}.",
            hint=f"It may be one of: {listed(allowed)}.",
        )
    return word


def _number(name: str, value: Any, origin: str) -> float | int:
    try:
        return int(value) if name == "truncate_slug_length" else float(value)
    except (TypeError, ValueError):
        raise ConfigError(
            f"{origin} sets '{name}' to '{value}', which is not a number.",
            hint=f"Give a number{' of seconds' if name.startswith('lock_timeout') else ''}.",
        ) from None


def _unknown_key(key: str, prefix: str) -> ConfigError:
    from difflib import get_close_matches

    keys = [prefix + name.upper() for name in SETTING_NAMES]
    near: Sequence[str] = get_close_matches(key, keys, n=2)
    return ConfigError(
        f"app.config has the key '{key}', which is no setting.",
        hint=f"Did you mean {listed(near)}?" if near else f"Known are: {listed(keys)}.",
    )


def __getattr__(name: str) -> Any:
    """`CommandLine` and `main`, which programs of Alembic's import from here."""
    if name not in ("CommandLine", "main"):
        raise AttributeError(f"module '{__name__}' has no attribute '{name}'")
    from .cli import arguments

    return getattr(arguments, name)
