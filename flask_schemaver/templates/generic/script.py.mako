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


def upgrade() -> None:
    """Go one revision up."""
    ${upgrades if upgrades else "pass"}


def downgrade() -> None:
    """Go back to where it was before."""
    ${downgrades if downgrades else "pass"}
