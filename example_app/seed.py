"""Rows to look at: the same ones on every machine."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from random import Random

import sqlalchemy as sa

from .models import (
    Address,
    AddressKind,
    Category,
    Coupon,
    Customer,
    Order,
    OrderLine,
    OrderStatus,
    Payment,
    PaymentMethod,
    Product,
    ProductStatus,
    Review,
    StockLevel,
    StockMovement,
    Supplier,
    Tag,
    Warehouse,
    db,
)

CATEGORIES = {"Tea": ("Green tea", "Black tea"), "Coffee": ("Beans", "Ground"), "Things": ("Pots",)}
PRODUCTS = (
    ("GT-SEN", "Sencha from Uji", "Green tea", 1290, 100, ("organic", "new")),
    ("GT-GEN", "Genmaicha", "Green tea", 890, 100, ("organic",)),
    ("GT-DRA", "Dragon Well", "Green tea", 1650, 50, ()),
    ("BT-DAR", "Darjeeling, first flush", "Black tea", 1890, 100, ("new",)),
    ("BT-ASS", "Assam", "Black tea", 790, 200, ("bestseller",)),
    ("BT-LAP", "Lapsang Souchong", "Black tea", 990, 100, ()),
    ("CB-YIR", "Yirgacheffe, whole", "Beans", 1490, 250, ("organic", "bestseller")),
    ("CB-SUM", "Sumatra, whole", "Beans", 1390, 250, ()),
    ("CG-HOU", "House blend, for filters", "Ground", 1090, 250, ("bestseller",)),
    ("TH-POT", "Teapot, cast iron", "Pots", 4900, 1400, ()),
    ("TH-CAN", "Coffee canister", "Pots", 2400, 380, ("new",)),
)
PEOPLE = ("Ann de Vries", "Bo Jansen", "Chidi Okafor", "Dana Levi", "Elif Kaya")


def has_rows() -> bool:
    """Whether the shop was filled before."""
    return bool(db.session.scalar(sa.select(sa.func.count()).select_from(Product)))


def fill() -> None:
    """Fill the empty tables of the shop."""
    random = Random(7)
    products = _catalogue(random)
    customers = [_customer(number, name) for number, name in enumerate(PEOPLE)]
    coupons = [Coupon(code="SPRING", percent=10), Coupon(code="FRIENDS", percent=20)]
    _add(products, customers, coupons)
    pairs = [(product, customer) for product in products for customer in customers]
    _add([_review(random, *pair) for pair in random.sample(pairs, 24)])
    _add([_order(random, number, customers, products, coupons) for number in range(1, 13)])
    _add([_delivery(level) for product in products for level in product.stock if level.quantity])
    db.session.commit()


def _add(*groups: Iterable[db.Model]) -> None:
    for group in groups:
        db.session.add_all(group)
    db.session.flush()


def _catalogue(random: Random) -> list[Product]:
    leaves = {}
    for place, (name, children) in enumerate(CATEGORIES.items()):
        root = Category(name=name, slug=_slug(name), position=place)
        for child in children:
            leaves[child] = Category(name=child, slug=_slug(child), parent=root)
    tags = {name: Tag(name=name) for name in ("organic", "new", "bestseller")}
    suppliers = [
        Supplier(name="Leaf & Co", email="orders@leaf.example", phone="+31 20 555 0101"),
        Supplier(name="Roastery Noord", email="hallo@noord.example"),
    ]
    warehouses = [Warehouse(code="AMS", city="Amsterdam"), Warehouse(code="RTM", city="Rotterdam")]
    _add(leaves.values(), tags.values(), suppliers, warehouses)
    return [
        Product(
            sku=sku,
            name=name,
            description=f"{name}, from our shelves to yours.",
            category=leaves[category],
            supplier=suppliers[sku.startswith("C")],
            status=ProductStatus.ACTIVE,
            price_cents=price,
            weight_grams=weight,
            tags=[tags[tag] for tag in tagged],
            stock=[_stock(warehouse, random.randint(0, 60)) for warehouse in warehouses],
        )
        for sku, name, category, price, weight, tagged in PRODUCTS
    ]


def _slug(name: str) -> str:
    return name.lower().replace(" ", "-")


def _stock(warehouse: Warehouse, quantity: int) -> StockLevel:
    return StockLevel(warehouse=warehouse, quantity=quantity)


def _customer(number: int, name: str) -> Customer:
    address = Address(
        kind=AddressKind.SHIPPING,
        street=f"Kanaalweg {12 + number * 7}",
        postcode=f"35{number}1 KV",
        city="Utrecht",
        is_default=True,
    )
    return Customer(name=name, email=f"{name.split()[0].lower()}@mail.example", addresses=[address])


def _review(random: Random, product: Product, customer: Customer) -> Review:
    rating = random.choice((3, 4, 4, 5, 5))
    return Review(product_id=product.id, customer_id=customer.id, rating=rating)


def _order(
    random: Random,
    number: int,
    customers: list[Customer],
    products: list[Product],
    coupons: list[Coupon],
) -> Order:
    customer = random.choice(customers)
    lines = [
        OrderLine(
            position=position,
            product=product,
            quantity=random.randint(1, 3),
            unit_price_cents=product.price_cents,
        )
        for position, product in enumerate(random.sample(products, random.randint(1, 4)), start=1)
    ]
    status = random.choice(list(OrderStatus))
    order = Order(
        number=f"2026-{number:04}",
        customer=customer,
        address=customer.addresses[0],
        status=status,
        coupon=random.choice([*coupons, None, None, None]),
        is_gift=number % 5 == 0,
        note="Please wrap it up, with a card." if number % 5 == 0 else None,
        placed_at=datetime(2026, 3, 1, 9, tzinfo=UTC) + timedelta(hours=31 * number),
        lines=lines,
    )
    if status in (OrderStatus.PAID, OrderStatus.SHIPPED):
        method = random.choice(list(PaymentMethod))
        order.payments = [Payment(method=method, amount_cents=order.total_cents)]
    return order


def _delivery(level: StockLevel) -> StockMovement:
    """How the goods came to be where they are."""
    return StockMovement(
        warehouse_id=level.warehouse_id,
        product_id=level.product_id,
        change=level.quantity,
        reason="delivery",
    )
