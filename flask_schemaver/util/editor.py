"""Opens a file in the person's editor."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
from collections.abc import Mapping

from ..errors import ConfigError

_USUAL = ("sensible-editor", "editor", "nano", "vim", "vi", "code", "notepad")


def open_in_editor(
    filename: str | os.PathLike[str], environ: Mapping[str, str] | None = None
) -> None:
    """Open a file in the editor that $EDITOR or $VISUAL names, and wait for it.

    Raises ConfigError if there is none or it fails.
    """
    variables = os.environ if environ is None else environ
    named = variables.get("EDITOR") or variables.get("VISUAL")
    editor = named or next((name for name in _USUAL if shutil.which(name)), None)
    if editor is None:
        raise ConfigError("No editor was found.", hint="Set $EDITOR to the name of yours.")
    hint = "Set $EDITOR to one that works."
    try:
        code = subprocess.run([*shlex.split(editor), os.fspath(filename)], check=False).returncode
    except OSError as cause:
        raise ConfigError(f"The editor '{editor}' failed: {cause.strerror}.", hint=hint) from cause
    if code:
        raise ConfigError(f"The editor '{editor}' ended with exit code {code}.", hint=hint)
