"""Extensions of a PostgreSQL server: created and dropped by hand; they are not compared."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from ..schema.model import Ref
from ..schema.operation import Call, Operation
from ._items import given

if TYPE_CHECKING:
    from sqlalchemy.sql import Executable

    from ..dialects.base import Dialect


class CreateExtensionOp(Operation):
    """Install an extension."""

    directive = "create_extension"

    def __init__(
        self,
        extension_name: str,
        *,
        schema: str | None = None,
        version: str | None = None,
        if_not_exists: bool = True,
        cascade: bool = False,
    ) -> None:
        self.extension_name = extension_name
        self.schema = schema
        self.version = version
        self.if_not_exists: bool | None = if_not_exists
        self.cascade = cascade

    @classmethod
    def call(
        cls,
        extension_name: str,
        *,
        schema: str | None = None,
        version: str | None = None,
        if_not_exists: bool = True,
        cascade: bool = False,
    ) -> CreateExtensionOp:
        """Install an extension of PostgreSQL, unless it is there; nothing on other databases.

        `cascade` installs the extensions that it needs, too.
        """
        return cls(
            extension_name,
            schema=schema,
            version=version,
            if_not_exists=if_not_exists,
            cascade=cascade,
        )

    def guards_itself(self, dialect: Dialect) -> bool:
        return True

    def reverse(self) -> DropExtensionOp:
        return DropExtensionOp(self.extension_name)

    def statements(self, dialect: Dialect) -> Iterable[str | Executable]:
        return dialect.create_extension(
            self.extension_name,
            self.schema,
            self.version,
            if_not_exists=bool(self.if_not_exists),
            cascade=self.cascade,
        )

    def describe(self) -> str:
        return f"create extension '{self.extension_name}'"

    def rendering(self) -> Call:
        options = given(schema=self.schema, version=self.version, cascade=self.cascade)
        if not self.if_not_exists:
            options["if_not_exists"] = False
        return Call("op.create_extension", self.extension_name, **options)

    def provides(self) -> Iterable[Ref]:
        return (Ref("extension", None, None, self.extension_name),)


class DropExtensionOp(Operation):
    """Remove an extension."""

    directive = "drop_extension"

    def __init__(
        self, extension_name: str, *, if_exists: bool = True, cascade: bool = False
    ) -> None:
        self.extension_name = extension_name
        self.if_exists: bool | None = if_exists
        self.cascade = cascade

    @classmethod
    def call(
        cls, extension_name: str, *, if_exists: bool = True, cascade: bool = False
    ) -> DropExtensionOp:
        """Remove an extension of PostgreSQL; `cascade` drops what uses it, too."""
        return cls(extension_name, if_exists=if_exists, cascade=cascade)

    def guards_itself(self, dialect: Dialect) -> bool:
        return True

    def reverse(self) -> CreateExtensionOp:
        return CreateExtensionOp(self.extension_name)

    def statements(self, dialect: Dialect) -> Iterable[str | Executable]:
        return dialect.drop_extension(
            self.extension_name, if_exists=bool(self.if_exists), cascade=self.cascade
        )

    def describe(self) -> str:
        return f"drop extension '{self.extension_name}'"

    def rendering(self) -> Call:
        options = given(cascade=self.cascade)
        if not self.if_exists:
            options["if_exists"] = False
        return Call("op.drop_extension", self.extension_name, **options)

    def removes(self) -> Iterable[Ref]:
        return (Ref("extension", None, None, self.extension_name),)
