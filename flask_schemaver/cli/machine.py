"""Results as JSON, for programs that read what a command prints."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import date
from enum import Enum
from pathlib import PurePath
from typing import Any

from ..script.revision import Script, as_tuple


def text_of(result: Any) -> str:
    """A result of a command as JSON: records become objects, in the order of their fields."""
    return json.dumps(plain(result), indent=2, ensure_ascii=False)


def plain(value: Any) -> Any:
    """A value made of what JSON knows."""
    if value is None or isinstance(value, str | int | float | bool):
        return value
    if isinstance(value, Script):
        return _script(value)
    if hasattr(value, "_asdict"):
        return {name: plain(one) for name, one in value._asdict().items()}
    if is_dataclass(value):
        return {one.name: plain(getattr(value, one.name)) for one in fields(value)}
    if isinstance(value, Mapping):
        return {str(name): plain(one) for name, one in value.items()}
    if isinstance(value, Enum):
        return value.name.lower()
    if isinstance(value, list | tuple | set | frozenset):
        return [plain(one) for one in value]
    return _words(value)


def _words(value: Any) -> Any:
    """Something of ours, or of SQLAlchemy's, as a text."""
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, PurePath):
        return value.as_posix()
    if hasattr(value, "describe"):
        return value.describe()
    if hasattr(value, "from_revisions"):
        return {
            "from": list(value.from_revisions),
            "to": list(value.to_revisions),
            "is_upgrade": value.is_upgrade,
            "is_stamp": value.is_stamp,
            "doc": getattr(getattr(value, "revision", None), "doc", None),
        }
    return str(value)


def _script(script: Script) -> dict[str, Any]:
    return {
        "revision": script.revision,
        "down_revision": plain(script.down_revision),
        "depends_on": list(as_tuple(script.dependencies)),
        "branch_labels": sorted(script.branch_labels),
        "is_head": script.is_head,
        "doc": script.doc,
        "path": script.path,
    }
