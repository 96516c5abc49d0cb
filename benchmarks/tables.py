"""Any number of tables that look like those of an app: keys, indexes, checks, defaults."""

from __future__ import annotations

import sqlalchemy as sa


def metadata_of(count: int) -> sa.MetaData:
    """Tables of twelve columns with two indexes, a UNIQUE, a foreign key and a CHECK each."""
    metadata = sa.MetaData()
    for number in range(count):
        name = f"item_{number:05}"
        sa.Table(
            name,
            metadata,
            sa.Column("id", sa.Integer, primary_key=True),
            sa.Column(
                "parent_id", sa.ForeignKey(f"item_{max(0, number - 1):05}.id", name=f"fk_{name}")
            ),
            sa.Column("code", sa.String(20), nullable=False),
            sa.Column("slug", sa.String(80), nullable=False),
            sa.Column("title", sa.String(100), nullable=False, server_default=""),
            sa.Column("body", sa.Text),
            sa.Column("amount", sa.Numeric(10, 2)),
            sa.Column("weight", sa.Float),
            sa.Column("count", sa.Integer, nullable=False, server_default="0"),
            sa.Column("active", sa.Boolean, nullable=False, server_default=sa.true()),
            sa.Column("made_at", sa.DateTime, server_default=sa.func.now()),
            sa.Column("due_on", sa.Date),
            sa.UniqueConstraint("slug", name=f"uq_{name}_slug"),
            sa.CheckConstraint("count >= 0", name=f"ck_{name}_count"),
            sa.Index(f"ix_{name}_code", "code", unique=True),
            sa.Index(f"ix_{name}_due_on", "due_on", "active"),
        )
    return metadata
