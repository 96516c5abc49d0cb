"""What can be done to a column: change its type, NULL, DEFAULT, comment or name."""

from __future__ import annotations

import copy
import logging
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

import sqlalchemy as sa
from sqlalchemy.types import NULLTYPE, TypeEngine

from ...dialects.base import UNCHANGED, ColumnChange
from ...errors import CommandError
from ...schema.following import Renaming, followed
from ...schema.model import Ref, Schema, column_ref, table_ref
from ...schema.operation import Call, Item, Operation, TableOperation
from ...schema.record import replace
from .._items import copied_type, given, rendered_options, stand_in, text_clause
from .._mentions import mentioned
from .model import (
    ColumnModel,
    computed_from,
    declared_column,
    render_default,
    sequence_refs,
    type_refs,
)
from .place import moved_column
from .types import check_of_type, type_words, with_other_check

if TYPE_CHECKING:
    from sqlalchemy.sql import Executable

    from ...dialects.base import Dialect
    from ...dialects.sqlite.definition import TableDefinition


logger: Final = logging.getLogger("flask_schemaver.operations")


NULL_CONFLICT = "sqlite_on_conflict_not_null"
"""The argument for what follows NOT NULL ON CONFLICT on SQLite; None takes it away."""


class AlterColumnOp(TableOperation):
    """Change the type, NULL, DEFAULT, comment or name of a column."""

    directive = "alter_column"

    def __init__(
        self,
        table_name: str,
        column_name: str,
        *,
        schema: str | None = None,
        existing_type: Any = None,
        existing_server_default: Any = False,
        existing_nullable: bool | None = None,
        existing_comment: str | None = None,
        modify_nullable: bool | None = None,
        modify_comment: str | None | bool = False,
        modify_server_default: Any = False,
        modify_name: str | None = None,
        modify_type: Any = None,
        insert_before: str | None = None,
        insert_after: str | None = None,
        _reverses: Sequence[Operation] | None = None,
        **kw: Any,
    ) -> None:
        self._reverses = _reverses
        self.table_name = table_name
        self.column_name = column_name
        self.schema = schema
        self.existing_type = existing_type
        self.existing_server_default = existing_server_default
        self.existing_nullable = existing_nullable
        self.existing_comment = existing_comment
        self.modify_nullable = modify_nullable
        self.modify_comment = modify_comment
        self.modify_server_default = modify_server_default
        self.modify_name = modify_name
        self.modify_type = modify_type
        self.insert_before = insert_before
        self.insert_after = insert_after
        self.kw = kw

    @classmethod
    def call(
        cls,
        table_name: str,
        column_name: str,
        *,
        nullable: bool | None = None,
        comment: str | None | bool = False,
        server_default: Any = False,
        new_column_name: str | None = None,
        type_: TypeEngine[Any] | type[TypeEngine[Any]] | None = None,
        existing_type: TypeEngine[Any] | type[TypeEngine[Any]] | None = None,
        existing_server_default: Any = False,
        existing_nullable: bool | None = None,
        existing_comment: str | None = None,
        schema: str | None = None,
        **kw: Any,
    ) -> AlterColumnOp:
        """Change a column; for `server_default` and `comment` None drops and False keeps.

        `existing_*` say what is there now: databases that write the whole column anew need it.
        """
        return cls(
            table_name,
            column_name,
            schema=schema,
            existing_type=existing_type,
            existing_server_default=existing_server_default,
            existing_nullable=existing_nullable,
            existing_comment=existing_comment,
            modify_nullable=nullable,
            modify_comment=comment,
            modify_server_default=server_default,
            modify_name=new_column_name,
            modify_type=type_,
            **kw,
        )

    @property
    def ref(self) -> Ref:
        return column_ref(self.schema, self.table_name, self.column_name)

    def has_changes(self) -> bool:
        """Whether anything at all is to change."""
        return (
            self.modify_nullable is not None
            or self.modify_comment is not False
            or self.modify_server_default is not False
            or self.modify_name is not None
            or self.modify_type is not None
            or bool(self._further_changes())
        )

    def _further_changes(self) -> list[str]:
        """The options that change something which Alembic has no argument for."""
        further = {NULL_CONFLICT, "autoincrement", "check"}
        return [name for name in self.kw if name.startswith("modify_") or name in further]

    def to_diff_tuple(self) -> Any:
        """A list: a tuple for each of type, nullable, default, comment and more that changes."""
        existing = {
            "existing_type": self.existing_type,
            "existing_nullable": self.existing_nullable,
            "existing_server_default": _as_clause(self.existing_server_default),
            "existing_comment": self.existing_comment,
        }
        default = _as_clause(self.modify_server_default)
        # The last says which value means that nothing changes.
        changes: list[tuple[str, str, Any, Any]] = [
            ("modify_type", "existing_type", self.modify_type, None),
            ("modify_nullable", "existing_nullable", self.modify_nullable, None),
            ("modify_default", "existing_server_default", default, False),
            ("modify_comment", "existing_comment", self.modify_comment, False),
        ]
        place = (self.schema, self.table_name, self.column_name)
        renamed = [] if self.modify_name is None else [("rename_column", *place, self.modify_name)]
        further = [
            (f"modify_{word}", *place, existing, self.kw.get(f"existing_{word}"), self.kw[name])
            for name in self._further_changes()
            for word in [name.removeprefix("modify_")]
        ]
        usual = [
            (word, *place, {n: v for n, v in existing.items() if n != old}, existing[old], new)
            for word, old, new, unchanged in changes
            if new is not unchanged
        ]
        return renamed + usual + further

    def new_column(self, dialect: Dialect) -> sa.Column[Any]:
        """The column as it will be, with its type and default, on a table of its own."""
        type_ = self.modify_type if self.modify_type is not None else self.existing_type
        default = self.modify_server_default
        if default is False:
            default = _none_for_false(self.existing_server_default)
        column: sa.Column[Any] = sa.Column(
            self.modify_name or self.column_name,
            copied_type(sa.types.to_instance(type_)) if type_ is not None else NULLTYPE,
            server_default=default,
        )
        return stand_in(self.table_name, self.schema, column, dialect=dialect).c[column.name]

    def _default_sql(self, dialect: Dialect) -> str | None:
        return dialect.default_spelling(self.new_column(dialect))

    def _existing_default_sql(self, dialect: Dialect) -> str | None:
        unknown: str | None = UNCHANGED
        if self.existing_server_default is False:
            return unknown
        if self.existing_server_default is None:
            return None
        if _generated(self.existing_server_default) is not None:
            return unknown
        before = AlterColumnOp(
            self.table_name,
            self.column_name,
            modify_type=self.existing_type,
            modify_server_default=self.existing_server_default,
        )
        return before._default_sql(dialect)

    def change(self, dialect: Dialect) -> ColumnChange:
        """The change in terms of a dialect's statements."""
        existing, modified = self.existing_type, self.modify_type
        generated = self._new_generated()
        keep_default = self.modify_server_default is False or (
            generated is not UNCHANGED and (generated is not None or self._becomes_plain())
        )
        return ColumnChange(
            type_=None if modified is None else sa.types.to_instance(modified),
            nullable=self.modify_nullable,
            default=UNCHANGED if keep_default else self._default_sql(dialect),
            comment=UNCHANGED if isinstance(self.modify_comment, bool) else self.modify_comment,
            new_name=self.modify_name,
            existing_type=None if existing is None else sa.types.to_instance(existing),
            existing_default=self._existing_default_sql(dialect),
            existing_nullable=self.existing_nullable,
            existing_comment=self.existing_comment,
            autoincrement=self.kw.get("autoincrement"),
            existing_autoincrement=self.kw.get("existing_autoincrement"),
            generated=generated,
            existing_generated=_generated(self.existing_server_default),
            existing_check=self.kw.get("existing_check"),
            existing_invisible=self.kw.get("existing_invisible"),
            check=self.kw.get("check", UNCHANGED),
            using=self.kw.get("postgresql_using"),
        )

    def _becomes_plain(self) -> bool:
        """Whether a column ends to be filled by the server, and gets no default instead."""
        return self.modify_server_default is None

    def _new_generated(self) -> Any:
        """The Identity or Computed that the column becomes, None if it ends to be one."""
        new = _generated(self.modify_server_default)
        if new is None and _generated(self.existing_server_default) is None:
            return UNCHANGED
        return UNCHANGED if self.modify_server_default is False else new

    def completed(self, found: Mapping[str, Any]) -> AlterColumnOp:
        """The same change, with what it does not say of the column taken from what was read."""
        facts = copy.copy(self)
        if self.existing_type is None:
            facts.existing_type = found["type"]
        if self.existing_nullable is None:
            facts.existing_nullable = bool(found["nullable"])
        if self.existing_server_default is False:
            computed, default = found.get("computed"), found.get("default")
            if computed:
                facts.existing_server_default = sa.Computed(**computed)
            else:
                facts.existing_server_default = None if default is None else text_clause(default)
        if self.existing_comment is None:
            facts.existing_comment = found.get("comment")
        more = {
            "existing_autoincrement": found.get("autoincrement") is True,
            "existing_check": found.get("check"),
            "existing_invisible": found.get("invisible"),
        }
        facts.kw = more | self.kw
        return facts

    def apply(self, schema: Schema, dialect: Dialect) -> Schema:
        old: ColumnModel = schema[self.ref]
        changes: dict[str, Any] = {}
        if self.modify_type is not None:
            type_ = sa.types.to_instance(self.modify_type)
            changes |= {"type": type_, "stored_type": dialect.compared_type(type_)}
        if self.modify_nullable is not None:
            changes["nullable"] = self.modify_nullable
        if self.modify_server_default is not False:
            new = declared_column(self.new_column(dialect), self.schema, self.table_name, dialect)
            changes |= {"default": new.default, "server_default": new.server_default}
            changes |= {"identity": new.identity, "computed": new.computed}
            changes["generated"] = new.generated
        if self.kw.get("autoincrement") is not None:
            changes["counting"] = bool(self.kw["autoincrement"])
        if self.modify_comment is not False:
            changes["comment"] = self.modify_comment
        schema = schema.replaced(self.ref, replace(old, **changes))
        if self.modify_name is None:
            return schema
        renaming = Renaming(self.schema, self.table_name, self.column_name, self.modify_name)
        return followed(schema, renaming, dialect)

    def reverse(self) -> AlterColumnOp:
        changed_type = self.modify_type is not None
        changed_null = self.modify_nullable is not None
        changed_default = self.modify_server_default is not False
        changed_comment = self.modify_comment is not False
        kw = self._reversed_words()
        if NULL_CONFLICT in kw:
            old, new = kw.get(f"existing_{NULL_CONFLICT}"), kw[NULL_CONFLICT]
            kw |= {NULL_CONFLICT: old, f"existing_{NULL_CONFLICT}": new}
        return AlterColumnOp(
            self.table_name,
            self.modify_name or self.column_name,
            schema=self.schema,
            existing_type=self.modify_type if changed_type else self.existing_type,
            modify_type=self.existing_type if changed_type else None,
            existing_nullable=self.modify_nullable if changed_null else self.existing_nullable,
            modify_nullable=self.existing_nullable if changed_null else None,
            existing_server_default=self.modify_server_default
            if changed_default
            else self.existing_server_default,
            modify_server_default=_none_for_false(self.existing_server_default)
            if changed_default
            else False,
            existing_comment=self._new_comment() if changed_comment else self.existing_comment,
            modify_comment=self.existing_comment if changed_comment else False,
            modify_name=self.column_name if self.modify_name is not None else None,
            **kw,
        )

    def reverses(self) -> Sequence[Operation]:
        return [self.reverse()] if self._reverses is None else self._reverses

    def _reversed_words(self) -> dict[str, Any]:
        kw = {name: value for name, value in self.kw.items() if name != "postgresql_using"}
        if "autoincrement" in kw and "existing_autoincrement" in kw:
            was, will = kw["existing_autoincrement"], kw["autoincrement"]
            kw |= {"autoincrement": was, "existing_autoincrement": will}
        if "check" in kw:
            was, will = kw.pop("existing_check", None), kw["check"]
            kw |= {"check": was} if will is None else {"check": was, "existing_check": will}
        return kw

    def _new_comment(self) -> str | None:
        return str(self.modify_comment) if self.modify_comment else None

    def native(self, dialect: Dialect) -> bool:
        moved = self.insert_before is not None or self.insert_after is not None
        if (moved or NULL_CONFLICT in self.kw) and not dialect.alters_constraints:
            return False
        return dialect.alters_column(self.change(dialect))

    def _checked(self, dialect: Dialect) -> None:
        if self.kw.get("postgresql_using") is not None and self.modify_type is None:
            raise CommandError(
                f"'postgresql_using' of column '{self.table_name}.{self.column_name}' says how "
                "to change its type, and the type does not change.",
                hint="Give the new type as 'type_', or leave 'postgresql_using' out.",
            )
        if self.kw.get("autoincrement") is not None and not dialect.counts_by_column:
            logger.warning(
                "'autoincrement' of column '%s.%s' means nothing on this database.",
                self.table_name,
                self.column_name,
            )

    def _check_of(self, type_: Any, column: str, dialect: Dialect) -> sa.CheckConstraint | None:
        """The CHECK that one of the two types brings along, if it is known and changes."""
        if self.modify_type is None or type_ is None:
            return None
        return check_of_type(type_, column, self.table_name, self.schema, dialect)

    def statements(self, dialect: Dialect) -> Iterable[str | Executable]:
        self._checked(dialect)
        table, schema = self.table_name, self.schema
        old = self._check_of(self.existing_type, self.column_name, dialect)
        name = None if old is None else dialect.constraint_name(old)
        if name is not None:
            yield from dialect.drop_constraint(name, "check", table, schema)
        yield from dialect.alter_column(table, schema, self.column_name, self.change(dialect))
        new = self._check_of(self.modify_type, self.modify_name or self.column_name, dialect)
        if new is not None:
            yield from dialect.add_constraint(new)

    def edited(self, definition: TableDefinition, dialect: Dialect) -> TableDefinition:
        self._checked(dialect)
        change = self.change(dialect)
        name = self.column_name
        if change.generated is not UNCHANGED:
            list(dialect.alter_generated("", name, change))
        if change.type_ is not None:
            if _collation(change.existing_type) and not _collation(change.type_):
                definition = definition.without_collation(name)
            definition = definition.with_type(name, dialect.type_spelling(change.type_))
            old = self._check_of(self.existing_type, name, dialect)
            new = self._check_of(self.modify_type, name, dialect)
            definition = with_other_check(definition, old, new, dialect)
        if change.default is not UNCHANGED:
            definition = definition.with_default(name, change.default)
        if change.nullable is not None:
            definition = definition.with_not_null(name, not change.nullable)
        if NULL_CONFLICT in self.kw:
            definition = definition.with_null_conflict(name, self.kw[NULL_CONFLICT])
        return moved_column(definition, name, self.insert_before, self.insert_after)

    def values(self, dialect: Dialect) -> Mapping[str, str]:
        """The day, or the time, of a DateTime: to SQLite all three are text that it never converts.

        What SQLite cannot read as a time is kept as it is.
        """
        change = self.change(dialect)
        if not isinstance(change.existing_type, sa.DateTime):
            return {}
        name = dialect.quote(self.column_name)
        if isinstance(change.type_, sa.Date):
            return {self.column_name: f"coalesce(date({name}), {name})"}
        if isinstance(change.type_, sa.Time):
            return {self.column_name: f"coalesce(time({name}), {name})"}
        return {}

    def renames(self, dialect: Dialect) -> Iterable[str | Executable]:
        if self.modify_name is None:
            return ()
        change = ColumnChange(new_name=self.modify_name)
        return dialect.alter_column(self.table_name, self.schema, self.column_name, change)

    def describe(self) -> str:
        words = []
        if self.modify_type is not None:
            old, new = self.info.get("stored_types") or (
                type_words(self.existing_type),
                type_words(self.modify_type),
            )
            words.append(f"type {old} -> {new}")
        if self.modify_nullable is not None:
            words.append("nullable" if self.modify_nullable else "NOT NULL")
        if self.modify_server_default is not False:
            dropped = self.modify_server_default is None
            words.append("no server default" if dropped else "another server default")
        if NULL_CONFLICT in self.kw:
            words.append("another conflict clause of NOT NULL")
        if self.modify_comment is not False:
            words.append("another comment" if self.modify_comment else "no comment")
        if "autoincrement" in self.kw:
            words.append("counting" if self.kw["autoincrement"] else "not counting")
        if "check" in self.kw:
            words.append("no CHECK" if self.kw["check"] is None else "another CHECK")
        if self.modify_name is not None:
            words.append(f"renamed to '{self.modify_name}'")
        return f"change column '{self.table_name}.{self.column_name}': {', '.join(words)}"

    def rendering(self) -> Call:
        options: dict[str, Any] = {}
        if self.existing_type is not None:
            options["existing_type"] = sa.types.to_instance(self.existing_type)
        if self.modify_type is not None:
            options["type_"] = sa.types.to_instance(self.modify_type)
        if self.modify_name is not None:
            options["new_column_name"] = self.modify_name
        if self.modify_nullable is not None:
            options["nullable"] = self.modify_nullable
        if self.modify_server_default is not False:
            options["server_default"] = self._rendered_default(self.modify_server_default)
        if self.modify_comment is not False:
            options["comment"] = self.modify_comment
        options |= self._rendered_existing()
        options |= rendered_options(self.kw)
        if NULL_CONFLICT in self.kw:
            options[NULL_CONFLICT] = self.kw[NULL_CONFLICT]
        if "check" in self.kw:  # None, too, says something
            options["check"] = self.kw["check"]
        return Call("op.alter_column", self.table_name, self.column_name, **options)

    def _rendered_existing(self) -> dict[str, Any]:
        options: dict[str, Any] = {}
        if self.existing_nullable is not None and self.modify_nullable is None:
            options["existing_nullable"] = self.existing_nullable
        if self.existing_comment is not None:
            options["existing_comment"] = self.existing_comment
        if _known(self.existing_server_default):
            default = self._rendered_default(self.existing_server_default)
            options["existing_server_default"] = default
        return options | given(schema=self.schema)

    @staticmethod
    def _rendered_default(default: Any) -> Any:
        return None if default is None else Item("server_default", default, render_default(default))

    def alters(self) -> Iterable[Ref]:
        return () if self.modify_type is None else (self.ref,)

    def requires(self) -> Iterable[Ref]:
        default = self.modify_server_default
        text = getattr(default, "text", None)
        counters = sequence_refs(text) if text and "nextval(" in text else ()
        key = [self._key] if self.kw.get("autoincrement") is True else []
        return (self.ref, *self._enums(self.modify_type), *counters, *key)

    @property
    def _key(self) -> Ref:
        """The primary key of the table, without which no column counts on MySQL."""
        return Ref("primary_key", self.schema, self.table_name, "(primary key)")

    def frees(self) -> Iterable[Ref]:
        key = [self._key] if self.kw.get("autoincrement") is False else []
        return key if self.modify_type is None else [*self._enums(self.existing_type), *key]

    def _enums(self, type_: Any) -> list[Ref]:
        """The enumerated type, or the domain, that a column of this type needs."""
        return [] if type_ is None else list(type_refs(sa.types.to_instance(type_)))

    def disturbs(self, before: Schema, dialect: Dialect) -> Iterable[Ref]:
        """What cannot bear that a column under it changes, or is stored otherwise after that."""
        if self.modify_type is None:
            return
        if dialect.alters_constraints:  # a table that is built anew computes them again
            yield from (m.ref for m in computed_from(self.ref, before))
        existing = None if self.existing_type is None else sa.types.to_instance(self.existing_type)
        if dialect.disturbs_keys(existing, sa.types.to_instance(self.modify_type)):
            for key in before.of_kind("foreign_key"):
                if self.ref in key.requires():
                    yield key.ref
        if dialect.rewrites_expressions(existing, sa.types.to_instance(self.modify_type)):
            yield from self._expressions(before)

    def _expressions(self, before: Schema) -> Iterable[Ref]:
        """The CHECKs and the indexes that compute something from the column."""
        owner = table_ref(self.schema, self.table_name)
        yield from (c.ref for c in before.parts(owner, "check") if self.ref in c.requires())
        for index in before.parts(owner, "index"):
            if any(mentioned(text, [self.column_name]) for text in index.texts()):
                yield index.ref


def _collation(type_: Any) -> str | None:
    return getattr(type_, "collation", None)


def _known(default: Any) -> bool:
    """Whether there is a default and the operation knows it."""
    return default is not None and default is not False


def _none_for_false(default: Any) -> Any:
    """An unknown existing default is none: `False` says so only where nothing changes."""
    return None if default is False else default


def _generated(default: Any) -> sa.Identity | sa.Computed | None:
    return default if isinstance(default, sa.Computed | sa.Identity) else None


def _as_clause(default: Any) -> Any:
    """A server default as a column has it; None, False and what generates values stay."""
    is_argument = isinstance(default, str | sa.TextClause | sa.ColumnElement)
    return sa.DefaultClause(default) if is_argument else default
