"""From the models and the database to the revisions that are to be written."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, Any

from ..config import Config
from ..errors import NoModels
from .destruction import rows_in
from .results import Comparison
from .running import database_label, require_heads, run_environment
from .sections import sections_of

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection

    from ..autogenerate.api import Comparison as Compared
    from ..autogenerate.choices import Choices
    from ..operations.containers import DowngradeOps, MigrationScript, UpgradeOps
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
    *,
    checks_applied: bool = False,
) -> tuple[Comparison, tuple[Draft, ...]]:
    """Compare models and databases, which must be at every head; no draft if nothing differs.

    With `checks_applied`, applied files that have changed are told of, or are an error.
    """
    from ..autogenerate.choices import Choices
    from ..runtime.applied_files import check_applied

    gathered = Gathered(config, wanted, hook, choices or Choices())

    def compare(heads: tuple[str, ...], context: MigrationContext) -> tuple[()]:
        require_heads(script, heads, context.database)
        if checks_applied:
            check_applied(context, heads)
        if has_models(context):
            gathered.compare(heads, context)
        else:
            gathered.without_models.append((heads, context))
        return ()

    run_environment(config, script, compare)
    if not gathered.compared:
        require_models(config, gathered.without_models)
    return gathered.comparison(), gathered.drafts()


def without_comparison(
    config: Config, script: ScriptDirectory, wanted: Draft, hook: Hook | None, *, sql: bool
) -> tuple[Draft, ...]:
    """Run env.py and its hooks on an empty revision, as `revision_environment` asks for."""
    from ..operations.containers import DowngradeOps, MigrationScript, UpgradeOps

    gathered = Gathered(config, wanted, hook)

    def offer(heads: tuple[str, ...], context: MigrationContext) -> tuple[()]:
        gathered.add(heads, context, MigrationScript(None, UpgradeOps(), DowngradeOps()))
        return ()

    run_environment(config, script, offer, as_sql=sql)
    return gathered.drafts(keep_empty=True)


def has_models(context: MigrationContext) -> bool:
    """Whether the metadata has a table; if env.py gives none at all, comparing will say so."""
    metadata = context.opts.get("target_metadata")
    if metadata is None:
        return context.database is None
    several = metadata if isinstance(metadata, list | tuple) else (metadata,)
    return any(one.tables for one in several)


def require_models(config: Config, without: Sequence[Any]) -> None:
    """Raise if no metadata has a table: then every table of the database would be dropped."""
    if not without:
        return
    state = config.attributes.get("app_state")
    app = "" if state is None else f" in the app '{state.name}'"
    raise NoModels(
        f"No models are registered{app}: its metadata has no tables.",
        hint="Import the modules of the models where the app is made, in create_app() for one.",
    )


def drops_told(
    connection: Connection, compared: Compared, choices: Choices, limit: float
) -> list[str]:
    """Refuse to drop most tables, by whoever is asked; a warning where nobody is."""
    dropped = [_table_of(o) for o in compared.operations if o.directive == "drop_table"]
    known = compared.reflected_tables
    if len(dropped) < 2 or len(dropped) <= limit * known:
        return []
    if choices.allow_drop:
        if choices.questioner is not None:
            choices.questioner.allowed_drops({name: rows_in(connection, name) for name in dropped})
        return []
    if choices.questioner is not None:
        choices.questioner.many_drops(dropped, known)
    return [f"{len(dropped)} of the {known} tables that were compared are dropped."]


def _table_of(operation: Any) -> str:
    """The table of an operation with its schema."""
    schema, name = operation.schema, operation.table_name
    return f"{schema}.{name}" if schema else str(name)


def _address(context: MigrationContext) -> str | None:
    """The database's URL, without its password."""
    if context.connection is None:
        return None
    return context.connection.engine.url.render_as_string(hide_password=True)


class Gathered:
    """One revision, filled by one comparison for each database; hooks see it after each."""

    def __init__(
        self, config: Config, wanted: Draft, hook: Hook | None, choices: Choices | None = None
    ) -> None:
        self.config = config
        self.choices = choices
        self.wanted = wanted
        self.hook = hook
        self.directives: list[MigrationScript] = []
        self.compared: list[Comparison] = []
        self.without_models: list[tuple[tuple[str, ...], MigrationContext]] = []
        self._contexts: list[MigrationContext] = []
        self._begun = False

    def compare(self, heads: tuple[str, ...], context: MigrationContext) -> None:
        """Compare one database with its models."""
        from ..autogenerate import api
        from ..autogenerate.choices import Choices
        from ..autogenerate.explain import explained
        from ..autogenerate.unfilled import answered

        chosen = self.choices or Choices()
        found = api.compare(context, context.opts.get("target_metadata"), chosen)
        limit = self.config.get_drop_limit()
        dangers = drops_told(context.bind_connection, found, chosen, limit)
        fills = answered(found.unfilled, chosen)
        directive = api.migration_script(found, context.spelling, fills, context.opts)
        warnings = (*dangers, *directive.info.get("warnings", ()))
        tables = found.declared_tables, found.reflected_tables
        place = _address(context), tuple(explained(found))
        self.compared.append(Comparison(*tables, heads, (), warnings, *place))
        self.add(heads, context, directive)

    def add(
        self, heads: tuple[str, ...], context: MigrationContext, directive: MigrationScript
    ) -> None:
        """Take in what is to be done to one database, and show all of it to the hooks."""
        self._contexts.append(context)
        for name in ("upgrade", "downgrade"):
            ops = getattr(directive, f"{name}_ops")
            setattr(ops, f"{name}_token", context.opts.get(f"{name}_token") or f"{name}s")
        if not self._begun:
            for name, value in _fields(self.wanted):
                setattr(directive, name, value)
            self.directives, self._begun = [directive], True
        elif self.directives:
            first = self.directives[0]
            first.upgrade_ops_list.extend(directive.upgrade_ops_list)
            first.downgrade_ops_list.extend(directive.downgrade_ops_list)
        for function in (self.hook, context.opts.get("process_revision_directives")):
            if function is not None:
                function(context, heads, self.directives)

    def comparison(self) -> Comparison:
        """What all comparisons came to together."""
        operations = [
            operation
            for directive in self.directives
            for number, ops in enumerate(directive.upgrade_ops_list)
            for operation in self._told(ops, number)
        ]
        unseen = tuple(
            f"The database '{database_label(context.database)}' has no models: it was not compared."
            for _, context in self.without_models
        )
        return Comparison(
            sum(one.model_tables for one in self.compared),
            sum(one.database_tables for one in self.compared),
            tuple(dict.fromkeys(row for one in self.compared for row in one.rows)),
            tuple(operations),
            tuple(dict.fromkeys(word for one in self.compared for word in one.warnings)) + unseen,
            next((one.url for one in self.compared), None),
            tuple(part for one in self.compared for part in one.explanations),
        )

    def _told(self, ops: UpgradeOps, number: int) -> list[Operation]:
        """The operations that a person is told of: not those that merely complete another one."""
        database = self._context(number).database
        told = [one for one in ops.flattened() if not one.info.get("implied")]
        if database is not None:
            for operation in told:
                operation.info["database"] = database_label(database)
        return told

    def drafts(self, *, keep_empty: bool = False) -> tuple[Draft, ...]:
        """The files to be written; those in which nothing is done only if they are asked for."""
        return tuple(
            self._drafted(directive)
            for directive in self.directives
            if keep_empty or not all(ops.is_empty() for ops in _all_ops(directive))
        )

    def _context(self, number: int) -> MigrationContext:
        """The context of a section; a hook may have added sections of its own."""
        return self._contexts[min(number, len(self._contexts) - 1)]

    def _drafted(self, directive: MigrationScript) -> Draft:
        from ..autogenerate.page import Page
        from ..operations.containers import MigrationScript

        given = {name: getattr(directive, name, None) for name, _ in _fields(self.wanted)}
        kept = {name: value for name, value in given.items() if value is not None}
        pairs = zip(directive.upgrade_ops_list, directive.downgrade_ops_list, strict=True)
        variables: dict[str, Any] = {"imports": ""}
        changed: dict[str, tuple[str, str]] = {}
        pages: list[Page] = []
        for number, (upgrade, downgrade) in enumerate(pairs):
            context = self._context(number)
            part = MigrationScript(None, upgrade, downgrade, imports=directive.imports)
            pages.append(Page(part, context))
            written = pages[-1].variables
            imports = f"{variables['imports']}\n{written['imports']}".split("\n")
            variables.update(context.opts.get("template_args") or {})
            variables.update(written, imports="\n".join(sorted({*imports} - {""})))
            if context.database is not None and not (upgrade.is_empty() and downgrade.is_empty()):
                tokens = upgrade.upgrade_token, downgrade.downgrade_token
                changed[context.database] = (variables[tokens[0]], variables[tokens[1]])
        variables["sections"] = sections_of(changed)

        def rehearse(text: str, path: str) -> None:
            for page in pages:
                page.rehearse(text, path)

        return replace(self.wanted, **kept, variables=variables, rehearse=rehearse)


def _all_ops(directive: MigrationScript) -> list[UpgradeOps | DowngradeOps]:
    return [*directive.upgrade_ops_list, *directive.downgrade_ops_list]


def _fields(wanted: Draft) -> Iterator[tuple[str, Any]]:
    """What a directive and a draft both say."""
    names = (field.name for field in fields(wanted) if field.name not in ("variables", "rehearse"))
    return ((name, getattr(wanted, name)) for name in names)
