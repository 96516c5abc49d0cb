"""The commands that write files: a migrations folder, and revisions in it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from inspect import Signature, signature
from typing import Annotated, Any, Final

import typer

from .. import command
from . import output
from .completion import heads, revisions
from .line import (
    BranchLabel,
    Directory,
    Message,
    RevisionId,
    Sql,
    XArgument,
    Yes,
    argument,
    line_of,
    option,
    symbol,
)

Head = Annotated[str, option("--head", metavar="REVISION", help="The revision that it follows.")]
Splice = Annotated[bool, option("--splice", help="Let it follow a revision that is no head.")]
VersionPath = Annotated[
    str | None, option("--version-path", metavar="DIR", help="The folder of the new file.")
]
DependsOn = Annotated[
    list[str] | None,
    option("--depends-on", metavar="REVISION", help="What must run first; repeatable."),
]

Rename = Annotated[
    list[str] | None,
    option("--rename", metavar="TABLE.OLD:NEW", help="It was renamed, or OLD:NEW; repeatable."),
]
DropAndAdd = Annotated[
    list[str] | None,
    option("--drop-and-add", metavar="TABLE.OLD", help="It was not renamed; repeatable."),
]
NoRenames = Annotated[bool, option("--no-renames", help="Nothing was renamed.")]
Fill = Annotated[
    list[str] | None,
    option("--fill", metavar="TABLE.COLUMN=VALUE", help="What rows get in it; repeatable."),
]
AllowDrop = Annotated[bool, option("--allow-drop", help="Let most of the tables be dropped.")]
Explain = Annotated[bool, option("--explain", help="Show both sides of each difference.")]


def init(
    ctx: typer.Context,
    folder: Annotated[
        str | None, argument(metavar="DIRECTORY", help="The folder; the same as --directory.")
    ] = None,
    template: Annotated[
        str | None, option("-t", "--template", metavar="NAME", help="See 'list-templates'.")
    ] = None,
    package: Annotated[bool, option("--package", help="Write '__init__.py' files too.")] = False,
    multidb: Annotated[
        bool, option("--multidb", help="For several databases: '-t flask-multidb'.")
    ] = False,
    directory: Directory = None,
) -> None:
    """Make the migrations folder."""
    line = line_of(ctx)
    if multidb:
        template = template or "flask-multidb"
    directory = folder or directory
    if line.files is not None:
        line.files = replace(line.files, new=True)
    config = line.config(directory)
    target = line.folder_to_make(directory)
    made = command.init(config, target, template or line.template, package)
    if not line.tell(made):
        output.initialised(made, line)


def list_templates(ctx: typer.Context) -> None:
    """Show the forms of a migrations folder."""
    found = command.list_templates(line_of(ctx).config())
    if not line_of(ctx).tell(found):
        output.templates(found)


def revision(
    ctx: typer.Context,
    message: Message = None,
    autogenerate: Annotated[
        bool, option("--autogenerate", help="Write what the models and the database differ.")
    ] = False,
    sql: Sql = False,
    head: Head = "head",
    splice: Splice = False,
    branch_label: BranchLabel = None,
    version_path: VersionPath = None,
    rev_id: RevisionId = None,
    depends_on: DependsOn = None,
    rename: Rename = None,
    drop_and_add: DropAndAdd = None,
    no_renames: NoRenames = False,
    fill: Fill = None,
    allow_drop: AllowDrop = False,
    yes: Yes = False,
    explain: Explain = False,
    x_arg: XArgument = None,
    directory: Directory = None,
) -> None:
    """Write an empty revision, or one from the models."""
    config = line_of(ctx).config(directory, x_arg, autogenerate=autogenerate)
    choices = None
    if not autogenerate and (rename or drop_and_add or fill or no_renames or allow_drop or explain):
        ctx.fail("What is renamed, filled or dropped is a matter of --autogenerate.")
    if autogenerate:
        from . import questions

        choices = questions.choices(
            rename, drop_and_add, fill, no_renames=no_renames, allow_drop=allow_drop, yes=yes
        )
    made = command.make_revision(
        config,
        message,
        autogenerate=autogenerate,
        sql=sql,
        head=head,
        splice=splice,
        branch_label=branch_label,
        version_path=version_path,
        rev_id=rev_id,
        depends_on=depends_on,
        choices=choices,
    )
    if not line_of(ctx).tell(made):
        output.made(made, line_of(ctx), explain=explain)


def migrate(ctx: typer.Context, **given: Any) -> None:
    """Write a revision from the models (--autogenerate)."""
    revision(ctx, autogenerate=True, **given)


# Its options are those of 'revision', but for the one that it stands for.
_options = [p for p in signature(revision).parameters.values() if p.name != "autogenerate"]
migrate.__signature__ = Signature(_options)  # type: ignore[attr-defined]
migrate.__annotations__ = {**{p.name: p.annotation for p in _options}, "return": "None"}


def merge(
    ctx: typer.Context,
    revisions: Annotated[
        list[str],
        argument(metavar="REVISION", autocompletion=heads, help="The heads to join, or 'heads'."),
    ],
    message: Message = None,
    branch_label: BranchLabel = None,
    rev_id: RevisionId = None,
    splice: Splice = False,
    x_arg: XArgument = None,
    directory: Directory = None,
) -> None:
    """Write a revision that joins several heads."""
    config = line_of(ctx).config(directory, x_arg)
    made = command.merge(config, revisions, message, branch_label, rev_id, splice)
    if not line_of(ctx).tell(made):
        output.merged(made, line_of(ctx))


def edit(
    ctx: typer.Context,
    revision: Annotated[
        str,
        argument(
            metavar="REVISION",
            autocompletion=revisions("head", "current"),
            help="A revision, head, current ...",
        ),
    ] = "head",
    x_arg: XArgument = None,
    directory: Directory = None,
) -> None:
    """Open the file of a revision in $EDITOR."""
    config = line_of(ctx).config(directory, x_arg)
    line_of(ctx).tell(command.edit(config, symbol(ctx, revision)))


COMMANDS: Final[dict[str, Callable[..., None]]] = {
    "init": init,
    "list-templates": list_templates,
    "revision": revision,
    "migrate": migrate,
    "merge": merge,
    "edit": edit,
}
