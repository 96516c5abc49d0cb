"""From the models and the database to the revisions that are to be written."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, Any

from ..config import Config
from ..errors import NoModels
from .results import Comparison
from .running import require_heads, run_environment

if TYPE_CHECKING:
    from ..autogenerate.api import Comparison as Compared
    from ..autogenerate.choices import Choices
    from ..operations.containers import MigrationScript
    from ..runtime.migration import MigrationContext
    from ..schema.operation import Operation
    from ..script.directory import ScriptDirectory

Hook = Callable[..., None]


@dataclass(frozen=True, slots=True)
class Draft:
    """A revision to be written: what the command line says of it, and what fills its template."""

    message: str | None = None
    head: Any = "head"
    splice: bool = False
    branch_label: str | None = None
    version_path: str | None = None
    rev_id: str | None = None
    depends_on: Any = None
    variables: Mapping[str, Any] | None = None
    rehearse: Callable[[str, str], None] | None = None


def autogenerate(
    config: Config,
    script: ScriptDirectory,
    wanted: Draft,
    hook: Hook | None,
    choices: Choices | None = None,
) -> tuple[Comparison, tuple[Draft, ...]]:
    """Compare models and database, which must be at every head; no draft if nothing differs."""
    from ..autogenerate.choices import Choices

    chosen = choices or Choices()
    found: list[tuple[Comparison, tuple[Draft, ...]]] = []

    def compare(heads: tuple[str, ...], context: MigrationContext) -> tuple[()]:
        require_heads(script, heads)
        require_models(config, context)
        found.append(_compared(config, context, heads, wanted, hook, chosen))
        return ()

    run_environment(config, script, compare)
    return found[-1]


def without_comparison(
    config: Config, script: ScriptDirectory, wanted: Draft, hook: Hook | None, *, sql: bool
) -> tuple[Draft, ...]:
    """Run env.py and its hooks on an empty revision, as `revision_environment` asks for."""
    from ..operations.containers import DowngradeOps, MigrationScript, UpgradeOps

    found: list[Draft] = []

    def offer(heads: tuple[str, ...], context: MigrationContext) -> tuple[()]:
        directive = MigrationScript(None, UpgradeOps(), DowngradeOps())
        directives = _hooked(context, heads, directive, wanted, hook)
        found.extend(_drafted(one, wanted, context) for one in directives)
        return ()

    run_environment(config, script, offer, as_sql=sql)
    return tuple(found)


def require_models(config: Config, context: MigrationContext) -> None:
    """Raise if the metadata is empty: then every table of the database would be dropped."""
    metadata = context.opts.get("target_metadata")
    several = metadata if isinstance(metadata, list | tuple) else (metadata,)
    if metadata is None or any(one.tables for one in several):
        return
    state = config.attributes.get("app_state")
    app = "" if state is None else f" in the app '{state.name}'"
    raise NoModels(
        f"No models are registered{app}: its metadata has no tables.",
        hint="Import the modules of the models where the app is made, in create_app() for one.",
    )


def _compared(
    config: Config,
    context: MigrationContext,
    heads: tuple[str, ...],
    wanted: Draft,
    hook: Hook | None,
    choices: Choices,
) -> tuple[Comparison, tuple[Draft, ...]]:
    from ..autogenerate import api
    from ..autogenerate.explain import explained
    from ..autogenerate.unfilled import answered

    compared = api.compare(context, context.opts.get("target_metadata"), choices)
    dangers = drops_told(compared, choices, config.get_drop_limit())
    fills = answered(compared.unfilled, choices)
    directive = api.migration_script(compared, context.spelling, fills, context.opts)
    warnings = (*dangers, *directive.info.get("warnings", ()))
    directives = [
        one
        for one in _hooked(context, heads, directive, wanted, hook)
        if not (one.upgrade_ops.is_empty() and one.downgrade_ops.is_empty())
    ]
    comparison = Comparison(
        compared.declared_tables,
        compared.reflected_tables,
        heads,
        tuple(operation for one in directives for operation in _told(one)),
        warnings,
        _address(context),
        tuple(explained(compared)),
    )
    return comparison, tuple(_drafted(one, wanted, context) for one in directives)


def drops_told(compared: Compared, choices: Choices, limit: float) -> list[str]:
    """Refuse to drop most tables, by whoever is asked; a warning where nobody is."""
    dropped = [o.table_name for o in compared.operations if o.directive == "drop_table"]  # type: ignore[attr-defined]
    known = compared.reflected_tables
    if choices.allow_drop or len(dropped) < 2 or len(dropped) <= limit * known:
        return []
    if choices.questioner is not None:
        choices.questioner.many_drops(dropped, known)
    return [f"{len(dropped)} of the {known} tables that were compared are dropped."]


def _address(context: MigrationContext) -> str | None:
    """The database's URL, without its password."""
    if context.connection is None:
        return None
    return context.connection.engine.url.render_as_string(hide_password=True)


def _told(directive: MigrationScript) -> list[Operation]:
    """The operations that a person is told of: not those that merely complete another one."""
    operations = directive.upgrade_ops.flattened()
    return [operation for operation in operations if not operation.info.get("implied")]


def _hooked(
    context: MigrationContext,
    heads: tuple[str, ...],
    directive: MigrationScript,
    wanted: Draft,
    hook: Hook | None,
) -> list[MigrationScript]:
    """What the hooks of the command and of env.py make of a directive: none, one or several."""
    for name, value in _fields(wanted):
        setattr(directive, name, value)
    directives = [directive]
    for function in (hook, context.opts.get("process_revision_directives")):
        if function is not None:
            function(context, heads, directives)
    return directives


def _drafted(directive: MigrationScript, wanted: Draft, context: MigrationContext) -> Draft:
    from ..autogenerate.page import Page

    given = {name: getattr(directive, name, None) for name, _ in _fields(wanted)}
    kept = {name: value for name, value in given.items() if value is not None}
    page = Page(directive, context)
    variables = {**(context.opts.get("template_args") or {}), **page.variables}
    return replace(wanted, **kept, variables=variables, rehearse=page.rehearse)


def _fields(wanted: Draft) -> Iterator[tuple[str, Any]]:
    """What a directive and a draft both say."""
    names = (field.name for field in fields(wanted) if field.name not in ("variables", "rehearse"))
    return ((name, getattr(wanted, name)) for name in names)
