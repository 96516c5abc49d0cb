"""Where the settings of an app come from: files of its project, arguments, app.config, environment.

Files are looked for beside the app and opened only if they speak of this package, so that an app
without any pays a look at a few names.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from flask import Flask

from ..config import ADOPTED_SECTION, SECTION, Config, Settings

INI_FILES = ("schemaver.ini", "alembic.ini")
"""The ini file in a migrations folder, that of a project begun with Alembic included."""


class ProjectFiles(NamedTuple):
    """The files of settings that one app reads, None where there is none."""

    ini: Path | None = None
    toml: Path | None = None


def settle(
    app: Flask, given: Sequence[tuple[str, Mapping[str, Any]]]
) -> tuple[Settings, ProjectFiles]:
    """The settings of an app: files, then what was `given` in code, app.config, the environment.

    The later one wins. A pyproject.toml may say where the migrations folder is, and the ini file
    lies in that folder; so the files are read in this order.
    """
    files = ProjectFiles(project_ini(app), _toml_of(app))
    settings = _layered(app, files, given)
    ini = ini_in(folder_for(app, settings.directory)) or files.ini
    if ini != files.ini:
        files = files._replace(ini=ini)
        settings = _layered(app, files, given)
    return settings, files


def _layered(
    app: Flask, files: ProjectFiles, given: Sequence[tuple[str, Mapping[str, Any]]]
) -> Settings:
    settings = Settings()
    if any(files):
        settings = settings.having_files(Config(*files))
    for origin, values in given:
        settings = settings.having(origin, values)
    return settings.having_app_config(app.config).having_environment(os.environ)


def folder_for(app: Flask, wanted: str | Path) -> Path:
    """The migrations folder: seen from where the process runs, else from the app."""
    root = Path(app.root_path)
    places = (Path(wanted), root / wanted, root.parent / wanted)
    return next((place for place in places if place.is_dir()), Path(wanted))


def ini_in(folder: Path) -> Path | None:
    """The ini file in a migrations folder."""
    return next((folder / name for name in INI_FILES if (folder / name).is_file()), None)


def toml_beside(folder: Path) -> Path | None:
    """The pyproject.toml beside a migrations folder."""
    file = folder.absolute().parent / "pyproject.toml"
    return file if file.is_file() else None


def project_ini(app: Flask) -> Path | None:
    """The schemaver.ini beside the app."""
    files = (place / INI_FILES[0] for place in _places(app))
    return next((file for file in files if file.is_file()), None)


def _toml_of(app: Flask) -> Path | None:
    """The first pyproject.toml around the app that has a table of ours."""
    words = [f"tool.{name}".encode() for name in (SECTION, ADOPTED_SECTION)]
    for place in _places(app):
        file = place / "pyproject.toml"
        try:
            text = file.read_bytes()
        except OSError:
            continue
        if any(word in text for word in words):
            return file
    return None


def _places(app: Flask) -> Iterator[Path]:
    """The folders that may be the project's: around the app, then where the process runs."""
    root = Path(app.root_path)
    yield from (root, root.parent)
    if root.parent.name == "src":
        yield root.parent.parent
    yield Path.cwd()
