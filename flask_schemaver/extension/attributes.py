"""What the command that runs carries for the extension."""

from __future__ import annotations

from typing import Any

from ..errors import CommandError


def attribute_of_command(name: str) -> Any:
    """An object that the running command's `Config` carries, None if no command runs."""
    from ..runtime.environment import current

    try:
        return current().config.attributes.get(name)
    except CommandError:
        return None
