"""The one place that decides what an immutable value is made of."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TypeVar, dataclass_transform

__all__ = ["record", "remark", "replace"]

T = TypeVar("T")


@dataclass_transform(frozen_default=True, kw_only_default=False, field_specifiers=(field,))
def record(cls: type[T]) -> type[T]:
    """Make `cls` a frozen value: compared, hashed and printed by its fields."""
    return dataclass(frozen=True, slots=True)(cls)


remark = field
"""A field that needs saying more of: a default factory, or `compare=False`."""
