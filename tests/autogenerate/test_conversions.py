"""Types between which PostgreSQL has no cast: the file waits for a person."""

from __future__ import annotations

from pathlib import Path

import pytest
import sqlalchemy as sa
from promise.promise import Project, emptied, keeps_promise
from sqlalchemy.dialects import postgresql

from flask_schemaver import command
from flask_schemaver.dialects.postgresql.types import can_convert
from flask_schemaver.errors import StepFailed


def things(type_: sa.types.TypeEngine[object]) -> sa.MetaData:
    metadata = sa.MetaData()
    sa.Table(
        "thing", metadata, sa.Column("id", sa.Integer, primary_key=True), sa.Column("what", type_)
    )
    return metadata


@pytest.mark.databases("postgresql")
def test_the_file_says_what_is_to_be_done(engine: sa.Engine, tmp_path: Path) -> None:
    """It refuses to run until a person says how; then it runs."""
    emptied(engine)
    with engine.begin() as connection:
        things(sa.Integer()).create_all(connection)
        connection.exec_driver_sql("INSERT INTO thing VALUES (1, 20240229)")
    project = Project(tmp_path / "m", engine)
    text = project.revise(things(sa.Date()))
    assert text is not None
    assert "# TODO: say how values are converted" in text
    with pytest.raises(StepFailed, match="postgresql_using"):
        project.upgrade()
    (file,) = (tmp_path / "m" / "versions").glob("*.py")
    lines = [line for line in text.splitlines() if "TODO" not in line]
    start = next(i for i, line in enumerate(lines) if "op.todo(" in line)
    end = next(i for i, line in enumerate(lines[start:]) if line.rstrip().endswith(")"))
    del lines[start : start + end + 1]
    done = "\n".join(lines).replace(
        "type_=sa.Date()",
        "type_=sa.Date(), postgresql_using=\"to_date(what::text, 'YYYYMMDD')\"",
        1,
    )
    file.write_text(done)
    command.upgrade(project.config, "head")
    with engine.connect() as connection:
        assert str(connection.scalar(sa.text("SELECT what FROM thing"))) == "2024-02-29"


@pytest.mark.databases("postgresql")
def test_a_table_without_values_needs_nobody(engine: sa.Engine, tmp_path: Path) -> None:
    """Nothing has to be converted where there is nothing."""
    rows = {"thing": [{"id": 1, "what": None}]}
    text = keeps_promise(engine, tmp_path / "m", things(sa.Integer()), things(sa.Date()), rows)
    assert text is not None
    assert "TODO" not in text


@pytest.mark.parametrize(
    ("old", "new", "possible"),
    [
        (postgresql.ARRAY(sa.Integer), sa.Enum("a", name="letter"), False),
        (sa.Boolean(), postgresql.ARRAY(sa.Boolean), False),
        (postgresql.ARRAY(sa.Integer), postgresql.ARRAY(sa.Date), False),
        (postgresql.ARRAY(sa.Integer), postgresql.ARRAY(sa.Numeric), True),
        (sa.Text(), postgresql.ARRAY(sa.Integer), True),
        (sa.Integer(), postgresql.INT4RANGE(), False),
        (postgresql.INT4RANGE(), postgresql.INT8RANGE(), True),
        (postgresql.INET(), postgresql.CIDR(), True),
        (postgresql.BIT(4), sa.Integer(), False),
        (postgresql.MONEY(), sa.Integer(), True),
        (postgresql.DOMAIN("amount", sa.Integer), sa.Date(), False),
    ],
)
def test_what_can_be_converted(
    old: sa.types.TypeEngine[object], new: sa.types.TypeEngine[object], possible: bool
) -> None:
    """An array becomes a text or another array; a domain what its own type becomes."""
    assert can_convert(old, new) is possible
