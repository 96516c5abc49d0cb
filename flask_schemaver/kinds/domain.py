"""Domains: types of PostgreSQL with a default and checks of their own."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from ..schema.model import Kind, Ref, Schema
from ..schema.operation import Call, IrreversibleError, Operation
from ..schema.record import record, remark, replace
from ._items import given, text_clause
from ._metadata_types import types_of_metadata
from .column.model import is_domain, is_plain, type_refs

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection
    from sqlalchemy.sql import Executable
    from sqlalchemy.types import TypeEngine

    from ..dialects.base import Dialect
    from ..dialects.reflected import ReflectedSchema


@record
class DomainModel:
    """A domain; compared by what the database stores. A foreign one is used by what is not ours.

    `default_text` and `check_texts` are what is written to have it so.
    """

    schema: str | None
    name: str
    stored_type: str
    default: str | None
    not_null: bool
    checks: tuple[tuple[str | None, str], ...]
    type: TypeEngine[Any] = remark(default_factory=sa.types.NullType, compare=False)
    options: dict[str, Any] = remark(default_factory=dict, compare=False)
    default_text: str | None = remark(default=None, compare=False)
    check_texts: dict[str | None, str] = remark(default_factory=dict, compare=False)
    foreign: bool = remark(default=False, compare=False)

    @property
    def ref(self) -> Ref:
        return Ref("domain", self.schema, None, self.name)

    def requires(self) -> frozenset[Ref]:
        return frozenset(type_refs(self.type))

    def settled(self, stored: DomainModel) -> DomainModel:
        return replace(
            self,
            stored_type=stored.stored_type,
            default=stored.default,
            not_null=stored.not_null,
            checks=stored.checks,
        )


class CreateDomainOp(Operation):
    """Create a domain."""

    directive = "create_domain"

    def __init__(
        self, name: str, data_type: Any, *, schema: str | None = None, **options: Any
    ) -> None:
        self.name = name
        self.data_type = data_type
        self.schema = schema
        self.options = options

    @classmethod
    def call(
        cls,
        name: str,
        data_type: TypeEngine[Any] | type[TypeEngine[Any]],
        *,
        default: str | sa.TextClause | None = None,
        not_null: bool | None = None,
        check: str | sa.TextClause | None = None,
        constraint_name: str | None = None,
        collation: str | None = None,
        schema: str | None = None,
    ) -> CreateDomainOp:
        """Create the domain `name`; `check` speaks of VALUE. On PostgreSQL only, else nothing."""
        options = given(
            default=default,
            not_null=not_null,
            check=check,
            constraint_name=constraint_name,
            collation=collation,
        )
        return cls(name, data_type, schema=schema, **options)

    def to_domain(self) -> Any:
        """SQLAlchemy's type that stands for the domain."""
        from sqlalchemy.dialects.postgresql import DOMAIN

        return DOMAIN(self.name, self.data_type, schema=self.schema, **self.options)

    @property
    def ref(self) -> Ref:
        return Ref("domain", self.schema, None, self.name)

    def apply(self, schema: Schema, dialect: Dialect) -> Schema:
        if not dialect.domain_types:
            return schema
        return schema.with_models(declared_domain(self.to_domain(), dialect))

    def reverse(self) -> DropDomainOp:
        return DropDomainOp(self.name, schema=self.schema, _reverse=self)

    def statements(self, dialect: Dialect) -> Iterable[str | Executable]:
        return dialect.create_domain(self.to_domain()) if dialect.domain_types else ()

    def describe(self) -> str:
        return f"create domain '{self.name}'"

    def rendering(self) -> Call:
        options = {n: _rendered(value) for n, value in self.options.items()}
        type_ = sa.types.to_instance(self.data_type)
        return Call("op.create_domain", self.name, type_, **options, **given(schema=self.schema))

    def provides(self) -> Iterable[Ref]:
        return (self.ref,)

    def requires(self) -> Iterable[Ref]:
        return tuple(type_refs(sa.types.to_instance(self.data_type)))


class DropDomainOp(Operation):
    """Drop a domain that no column uses any more."""

    directive = "drop_domain"

    def __init__(
        self, name: str, *, schema: str | None = None, _reverse: CreateDomainOp | None = None
    ) -> None:
        self.name = name
        self.schema = schema
        self._reverse = _reverse

    @classmethod
    def call(cls, name: str, *, schema: str | None = None) -> DropDomainOp:
        """Drop the domain `name`; does nothing where databases have none."""
        return cls(name, schema=schema)

    @property
    def ref(self) -> Ref:
        return Ref("domain", self.schema, None, self.name)

    def apply(self, schema: Schema, dialect: Dialect) -> Schema:
        return schema.without(self.ref)

    def reverse(self) -> CreateDomainOp:
        if self._reverse is None:
            raise IrreversibleError(
                f"Dropping the domain '{self.name}' cannot be reversed: the operation does not "
                "know what it was."
            )
        return self._reverse

    def statements(self, dialect: Dialect) -> Iterable[str | Executable]:
        return dialect.drop_domain(self.name, self.schema)

    def describe(self) -> str:
        return f"drop domain '{self.name}'"

    def rendering(self) -> Call:
        return Call("op.drop_domain", self.name, **given(schema=self.schema))

    def removes(self) -> Iterable[Ref]:
        return (self.ref,)


class AlterDomainOp(Operation):
    """Change the type, DEFAULT, NOT NULL or checks of a domain."""

    directive = "alter_domain"

    def __init__(self, name: str, *, schema: str | None = None, **changes: Any) -> None:
        self.name = name
        self.schema = schema
        self.changes = changes

    @classmethod
    def call(
        cls,
        name: str,
        *,
        type_: TypeEngine[Any] | type[TypeEngine[Any]] | None = None,
        existing_type: TypeEngine[Any] | type[TypeEngine[Any]] | None = None,
        default: str | bool | None = False,
        existing_default: str | None = None,
        not_null: bool | None = None,
        checks: Mapping[str, str] | None = None,
        existing_checks: Mapping[str, str] | None = None,
        schema: str | None = None,
    ) -> AlterDomainOp:
        """Change a domain; fails where a row does not meet what is new.

        `default` is SQL; None drops it, and False keeps it. `checks` are to be there instead of
        `existing_checks`, by name. Another type converts all columns. On PostgreSQL only.
        """
        changes = given(type_=type_, existing_type=existing_type)
        if default is not False:
            changes |= {"default": default, "existing_default": existing_default}
        if not_null is not None:
            changes["not_null"] = not_null
        if checks is not None:
            changes |= {"checks": dict(checks), "existing_checks": dict(existing_checks or {})}
        return cls(name, schema=schema, **changes)

    @property
    def ref(self) -> Ref:
        return Ref("domain", self.schema, None, self.name)

    def apply(self, schema: Schema, dialect: Dialect) -> Schema:
        model: DomainModel | None = schema.get(self.ref)
        if model is None:
            return schema
        new: dict[str, Any] = {}
        if "type_" in self.changes:
            type_ = sa.types.to_instance(self.changes["type_"])
            new |= {"type": type_, "stored_type": dialect.compared_type(type_)}
        if "default" in self.changes:
            text = self.changes["default"]
            new |= {"default": _normal(text, dialect), "default_text": text}
        if "not_null" in self.changes:
            new["not_null"] = self.changes["not_null"]
        if "checks" in self.changes:
            texts = self.changes["checks"]
            new |= {"checks": _normal_checks(texts, dialect), "check_texts": texts}
        return schema.with_models(replace(model, **new))

    def reverse(self) -> AlterDomainOp:
        old = dict(self.changes)
        for name, existing in (
            ("type_", "existing_type"),
            ("default", "existing_default"),
            ("checks", "existing_checks"),
        ):
            if name in old:
                old[name], old[existing] = self.changes.get(existing), self.changes[name]
        if "not_null" in old:
            old["not_null"] = not old["not_null"]
        return AlterDomainOp(self.name, schema=self.schema, **old)

    def statements(self, dialect: Dialect) -> Iterable[str | Executable]:
        if not dialect.domain_types:
            return
        if self.changes.get("type_") is not None:
            type_ = sa.types.to_instance(self.changes["type_"])
            yield from dialect.change_domain_type(self.name, self.schema, type_)
        was, will = self.changes.get("existing_checks", {}), self.changes.get("checks", {})
        changes = {n: v for n, v in self.changes.items() if n in ("default", "not_null")}
        changes["drop_checks"] = [n for n, text in was.items() if will.get(n) != text]
        changes["add_checks"] = [(n, text) for n, text in will.items() if was.get(n) != text]
        yield from dialect.alter_domain(self.name, self.schema, changes)

    def describe(self) -> str:
        words = [n for n in self.changes if not n.startswith("existing_")]
        return f"change domain '{self.name}': {', '.join(w.strip('_') for w in words)}"

    def rendering(self) -> Call:
        return Call("op.alter_domain", self.name, **self.changes, **given(schema=self.schema))

    def requires(self) -> Iterable[Ref]:
        return (self.ref,)


class DomainKind(Kind):
    """Domains, those of columns and those of a MetaData alone."""

    name = "domain"

    def declare(self, table: sa.Table, dialect: Dialect) -> Iterable[DomainModel]:
        if dialect.domain_types:
            types = (c.type for c in table.columns if not is_plain(c.type))
            yield from _domains(types, dialect)

    def declare_beside(self, metadata: sa.MetaData, dialect: Dialect) -> Iterable[DomainModel]:
        if dialect.domain_types:
            yield from _domains(types_of_metadata(metadata), dialect)

    def read_beside(self, found: ReflectedSchema, dialect: Dialect) -> Iterable[DomainModel]:
        for name, domain in found.domains.items():
            model = read_domain(found.name, name, domain, dialect)
            yield replace(model, foreign=name in found.used_elsewhere)

    def settle_beside(
        self, connection: Connection, models: Iterable[DomainModel], dialect: Dialect
    ) -> Iterable[DomainModel]:
        models = list(models)
        domains = [_creating(model).to_domain() for model in models]
        for model, found in zip(models, dialect.stored_domains(connection, domains), strict=True):
            if found is not None:
                yield model.settled(read_domain(model.schema, model.name, found, dialect))

    def created(self, model: DomainModel, after: Schema, dialect: Dialect) -> Iterable[Operation]:
        yield _creating(model)
        # CREATE DOMAIN of SQLAlchemy has room for one CHECK.
        if len(model.checks) > 1:
            checks = model.check_texts
            first = model.options.get("constraint_name")
            existing = {str(first): checks[first]} if first in checks else {}
            yield AlterDomainOp(
                model.name, schema=model.schema, checks=checks, existing_checks=existing
            )

    def dropped(self, model: DomainModel, before: Schema, dialect: Dialect) -> Iterable[Operation]:
        if not model.foreign:
            making, *more = self.created(model, before, dialect)
            yield from (operation.reverse() for operation in more)
            yield making.reverse()

    def altered(
        self, old: DomainModel, new: DomainModel, before: Schema, after: Schema, dialect: Dialect
    ) -> Iterable[Operation]:
        changes: dict[str, Any] = {}
        if old.stored_type != new.stored_type:
            changes |= {"type_": new.type, "existing_type": old.type}
        if old.default != new.default:
            changes |= {"default": new.default_text, "existing_default": old.default_text}
        if old.not_null != new.not_null:
            changes["not_null"] = new.not_null
        if old.checks != new.checks:
            was, same = old.check_texts, set(old.checks) & set(new.checks)
            will = {n: was[n] if (n, c) in same else new.check_texts[n] for n, c in new.checks}
            changes |= {"checks": will, "existing_checks": dict(was)}
        yield AlterDomainOp(new.name, schema=new.schema, **changes)


def _creating(model: DomainModel) -> CreateDomainOp:
    return CreateDomainOp(model.name, model.type, schema=model.schema, **model.options)


def _domains(types: Iterable[Any], dialect: Dialect) -> Iterable[DomainModel]:
    for type_ in types:
        element: Any = dialect.native_type(getattr(type_, "item_type", type_))
        if is_domain(element) and getattr(element, "create_type", True):
            yield from _domains([element.data_type], dialect)
            yield declared_domain(element, dialect)


def declared_domain(domain: Any, dialect: Dialect) -> DomainModel:
    """The model of a declared domain."""
    stored = dialect.compared_type(domain.data_type)
    if domain.collation is not None:
        stored = f"{stored} COLLATE {dialect.quote(domain.collation)}"
    check = None if domain.check is None else dialect.expression_spelling(domain.check)
    default = domain.default
    if isinstance(default, sa.TextClause):
        default = default.text
    elif default is not None:
        default = dialect.literal(str(default))
    name = domain.constraint_name
    if check is not None and name is None:
        name = dialect.default_constraint_name("check", str(domain.name), [])
    options = {
        "default": None if default is None else text_clause(default),
        "not_null": domain.not_null or None,
        "check": None if check is None else text_clause(check),
        "constraint_name": None if check is None else name,
        "collation": domain.collation,
    }
    return DomainModel(
        dialect.normal_schema(domain.schema),
        str(domain.name),
        stored,
        _normal(default, dialect),
        bool(domain.not_null),
        _normal_checks({name: check} if check is not None else {}, dialect),
        domain.data_type,
        given(**options),
        default,
        {name: check} if check is not None else {},
    )


def read_domain(
    schema: str | None, name: str, found: Mapping[str, Any], dialect: Dialect
) -> DomainModel:
    """The model of a domain that was read."""
    checks = {n: dialect.reflected_check(text) for n, text in found["checks"].items()}
    first = next(iter(checks), None)
    options = {
        "default": None if found["default"] is None else text_clause(found["default"]),
        "not_null": found["not_null"] or None,
        "check": None if first is None else text_clause(checks[first]),
        "constraint_name": first,
    }
    return DomainModel(
        schema,
        name,
        found["type_text"],
        _normal(found["default"], dialect),
        bool(found["not_null"]),
        _normal_checks(checks, dialect),
        found["data_type"],
        given(**options),
        found["default"],
        checks,
    )


def _normal(default: str | None, dialect: Dialect) -> str | None:
    return None if default is None else dialect.normal_expression(default)


def _normal_checks(
    checks: Mapping[Any, str], dialect: Dialect
) -> tuple[tuple[str | None, str], ...]:
    return tuple(sorted((name, dialect.normal_expression(text)) for name, text in checks.items()))


def _rendered(value: Any) -> Any:
    return Call("sa.text", value.text) if isinstance(value, sa.TextClause) else value
