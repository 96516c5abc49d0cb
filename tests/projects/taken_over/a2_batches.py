"""batches

Revision ID: a2
Revises: a1
"""

import sqlalchemy as sa

from flask_schemaver import op

revision = "a2"
down_revision = "a1"

naming_convention = {
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    "uq": "uq_%(table_name)s_%(column_0_name)s",
}


def upgrade():
    with op.batch_alter_table("user", schema=None) as batch_op:
        batch_op.add_column(sa.Column("age", sa.Integer(), server_default="3", nullable=False))
        batch_op.add_column(sa.Column("first", sa.Integer()), insert_after="id")
        batch_op.alter_column(
            "username",
            existing_type=sa.String(64),
            nullable=False,
            new_column_name="login",
            type_=sa.String(80),
        )
        batch_op.create_unique_constraint("uq_login", ["login"])
        batch_op.create_index(batch_op.f("ix_user_age"), ["age"], unique=False)
        batch_op.create_check_constraint("ck_age", sa.column("age") > 0)
        batch_op.create_check_constraint("ck_age2", "age < 200")
    with op.batch_alter_table("user", recreate="always", naming_convention=naming_convention) as b:
        b.alter_column("email", existing_type=sa.String(64), server_default="none")
    with op.batch_alter_table(
        "user",
        table_args=(sa.UniqueConstraint("email", name="uq_email"),),
        table_kwargs={},
        reflect_args=[],
        reflect_kwargs={},
        partial_reordering=None,
        copy_from=None,
    ) as b:
        b.drop_column("first")
    op.alter_column(
        "role", "name", new_column_name="title", existing_type=sa.String(64), existing_nullable=True
    )
    op.alter_column("role", "title", comment="what it is called", existing_comment=None)
    op.rename_table("child", "kid")
    op.add_column(
        "kid",
        sa.Column(
            "parent_id", sa.Integer(), sa.ForeignKey("kid.id", name="fk_kid_parent"), nullable=True
        ),
    )
    op.create_foreign_key("fk_kid_role", "kid", "role", ["parent_id"], ["id"], ondelete="SET NULL")
    op.drop_constraint("fk_kid_role", "kid", type_="foreignkey")
    op.create_unique_constraint("uq_x", "kid", ["parent_id", "user_id"])
    op.create_check_constraint("ck_kid", "kid", "id > 0")
    op.create_table_comment("kid", "kids: 100%", existing_comment=None)
    op.drop_table_comment("kid", existing_comment="kids")
    op.create_table_comment("user", "people: 100%", existing_comment="users")
    if op.get_context().dialect.name == "sqlite":
        with op.batch_alter_table("user", naming_convention=naming_convention) as b:
            b.drop_constraint("fk_user_role_id_role", type_="foreignkey")
        with op.batch_alter_table("user") as b:
            b.create_foreign_key(None, "role", ["role_id"], ["id"])


def downgrade():
    op.drop_constraint("ck_kid", "kid", type_="check")
    with op.batch_alter_table("kid") as batch_op:
        batch_op.drop_constraint("uq_x", type_="unique")
        batch_op.drop_constraint("fk_kid_parent", type_="foreignkey")
        batch_op.drop_column("parent_id")
    op.rename_table("kid", "child")
    op.alter_column("role", "title", new_column_name="name")
    with op.batch_alter_table("user") as batch_op:
        batch_op.drop_constraint("ck_age2", type_="check")
        batch_op.drop_constraint("ck_age")
        batch_op.drop_index(batch_op.f("ix_user_age"))
        batch_op.drop_constraint("uq_login", type_="unique")
        batch_op.alter_column(
            "login",
            new_column_name="username",
            existing_type=sa.String(80),
            type_=sa.String(64),
            nullable=True,
        )
        batch_op.drop_column("age")
    with op.batch_alter_table("user") as batch_op:
        batch_op.alter_column("email", server_default=None)
