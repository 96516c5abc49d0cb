"""The settings of a project without Flask: a schemaver.ini, a pyproject.toml, or both."""

from __future__ import annotations

import os
from argparse import Namespace
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..config import SECTION, Config
from ..errors import ConfigError

VARIABLES = ("SCHEMAVER_CONFIG", "ALEMBIC_CONFIG")
INIS = ("schemaver.ini", "alembic.ini")
TOML = "pyproject.toml"


@dataclass(frozen=True, slots=True)
class SettingsFiles:
    """The files that a line names, or that lie in the working directory; the ini's section."""

    ini: str | None = None
    toml: str | None = None
    section: str = SECTION
    new: bool = False
    """Whether the ini file may still be missing: `init` writes it."""

    def config(
        self, directory: str | None, x_arg: Sequence[str], options: Mapping[str, Any]
    ) -> Config:
        """A `Config` for one command; `directory` wins over the folder that the files name."""
        for file in (self.ini, self.toml):
            if file is not None and not self.new and not Path(file).is_file():
                raise ConfigError(
                    f"There is no file '{file}'.",
                    hint=f"Name the right one with '-c', or make it: 'flask db -c {file} init'.",
                )
        config = Config(
            self.ini,
            self.toml,
            ini_section=self.section,
            cmd_opts=Namespace(x=list(x_arg), **options),
        )
        if directory is not None:
            config.set_main_option("script_location", directory.replace("%", "%%"))
        return config

    @property
    def folder(self) -> str:
        """The migrations folder that the files name, a usual one if they name none."""
        if self.ini is not None and not Path(self.ini).exists():
            return "migrations"
        found = Config(self.ini, self.toml, self.section).get_alembic_option("script_location")
        return str(found or "migrations")


def named(names: Sequence[str], section: str | None) -> SettingsFiles:
    """The files of '-c', at most one of each kind."""
    tomls = [name for name in names if Path(name).name == TOML]
    inis = [name for name in names if name not in tomls]
    for several in (tomls, inis):
        if len(several) > 1:
            raise ConfigError(
                f"'{several[0]}' and '{several[1]}' are two files of one kind.",
                hint=f"Name one ini file with '-c', and one '{TOML}' beside it if need be.",
            )
    beside = TOML if not tomls and Path(TOML).exists() else None
    return SettingsFiles(
        inis[0] if inis else None, tomls[0] if tomls else beside, section or SECTION
    )


def found(section: str | None) -> SettingsFiles | None:
    """The files that the environment names or that are in the working directory, if any."""
    given = next((os.environ[name] for name in VARIABLES if os.environ.get(name)), None)
    if given:
        return named([given], section)
    ini = next((name for name in INIS if Path(name).exists()), None)
    if ini is not None:
        return named([ini], section)
    if Path(TOML).exists() and Config(toml_file=TOML).toml_alembic_config.get("script_location"):
        return SettingsFiles(None, TOML)
    return None
