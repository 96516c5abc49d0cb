"""The commands that move a database through its revisions."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Annotated, Final

import typer

from .. import command
from ..errors import NeedsConsent
from . import consent, output
from .completion import revisions
from .line import (
    Directory,
    LockTimeoutOption,
    NoWait,
    Sql,
    Tag,
    XArgument,
    Yes,
    YesDestroy,
    argument,
    line_of,
    option,
    symbol,
)

UPWARDS: Final = revisions("head", "heads")
DOWNWARDS: Final = revisions("base")
ANYWHERE: Final = revisions("head", "heads", "base")


def upgrade(
    ctx: typer.Context,
    revision: Annotated[
        str,
        argument(
            metavar="REVISION", autocompletion=UPWARDS, help="How far: a revision, +1, heads ..."
        ),
    ] = "head",
    sql: Sql = False,
    tag: Tag = None,
    lock_timeout: LockTimeoutOption = None,
    no_wait: NoWait = False,
    yes: Yes = False,
    yes_destroy: YesDestroy = None,
    x_arg: XArgument = None,
    directory: Directory = None,
) -> None:
    """Bring the database up to a revision or the head."""
    line = line_of(ctx)
    config = line.watched(line.config(directory, x_arg), quiet=sql)
    line.waiting(config, lock_timeout, no_wait=no_wait)

    config.attributes["consent"] = partial(
        consent.to_upgrade, yes=yes, name=yes_destroy, progress=config.attributes["observer"]
    )
    result = command.upgrade(config, revision, sql=sql, tag=tag)
    if sql or not line.tell(result):
        output.moved(result, quiet=line.quiet)


def downgrade(
    ctx: typer.Context,
    revision: Annotated[
        str | None,
        argument(
            metavar="REVISION", autocompletion=DOWNWARDS, help="How far: a revision, -1, base ..."
        ),
    ] = None,
    sql: Sql = False,
    tag: Tag = None,
    lock_timeout: LockTimeoutOption = None,
    no_wait: NoWait = False,
    yes: Yes = False,
    yes_destroy: YesDestroy = None,
    x_arg: XArgument = None,
    directory: Directory = None,
) -> None:
    """Take the database back to a revision."""
    line = line_of(ctx)
    config = line.watched(line.config(directory, x_arg), quiet=sql)
    line.waiting(config, lock_timeout, no_wait=no_wait)
    if not revision:
        raise NeedsConsent(
            "A downgrade needs to be told how far: nothing was done.",
            hint="One revision: 'flask db downgrade -1'; to a revision: 'flask db downgrade ID'.",
        )
    target = "head:-1" if sql and revision == "-1" else symbol(ctx, revision)
    if not sql:
        losses = command.losses(config, target)
        consent.to_downgrade(losses, target, yes=yes, name=yes_destroy)
    result = command.downgrade(config, target, sql=sql, tag=tag)
    if sql or not line.tell(result):
        output.moved(result, quiet=line.quiet)


def stamp(
    ctx: typer.Context,
    revisions: Annotated[
        list[str] | None,
        argument(
            metavar="REVISION", autocompletion=ANYWHERE, help="Where the database is said to be."
        ),
    ] = None,
    sql: Sql = False,
    tag: Tag = None,
    purge: Annotated[
        bool, option("--purge", help="Forget first what the version table says.")
    ] = False,
    lock_timeout: LockTimeoutOption = None,
    no_wait: NoWait = False,
    x_arg: XArgument = None,
    directory: Directory = None,
) -> None:
    """Record that the database is at a revision; run nothing."""
    line = line_of(ctx)
    config = line.waiting(line.config(directory, x_arg), lock_timeout, no_wait=no_wait)
    result = command.stamp(config, revisions or ["head"], sql=sql, tag=tag, purge=purge)
    if sql or not line.tell(result):
        output.stamped(result, quiet=line.quiet)


def ensure_version(
    ctx: typer.Context, sql: Sql = False, x_arg: XArgument = None, directory: Directory = None
) -> None:
    """Create the version table if it is not there."""
    line = line_of(ctx)
    config = line.config(directory, x_arg)
    command.ensure_version(config, sql=sql)
    if not sql and not line.tell(command.current(config)):
        output.note("The version table is there.", quiet=line.quiet)


COMMANDS: Final[dict[str, Callable[..., None]]] = {
    "upgrade": upgrade,
    "downgrade": downgrade,
    "stamp": stamp,
    "ensure-version": ensure_version,
}
