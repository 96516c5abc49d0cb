"""The bodies of a revision's functions, and what a template is given of them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING, Any

from ..operations.containers import MigrationScript, OpContainer
from .autogen_context import AutogenContext
from .rehearsal import Body, rehearse
from .render import Renderer, render_operations

if TYPE_CHECKING:
    from ..runtime.migration import MigrationContext
    from ..schema.operation import Operation


def render_python_code(
    up_or_down_op: OpContainer,
    sqlalchemy_module_prefix: str = "sa.",
    alembic_module_prefix: str = "op.",
    render_as_batch: bool = False,
    imports: Collection[str] = (),
    render_item: Any = None,
    migration_context: MigrationContext | None = None,
    user_module_prefix: str | None = None,
) -> str:
    """The operations as the body of a function. Touches no database.

    `imports`, if it is a set, is given the import lines that the body needs.
    """
    autogen = AutogenContext(
        migration_context,
        autogenerate=False,
        opts={
            "sqlalchemy_module_prefix": sqlalchemy_module_prefix,
            "alembic_module_prefix": alembic_module_prefix,
            "render_item": render_item,
            "render_as_batch": render_as_batch,
            "user_module_prefix": user_module_prefix,
        },
    )
    autogen.imports = imports if isinstance(imports, set) else set(imports)
    return body(up_or_down_op.ops, autogen)


def body(operations: Sequence[Operation], autogen: AutogenContext) -> str:
    """Operations as Python; notes in `autogen.imports` what they need."""
    blocks = bool(autogen.opts["render_as_batch"])
    dialect = autogen.spelling
    rebuilt = dialect is not None and autogen.autogenerate and not dialect.alters_constraints
    return render_operations(
        operations, Renderer.of(autogen), batch=blocks or rebuilt, single=blocks
    )


def template_variables(script: MigrationScript, context: MigrationContext) -> dict[str, Any]:
    """What a revision file's template is given: the bodies and the imports they need."""
    return dict(Page(script, context).variables)


class Page:
    """What a revision file says: the variables for its template, and the dry run of its text."""

    def __init__(self, script: MigrationScript, context: MigrationContext) -> None:
        self._context = context
        self._autogen = AutogenContext(context)
        self._bodies: list[Body] = []
        self.variables: dict[str, Any] = {}
        for upgrade in script.upgrade_ops_list:
            self._write(upgrade.upgrade_token, upgrade)
        for downgrade in script.downgrade_ops_list:
            self._write(downgrade.downgrade_token, downgrade)
        imports = {*self._autogen.imports, *script.imports}
        self.variables["imports"] = "\n".join(sorted(imports))

    def _write(self, token: str, container: OpContainer) -> None:
        text = self._text(container.ops)
        self.variables[token] = text
        self._bodies.append(Body(text, container.flattened(), self._text))

    def _text(self, operations: Sequence[Operation]) -> str:
        return indented(body(operations, self._autogen))

    def rehearse(self, text: str, path: str) -> None:
        """Run the finished text, with nothing done; raises where it would not do what it says."""
        renderer = Renderer.of(self._autogen)
        rehearse(text, path, self._bodies, renderer, self._context.dialect, self._context.opts)


def indented(text: str) -> str:
    """A function's body, indented as the template expects it: all lines but the first."""
    return "\n".join(f"    {x}" if n and x else x for n, x in enumerate(text.split("\n")))
