"""What a class of another package may say by itself, and is asked for if it does.

Names and arguments are those of Alembic's implementations of databases.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from .version_table import version_table as made_version_table

if TYPE_CHECKING:
    import sqlalchemy as sa
    from sqlalchemy.engine.interfaces import Dialect as EngineDialect
    from sqlalchemy.types import TypeEngine


class Judged:
    """The judgements of a dialect; a class that overrides one is asked each time."""

    __dialect__: ClassVar[str] = "default"
    """The database that a class of another package is for."""

    type_synonyms: ClassVar[tuple[set[str], ...]] = ({"NUMERIC", "DECIMAL"},)
    """Names of types that mean the same, for a class of another package."""

    type_arg_extract: ClassVar[Sequence[str]] = ()
    """Not asked: types are compared as the database spells them."""

    identity_attrs_ignore: ClassVar[tuple[str, ...]] = ()
    """Not asked: identities are compared as the database stores them."""

    engine: EngineDialect
    context: Any = None
    """The MigrationContext at hand."""

    @property
    def dialect(self) -> EngineDialect:
        """SQLAlchemy's dialect."""
        return self.engine

    @property
    def connection(self) -> Any:
        """The connection that the migration runs on; one that writes, while SQL is written."""
        return self.context.bind

    bind = connection

    def execute(self, sql: Any, execution_options: Any = None) -> None:
        """Run a statement, or write it."""
        self.context.execute(sql, execution_options)

    def static_output(self, text: str) -> None:
        """Write text into the SQL script."""
        self.context.static_output(text)

    def start_migrations(self) -> None:
        """Set up what a run needs; called in its first transaction, before the first revision."""

    def compared_type(self, type_: TypeEngine[Any]) -> str:
        raise NotImplementedError

    def compare_type(
        self, inspector_column: sa.Column[Any], metadata_column: sa.Column[Any]
    ) -> bool | None:
        """Whether the types of a column that was read and of a model's differ."""
        stored, declared = inspector_column.type, metadata_column.type
        return self.compared_type(stored) != self.compared_type(declared)

    def compare_server_default(
        self,
        inspector_column: sa.Column[Any],
        metadata_column: sa.Column[Any],
        rendered_metadata_default: str | None,
        rendered_inspector_default: str | None,
    ) -> bool | None:
        """Whether two defaults, as they are written, differ."""
        return rendered_inspector_default != rendered_metadata_default

    @property
    def judges_types(self) -> bool:
        """Whether a class of another package compares types."""
        return type(self).compare_type is not Judged.compare_type

    @property
    def judges_defaults(self) -> bool:
        """Whether a class of another package compares defaults."""
        return type(self).compare_server_default is not Judged.compare_server_default

    def version_table_impl(
        self,
        *,
        version_table: str,
        version_table_schema: str | None,
        version_table_pk: bool,
        **kw: Any,
    ) -> sa.Table:
        """The version table as it is created; its first column holds the revisions."""
        return made_version_table(version_table, version_table_schema, primary_key=version_table_pk)

    def render_type(self, type_obj: Any, autogen_context: Any) -> str | Literal[False]:
        """A type as Python in a new revision; False for the usual way."""
        return False

    @property
    def renders_types(self) -> bool:
        """Whether a class of another package writes types."""
        return type(self).render_type is not Judged.render_type


USUAL_VERSION_TABLE: Callable[..., sa.Table] = Judged.version_table_impl
"""As long as a class has this one, nobody wants another version table."""
