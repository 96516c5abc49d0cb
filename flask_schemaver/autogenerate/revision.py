"""RevisionContext: a new revision made step by step, for programs that run env.py themselves."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from ..errors import AutogenerateError
from ..operations.containers import DowngradeOps, MigrationScript, UpgradeOps
from .api import compared, migration_script
from .autogen_context import AutogenContext
from .page import Page

if TYPE_CHECKING:
    from ..config import Config
    from ..runtime.migration import MigrationContext
    from ..script.directory import ScriptDirectory
    from ..script.revision import Script

Hook = Callable[..., object]


class RevisionContext:
    """Revisions that are being made: what hooks see of them, and the files in the end.

    Given as `revision_context` to an EnvironmentContext whose `fn` calls `run_autogenerate` or
    `run_no_autogenerate`, once for each database.
    """

    def __init__(
        self,
        config: Config,
        script_directory: ScriptDirectory,
        command_args: Mapping[str, Any],
        process_revision_directives: Hook | None = None,
    ) -> None:
        """`command_args` are the arguments of `command.revision` by name."""
        self.config = config
        self.script_directory = script_directory
        self.command_args: dict[str, Any] = dict(command_args)
        self.process_revision_directives = process_revision_directives
        self.template_args: dict[str, Any] = {"config": config}
        self.generated_revisions: list[MigrationScript] = [self._begun()]
        self._context: MigrationContext | None = None

    def run_autogenerate(self, rev: Any, migration_context: MigrationContext) -> None:
        """Add the differences between one database and its models; reads only."""
        found = compared(AutogenContext(migration_context))
        made = migration_script(found, migration_context.spelling, None, migration_context.opts)
        self._add(made.upgrade_ops, made.downgrade_ops)
        self._hooked(rev, migration_context)

    def run_no_autogenerate(self, rev: Any, migration_context: MigrationContext) -> None:
        """Add empty functions for one database."""
        opts = migration_context.opts
        upgrade = UpgradeOps([], opts.get("upgrade_token") or "upgrades")
        self._add(upgrade, DowngradeOps([], opts.get("downgrade_token") or "downgrades"))
        self._hooked(rev, migration_context)

    def generate_scripts(self) -> Iterator[Script]:
        """Write the files, each after a dry run of it, and return their scripts."""
        for script in self.generated_revisions:
            page = None if self._context is None else Page(script, self._context)
            yield self.script_directory.generate_revision(
                script.rev_id,
                script.message,
                head=script.head,
                splice=bool(script.splice),
                branch_labels=script.branch_label,
                version_path=script.version_path,
                depends_on=script.depends_on,
                rehearse=None if page is None else page.rehearse,
                **{**self.template_args, **({} if page is None else page.variables)},
            )

    def _begun(self) -> MigrationScript:
        args = self.command_args
        return MigrationScript(
            args.get("rev_id"),
            [],
            [],
            message=args.get("message"),
            head=args.get("head") or "head",
            splice=args.get("splice"),
            branch_label=args.get("branch_label"),
            version_path=args.get("version_path"),
            depends_on=args.get("depends_on"),
        )

    def _add(self, upgrade: UpgradeOps, downgrade: DowngradeOps) -> None:
        if not self.generated_revisions:
            raise AutogenerateError(
                "A hook has removed the revision, and another database follows.",
                hint="Remove it when the hook is called for the last database.",
            )
        script = self.generated_revisions[-1]
        script.upgrade_ops_list.append(upgrade)
        script.downgrade_ops_list.append(downgrade)

    def _hooked(self, rev: Any, context: MigrationContext) -> None:
        self._context = context
        self.template_args.update(context.opts.get("template_args") or {})
        for hook in (
            self.process_revision_directives,
            context.opts.get("process_revision_directives"),
        ):
            if hook is not None:
                hook(context, rev, self.generated_revisions)
