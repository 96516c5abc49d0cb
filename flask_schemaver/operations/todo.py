"""A place in a revision file that a person has to complete before the file can run."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from ..errors import CommandError
from ..schema.operation import Call, Operation

if TYPE_CHECKING:
    from sqlalchemy.sql import Executable

    from ..dialects.base import Dialect


class TodoOp(Operation):
    """Refuse to run, and say what is to be done."""

    directive = "todo"

    def __init__(self, message: str) -> None:
        self.message = message

    @classmethod
    def call(cls, message: str) -> TodoOp:
        """Stop the revision with `message`: what a person has to write in the place of this."""
        return cls(message)

    def reverse(self) -> TodoOp:
        return TodoOp(self.message)

    def statements(self, dialect: Dialect) -> Iterable[str | Executable]:
        raise CommandError(
            f"There is something left to do in this revision file: {self.message}",
            hint="Edit the file, and delete its line op.todo(...).",
        )

    def describe(self) -> str:
        return f"TODO: {self.message}"

    def rendering(self) -> Call:
        return Call("op.todo", self.message)
