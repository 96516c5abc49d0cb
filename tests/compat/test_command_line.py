"""`CommandLine`, as programs extend and drive it."""

from __future__ import annotations

from pathlib import Path

import pytest
import sqlalchemy as sa
from compat.histories import CHAIN, write

from flask_schemaver.config import CommandLine, Config, main


@pytest.fixture
def ini(tmp_path: Path) -> str:
    return str(write(tmp_path, sa.create_engine(f"sqlite:///{tmp_path}/x.db"), CHAIN))


def test_a_line_is_run(ini: str, capsys: pytest.CaptureFixture[str]) -> None:
    """`main` runs a line as a program would, and what a command returns is printed."""
    for line in (
        "upgrade a2",
        "current -v",
        "history",
        "heads",
        "show a1",
        "stamp a1 ",
        "branches",
    ):
        main(["-c", ini, *line.split()])
    said = capsys.readouterr().out
    assert "'a2'" in said
    assert "a1 -> a2" in said
    main(["-c", ini, "heads"])
    assert "a3 (head)" in capsys.readouterr().out


def test_a_command_of_ones_own(ini: str) -> None:
    """`register_command` adds a function whose arguments are known by their names."""
    seen: list[object] = []

    def restock(config: Config, revision: str, sql: bool = False, tag: str | None = None) -> None:
        """Fill the shelves."""
        seen.append((config.get_main_option("script_location"), revision, sql, tag))

    line = CommandLine(prog="shop")
    line.register_command(restock)
    line.main(["-c", ini, "restock", "head", "--sql", "--tag", "x"])
    ((location, *rest),) = seen
    assert str(location).endswith("migrations")
    assert rest == ["head", True, "x"]


def test_a_program_drives_the_parser(ini: str) -> None:
    """Options of a program's own are parsed with the others, and `run_cmd` returns the result."""
    line = CommandLine()
    line.parser.add_argument("--shop")
    options = line.parser.parse_args(["--shop", "north", "-x", "a=1", "upgrade", "head"])
    config = Config(ini, ini_section=options.name, cmd_opts=options)
    assert line.run_cmd(config, options).after == ("a3",)
    assert options.shop == "north"


def test_mistakes(ini: str, capsys: pytest.CaptureFixture[str]) -> None:
    """A mistake ends with its exit code and advice; `--raiseerr` lets the error through."""
    from flask_schemaver import CommandError

    with pytest.raises(SystemExit) as left:
        main(["-c", ini, "upgrade", "nowhere"])
    assert left.value.code == 1
    assert "nowhere" in capsys.readouterr().err
    with pytest.raises(CommandError):
        main(["-c", ini, "--raiseerr", "upgrade", "nowhere"])
    with pytest.raises(SystemExit) as left:
        main(["-c", ini])
    assert left.value.code == 2
