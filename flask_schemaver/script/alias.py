"""`import alembic` in revision files and env.py means this project, and in nothing else.

An import statement looks for `__import__` among the builtins of the module that it stands in, so
such a file is executed with builtins of its own. Nothing is put into `sys.modules` and nothing is
patched: an Alembic that is installed stays what it is for everybody else, in every thread, and
need not be installed. Functions of the file keep its builtins, so that it holds while they run.

What such a file is the first to import, and what mentions Alembic in its source, is loaded in the
same manner: helpers beside the revisions, and plugins such as alembic_utils. What somebody has
imported before stays bound to what it found then; see `standing_in`.
"""

from __future__ import annotations

import builtins
import importlib
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from importlib import import_module
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from types import ModuleType
from typing import Any

HOMES = {"alembic": "flask_schemaver", "flask_migrate": "flask_schemaver.flask_migrate"}
"""What is imported, and what is found."""

VERSION = "1.20.1"
"""The Alembic whose surface is kept, for files that compare versions."""

_loading: ContextVar[bool] = ContextVar("flask_schemaver_alias", default=False)
_MENTIONS = tuple(name.encode() for name in HOMES)


def namespace(name: str, path: str, *, logging_kept: bool = False) -> ModuleType:
    """An empty module to execute a file in, in which `alembic` means this project.

    With `logging_kept`, `logging.config.fileConfig` leaves alone what the program has set up.
    """
    module = ModuleType(name)
    module.__file__ = path
    module.__dict__["__builtins__"] = _own_builtins(logging_kept=logging_kept)
    return module


@contextmanager
def standing_in() -> Iterator[None]:
    """Inside the block, what this thread or task is the first to import means this project.

    For programs that import a plugin of Alembic's before the first command does.
    """
    _look_first()
    token = _loading.set(True)
    try:
        yield
    finally:
        _loading.reset(token)


def _own_builtins(*, logging_kept: bool = False) -> dict[str, Any]:
    return {**vars(builtins), "__import__": _import_keeping_logs if logging_kept else _import}


def _import(
    name: str,
    globals: Mapping[str, Any] | None = None,
    locals: Mapping[str, Any] | None = None,
    fromlist: Sequence[str] | None = (),
    level: int = 0,
) -> ModuleType:
    root, _, rest = name.partition(".")
    if level or root not in HOMES:
        with standing_in():
            found = __import__(name, globals, locals, fromlist or (), level)
        return _importlib if found is importlib else found
    if root == "alembic" and not (fromlist and rest):
        return _package(rest, fromlist or ())
    found = import_module(_home(name))
    return _with_parts(found, fromlist or ()) if fromlist else import_module(HOMES[root])


def _import_module(name: str, package: str | None = None) -> ModuleType:
    """`importlib.import_module`, by which such a file may ask for Alembic as well."""
    root, _, rest = name.partition(".")
    if root not in HOMES:
        with standing_in():
            return import_module(name, package)
    return import_module(_home(name)) if rest or root != "alembic" else _package("", ())


class InFront(ModuleType):
    """A module in front of another one, some of whose names are others here."""

    def __init__(self, module: ModuleType, **names: Any) -> None:
        super().__init__(module.__name__, module.__doc__)
        self.__dict__.update(names, _module=module)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.__dict__["_module"], name)


_importlib = InFront(importlib, import_module=_import_module)


def _import_keeping_logs(
    name: str,
    globals: Mapping[str, Any] | None = None,
    locals: Mapping[str, Any] | None = None,
    fromlist: Sequence[str] | None = (),
    level: int = 0,
) -> ModuleType:
    found = _import(name, globals, locals, fromlist, level)
    if level or name.partition(".")[0] != "logging":
        return found
    from .logs import kept

    return kept(found)


class _Package(ModuleType):
    """`alembic` itself: this project's package, with the version of the other."""

    __version__ = VERSION

    def __getattr__(self, name: str) -> Any:
        try:
            return getattr(import_module(HOMES["alembic"]), name)
        except AttributeError:
            return _with_parts(import_module(HOMES["alembic"]), (name,)).__dict__[name]


_package_itself = _Package("alembic", "This project, by the name of what it stands in for.")


def _package(rest: str, fromlist: Sequence[str]) -> ModuleType:
    if rest:
        import_module(f"{HOMES['alembic']}.{rest}")
    _with_parts(import_module(HOMES["alembic"]), [n for n in fromlist if n != "__version__"])
    return _package_itself


def _home(name: str) -> str:
    root, _, rest = name.partition(".")
    return f"{HOMES[root]}.{rest}" if rest else HOMES[root]


def _with_parts(module: ModuleType, names: Sequence[str]) -> ModuleType:
    """A module, those of the names loaded that are modules of its own."""
    for name in names:
        if name == "*" or hasattr(module, name) or not hasattr(module, "__path__"):
            continue
        try:
            import_module(f"{module.__name__}.{name}")
        except ModuleNotFoundError as cause:
            if cause.name != f"{module.__name__}.{name}":
                raise
    return module


class _Finder:
    """Loads what mentions Alembic with builtins of its own, where such a file is what asks."""

    @staticmethod
    def find_spec(
        name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        root = name.partition(".")[0]
        if not _loading.get() or root in HOMES or root in _NEVER:
            return None
        spec = PathFinder.find_spec(name, path, target)
        if spec is None or not isinstance(spec.loader, SourceFileLoader):
            return None
        if not _mentions(spec.loader.path):
            return None
        spec.loader = _Loader(spec.loader.name, spec.loader.path)
        return spec


class _Loader(SourceFileLoader):
    def exec_module(self, module: ModuleType) -> None:
        module.__dict__["__builtins__"] = _own_builtins()
        super().exec_module(module)


_NEVER = {*sys.stdlib_module_names, "flask_schemaver", "sqlalchemy"}
_finder = _Finder()


def _look_first() -> None:
    # It stays: to take it out while another thread goes through the list could hide a module.
    if _finder not in sys.meta_path:
        sys.meta_path.insert(0, _finder)


def _mentions(path: str) -> bool:
    try:
        with open(path, "rb") as file:
            source = file.read()
    except OSError:
        return False
    return any(name in source for name in _MENTIONS)
