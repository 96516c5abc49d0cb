"""Where revision files lie: folders, packages, sub-folders, and byte code without source."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence

from ..errors import NoScriptDirectory


def folder_of(location: str) -> str:
    """A folder as a path: `some/path` as it is, `package:some/path` from where that is."""
    if os.path.isabs(location) or ":" not in location:
        return location
    package, _, inside = location.partition(":")
    from importlib.util import find_spec

    try:
        spec = find_spec(package)
    except (ImportError, ValueError):
        spec = None
    if spec is None or not spec.submodule_search_locations:
        raise NoScriptDirectory(
            f"'{location}' begins with '{package}', which is no installed package.",
            hint="Write '<package>:<folder>', or a path without a colon.",
        )
    return os.path.join(next(iter(spec.submodule_search_locations)), inside)


def revision_files(
    folders: Sequence[str], *, recursive: bool = False, sourceless: bool = False
) -> Iterator[str]:
    """The paths of all revision files, folder by folder, by name; a folder is visited once."""
    visited: set[str] = set()
    for folder in folders:
        yield from _in_folder(folder, visited, recursive=recursive, sourceless=sourceless)


def _in_folder(
    folder: str, visited: set[str], *, recursive: bool, sourceless: bool
) -> Iterator[str]:
    real = os.path.realpath(folder)
    if real in visited:
        return
    visited.add(real)
    files, folders = _listed(folder)
    sources = [name for name in files if name.endswith(".py")]
    before = os.path.join(folder, "")
    for name in sources:
        yield before + name
    if sourceless:
        yield from _byte_code(folder, files, {name[:-3] for name in sources})
    for name in folders if recursive else ():
        if name != "__pycache__":
            yield from _in_folder(
                os.path.join(folder, name), visited, recursive=True, sourceless=sourceless
            )


def _listed(folder: str) -> tuple[list[str], list[str]]:
    """The names of files and of folders; none if the folder is not there.

    git keeps no empty folder: in a new clone, `versions` may be missing.
    """
    files: list[str] = []
    folders: list[str] = []
    try:
        with os.scandir(folder) as entries:
            for entry in entries:
                if entry.name.startswith((".#", "__init__")):
                    continue
                (folders if entry.is_dir() else files).append(entry.name)
    except FileNotFoundError:
        return [], []
    except NotADirectoryError:
        raise NoScriptDirectory(
            f"'{folder}' is a file, and a folder of revision files is needed.",
            hint="Correct the option 'version_locations'.",
        ) from None
    return sorted(files), sorted(folders)


def _byte_code(folder: str, files: Sequence[str], known: set[str]) -> Iterator[str]:
    """Byte code whose source is not there, beside it or in `__pycache__`."""
    cache = os.path.join(folder, "__pycache__")
    tag = f".{sys.implementation.cache_tag}"
    cached = [name for name in _listed(cache)[0] if f"{tag}." in name]
    for place, names in ((folder, files), (cache, cached)):
        for name in names:
            if not name.endswith((".pyc", ".pyo")):
                continue
            stem = name.partition(tag if place == cache else ".py")[0]
            if stem not in known:
                known.add(stem)
                yield os.path.join(place, name)
