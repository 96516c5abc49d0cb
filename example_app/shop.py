"""What a person sees of the shop: its pages, and the commands of `flask shop`."""

from __future__ import annotations

import click
import sqlalchemy as sa
from flask import Blueprint, render_template
from flask.cli import AppGroup
from sqlalchemy.orm import joinedload, selectinload

from . import seed
from .models import Category, Order, Product, db

pages = Blueprint("shop", __name__)
commands = AppGroup("shop", help="Look at the example shop, and fill it.")


@pages.app_template_filter("euro")
def euro(cents: int) -> str:
    """An amount of cents as people read it."""
    return f"€ {cents / 100:,.2f}"


def all_products() -> list[Product]:
    """Every product with what the list shows of it."""
    query = (
        sa.select(Product)
        .join(Category)
        .options(joinedload(Product.category).joinedload(Category.parent))
        .options(selectinload(Product.tags), selectinload(Product.stock))
        .options(selectinload(Product.reviews))
        .order_by(Category.name, Product.name)
    )
    return list(db.session.scalars(query))


def all_orders() -> list[Order]:
    """Every order, the latest first."""
    query = (
        sa.select(Order)
        .options(joinedload(Order.customer), joinedload(Order.coupon))
        .options(selectinload(Order.lines))
        .order_by(Order.number.desc())
    )
    return list(db.session.scalars(query))


def in_stock(product: Product) -> int:
    """How many of a product there are in all warehouses."""
    return sum(level.quantity for level in product.stock)


def stars(product: Product) -> str:
    """What the customers think of a product, on the average."""
    ratings = [review.rating for review in product.reviews]
    return f"{sum(ratings) / len(ratings):.1f} ★" if ratings else ""


@pages.get("/")
def products() -> str:
    """The page of all products."""
    return render_template("products.html", products=all_products(), in_stock=in_stock, stars=stars)


@pages.get("/orders")
def orders() -> str:
    """The page of all orders."""
    return render_template("orders.html", orders=all_orders())


@pages.get("/orders/<number>")
def order(number: str) -> str:
    """The page of one order."""
    found = db.first_or_404(sa.select(Order).filter_by(number=number))
    return render_template("order.html", order=found)


@commands.command("seed")
def fill() -> None:
    """Fill an empty shop with rows to look at."""
    if seed.has_rows():
        click.echo("The shop has products already; nothing was added.")
        return
    seed.fill()
    click.echo(f"Added {len(all_products())} products and {len(all_orders())} orders.")


@commands.command("products")
def list_products() -> None:
    """List the products."""
    for product in all_products():
        price, tags = euro(product.price_cents), ", ".join(tag.name for tag in product.tags)
        click.echo(f"{product.sku:8} {product.name:28} {price:>9} {in_stock(product):4}  {tags}")


@commands.command("orders")
def list_orders() -> None:
    """List the orders, the latest first."""
    for one in all_orders():
        total = euro(one.total_cents)
        click.echo(f"{one.number:10} {one.customer.name:16} {one.status.value:10} {total:>10}")
