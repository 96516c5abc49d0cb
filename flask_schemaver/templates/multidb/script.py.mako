"""${message}

Revision ID: ${up_revision}
Revises: ${comma(down_revision) or '<base>'}
Create Date: ${create_date}
"""

from collections.abc import Sequence

import sqlalchemy as sa
from flask_schemaver import op
% if imports:
${imports}
% endif

revision: str = ${repr(up_revision)}
down_revision: str | Sequence[str] | None = ${repr(down_revision)}
branch_labels: str | Sequence[str] | None = ${repr(branch_labels)}
depends_on: str | Sequence[str] | None = ${repr(depends_on)}
% if sections:


def upgrade(engine_name: str = "") -> None:
    """Go one revision up in one database; the default one has no name."""
    section = {
% for section in sections:
        ${repr(section.name)}: upgrade_${section.suffix},
% endfor
    }.get(engine_name)
    if section is not None:
        section()


def downgrade(engine_name: str = "") -> None:
    """Go back to where one database was before."""
    section = {
% for section in sections:
        ${repr(section.name)}: downgrade_${section.suffix},
% endfor
    }.get(engine_name)
    if section is not None:
        section()
% for section in sections:


def upgrade_${section.suffix}() -> None:
    ${section.upgrades or "pass"}


def downgrade_${section.suffix}() -> None:
    ${section.downgrades or "pass"}
% endfor
% else:


def upgrade() -> None:
    """Go one revision up."""
    ${upgrades if upgrades else "pass"}


def downgrade() -> None:
    """Go back to where it was before."""
    ${downgrades if downgrades else "pass"}
% endif
