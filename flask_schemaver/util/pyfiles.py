"""Files of Python code and templates, as programs load and write them."""

from __future__ import annotations

import os
from pathlib import Path
from types import ModuleType
from typing import Any

from ..script.locations import folder_of
from ..script.revision import load_file
from ..script.template import render

__all__ = [
    "coerce_resource_to_filename",
    "load_python_file",
    "pyc_file_from_path",
    "template_to_file",
]


def load_python_file(dir_: str | os.PathLike[str], filename: str) -> ModuleType:
    """Execute a file of a folder as a module of its own; it is not put into `sys.modules`."""
    path = Path(dir_) / filename
    if not path.exists() and (compiled := pyc_file_from_path(path)) is not None:
        path = compiled
    return load_file(os.fspath(path))


def pyc_file_from_path(path: str | os.PathLike[str]) -> Path | None:
    """The byte code that belongs to a file of source, None where there is none."""
    from importlib.util import cache_from_source

    places = (Path(cache_from_source(path)), Path(path).with_suffix(".pyc"))
    return next((place for place in places if place.exists()), None)


def template_to_file(
    template_file: str | os.PathLike[str],
    dest: str | os.PathLike[str],
    output_encoding: str,
    *,
    append_with_newlines: bool = False,
    **kw: Any,
) -> None:
    """Fill in a Mako template and write it; raises TemplateError before anything is written."""
    text = render(os.fspath(template_file), "utf-8", **kw)
    start = "\n\n" if append_with_newlines else ""
    mode = "ab" if append_with_newlines else "wb"
    with open(dest, mode) as file:
        file.write((start + text).encode(output_encoding))


def coerce_resource_to_filename(fname_or_resource: str | os.PathLike[str]) -> Path:
    """A path as it is; `package:folder/file` as the place inside that package."""
    return Path(folder_of(os.fspath(fname_or_resource)))
