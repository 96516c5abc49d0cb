"""What an operation is: one object that simulates, runs, reverses, describes and renders itself."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

from ..errors import CommandError

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection
    from sqlalchemy.sql import Executable

    from ..dialects.base import Dialect
    from ..dialects.sqlite.definition import TableDefinition
    from .model import Ref, Schema

Statement = "str | Executable"


class Call:
    """A call in a script to be written: the function's name and its arguments as values.

    What the values look like as Python is the renderer's business; they may be further calls.
    """

    __slots__ = ("args", "function", "kwargs")

    def __init__(self, function: str, *args: Any, **kwargs: Any) -> None:
        self.function: str = function
        self.args: tuple[Any, ...] = args
        self.kwargs: Mapping[str, Any] = kwargs

    def __repr__(self) -> str:
        words = [repr(a) for a in self.args] + [f"{k}={v!r}" for k, v in self.kwargs.items()]
        return f"{self.function}({', '.join(words)})"


class Item:
    """A value in a call, with the schema item that it stands for: hooks may write that otherwise.

    `kind` is the word for the item: column, server_default, primary_key, unique, ...
    """

    __slots__ = ("kind", "object", "value")

    def __init__(self, kind: str, object_: Any, value: Any) -> None:
        self.kind: str = kind
        self.object: Any = object_
        self.value: Any = value

    def __repr__(self) -> str:
        return repr(self.value)


class IrreversibleError(CommandError, ValueError, NotImplementedError):
    """An operation does not know what was there before it."""


class Operation:
    """One step of a migration: a mutable object, so that hooks can change what is generated."""

    directive: str = "operation"
    """The name of the function in `op` that makes this operation."""

    committed_at_once: bool = False
    """A script says it in a block of its own: what it makes can be used after a commit only."""

    comes: Literal["first", "last"] | None = None
    """Its place among the operations on its table, where it has one whatever they need."""

    if_exists: bool | None
    if_not_exists: bool | None

    @cached_property
    def info(self) -> dict[str, Any]:
        """Notes of hooks and programs; nothing here reads them."""
        return {}

    def apply(self, schema: Schema, dialect: Dialect) -> Schema:
        """The schema as it is after this operation. Touches no database."""
        return schema

    def reverse(self) -> Operation:
        """The operation that takes this one back."""
        raise IrreversibleError(
            f"The operation '{self.describe()}' cannot be reversed: it does not say what was "
            "there before."
        )

    def reverses(self) -> Sequence[Operation]:
        """The operations that take this one back, in order; most need but one."""
        return [self.reverse()]

    def to_diff_tuple(self) -> Any:
        """The change as a tuple that begins with a word for it, or a list of such tuples.

        By default the word is the directive, and the operation itself follows.
        """
        return (self.directive, self)

    def statements(self, dialect: Dialect) -> Iterable[str | Executable]:
        """The statements that do it, in the spelling of a database. Touches no database."""
        return ()

    def guarded(self) -> bool:
        """Whether it is to be left out where it is done already: IF EXISTS, IF NOT EXISTS."""
        return bool(getattr(self, "if_exists", None) or getattr(self, "if_not_exists", None))

    def guards_itself(self, dialect: Dialect) -> bool:
        """Whether the database can leave it out by itself, as its statements can say so."""
        return self.directive in dialect.guards

    def is_done(self, connection: Connection, dialect: Dialect) -> bool:
        """Whether the catalogue shows that there is nothing to do. Reads only."""
        return False

    def commits_alone(self, dialect: Dialect) -> bool:
        """Whether its statements cannot run inside a transaction."""
        return False

    def describe(self) -> str:
        """Words for a person: `add column 'users.name'`."""
        words: str = self.directive
        return words.replace("_", " ")

    def rendering(self) -> Call:
        """The call of `op` that makes an equal operation."""
        raise CommandError(f"The operation '{self.describe()}' has no form in a revision file.")

    def provides(self) -> Iterable[Ref]:
        """What exists after this operation and did not before."""
        return ()

    def removes(self) -> Iterable[Ref]:
        """What does not exist any more after this operation."""
        return ()

    def alters(self) -> Iterable[Ref]:
        """What stays and is something else after this operation: what needs it comes later."""
        return ()

    def requires(self) -> Iterable[Ref]:
        """What must exist for this operation to run, beyond what it provides or removes."""
        return ()

    def frees(self) -> Iterable[Ref]:
        """What nothing of this operation's objects needs any more after it."""
        return ()

    def disturbs(self, before: Schema, dialect: Dialect) -> Iterable[Ref]:
        """What of `before` must not be there while this operation runs, though it stays."""
        return ()

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Operation) or type(self) is not type(other):
            return NotImplemented
        return self._identity() == other._identity()

    def __hash__(self) -> int:
        return hash((type(self), self._identity()))

    def _identity(self) -> str:
        """What operations are compared by: their call; without one each equals itself only."""
        try:
            return repr(self.rendering())
        except CommandError:
            return str(id(self))

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.describe()}>"


class TableOperation(Operation):
    """An operation on one table that exists already."""

    table_name: str
    schema: str | None

    def __init__(self, table_name: str, *, schema: str | None = None) -> None:
        self.table_name = table_name
        self.schema = schema

    def native(self, dialect: Dialect) -> bool:
        """Whether the database can do this by ALTER, without a rebuild of the table."""
        return True

    def edited(self, definition: TableDefinition, dialect: Dialect) -> TableDefinition:
        """The stored CREATE TABLE text of the table after this operation; renames come later."""
        return definition

    def values(self, dialect: Dialect) -> Mapping[str, str]:
        """What fills a column when rows are copied: SQL on the old table, by the column's name."""
        return {}

    def afterwards(self, dialect: Dialect) -> Iterable[str | Executable]:
        """The statements for what the text of the table does not say: indexes of its columns."""
        return ()

    def renames(self, dialect: Dialect) -> Iterable[str | Executable]:
        """The statements that rename what a rebuild leaves under its old name."""
        return ()
