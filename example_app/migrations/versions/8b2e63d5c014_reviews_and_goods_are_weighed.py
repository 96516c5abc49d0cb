"""reviews, and goods are weighed

Revision ID: 8b2e63d5c014
Revises: 4f1c0a7be2d9
Create Date: 2026-11-21 11:13:14.479701
"""

from collections.abc import Sequence

import sqlalchemy as sa
from flask_schemaver import op

revision: str = '8b2e63d5c014'
down_revision: str | Sequence[str] | None = '4f1c0a7be2d9'
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Go one revision up."""
    op.create_table(
        'reviews',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('product_id', sa.Integer(), nullable=False),
        sa.Column('customer_id', sa.Integer(), nullable=False),
        sa.Column('rating', sa.Integer(), nullable=False),
        sa.Column('text', sa.Text(), server_default='', nullable=False),
        sa.Column(
            'written_at',
            sa.DateTime(timezone=True),
            server_default=sa.func.now(),
            nullable=False,
        ),
        sa.CheckConstraint('rating BETWEEN 1 AND 5', name=op.f('ck_reviews_rating_is_one_to_five')),
        sa.ForeignKeyConstraint(
            ['customer_id'],
            ['customers.id'],
            name=op.f('fk_reviews_customer_id_customers'),
        ),
        sa.ForeignKeyConstraint(
            ['product_id'],
            ['products.id'],
            ondelete='CASCADE',
            name=op.f('fk_reviews_product_id_products'),
        ),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_reviews')),
        sa.UniqueConstraint(
            'product_id',
            'customer_id',
            name=op.f('uq_reviews_product_id_customer_id'),
        ),
    )
    op.add_column('suppliers', sa.Column('phone', sa.String(length=30), nullable=True))
    # Added by hand: what was never weighed weighs nothing, as the column is NOT NULL from here on.
    op.execute('UPDATE products SET weight_grams = 0 WHERE weight_grams IS NULL')
    op.alter_column(
        'products',
        'weight_grams',
        existing_type=sa.INTEGER(),
        nullable=False,
        server_default='0',
    )
    op.alter_column(
        'customers',
        'name',
        existing_type=sa.VARCHAR(length=80),
        type_=sa.String(length=120),
        existing_nullable=False,
    )
    op.create_index(op.f('ix_reviews_customer_id'), 'reviews', ['customer_id'], unique=False)


def downgrade() -> None:
    """Go back to where it was before."""
    op.drop_index(op.f('ix_reviews_customer_id'), table_name='reviews')
    op.alter_column(
        'customers',
        'name',
        existing_type=sa.String(length=120),
        type_=sa.VARCHAR(length=80),
        existing_nullable=False,
    )
    op.alter_column(
        'products',
        'weight_grams',
        existing_type=sa.INTEGER(),
        nullable=True,
        server_default=None,
        existing_server_default='0',
    )
    op.drop_column('suppliers', 'phone')
    op.drop_table('reviews')
