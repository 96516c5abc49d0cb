"""What differs between versions of Python, as programs ask for it."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from configparser import ConfigParser

is_posix: bool = os.name == "posix"
py311: bool = sys.version_info >= (3, 11)
py312: bool = sys.version_info >= (3, 12)
py313: bool = sys.version_info >= (3, 13)


def read_config_parser(
    file_config: ConfigParser, file_argument: Sequence[str | os.PathLike[str]]
) -> list[str]:
    """Read ini files into a parser; returns the names of those that were there."""
    return file_config.read(file_argument, encoding="utf-8")
