"""What is to change of a column, in the terms of a dialect's statements."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import sqlalchemy as sa
    from sqlalchemy.types import TypeEngine


class _Unchanged:
    """The value of an argument that says: leave it as it is."""

    def __repr__(self) -> str:
        return "False"


UNCHANGED: Any = _Unchanged()


class ColumnChange:
    """What is to change of a column, and what is there now as far as the operation knows.

    Defaults are SQL, comments text, `generated` a `sa.Identity` or `sa.Computed`; UNCHANGED says
    that it stays, or that what exists is not known. `existing_nullable` None is not known either.
    """

    __slots__ = (
        "autoincrement",
        "check",
        "comment",
        "default",
        "existing_autoincrement",
        "existing_check",
        "existing_comment",
        "existing_default",
        "existing_generated",
        "existing_invisible",
        "existing_nullable",
        "existing_type",
        "generated",
        "new_name",
        "nullable",
        "type_",
        "using",
    )

    def __init__(
        self,
        *,
        type_: TypeEngine[Any] | None = None,
        nullable: bool | None = None,
        default: str | None = UNCHANGED,
        comment: str | None = UNCHANGED,
        new_name: str | None = None,
        autoincrement: bool | None = None,
        check: str | None = UNCHANGED,
        generated: sa.Identity | sa.Computed | None = UNCHANGED,
        existing_type: TypeEngine[Any] | None = None,
        existing_default: str | None = None,
        existing_nullable: bool | None = None,
        existing_comment: str | None = None,
        existing_autoincrement: bool | None = None,
        existing_generated: sa.Identity | sa.Computed | None = None,
        existing_check: str | None = None,
        existing_invisible: bool | None = None,
        using: str | None = None,
    ) -> None:
        self.type_: TypeEngine[Any] | None = type_
        self.nullable: bool | None = nullable
        self.default: str | None = default
        self.comment: str | None = comment
        self.new_name: str | None = new_name
        self.autoincrement: bool | None = autoincrement
        self.check: str | None = check
        self.generated: sa.Identity | sa.Computed | None = generated
        self.existing_type: TypeEngine[Any] | None = existing_type
        self.existing_default: str | None = existing_default
        self.existing_nullable: bool | None = existing_nullable
        self.existing_comment: str | None = existing_comment
        self.existing_autoincrement: bool | None = existing_autoincrement
        self.existing_generated: sa.Identity | sa.Computed | None = existing_generated
        self.existing_check: str | None = existing_check
        self.existing_invisible: bool | None = existing_invisible
        self.using: str | None = using


def default_clause(default: str | None) -> str:
    return "DROP DEFAULT" if default is None else f"SET DEFAULT {default}"
