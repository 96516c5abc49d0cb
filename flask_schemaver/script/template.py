"""Fills in a Mako file; the only place that knows Mako, which is imported when it is needed."""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import Any

from ..errors import TemplateError
from .place import shown


def render(path: str, encoding: str = "utf-8", /, **values: Any) -> str:
    """The text of the template at `path`, which is in `encoding`, with `values` filled in.

    Raises TemplateError with file and line.
    """
    from mako.exceptions import MakoException, RichTraceback  # type: ignore[import-untyped]
    from mako.template import Template  # type: ignore[import-untyped]

    try:
        template = Template(filename=os.path.abspath(path), input_encoding=encoding)
    except OSError as cause:
        raise TemplateError(
            f"The template '{shown(path)}' cannot be read: {cause.strerror}.",
            hint="'flask db init' writes one; copy it from a new folder.",
        ) from cause
    except (MakoException, SyntaxError, UnicodeDecodeError) as cause:
        raise _broken(path, getattr(cause, "lineno", None), str(cause)) from cause
    try:
        return str(template.render_unicode(**values)).replace("\r\n", "\n")
    except Exception as cause:
        line = RichTraceback(cause).lineno
        reason = f"{type(cause).__name__}: {cause}"
        if isinstance(cause, NameError):
            reason += " (a variable that nothing gives it)"
        raise _broken(path, line, reason) from cause


def _broken(path: str, line: int | None, reason: str) -> TemplateError:
    where = f"'{shown(path)}', line {line}" if line else f"'{shown(path)}'"
    return TemplateError(
        f"The template {where} cannot be filled in: {reason}.", hint="Correct the template."
    )


def comma(value: str | Iterable[str] | None) -> str:
    """One or several ids with commas between them; the filter `comma` of templates."""
    if not value:
        return ""
    return value if isinstance(value, str) else ", ".join(value)
