"""The tables of the shop: the catalogue, the warehouses, the customers and what they order.

Money is kept in cents. Every constraint has a name by the convention, on every database the same.
"""

from __future__ import annotations

import enum
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship


class Base(DeclarativeBase):
    metadata = sa.MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


db = SQLAlchemy(model_class=Base, disable_autonaming=True)


class ProductStatus(enum.StrEnum):
    DRAFT = "draft"
    ACTIVE = "active"
    RETIRED = "retired"


class AddressKind(enum.StrEnum):
    BILLING = "billing"
    SHIPPING = "shipping"


class OrderStatus(enum.StrEnum):
    CART = "cart"
    PLACED = "placed"
    PAID = "paid"
    SHIPPED = "shipped"
    CANCELLED = "cancelled"


class PaymentMethod(enum.StrEnum):
    CARD = "card"
    INVOICE = "invoice"
    TRANSFER = "transfer"


def one_of(members: type[enum.StrEnum], name: str) -> sa.Enum:
    """A column type that stores the values of an enumeration, not the names."""
    return sa.Enum(members, name=name, values_callable=lambda all_: [one.value for one in all_])


def now() -> Any:
    """A column of the time at which the database made the row."""
    return mapped_column(sa.DateTime(timezone=True), server_default=sa.func.now())


class Category(db.Model):
    __tablename__ = "categories"
    __table_args__ = (sa.UniqueConstraint("parent_id", "name"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    parent_id: Mapped[int | None] = mapped_column(sa.ForeignKey("categories.id"))
    name: Mapped[str] = mapped_column(sa.String(60))
    slug: Mapped[str] = mapped_column(sa.String(60), unique=True)
    position: Mapped[int] = mapped_column(server_default="0")

    parent: Mapped[Category | None] = relationship(remote_side=[id])


class Supplier(db.Model):
    __tablename__ = "suppliers"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(sa.String(80), unique=True)
    email: Mapped[str] = mapped_column(sa.String(120))
    phone: Mapped[str | None] = mapped_column(sa.String(30))


product_tags = sa.Table(
    "product_tags",
    Base.metadata,
    sa.Column("product_id", sa.ForeignKey("products.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("tag_id", sa.ForeignKey("tags.id", ondelete="CASCADE"), primary_key=True),
)


class Tag(db.Model):
    __tablename__ = "tags"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(sa.String(30), unique=True)


class Product(db.Model):
    __tablename__ = "products"

    id: Mapped[int] = mapped_column(primary_key=True)
    category_id: Mapped[int] = mapped_column(sa.ForeignKey("categories.id"), index=True)
    supplier_id: Mapped[int | None] = mapped_column(sa.ForeignKey("suppliers.id"))
    sku: Mapped[str] = mapped_column(sa.String(20), unique=True)
    name: Mapped[str] = mapped_column(sa.String(100))
    description: Mapped[str] = mapped_column(sa.Text, server_default="")
    status: Mapped[ProductStatus] = mapped_column(
        one_of(ProductStatus, "product_status"), server_default="draft"
    )
    price_cents: Mapped[int]
    weight_grams: Mapped[int] = mapped_column(server_default="0")
    created_at: Mapped[datetime] = now()

    category: Mapped[Category] = relationship()
    supplier: Mapped[Supplier | None] = relationship()
    tags: Mapped[list[Tag]] = relationship(secondary=product_tags, order_by=Tag.name)
    stock: Mapped[list[StockLevel]] = relationship()
    reviews: Mapped[list[Review]] = relationship()

    __table_args__ = (
        sa.CheckConstraint("price_cents > 0", name="price_is_positive"),
        sa.Index("ix_products_lower_name", sa.func.lower(name)),
        sa.Index(
            "ix_products_for_sale",
            "category_id",
            "name",
            sqlite_where=sa.text("status = 'active'"),
            postgresql_where=sa.text("status = 'active'"),
        ),
    )


class Warehouse(db.Model):
    __tablename__ = "warehouses"

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(sa.String(8), unique=True)
    city: Mapped[str] = mapped_column(sa.String(60), unique=True)


class StockLevel(db.Model):
    __tablename__ = "stock_levels"
    __table_args__ = (sa.CheckConstraint("quantity >= 0", name="quantity_is_not_negative"),)

    warehouse_id: Mapped[int] = mapped_column(sa.ForeignKey("warehouses.id"), primary_key=True)
    product_id: Mapped[int] = mapped_column(
        sa.ForeignKey("products.id", ondelete="CASCADE"), primary_key=True
    )
    quantity: Mapped[int] = mapped_column(server_default="0")

    warehouse: Mapped[Warehouse] = relationship()


class StockMovement(db.Model):
    __tablename__ = "stock_movements"
    __table_args__ = (
        sa.ForeignKeyConstraint(
            ["warehouse_id", "product_id"],
            ["stock_levels.warehouse_id", "stock_levels.product_id"],
            ondelete="CASCADE",
        ),
        sa.CheckConstraint("change <> 0", name="something_moves"),
        sa.Index(None, "warehouse_id", "product_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    warehouse_id: Mapped[int]
    product_id: Mapped[int]
    change: Mapped[int]
    reason: Mapped[str] = mapped_column(sa.String(40))
    moved_at: Mapped[datetime] = now()


class Customer(db.Model):
    __tablename__ = "customers"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(sa.String(120))
    email: Mapped[str] = mapped_column(sa.String(120))
    created_at: Mapped[datetime] = now()

    addresses: Mapped[list[Address]] = relationship()

    __table_args__ = (sa.Index("uq_customers_lower_email", sa.func.lower(email), unique=True),)


class Review(db.Model):
    __tablename__ = "reviews"
    __table_args__ = (
        sa.UniqueConstraint("product_id", "customer_id"),
        sa.CheckConstraint("rating BETWEEN 1 AND 5", name="rating_is_one_to_five"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    product_id: Mapped[int] = mapped_column(sa.ForeignKey("products.id", ondelete="CASCADE"))
    customer_id: Mapped[int] = mapped_column(sa.ForeignKey("customers.id"), index=True)
    rating: Mapped[int]
    text: Mapped[str] = mapped_column(sa.Text, server_default="")
    written_at: Mapped[datetime] = now()


class Address(db.Model):
    __tablename__ = "addresses"
    __table_args__ = (
        sa.Index(
            "uq_addresses_default",
            "customer_id",
            "kind",
            unique=True,
            sqlite_where=sa.text("is_default"),
            postgresql_where=sa.text("is_default"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    customer_id: Mapped[int] = mapped_column(
        sa.ForeignKey("customers.id", ondelete="CASCADE"), index=True
    )
    kind: Mapped[AddressKind] = mapped_column(one_of(AddressKind, "address_kind"))
    street: Mapped[str] = mapped_column(sa.String(100))
    postcode: Mapped[str] = mapped_column(sa.String(10))
    city: Mapped[str] = mapped_column(sa.String(60))
    country: Mapped[str] = mapped_column(sa.CHAR(2), server_default="NL")
    is_default: Mapped[bool] = mapped_column(server_default=sa.false())


class Coupon(db.Model):
    __tablename__ = "coupons"
    __table_args__ = (sa.CheckConstraint("percent > 0 AND percent <= 100", name="percent"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(sa.String(20), unique=True)
    percent: Mapped[int]
    valid_until: Mapped[date | None]


class Order(db.Model):
    __tablename__ = "orders"
    __table_args__ = (sa.Index(None, "customer_id", "placed_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[str] = mapped_column(sa.String(20), unique=True)
    customer_id: Mapped[int] = mapped_column(sa.ForeignKey("customers.id"))
    address_id: Mapped[int | None] = mapped_column(
        sa.ForeignKey("addresses.id", ondelete="SET NULL")
    )
    status: Mapped[OrderStatus] = mapped_column(
        one_of(OrderStatus, "order_status"), server_default="placed"
    )
    coupon_id: Mapped[int | None] = mapped_column(
        sa.ForeignKey("coupons.id", ondelete="SET NULL"), index=True
    )
    is_gift: Mapped[bool] = mapped_column(server_default=sa.false())
    placed_at: Mapped[datetime | None] = mapped_column(sa.DateTime(timezone=True))
    note: Mapped[str | None] = mapped_column(sa.Text)

    customer: Mapped[Customer] = relationship()
    address: Mapped[Address | None] = relationship()
    coupon: Mapped[Coupon | None] = relationship()
    lines: Mapped[list[OrderLine]] = relationship(order_by="OrderLine.position")
    payments: Mapped[list[Payment]] = relationship()

    @property
    def total_cents(self) -> int:
        """What is to be paid: the lines, less what the coupon takes off."""
        total = sum(line.quantity * line.unit_price_cents for line in self.lines)
        return total if self.coupon is None else total * (100 - self.coupon.percent) // 100


class OrderLine(db.Model):
    __tablename__ = "order_lines"
    __table_args__ = (sa.CheckConstraint("quantity > 0", name="quantity_is_positive"),)

    order_id: Mapped[int] = mapped_column(
        sa.ForeignKey("orders.id", ondelete="CASCADE"), primary_key=True
    )
    position: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    product_id: Mapped[int] = mapped_column(sa.ForeignKey("products.id"), index=True)
    quantity: Mapped[int] = mapped_column(server_default="1")
    unit_price_cents: Mapped[int]

    product: Mapped[Product] = relationship()


class Payment(db.Model):
    __tablename__ = "payments"
    __table_args__ = (
        sa.CheckConstraint("amount_cents > 0", name="amount_is_positive"),
        sa.Index(None, "order_id", "received_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    order_id: Mapped[int] = mapped_column(sa.ForeignKey("orders.id"))
    method: Mapped[PaymentMethod] = mapped_column(one_of(PaymentMethod, "payment_method"))
    amount_cents: Mapped[int]
    received_at: Mapped[datetime] = now()
