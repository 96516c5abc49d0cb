"""create things

Revision ID: a1
Revises:
Create Date: 2020-01-01 10:00:00.000000
"""

import sqlalchemy as sa
from sqlalchemy.orm import Session

from flask_schemaver import op

revision = "a1"
down_revision = None
branch_labels = None
depends_on = None


def upgrade():
    role = op.create_table(
        "role",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=64), nullable=True),
        sa.Column("default", sa.Boolean(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("name"),
    )
    op.create_index(op.f("ix_role_default"), "role", ["default"], unique=False)
    op.create_table(
        "user",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("email", sa.String(length=64), nullable=True),
        sa.Column("username", sa.String(64), nullable=True),
        sa.Column("role_id", sa.Integer(), nullable=True),
        sa.Column("meta", sa.JSON(), nullable=True),
        sa.Column("kind", sa.Enum("a", "b", name="kind"), nullable=True),
        sa.ForeignKeyConstraint(
            ["role_id"],
            ["role.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        comment="users",
        sqlite_autoincrement=True,
        mysql_engine="InnoDB",
    )
    op.create_index("ix_user_email", "user", ["email"], unique=True)
    op.create_index("ix_user_lower", "user", [sa.text("lower(email)")])
    op.create_table(
        "child",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("user_id", sa.Integer, sa.ForeignKey("user.id", ondelete="CASCADE"), index=True),
        sa.Column("code", sa.String(3), unique=True),
    )
    op.bulk_insert(
        role,
        [
            {"id": 1, "name": "admin", "default": True},
            {"id": 2, "name": "it's :x 100%", "default": False},
        ],
    )
    op.execute(
        'INSERT INTO "user" (id, email, username, role_id, meta) '
        """VALUES (1, 'a@b', '12:30 100%', 1, '{"a":true, "b": "c:d"}')"""
    )
    op.execute(r"""UPDATE "user" SET email = 'a\:b'""")
    op.execute(sa.text("INSERT INTO child (id, user_id) VALUES (1, 1)"))
    op.execute(
        role.update()
        .where(role.c.name == op.inline_literal("admin"))
        .values(name=op.inline_literal("boss"))
    )
    rows = sa.table("role", sa.column("id", sa.Integer), sa.column("name", sa.String))
    connection = op.get_bind()
    connection.execute(rows.insert(), [{"id": 3, "name": "y"}, {"id": 4, "name": "z"}])
    for row in connection.execute(sa.select(rows.c.id).where(rows.c.id > 2)).fetchall():
        named = rows.update().where(rows.c.id == row.id).values(name=f"r{row.id}")
        connection.execute(named)
    session = Session(bind=connection)
    session.execute(sa.text("UPDATE role SET name = 'last' WHERE id = 4"))
    session.commit()


def downgrade():
    op.drop_table("child")
    op.drop_index("ix_user_lower", table_name="user")
    op.drop_index("ix_user_email", "user")
    op.drop_table("user")
    op.drop_index(op.f("ix_role_default"), table_name="role")
    op.drop_table("role")
    sa.Enum(name="kind").drop(op.get_bind(), checkfirst=True)
