from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask

from example_app import create_app, seed
from example_app.models import Order, Product, Supplier, db

FIRST = "4f1c0a7be2d9"
OLDEST = ("name", "sku", "status", "price_cents", "customer_id", "number", "email", "placed_at")


@pytest.fixture
def shop(database_url: str) -> Iterator[Flask]:
    """The shop on an empty database, which it does not look at when it starts."""
    app = create_app({"SQLALCHEMY_DATABASE_URI": database_url, "SCHEMAVER_ON_STARTUP": "off"})
    with app.app_context():
        yield app
        db.session.remove()
        db.engine.dispose()


def flask(app: Flask, line: str) -> str:
    """Run a line of `flask`, which must succeed, and return what it printed."""
    result = app.test_cli_runner().invoke(args=line.split())
    assert result.exit_code == 0, result.output
    return result.output


def rows(model: type[db.Model]) -> list[tuple]:
    """What the columns of a table hold that were there from the first revision on."""
    found = sa.select(
        model.__table__.c["id", *(name for name in OLDEST if name in model.__table__.c)]
    )
    with db.engine.connect() as connection:
        return [tuple(row) for row in connection.execute(found.order_by("id"))]


@contextmanager
def edited_models() -> Iterator[None]:
    """The shop's tables with a new column, a longer one and one that may not be NULL any more."""
    suppliers, orders = Supplier.__table__, Order.__table__
    website = sa.Column("website", sa.String(200), nullable=False, server_default="none")
    suppliers.append_column(website)
    suppliers.c.name.type, was = sa.String(200), suppliers.c.name.type
    orders.c.placed_at.nullable = False
    try:
        yield
    finally:
        suppliers._columns.remove(website)
        suppliers.c.name.type = was
        orders.c.placed_at.nullable = True


def test_history_leads_to_the_models(shop: Flask) -> None:
    """After all revisions the database is what the models say."""
    flask(shop, "db upgrade")
    assert "no difference" in flask(shop, "db check")


def test_rows_survive_the_way_back_and_forth(shop: Flask) -> None:
    """Rows are kept by the later revisions, downwards and upwards."""
    flask(shop, "db upgrade")
    seed.fill()
    before = [rows(model) for model in (Product, Order, Supplier)]
    for line in (f"db downgrade {FIRST} --yes", "db upgrade"):
        flask(shop, line)
        assert [rows(model) for model in (Product, Order, Supplier)] == before
    assert "no difference" in flask(shop, "db check")


def test_history_can_be_undone_and_done_again(shop: Flask) -> None:
    """The way down to nothing leaves nothing behind that stops the next way up."""
    for line in ("db upgrade", "db downgrade base --yes"):
        flask(shop, line)
    names = sorted(sa.inspect(db.engine).get_table_names())
    assert names == ["schemaver_history", "schemaver_version"]
    flask(shop, "db upgrade")


def test_edited_model_becomes_a_revision(
    shop: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A change of the models is written as a revision that goes both ways and keeps the rows."""
    shutil.copytree(Path(shop.root_path) / "migrations", tmp_path / "migrations")
    monkeypatch.chdir(tmp_path)
    flask(shop, "db upgrade")
    seed.fill()
    before = rows(Supplier)
    with edited_models():
        assert "add column 'suppliers.website'" in flask(shop, "db migrate -m websites")
        for line in ("db upgrade", "db downgrade -1 --yes", "db upgrade"):
            flask(shop, line)
            assert rows(Supplier) == before
        assert "no difference" in flask(shop, "db check")
        assert "no difference" in flask(shop, "db migrate -m again")
        assert len(list((tmp_path / "migrations" / "versions").glob("*.py"))) == 4


@pytest.mark.databases("sqlite")
def test_shop_has_something_to_show(shop: Flask) -> None:
    """The pages and the commands show the products and the orders."""
    flask(shop, "db upgrade")
    assert flask(shop, "shop seed") == "Added 11 products and 12 orders.\n"
    assert "nothing was added" in flask(shop, "shop seed")
    assert "Genmaicha" in flask(shop, "shop products")
    assert "2026-0012" in flask(shop, "shop orders")
    client = shop.test_client()
    assert "Genmaicha" in client.get("/").text
    assert "2026-0012" in client.get("/orders").text
    assert "Total" in client.get("/orders/2026-0012").text
    assert client.get("/orders/none").status_code == 404


@pytest.mark.databases("sqlite")
def test_shop_does_not_start_on_a_database_that_is_behind(database_url: str) -> None:
    """Without its tables the shop refuses to start, and says what to do."""
    with pytest.raises(Exception, match="flask db upgrade"):
        create_app({"SQLALCHEMY_DATABASE_URI": database_url})
