"""the shop

Revision ID: 4f1c0a7be2d9
Revises: <base>
Create Date: 2026-11-21 11:13:05.942561
"""

from collections.abc import Sequence

import sqlalchemy as sa
from flask_schemaver import op

revision: str = '4f1c0a7be2d9'
down_revision: str | Sequence[str] | None = None
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Go one revision up."""
    op.create_enum('product_status', ['draft', 'active', 'retired'])
    op.create_enum('address_kind', ['billing', 'shipping'])
    op.create_enum('order_status', ['cart', 'placed', 'paid', 'shipped', 'cancelled'])
    op.create_enum('payment_method', ['card', 'invoice', 'transfer'])
    op.create_table(
        'categories',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('parent_id', sa.Integer(), nullable=True),
        sa.Column('name', sa.String(length=60), nullable=False),
        sa.Column('slug', sa.String(length=60), nullable=False),
        sa.Column('position', sa.Integer(), server_default='0', nullable=False),
        sa.ForeignKeyConstraint(
            ['parent_id'],
            ['categories.id'],
            name=op.f('fk_categories_parent_id_categories'),
        ),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_categories')),
        sa.UniqueConstraint('parent_id', 'name', name=op.f('uq_categories_parent_id_name')),
        sa.UniqueConstraint('slug', name=op.f('uq_categories_slug')),
    )
    op.create_table(
        'suppliers',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('name', sa.String(length=80), nullable=False),
        sa.Column('email', sa.String(length=120), nullable=False),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_suppliers')),
        sa.UniqueConstraint('name', name=op.f('uq_suppliers_name')),
    )
    op.create_table(
        'tags',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('name', sa.String(length=30), nullable=False),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_tags')),
        sa.UniqueConstraint('name', name=op.f('uq_tags_name')),
    )
    op.create_table(
        'products',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('category_id', sa.Integer(), nullable=False),
        sa.Column('supplier_id', sa.Integer(), nullable=True),
        sa.Column('sku', sa.String(length=20), nullable=False),
        sa.Column('name', sa.String(length=100), nullable=False),
        sa.Column('description', sa.Text(), server_default='', nullable=False),
        sa.Column(
            'status',
            sa.Enum('draft', 'active', 'retired', name='product_status'),
            server_default='draft',
            nullable=False,
        ),
        sa.Column('price_cents', sa.Integer(), nullable=False),
        sa.Column('weight_grams', sa.Integer(), nullable=True),
        sa.Column(
            'created_at',
            sa.DateTime(timezone=True),
            server_default=sa.func.now(),
            nullable=False,
        ),
        sa.CheckConstraint('price_cents > 0', name=op.f('ck_products_price_is_positive')),
        sa.ForeignKeyConstraint(
            ['category_id'],
            ['categories.id'],
            name=op.f('fk_products_category_id_categories'),
        ),
        sa.ForeignKeyConstraint(
            ['supplier_id'],
            ['suppliers.id'],
            name=op.f('fk_products_supplier_id_suppliers'),
        ),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_products')),
        sa.UniqueConstraint('sku', name=op.f('uq_products_sku')),
    )
    op.create_table(
        'product_tags',
        sa.Column('product_id', sa.Integer(), nullable=False),
        sa.Column('tag_id', sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ['product_id'],
            ['products.id'],
            ondelete='CASCADE',
            name=op.f('fk_product_tags_product_id_products'),
        ),
        sa.ForeignKeyConstraint(
            ['tag_id'],
            ['tags.id'],
            ondelete='CASCADE',
            name=op.f('fk_product_tags_tag_id_tags'),
        ),
        sa.PrimaryKeyConstraint('product_id', 'tag_id', name=op.f('pk_product_tags')),
    )
    op.create_table(
        'warehouses',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('code', sa.String(length=8), nullable=False),
        sa.Column('city', sa.String(length=60), nullable=False),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_warehouses')),
        sa.UniqueConstraint('code', name=op.f('uq_warehouses_code')),
    )
    op.create_table(
        'stock_levels',
        sa.Column('warehouse_id', sa.Integer(), nullable=False),
        sa.Column('product_id', sa.Integer(), nullable=False),
        sa.Column('quantity', sa.Integer(), server_default='0', nullable=False),
        sa.CheckConstraint('quantity >= 0', name=op.f('ck_stock_levels_quantity_is_not_negative')),
        sa.ForeignKeyConstraint(
            ['product_id'],
            ['products.id'],
            ondelete='CASCADE',
            name=op.f('fk_stock_levels_product_id_products'),
        ),
        sa.ForeignKeyConstraint(
            ['warehouse_id'],
            ['warehouses.id'],
            name=op.f('fk_stock_levels_warehouse_id_warehouses'),
        ),
        sa.PrimaryKeyConstraint('warehouse_id', 'product_id', name=op.f('pk_stock_levels')),
    )
    op.create_table(
        'stock_movements',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('warehouse_id', sa.Integer(), nullable=False),
        sa.Column('product_id', sa.Integer(), nullable=False),
        sa.Column('change', sa.Integer(), nullable=False),
        sa.Column('reason', sa.String(length=40), nullable=False),
        sa.Column(
            'moved_at',
            sa.DateTime(timezone=True),
            server_default=sa.func.now(),
            nullable=False,
        ),
        sa.CheckConstraint('change <> 0', name=op.f('ck_stock_movements_something_moves')),
        sa.ForeignKeyConstraint(
            ['warehouse_id', 'product_id'],
            ['stock_levels.warehouse_id', 'stock_levels.product_id'],
            ondelete='CASCADE',
            name=op.f('fk_stock_movements_warehouse_id_product_id_stock_levels'),
        ),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_stock_movements')),
    )
    op.create_table(
        'customers',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('name', sa.String(length=80), nullable=False),
        sa.Column('email', sa.String(length=120), nullable=False),
        sa.Column(
            'created_at',
            sa.DateTime(timezone=True),
            server_default=sa.func.now(),
            nullable=False,
        ),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_customers')),
    )
    op.create_table(
        'addresses',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('customer_id', sa.Integer(), nullable=False),
        sa.Column('kind', sa.Enum('billing', 'shipping', name='address_kind'), nullable=False),
        sa.Column('street', sa.String(length=100), nullable=False),
        sa.Column('postcode', sa.String(length=10), nullable=False),
        sa.Column('city', sa.String(length=60), nullable=False),
        sa.Column('country', sa.CHAR(length=2), server_default='NL', nullable=False),
        sa.Column('is_default', sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.ForeignKeyConstraint(
            ['customer_id'],
            ['customers.id'],
            ondelete='CASCADE',
            name=op.f('fk_addresses_customer_id_customers'),
        ),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_addresses')),
    )
    op.create_table(
        'orders',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('number', sa.String(length=20), nullable=False),
        sa.Column('customer_id', sa.Integer(), nullable=False),
        sa.Column('address_id', sa.Integer(), nullable=True),
        sa.Column(
            'status',
            sa.Enum('cart', 'placed', 'paid', 'shipped', 'cancelled', name='order_status'),
            server_default='cart',
            nullable=False,
        ),
        sa.Column('placed_at', sa.DateTime(timezone=True), nullable=True),
        sa.Column('note', sa.String(length=200), nullable=True),
        sa.ForeignKeyConstraint(
            ['address_id'],
            ['addresses.id'],
            ondelete='SET NULL',
            name=op.f('fk_orders_address_id_addresses'),
        ),
        sa.ForeignKeyConstraint(
            ['customer_id'],
            ['customers.id'],
            name=op.f('fk_orders_customer_id_customers'),
        ),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_orders')),
        sa.UniqueConstraint('number', name=op.f('uq_orders_number')),
    )
    op.create_table(
        'order_lines',
        sa.Column('order_id', sa.Integer(), nullable=False),
        sa.Column('position', sa.Integer(), autoincrement=False, nullable=False),
        sa.Column('product_id', sa.Integer(), nullable=False),
        sa.Column('quantity', sa.Integer(), server_default='1', nullable=False),
        sa.Column('unit_price_cents', sa.Integer(), nullable=False),
        sa.CheckConstraint('quantity > 0', name=op.f('ck_order_lines_quantity_is_positive')),
        sa.ForeignKeyConstraint(
            ['order_id'],
            ['orders.id'],
            ondelete='CASCADE',
            name=op.f('fk_order_lines_order_id_orders'),
        ),
        sa.ForeignKeyConstraint(
            ['product_id'],
            ['products.id'],
            name=op.f('fk_order_lines_product_id_products'),
        ),
        sa.PrimaryKeyConstraint('order_id', 'position', name=op.f('pk_order_lines')),
    )
    op.create_table(
        'payments',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('order_id', sa.Integer(), nullable=False),
        sa.Column(
            'method',
            sa.Enum('card', 'invoice', 'transfer', name='payment_method'),
            nullable=False,
        ),
        sa.Column('amount_cents', sa.Integer(), nullable=False),
        sa.Column(
            'received_at',
            sa.DateTime(timezone=True),
            server_default=sa.func.now(),
            nullable=False,
        ),
        sa.CheckConstraint('amount_cents > 0', name=op.f('ck_payments_amount_is_positive')),
        sa.ForeignKeyConstraint(
            ['order_id'],
            ['orders.id'],
            name=op.f('fk_payments_order_id_orders'),
        ),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_payments')),
    )
    op.create_index(op.f('ix_products_category_id'), 'products', ['category_id'], unique=False)
    op.create_index(
        op.f('ix_products_for_sale'),
        'products',
        ['category_id', 'name'],
        unique=False,
        postgresql_where=sa.text("status = 'active'"),
        sqlite_where=sa.text("status = 'active'"),
    )
    op.create_index(
        op.f('ix_products_lower_name'),
        'products',
        [sa.text('lower(name)')],
        unique=False,
    )
    op.create_index(
        op.f('ix_stock_movements_warehouse_id_product_id'),
        'stock_movements',
        ['warehouse_id', 'product_id'],
        unique=False,
    )
    op.create_index(
        op.f('uq_customers_lower_email'),
        'customers',
        [sa.text('lower(email)')],
        unique=True,
    )
    op.create_index(op.f('ix_addresses_customer_id'), 'addresses', ['customer_id'], unique=False)
    op.create_index(
        op.f('uq_addresses_default'),
        'addresses',
        ['customer_id', 'kind'],
        unique=True,
        postgresql_where=sa.text('is_default'),
        sqlite_where=sa.text('is_default'),
    )
    op.create_index(
        op.f('ix_orders_customer_id_placed_at'),
        'orders',
        ['customer_id', 'placed_at'],
        unique=False,
    )
    op.create_index(op.f('ix_order_lines_product_id'), 'order_lines', ['product_id'], unique=False)
    op.create_index(op.f('ix_payments_order_id'), 'payments', ['order_id'], unique=False)


def downgrade() -> None:
    """Go back to where it was before."""
    op.drop_index(op.f('ix_payments_order_id'), table_name='payments')
    op.drop_index(op.f('ix_order_lines_product_id'), table_name='order_lines')
    op.drop_index(op.f('ix_orders_customer_id_placed_at'), table_name='orders')
    op.drop_index(op.f('uq_addresses_default'), table_name='addresses')
    op.drop_index(op.f('ix_addresses_customer_id'), table_name='addresses')
    op.drop_index(op.f('uq_customers_lower_email'), table_name='customers')
    op.drop_index(op.f('ix_stock_movements_warehouse_id_product_id'), table_name='stock_movements')
    op.drop_index(op.f('ix_products_lower_name'), table_name='products')
    op.drop_index(op.f('ix_products_for_sale'), table_name='products')
    op.drop_index(op.f('ix_products_category_id'), table_name='products')
    op.drop_table('payments')
    op.drop_table('order_lines')
    op.drop_table('orders')
    op.drop_table('addresses')
    op.drop_table('customers')
    op.drop_table('stock_movements')
    op.drop_table('stock_levels')
    op.drop_table('warehouses')
    op.drop_table('product_tags')
    op.drop_table('products')
    op.drop_table('tags')
    op.drop_table('suppliers')
    op.drop_table('categories')
    op.drop_enum('payment_method')
    op.drop_enum('order_status')
    op.drop_enum('address_kind')
    op.drop_enum('product_status')
