"""What a column is, how one is declared and read, and the sa.Column it stands for."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy.sql.functions import next_value, now
from sqlalchemy.types import TypeEngine

from ...dialects.base import plain_dialect
from ...schema.model import Ref, column_ref, table_ref
from ...schema.operation import Call, Item
from ...schema.record import record, remark, replace
from .._items import copied_type, rendered_expression, rendered_options, text_clause
from .._mentions import column_refs, mentioned
from ..check import render_check
from .types import type_words

if TYPE_CHECKING:
    from sqlalchemy.engine.interfaces import ReflectedColumn

    from ...dialects.base import Dialect
    from ...schema.model import Schema


@record
class ColumnModel:
    """A column. Compared by what the database stores; the rest serves to write it again.

    `counting` says that the server numbers the rows by itself, without an identity; `used` are
    the columns that a computed one is computed from.
    """

    schema: str | None
    table: str
    name: str
    stored_type: str
    nullable: bool
    default: str | None
    computed: str | None = None
    null_conflict: str | None = None
    comment: str | None = None
    identity: tuple[tuple[str, Any], ...] | None = None
    counting: bool = False
    check: str | None = None
    type: TypeEngine[Any] = remark(default_factory=sa.types.NullType, compare=False)
    server_default: Any = remark(default=None, compare=False)
    generated: Any = remark(default=None, compare=False)
    autoincrement: Any = remark(default="auto", compare=False)
    options: dict[str, Any] = remark(default_factory=dict, compare=False)
    info: dict[str, Any] = remark(default_factory=dict, compare=False)
    python_default: Any = remark(default=None, compare=False)
    used: tuple[str, ...] = remark(default=(), compare=False)
    check_text: str | None = remark(default=None, compare=False)
    # Asked for many times in every comparison, of thousands of columns.
    ref: Ref = remark(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "ref", column_ref(self.schema, self.table, self.name))

    @property
    def spelled_type(self) -> str:
        """The type for a person, as the models have it."""
        return type_words(self.type)

    def requires(self) -> frozenset[Ref]:
        refs = {table_ref(self.schema, self.table)}
        refs.update(type_refs(self.type))
        refs.update(column_refs(self.schema, self.table, self.used))
        if self.default is not None and "nextval(" in self.default:
            refs.update(sequence_refs(self.default))
        return frozenset(refs)

    def settled(self, stored: ColumnModel) -> ColumnModel:
        return replace(
            self,
            stored_type=stored.stored_type,
            default=stored.default,
            computed=stored.computed,
            nullable=stored.nullable,
            null_conflict=stored.null_conflict,
            identity=stored.identity,
            counting=stored.counting,
            check=stored.check,
        )

    def to_column(self) -> sa.Column[Any]:
        """A new sa.Column, without the keys, indexes and constraints that it takes part in."""
        generated = [self.generated._copy()] if self.generated is not None else []
        checks = (
            [] if self.check_text is None else [sa.CheckConstraint(text_clause(self.check_text))]
        )
        return sa.Column(
            self.name,
            copied_type(self.type),
            *generated,
            *checks,
            server_default=None if generated else self.server_default,
            nullable=self.nullable,
            comment=self.comment,
            autoincrement=self.autoincrement,
            info=dict(self.info) or None,
            **self.options,
        )


def enum_ref(type_: TypeEngine[Any]) -> Ref | None:
    """The enumerated type that a column's type needs, where the database has such types."""
    element = getattr(type_, "item_type", type_)
    name = getattr(element, "name", None)
    if not isinstance(element, sa.Enum) or not element.native_enum or name is None:
        return None
    return Ref("enum", element.schema, None, str(name))


def type_refs(type_: TypeEngine[Any]) -> Iterable[Ref]:
    """The enumerated type or the domain that a column's type needs, and what that needs."""
    element: Any = getattr(type_, "item_type", type_)
    enum = enum_ref(element)
    if enum is not None:
        yield enum
    elif is_domain(element):
        yield Ref("domain", element.schema, None, str(element.name))
        yield from type_refs(element.data_type)


PLAIN: frozenset[type[Any]] = frozenset(
    {sa.Integer, sa.BigInteger, sa.String, sa.Text, sa.DateTime, sa.Date, sa.Numeric, sa.Float}
)


def is_plain(type_: Any) -> bool:
    """Whether a type is surely the server's own, which is asked of every column."""
    return type(type_) in PLAIN and not type_._variant_mapping


def is_domain(type_: Any) -> bool:
    """Whether a type is one of PostgreSQL's domains."""
    return getattr(type_, "__visit_name__", None) == "DOMAIN"


def sequence_refs(default: str) -> Iterable[Ref]:
    """The sequences that a default counts by."""
    for name in re.findall(r"nextval\('((?:[^']|'')+)'", default):
        words = [unquoted(w) for w in re.findall(r'"(?:[^"]|"")+"|[^".]+', name.replace("''", "'"))]
        yield Ref("sequence", words[-2] if len(words) > 1 else None, None, words[-1])


def unquoted(name: str) -> str:
    return name[1:-1].replace('""', '"') if name.startswith('"') else name


def declared_column(
    column: sa.Column[Any], schema: str | None, table: str, dialect: Dialect
) -> ColumnModel:
    """The model of a declared column, which must be attached to a table."""
    generated = column.computed or column.identity
    plain = generated or column.server_default is None
    default = None if plain else dialect.default_spelling(column)
    identity = None
    if column.identity is not None:
        identity = _sorted(dialect.identity_options(column.identity, column.type))
    check = dialect.column_check(column)
    counting = dialect.declared_counting(column)
    return ColumnModel(
        schema,
        table,
        column.name,
        dialect.stored_type(column),
        bool(column.nullable),
        None if default is None else dialect.normal_default(default, column.type),
        computed=_computed_text(column, dialect),
        null_conflict=dialect.conflict_clause(column),
        comment=dialect.stored_comment(column.comment),
        identity=identity,
        counting=counting,
        check=None if check is None else dialect.normal_expression(check),
        type=column.type,
        server_default=_default_argument(column, default),
        generated=generated,
        autoincrement=True if counting and dialect.counts_as_key else column.autoincrement,
        options=dict(column.dialect_kwargs) if "dialect_options" in vars(column) else {},
        info=dict(column.info) if "info" in vars(column) else {},
        python_default=column.default,
        used=_used(column.computed.sqltext, column.table, dialect) if column.computed else (),
        check_text=check,
    )


def _used(expression: Any, table: sa.Table, dialect: Dialect) -> tuple[str, ...]:
    text = dialect.expression_spelling(expression)
    return mentioned(text, (column.name for column in table.columns))


def computed_from(column: Ref, schema: Schema) -> Iterable[ColumnModel]:
    """The computed columns of a table whose expression names one of its columns."""
    for model in schema.parts(column.owner, "column") if column.owner else ():
        if column.name in model.used:
            yield model


def _sorted(options: Mapping[str, Any] | None) -> tuple[tuple[str, Any], ...] | None:
    return None if options is None else tuple(sorted(options.items()))


def _default_argument(column: sa.Column[Any], spelled: str | None) -> Any:
    """The argument `server_default`; an expression that scripts have no word for is its text."""
    default = column.server_default
    argument = getattr(default, "arg", default)
    if spelled is None or not isinstance(argument, sa.ClauseElement) or _has_word(argument):
        return argument
    return default_text(spelled)


def default_text(spelled: str) -> sa.TextClause:
    """An expression as a default: some databases take one in parentheses only."""
    is_literal = _LITERAL.fullmatch(spelled) is not None
    return text_clause(spelled if is_literal else f"({spelled})")


def _has_word(argument: sa.ClauseElement) -> bool:
    return isinstance(argument, (sa.TextClause, sa.True_, sa.False_, now))


def _computed_text(column: sa.Column[Any], dialect: Dialect) -> str | None:
    if column.computed is None:
        return None
    text = dialect.normal_expression(dialect.expression_spelling(column.computed.sqltext))
    return text + dialect.computed_storage(persisted=column.computed.persisted)


def read_column(
    found: ReflectedColumn,
    schema: str | None,
    table: str,
    dialect: Dialect,
    columns: Iterable[str] = (),
) -> ColumnModel:
    """The model of a column that was read from a database; `columns` are all of its table."""
    default = dialect.reflected_default(found)
    generated = _reflected_generated(found)
    stored = found.get("type_text") or found.get("sqlite_type_text")
    computed, identity = found.get("computed"), found.get("identity")
    counting = dialect.reflected_counting(found)
    compared, check = found.get("stored_type"), found.get("check")
    return ColumnModel(
        schema,
        table,
        str(found["name"]),
        str(compared)
        if compared is not None
        else dialect.compared_type_text(str(stored))
        if stored is not None
        else dialect.compared_type(found["type"]),
        bool(found["nullable"]),
        None if default is None else dialect.normal_default(default, found["type"]),
        computed=dialect.normal_expression(computed["sqltext"])
        + dialect.computed_storage(persisted=computed.get("persisted"))
        if computed
        else None,
        null_conflict=_null_conflict(found),
        comment=found.get("comment") if dialect.comments else None,
        identity=_sorted(dialect.identity_options(identity, found["type"])) if identity else None,
        counting=counting,
        type=found["type"],
        server_default=None if default is None or generated is not None else text_clause(default),
        generated=generated,
        options=_reflected_options(found),
        used=mentioned(computed["sqltext"], columns) if computed else (),
        autoincrement=found["autoincrement"]
        if compared and "autoincrement" in found
        else True
        if counting
        else "auto",
        check=None if check is None else dialect.normal_expression(str(check)),
        check_text=None if check is None else str(check),
    )


def _null_conflict(found: ReflectedColumn) -> str | None:
    conflict: Any = found.get("sqlite_null_conflict")
    return None if conflict is None else str(conflict)


def _reflected_options(found: ReflectedColumn) -> dict[str, Any]:
    conflict = _null_conflict(found)
    return {} if conflict is None else {"sqlite_on_conflict_not_null": conflict}


def _reflected_generated(found: ReflectedColumn) -> sa.Computed | sa.Identity | None:
    computed = found.get("computed")
    if computed:
        return sa.Computed(computed["sqltext"], persisted=computed.get("persisted"))
    identity: dict[str, Any] = dict(found.get("identity") or {})
    return sa.Identity(**identity) if identity else None


def render_column(column: sa.Column[Any], dialect: Dialect | None = None) -> Call:
    """The call that makes an equal column; keys and constraints are not a part of it."""
    arguments: list[Any] = [column.name, column.type]
    generated = column.computed or column.identity
    keywords: dict[str, Any] = {}
    if column.computed is not None:
        arguments.append(_render_computed(column.computed, dialect))
    elif column.identity is not None:
        arguments.append(_render_identity(column.identity))
    if column.server_default is not None and generated is None:
        text = render_default(column.server_default, dialect)
        keywords["server_default"] = Item("server_default", column.server_default, text)
    if column.autoincrement not in ("auto", None):
        keywords["autoincrement"] = column.autoincrement
    checks = [c for c in column.constraints if isinstance(c, sa.CheckConstraint)]
    arguments += [render_check(check, dialect or plain_dialect()) for check in checks]
    keywords["nullable"] = column.nullable
    if column.comment is not None:
        keywords["comment"] = column.comment
    keywords.update(rendered_options(dict(column.dialect_kwargs)))
    return Call("sa.Column", *arguments, **keywords)


def _render_computed(computed: sa.Computed, dialect: Dialect | None) -> Call:
    written = rendered_expression(computed.sqltext, dialect)
    text = written.args[0] if isinstance(written, Call) else written
    return Call("sa.Computed", text, **_only(persisted=computed.persisted))


IDENTITY = (
    "start",
    "increment",
    "minvalue",
    "maxvalue",
    "nominvalue",
    "nomaxvalue",
    "cycle",
    "cache",
)


def _render_identity(identity: sa.Identity) -> Call:
    options = _only(**{name: getattr(identity, name) for name in IDENTITY})
    if identity.always:
        options["always"] = True
    # Since SQLAlchemy 2.1 there are options of databases; before, these two were for all of them.
    own = dict(getattr(identity, "dialect_kwargs", {}))
    for name in ("on_null", "order"):
        if f"oracle_{name}" not in own and getattr(identity, name, None):
            options[name] = getattr(identity, name)
    return Call("sa.Identity", **options, **rendered_options(own))


def _only(**options: Any) -> dict[str, Any]:
    return {name: value for name, value in options.items() if value is not None}


def render_default(default: Any, dialect: Dialect | None = None) -> Any:
    """A server default as a script writes it: strings plain, what every database knows by name."""
    if isinstance(default, sa.Computed):
        return _render_computed(default, dialect)
    if isinstance(default, sa.Identity):
        return _render_identity(default)
    argument = getattr(default, "arg", default)
    if isinstance(argument, str):
        return argument
    if isinstance(argument, sa.TextClause):
        return Call("sa.text", argument.text)
    if isinstance(argument, sa.True_):
        return Call("sa.true")
    if isinstance(argument, sa.False_):
        return Call("sa.false")
    if isinstance(argument, now):
        return Call("sa.func.now")
    if isinstance(argument, next_value):
        return _render_next_value(argument.sequence)
    if isinstance(argument, sa.ClauseElement):
        spelled = (dialect or plain_dialect()).expression_spelling(argument)
        return Call("sa.text", default_text(spelled).text)
    return Call("sa.FetchedValue")


def _render_next_value(sequence: sa.Sequence) -> Call:
    """The next value of a sequence, which each database asks for in words of its own."""
    schema = "" if sequence.schema is None else f", schema={str(sequence.schema)!r}"
    return Call(f"sa.Sequence({str(sequence.name)!r}{schema}).next_value")


def default_words(default: Any) -> str | None:
    """A server default as SQL in no dialect in particular; None for one the server alone knows."""
    argument = getattr(default, "arg", default)
    if isinstance(argument, str):
        return f"'{argument}'"
    if isinstance(argument, sa.TextClause):
        return argument.text
    if isinstance(argument, sa.ClauseElement) and not isinstance(default, sa.Identity):
        return plain_dialect().expression_spelling(argument)
    return None


_LITERAL = re.compile(r"[+-]?[\d.]+|'(?:[^']|'')*'|\(.*\)", re.DOTALL)
