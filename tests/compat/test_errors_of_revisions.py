"""Programs catch around a command what a revision raised, by the class it was raised with."""

from __future__ import annotations

import pickle
from json import JSONDecodeError
from pathlib import Path

import pytest
import sqlalchemy as sa
from compat.histories import write

from flask_schemaver import Config, command
from flask_schemaver.errors import CannotConnect, CommandError, NeedsConsent, StepFailed, also


def upgraded(folder: Path, engine: sa.Engine, body: str) -> None:
    lines = "".join(f"    {line}\n" for line in body.splitlines())
    ini = write(folder, engine, {"a1": f"def upgrade():\n{lines}"})
    command.upgrade(Config(ini), "head")


def test_an_error_of_the_database(tmp_path: Path, engine: sa.Engine) -> None:
    """SQLAlchemy's class is caught, with the driver's error and the statement."""
    body = """\
op.execute("CREATE TABLE t (id INTEGER PRIMARY KEY)")
op.execute("INSERT INTO t VALUES (1)")
op.execute("INSERT INTO t VALUES (1)")"""
    with pytest.raises(sa.exc.IntegrityError, match="a1") as caught:
        upgraded(tmp_path, engine, body)
    error = caught.value
    assert isinstance(error, StepFailed)
    assert isinstance(error, CommandError)
    assert error.orig is error.__cause__.orig  # type: ignore[union-attr]
    assert error.statement == "INSERT INTO t VALUES (1)"
    assert (type(error).__name__, error.exit_code) == ("StepFailed", 1)


def test_a_class_of_the_program(tmp_path: Path, engine: sa.Engine) -> None:
    """A class with a constructor and attributes of its own is caught with these."""
    with pytest.raises(JSONDecodeError) as caught:
        upgraded(tmp_path, engine, "import json\njson.loads('[1, x]')")
    assert (caught.value.pos, caught.value.doc) == (4, "[1, x]")
    assert isinstance(caught.value, StepFailed)


def test_no_connection(tmp_path: Path) -> None:
    """A loop that waits for the database catches OperationalError."""
    engine = sa.create_engine("postgresql+psycopg://nobody@127.0.0.1:1/none")
    with pytest.raises(sa.exc.OperationalError) as caught:
        upgraded(tmp_path, engine, "pass")
    assert isinstance(caught.value, CannotConnect)


@pytest.mark.parametrize(
    "cause",
    [
        KeyError("x"),
        FileNotFoundError(2, "No such file", "name"),
        UnicodeDecodeError("utf-8", b"\xff", 0, 1, "invalid"),
        ExceptionGroup("two", [ValueError(), KeyError()]),
        NotImplementedError(),
        NeedsConsent("Rows would be lost."),
    ],
    ids=lambda cause: type(cause).__name__,
)
def test_both_at_once(cause: Exception) -> None:
    """The error says and exits as itself, has what the other one has, and can be pickled."""
    error = also(StepFailed("It failed.", hint="Go on."), cause)
    assert isinstance(error, StepFailed)
    assert isinstance(error, type(cause))
    assert (str(error), error.args, error.exit_code) == ("It failed. Go on.", cause.args, 1)
    assert getattr(error, "errno", None) == getattr(cause, "errno", None)
    again = pickle.loads(pickle.dumps(error))
    assert (type(again), str(again)) == (StepFailed, "It failed. Go on.")


@pytest.mark.parametrize("cause", [EOFError(), StopIteration(), KeyboardInterrupt(), Exception()])
def test_what_means_something_on_its_way_up(cause: BaseException) -> None:
    """What would end a generator or a command line stays the cause alone."""
    error = StepFailed("It failed.")
    assert also(error, cause) is error
