"""coupons, gifts and longer notes

Revision ID: d37a9c40f5b8
Revises: 8b2e63d5c014
Create Date: 2026-11-21 11:13:19.282596
"""

from collections.abc import Sequence

import sqlalchemy as sa
from flask_schemaver import op

revision: str = 'd37a9c40f5b8'
down_revision: str | Sequence[str] | None = '8b2e63d5c014'
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Go one revision up."""
    op.drop_index(op.f('ix_payments_order_id'), table_name='payments')
    op.create_table(
        'coupons',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('code', sa.String(length=20), nullable=False),
        sa.Column('percent', sa.Integer(), nullable=False),
        sa.Column('valid_until', sa.Date(), nullable=True),
        sa.CheckConstraint('percent > 0 AND percent <= 100', name=op.f('ck_coupons_percent')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_coupons')),
        sa.UniqueConstraint('code', name=op.f('uq_coupons_code')),
    )
    with op.batch_alter_table('orders') as batch_op:
        batch_op.alter_column(
            'status',
            existing_type=sa.VARCHAR(length=9),
            server_default='placed',
            existing_nullable=False,
            existing_server_default=sa.text("'cart'"),
        )
        batch_op.add_column(sa.Column('coupon_id', sa.Integer(), nullable=True))
        batch_op.add_column(
            sa.Column('is_gift', sa.Boolean(), server_default=sa.false(), nullable=False),
        )
        batch_op.alter_column(
            'note',
            existing_type=sa.VARCHAR(length=200),
            type_=sa.Text(),
            existing_nullable=True,
        )
    op.create_unique_constraint(op.f('uq_warehouses_city'), 'warehouses', ['city'])
    with op.batch_alter_table('orders') as batch_op:
        batch_op.create_foreign_key(
            batch_op.f('fk_orders_coupon_id_coupons'),
            'coupons',
            ['coupon_id'],
            ['id'],
            ondelete='SET NULL',
        )
        batch_op.create_index(batch_op.f('ix_orders_coupon_id'), ['coupon_id'], unique=False)
    op.create_index(
        op.f('ix_payments_order_id_received_at'),
        'payments',
        ['order_id', 'received_at'],
        unique=False,
    )


def downgrade() -> None:
    """Go back to where it was before."""
    op.drop_index(op.f('ix_payments_order_id_received_at'), table_name='payments')
    with op.batch_alter_table('orders') as batch_op:
        batch_op.drop_index(batch_op.f('ix_orders_coupon_id'))
        batch_op.drop_constraint(batch_op.f('fk_orders_coupon_id_coupons'), type_='foreignkey')
    op.drop_constraint(op.f('uq_warehouses_city'), 'warehouses', type_='unique')
    with op.batch_alter_table('orders') as batch_op:
        batch_op.alter_column(
            'note',
            existing_type=sa.Text(),
            type_=sa.VARCHAR(length=200),
            existing_nullable=True,
        )
        batch_op.drop_column('is_gift')
        batch_op.drop_column('coupon_id')
        batch_op.alter_column(
            'status',
            existing_type=sa.VARCHAR(length=9),
            server_default=sa.text("'cart'"),
            existing_nullable=False,
            existing_server_default='placed',
        )
    op.drop_table('coupons')
    op.create_index(op.f('ix_payments_order_id'), 'payments', ['order_id'], unique=False)
