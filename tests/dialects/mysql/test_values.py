"""Values of ENUM and SET that a column is to lose while rows of MariaDB hold them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import sqlalchemy as sa
from laws.schemas import Connected
from sqlalchemy.dialects import mysql

from flask_schemaver.errors import CommandError
from flask_schemaver.operations.facade import Operations


@pytest.fixture
def context(mariadb_url: str) -> Iterator[Connected]:
    """A migration on a database with a table whose rows hold a few of the values."""
    engine = sa.create_engine(mariadb_url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.exec_driver_sql(
            "CREATE TABLE thing (kind ENUM('a', 'b', 'it''s', 'idle'), "
            "tags SET('x', 'y', 'z', 'idle'), word VARCHAR(9))"
        )
        connection.exec_driver_sql(
            "INSERT INTO thing VALUES ('a', 'x', 'a'), ('it''s', 'x,y', 'b'), ('it''s', 'z', NULL)"
        )
        yield Connected(connection)
    engine.dispose()


ENUM = mysql.ENUM("a", "b", "it's", "idle")
SET = mysql.SET("x", "y", "z", "idle")
LOST = {
    "kind": (ENUM, mysql.ENUM("a", "b"), r"2 row\(s\) of 'thing' hold 'it''s' in column 'kind'"),
    "tags": (SET, mysql.SET("x", "z"), r"1 row\(s\) of 'thing' hold 'y' in column 'tags'"),
    "word": (sa.String(9), sa.Enum("a"), r"1 row\(s\) of 'thing' hold 'b' in column 'word'"),
}


@pytest.mark.parametrize("strict", [True, False])
@pytest.mark.parametrize("column", LOST)
def test_values_that_rows_hold(context: Connected, column: str, strict: bool) -> None:
    """The change is refused, with the values and what to do, and the rows keep them."""
    connection = context.connection
    if not strict:
        connection.exec_driver_sql("SET SESSION sql_mode = ''")
    before = connection.exec_driver_sql("SELECT * FROM thing").all()
    old, new, words = LOST[column]
    with pytest.raises(CommandError, match=words) as refusal:
        Operations(context).alter_column(  # type: ignore[arg-type]
            "thing", column, existing_type=old, type_=new, existing_nullable=True
        )
    assert refusal.value.hint is not None
    assert f"UPDATE thing SET {column} = ... WHERE {column} = " in refusal.value.hint
    assert connection.exec_driver_sql("SELECT * FROM thing").all() == before


def test_values_that_no_row_holds(context: Connected) -> None:
    """They go, and the others may stand in another order."""
    operations = Operations(context)  # type: ignore[arg-type]
    connection = context.connection
    before = connection.exec_driver_sql("SELECT * FROM thing").all()
    for column, new in (("kind", mysql.ENUM("it's", "a")), ("tags", mysql.SET("z", "y", "x"))):
        operations.alter_column("thing", column, type_=new, existing_nullable=True)
    after = connection.exec_driver_sql("SELECT * FROM thing").all()
    assert [row[0] for row in after] == [row[0] for row in before]
    assert [set(row[1].split(",")) for row in after] == [set(r[1].split(",")) for r in before]
