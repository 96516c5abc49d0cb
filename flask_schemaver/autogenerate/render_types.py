"""Column types as Python: the call that makes an equal type, and what it has to import."""

from __future__ import annotations

import inspect
from collections import Counter
from collections.abc import Iterator
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy.types import TypeEngine

from ..schema.operation import Call

if TYPE_CHECKING:
    from .render import Renderer

VARIED = ("mariadb", "mssql", "mysql", "oracle", "postgresql", "sqlite")
"""The databases on which an application's own type is asked what it is there."""

GATHERED = {"SET": "values", "ENUM": "enums", "Enum": "enums"}
"""The attributes that hold what a type's constructor takes as `*args`."""

LEFT_OUT = ("metadata", "inherit_schema", "_create_events", "_adapted_from", "regexp")
"""Arguments that say nothing of the type as it is stored."""

Arguments = list[tuple[str | None, Any]]


def write_type(type_: TypeEngine[Any], renderer: Renderer) -> str:
    """A type by the call that makes it; an application's own decorator by what it stores."""
    variants: dict[str, Any] = dict(type_._variant_mapping)
    if _is_decorator(type_) and not renderer.decorators:
        base, own = _stored(type_, renderer)  # type: ignore[arg-type]
        variants = own | variants
    else:
        base = _call(type_, renderer)
    for dialect, variant in sorted(variants.items()):
        base += f".with_variant({renderer.type_(variant)}, {dialect!r})"
    return base


def _is_decorator(type_: TypeEngine[Any]) -> bool:
    # SQLAlchemy decorates Interval, which is a type of the database on some of them.
    return isinstance(type_, sa.TypeDecorator) and not isinstance(type_, sa.Interval)


def _stored(
    type_: sa.TypeDecorator[Any], renderer: Renderer
) -> tuple[str, dict[str, TypeEngine[Any]]]:
    """What a decorator stores its values in: on most databases, and on those that differ."""
    if type(type_).load_dialect_impl is sa.TypeDecorator.load_dialect_impl:
        return renderer.type_(type_.impl_instance), {}
    there: dict[str, TypeEngine[Any]] = {}
    engines = dict(_dialects(renderer))
    own = None if renderer.dialect is None else renderer.dialect.engine.name
    for name, engine in engines.items():
        try:
            there[name] = type_.load_dialect_impl(engine)
        except Exception:
            if name == own:
                raise
            # A type that does not know a database is not going to be there.
    if not there:
        return renderer.type_(type_.impl_instance), {}
    spellings = {name: _spelled(found, engines[name]) for name, found in there.items()}
    (most, _), *_ = Counter(spellings.values()).most_common(1)
    usual = next(found for name, found in there.items() if spellings[name] == most)
    variants = {}
    for name, found in there.items():
        # An adapted type may be spelled otherwise; elsewhere only what was chosen is a variant.
        here = usual if name == own else engines[name].type_descriptor(usual)
        if spellings[name] != _spelled(here, engines[name]):
            variants[name] = found
    return renderer.type_(usual), variants


def _spelled(type_: TypeEngine[Any], engine: Any) -> str:
    """A type as a database spells it."""
    try:
        return str(type_.compile(dialect=engine))
    except sa.exc.CompileError:
        return repr(type_)


def _dialects(renderer: Renderer) -> Iterator[tuple[str, Any]]:
    """The databases to ask; the one at hand as it is, the others as SQLAlchemy knows them."""
    own = None if renderer.dialect is None else renderer.dialect.engine
    for name in VARIED:
        if own is not None and own.name == name:
            yield name, own
        else:
            yield name, sa.make_url(f"{name}://").get_dialect()()
    if own is not None and own.name not in VARIED:
        yield own.name, own


def _call(type_: TypeEngine[Any], renderer: Renderer) -> str:
    if getattr(type_, "__visit_name__", None) == "DOMAIN":
        return _domain(type_, renderer)
    cls = next((c for c in type(type_).__mro__ if _is_public(c)), type(type_))
    prefix = _prefix(cls, renderer)
    own_words = repr(type_)
    own: Any = type(type_)
    if _writes_itself(own) and own_words.startswith(f"{cls.__name__}("):
        return prefix.removesuffix(cls.__qualname__.removesuffix(cls.__name__)) + own_words
    words = [
        renderer.value(value, 0) if name is None else f"{name}={renderer.value(value, 0)}"
        for name, value in constructor_arguments(type_)
    ]
    return f"{prefix}{cls.__name__}({', '.join(words)})"


def _domain(type_: Any, renderer: Renderer) -> str:
    words = [repr(str(type_.name)), renderer.type_(type_.data_type)]
    names = ("schema", "collation", "default", "constraint_name", "not_null", "check")
    for name in names:
        value = getattr(type_, name)
        if isinstance(value, sa.ClauseElement):
            value = Call("sa.text", str(value))
        if value is not None and value is not False:
            words.append(f"{name}={renderer.value(value, 0)}")
    if not type_.create_type:
        words.append("create_type=False")
    return f"{_prefix(type(type_), renderer)}DOMAIN({', '.join(words)})"


@cache
def _writes_itself(cls: type) -> bool:
    """Whether a type's author has said how it is written."""
    by = next(c for c in cls.__mro__ if "__repr__" in vars(c))
    return not by.__module__.startswith("sqlalchemy.") and by.__module__ != "builtins"


def _prefix(cls: type, renderer: Renderer) -> str:
    """What stands before the name of a class; notes what has to be imported for it."""
    module = cls.__module__
    outer = cls.__qualname__.removesuffix(cls.__name__)
    if module.startswith("sqlalchemy.dialects."):
        dialect = module.split(".")[2]
        renderer.imports.add(f"from sqlalchemy.dialects import {dialect}")
        return f"{dialect}."
    if module.startswith("sqlalchemy."):
        if hasattr(sa, cls.__name__):
            return renderer.sa_prefix
        if hasattr(sa.types, cls.__name__):  # NullType, of columns that have no type
            return f"{renderer.sa_prefix}types."
        renderer.imports.add(f"import {module}")
        return f"{module}."
    if renderer.user_prefix is not None and not module.startswith("flask_schemaver."):
        return renderer.user_prefix
    renderer.imports.add(f"import {module}")
    return f"{module}.{outer}"


@cache
def _is_public(cls: type[Any]) -> bool:
    """Whether a type's class can be imported where scripts look for it.

    A driver puts private classes of its own in the place of a dialect's.
    """
    words = cls.__module__.split(".")
    if words[0] != "sqlalchemy":
        return True
    if words[1] == "ext":
        return getattr(import_module(cls.__module__), cls.__name__, None) is cls
    if words[1] == "dialects":
        return getattr(import_module(".".join(words[:3])), cls.__name__, None) is cls
    return any(getattr(place, cls.__name__, None) is cls for place in (sa, sa.types))


def constructor_arguments(type_: TypeEngine[Any]) -> Arguments:
    """The arguments that make an equal type: those whose attribute is not the default.

    A type keeps each argument of its constructor under the argument's name; the classes that
    it derives from are asked where it passes on `**kwargs`.
    """
    if isinstance(type_, sa.Enum):
        return _of_enum(type_)
    positional: Arguments = []
    found: dict[str, Any] = {}
    cls: Any = type(type_)
    bare = _bare(cls)
    for parameter in _parameters(cls):
        if parameter.kind is parameter.VAR_POSITIONAL:
            values = getattr(type_, GATHERED.get(type(type_).__name__, parameter.name), ())
            positional = [(None, value) for value in values]
            continue
        if parameter.name in LEFT_OUT:
            continue
        value = getattr(type_, parameter.name, parameter.default)
        if value is parameter.empty or callable(value):
            continue
        if parameter.default is parameter.empty and not found:
            positional.append((None, value))
        elif not _is_usual(value, parameter, bare):
            found.setdefault(parameter.name, value)
    if found.get("schema", "") is None:
        del found["schema"]
    return [*positional, *found.items()]


@cache
def _parameters(cls: type) -> tuple[inspect.Parameter, ...]:
    """What a type's constructor takes, and what it hands on to those of its bases."""
    return tuple(_all_parameters(cls))


def _all_parameters(cls: type) -> Iterator[inspect.Parameter]:
    seen: set[str] = set()
    for base in cls.__mro__:
        init = vars(base).get("__init__")
        if init is None or base is object:
            continue
        parameters = list(inspect.signature(init).parameters.values())[1:]
        for parameter in parameters:
            if parameter.kind is parameter.VAR_KEYWORD or parameter.name in seen:
                continue
            seen.add(parameter.name)
            yield parameter
        if not any(p.kind is p.VAR_KEYWORD for p in parameters):
            return


@cache
def _bare(cls: type) -> Any:
    """The type without any argument, for what it makes of their absence."""
    try:
        return cls()
    except Exception:
        return None


def _is_usual(value: Any, parameter: inspect.Parameter, bare: Any) -> bool:
    """Whether leaving the argument out comes to the same."""
    if isinstance(value, sa.ClauseElement | TypeEngine):
        return value is parameter.default
    if value is parameter.default or (
        type(value) is type(parameter.default) and value == parameter.default
    ):
        return True
    return bare is not None and repr(getattr(bare, parameter.name, bare)) == repr(value)


def _of_enum(type_: sa.Enum) -> Arguments:
    native = type(type_).__module__.startswith("sqlalchemy.dialects.")
    options: dict[str, Any] = {"name": type_.name, "schema": type_.schema}
    longest = max(map(len, type_.enums), default=0)
    if native:
        for name in ("charset", "collation", "ascii", "unicode", "binary", "national"):
            options[name] = getattr(type_, name, None) or None
    else:
        options |= {
            "native_enum": None if type_.native_enum else False,
            "create_constraint": type_.create_constraint or None,
            "length": None if type_.native_enum and type_.length == longest else type_.length,
        }
    if getattr(type_, "create_type", True) is False:
        options["create_type"] = False
    values: Arguments = [(None, value) for value in type_.enums]
    return values + [(name, value) for name, value in options.items() if value is not None]
