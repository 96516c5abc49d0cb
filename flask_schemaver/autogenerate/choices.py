"""What a person decides about a comparison: told beforehand, or asked when it comes up.

Nothing here touches a database or a terminal.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from ..errors import TooManyDrops, UndecidedFill, UndecidedRename
from ..schema.record import record

if TYPE_CHECKING:
    from ..schema.rename import Candidate
    from .unfilled import Unfilled


class Questioner:
    """Answers what a comparison cannot know. This one knows nothing, and raises an error instead.

    A program that can ask somebody derives from it; None as an answer means "I cannot say".
    """

    def is_rename(self, candidate: Candidate) -> bool | None:
        """Whether what is dropped and what is added are one and the same."""
        return None

    def fill(self, column: Unfilled) -> str | None:
        """What rows get in a column that is NOT NULL: a value as `--fill` takes it.

        "nullable" leaves the column nullable for now, "todo" leaves a mark in the file.
        """
        return None

    def undecided_renames(self, found: Sequence[Candidate]) -> None:
        """Called with the candidates that no answer was found for; raises `UndecidedRename`."""
        lines = "".join(f"\n  {candidate.describe()}" for candidate in found)
        flags = "".join(f"\n  {candidate.flag}" for candidate in found)
        olds = " ".join(f"--drop-and-add {old}" for old in dict.fromkeys(c.old for c in found))
        raise UndecidedRename(
            f"What is dropped and what is added may be one and the same:{lines}",
            candidates=list(found),
            hint=f"If it was renamed, so that its rows are kept, say:{flags}\n"
            f"If not: {olds} (or --no-renames for all). Nothing was written.",
        )

    def undecided_fills(self, found: Sequence[Unfilled]) -> None:
        """Called with the columns that nobody has a value for; raises `UndecidedFill`."""
        lines = "".join(f"\n  {column.describe()}" for column in found)
        flags = "".join(f"\n  --fill {column.words}=VALUE" for column in found)
        raise UndecidedFill(
            f"Rows would have no value for what is NOT NULL:{lines}",
            columns=list(found),
            hint=f"Give the model a server_default= or a plain default=, or say what rows get:"
            f"{flags}\n'--fill {found[0].words}=nullable' leaves the column nullable for now, "
            "'=todo' marks the place in the file. Nothing was written.",
        )

    def allowed_drops(self, tables: Mapping[str, int]) -> None:
        """Called before most tables are dropped that `allow_drop` lets go, with their rows.

        Raises an error if somebody who is asked does not want it after all.
        """

    def many_drops(self, tables: Sequence[str], known: int) -> None:
        """Called before most of the `known` tables would be dropped; raises `TooManyDrops`."""
        shown = ", ".join(f"'{name}'" for name in tables[:10])
        more = f" and {len(tables) - 10} more" if len(tables) > 10 else ""
        raise TooManyDrops(
            f"{len(tables)} of the {known} tables that were compared would be dropped, with their "
            f"rows: {shown}{more}.",
            hint="Models that nobody imports look like that: import their modules where the app "
            "is made. If the tables are to go, say --allow-drop; if they are not this app's, name "
            "them in the setting 'exclude_tables'. Nothing was written.",
        )


@record
class Choices:
    """What was decided beforehand, and who is asked for the rest.

    `renames` are texts such as "users.name:full_name" and "users:people"; `drop_and_add` names
    what is truly dropped. `fills` are texts such as "users.age=0". Without a `questioner` nobody
    is asked: what may be a rename is dropped and added, rows get the empty value of a type, and a
    warning says so.
    """

    renames: tuple[str, ...] = ()
    drop_and_add: tuple[str, ...] = ()
    no_renames: bool = False
    fills: tuple[str, ...] = ()
    allow_drop: bool = False
    questioner: Questioner | None = None
