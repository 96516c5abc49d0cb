"""`flask db` as an entry point: there before the app is loaded, and if it cannot be.

Flask loads this for each of its commands, so it imports nothing but click and Flask's part of it.
Flask asks plug-ins before the app; so where the app has a command of this name, whoever made it,
that one gets the line.
"""

from __future__ import annotations

from typing import Any

import click
from flask.cli import ScriptInfo

from .mount import MountedCommand


class CommandOfAnyApp(MountedCommand):
    """Stands for the command of this name that the app has once it is loaded."""

    def make_context(
        self,
        info_name: str | None,
        args: list[str],
        parent: click.Context | None = None,
        **extra: Any,
    ) -> click.Context:
        """The context of the app's own command, which click runs from there on."""
        from . import loading

        ctx = parent or click.Context(self)
        try:
            app = loading.load_app(ctx, args, f"flask {self.name}")
        except click.ClickException as error:
            if not extra.get("resilient_parsing") and self.needs_app(args):
                raise
            made = super().make_context(info_name, args, parent=parent, **extra)
            made.call_on_close(error.show)
            return made
        command = app.cli.get_command(ctx, info_name or "")
        if command is None:
            raise _not_set_up(app, str(self.name))
        return command.make_context(info_name, args, parent=parent, **extra)

    def get_short_help_str(self, limit: int = 45) -> str:
        """The line in the list of commands: by then the app is loaded, or cannot be."""
        ctx = click.get_current_context(silent=True)
        info = None if ctx is None else ctx.find_object(ScriptInfo)
        app = getattr(info, "_loaded_app", None)
        own = None if app is None else app.cli.commands.get(self.name)
        return (own.get_short_help_str if own else super().get_short_help_str)(limit)


def _not_set_up(app: Any, name: str) -> click.ClickException:
    from .loading import AppNotLoaded, NoApp

    others = sorted(app.extensions.get("schemaver", {}))
    if others:
        hint = f"Its commands are 'flask {others[0]} ...'."
        return NoApp(f"The app '{app.import_name}' has no command '{name}'.", hint)
    return AppNotLoaded(
        f"SchemaVer is not set up on the app '{app.import_name}'.",
        "Where the app is made, add:\n"
        "    from flask_schemaver import SchemaVer\n"
        "    SchemaVer(app, db)",
    )


command: CommandOfAnyApp = CommandOfAnyApp("db")
