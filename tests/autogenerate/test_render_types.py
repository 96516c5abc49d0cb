"""Every type of SQLAlchemy and of three dialects as Python: it evaluates to the same DDL."""

from __future__ import annotations

import enum
import inspect
from collections.abc import Iterator
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.dialects import mysql, postgresql, sqlite
from sqlalchemy.ext.mutable import MutableDict
from sqlalchemy.types import TypeEngine

from flask_schemaver.autogenerate.render import Renderer

DIALECTS: dict[str, Any] = {
    "postgresql": postgresql.dialect(),
    "mysql": mysql.dialect(),
    "sqlite": sqlite.dialect(),
}

TRIED: dict[str, Any] = {
    "length": 7,
    "collation": "C",
    "precision": 5,
    "scale": 2,
    "asdecimal": False,
    "decimal_return_scale": 3,
    "timezone": True,
    "native": False,
    "second_precision": 3,
    "day_precision": 2,
    "none_as_null": True,
    "as_uuid": False,
    "native_uuid": False,
    "fsp": 3,
    "display_width": 4,
    "unsigned": True,
    "zerofill": True,
    "charset": "utf8mb4",
    "ascii": True,
    "unicode": True,
    "binary": True,
    "national": True,
    "varying": True,
    "create_constraint": True,
    "fields": "DAY TO SECOND",
    "deferrable": True,
    "astext_type": sa.Text(3),
    "text_type": sa.Text(3),
}
"""A value other than the default for each argument that a type may take."""

NEEDED: dict[str, tuple[Any, ...]] = {
    "ARRAY": (sa.Numeric(5, 2),),
    "Enum": ("a", "it's"),
    "ENUM": ("a", "it's"),
    "SET": ("a", "b"),
    "DOMAIN": ("positive", sa.Integer()),
}
"""What cannot be left out."""


def classes() -> Iterator[type[TypeEngine[Any]]]:
    for module in (sa.types, postgresql, mysql, sqlite):
        for name, found in sorted(vars(module).items()):
            if inspect.isclass(found) and issubclass(found, TypeEngine) and name[0].isupper():
                yield found


def examples() -> Iterator[Any]:
    """An object of each type without arguments, and one with each argument that it takes."""
    abstract = (
        "TypeEngine",
        "TypeDecorator",
        "UserDefinedType",
        "TupleType",
        "SchemaType",
        "NullType",
        "NamedType",
    )
    seen: set[str] = set()
    for cls in classes():
        if cls.__name__ in abstract or cls.__name__.startswith("Abstract"):
            continue
        needed = NEEDED.get(cls.__name__, ())
        named = (
            {"name": "called"}
            if cls.__name__ in ("Enum", "ENUM") and "mysql" not in cls.__module__
            else {}
        )
        for option, value in [(None, None), *TRIED.items()]:
            given = named if option is None else {**named, option: value}
            try:
                type_ = cls(*needed, **given)
            except Exception:
                continue
            key = f"{cls.__module__}.{cls.__name__} {given}"
            if key not in seen:
                seen.add(key)
                yield pytest.param(type_, id=key)


def ddl(type_: Any, dialect: Any) -> str | None:
    """The type as CREATE TABLE says it, None where the database does not know it."""
    table = sa.Table(
        "t", sa.MetaData(), sa.Column("c", type_.copy() if hasattr(type_, "copy") else type_)
    )
    try:
        return str(sa.schema.CreateTable(table).compile(dialect=dialect))
    except Exception:
        return None


def evaluated(code: str, renderer: Renderer) -> Any:
    namespace: dict[str, Any] = {"sa": sa}
    exec("\n".join(sorted(renderer.imports)), namespace)
    return eval(code, namespace)


@pytest.mark.parametrize("type_", list(examples()))
def test_a_type_evaluates_to_the_same_ddl(type_: Any) -> None:
    """What is written makes a type that is written, and spelled by each database, the same."""
    renderer = Renderer()
    code = renderer.type_(type_)
    again = evaluated(code, renderer)
    assert Renderer().type_(again) == code
    own = type(type_).__module__.split(".")[2]
    for name, dialect in DIALECTS.items():
        if own in DIALECTS and own != name:
            continue
        assert ddl(again, dialect) == ddl(type_, dialect), (name, code)


class Color(enum.Enum):
    red = 1
    green = 2


class Outer:
    class Inner(sa.types.UserDefinedType[Any]):
        """A type inside a class, with an argument."""

        cache_ok = True

        def __init__(self, dimensions: int, unit: str = "m") -> None:
            self.dimensions = dimensions
            self.unit = unit

        def get_col_spec(self, **kw: Any) -> str:
            return f"VECTOR({self.dimensions})"


class GUID(sa.TypeDecorator[Any]):
    """The well-known recipe: another type on PostgreSQL."""

    impl = sa.CHAR(36)
    cache_ok = True

    def load_dialect_impl(self, dialect: Any) -> Any:
        if dialect.name == "postgresql":
            return dialect.type_descriptor(postgresql.UUID())
        return dialect.type_descriptor(sa.CHAR(36))


class Money(sa.TypeDecorator[Any]):
    """A type of the application with an argument."""

    impl = sa.Numeric
    cache_ok = True

    def __init__(self, currency: str) -> None:
        super().__init__(12, 2)
        self.currency = currency


@pytest.mark.parametrize(
    ("type_", "code"),
    [
        (Money("EUR"), "sa.Numeric(precision=12, scale=2)"),
        (GUID(), "sa.CHAR(length=36).with_variant(sa.UUID(), 'postgresql')"),
        (sa.Enum(Color), "sa.Enum('red', 'green', name='color')"),
        (sa.ARRAY(Money("EUR")), "sa.ARRAY(sa.Numeric(precision=12, scale=2))"),
        (MutableDict.as_mutable(sa.JSON(none_as_null=True)), "sa.JSON(none_as_null=True)"),
        (
            sa.String(9).with_variant(mysql.VARCHAR(9, charset="ascii"), "mysql", "mariadb"),
            "sa.String(length=9)"
            + "".join(
                f".with_variant(mysql.VARCHAR(length=9, charset='ascii'), {name!r})"
                for name in ("mariadb", "mysql")
            ),
        ),
        (
            postgresql.DOMAIN("pos", sa.Integer(), check=sa.text("VALUE > 0"), not_null=True),
            "postgresql.DOMAIN('pos', sa.Integer(), not_null=True, check=sa.text('VALUE > 0'))",
        ),
    ],
    ids=repr,
)
def test_how_a_type_is_written(type_: Any, code: str) -> None:
    """An application's own type is written by what it stores, on each database."""
    assert Renderer().type_(type_) == code


def test_a_type_of_a_module_is_imported() -> None:
    """A type that is no decorator comes from its module, by its full name there."""
    renderer = Renderer()
    code = renderer.type_(Outer.Inner(3))
    assert code == f"{__name__}.Outer.Inner(3)"
    assert renderer.imports == {f"import {__name__}"}


def test_a_prefix_for_own_types() -> None:
    """With `user_module_prefix` own types, decorators too, stand behind it, nothing is imported."""
    renderer = Renderer(user_prefix="types.")
    assert renderer.type_(Money("EUR")) == "types.Money('EUR')"
    assert renderer.type_(Outer.Inner(3, unit="cm")) == "types.Inner(3, unit='cm')"
    assert renderer.imports == set()
