"""Config and Settings: where an option comes from, and what it may be."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from flask_schemaver.config import Config, Settings
from flask_schemaver.errors import ConfigError


def test_a_config_works_without_any_file() -> None:
    """Options that a program sets are read back; others have their default."""
    config = Config()
    config.set_main_option("script_location", "migrations")
    assert config.get_main_option("script_location") == "migrations"
    assert config.get_main_option("timezone", "UTC") == "UTC"
    assert config.get_alembic_boolean_option("sourceless") is False
    assert config.get_version_locations_list() is None
    assert config.get_hooks_list() == []


@pytest.mark.parametrize(
    "url",
    ["postgresql://u:p%40ss@h/d", "postgresql://u:50%@h/d", "postgresql://u:ä%(x)s%25@h/d"],
)
def test_a_percent_sign_in_a_url_stays(url: str) -> None:
    """A value that was not written for interpolation is read as it was set."""
    config = Config()
    config.set_main_option("sqlalchemy.url", url)
    assert config.get_main_option("sqlalchemy.url") == url


def test_a_doubled_percent_sign_is_one() -> None:
    """A template that was doubled as Alembic's documentation says means the same here."""
    config = Config()
    config.set_main_option("file_template", "%%(year)d_%%(rev)s")
    assert config.get_main_option("file_template") == "%(year)d_%(rev)s"


def test_an_ini_file_knows_where_it_is(tmp_path: Path) -> None:
    """`%(here)s` is the folder of the file."""
    file = tmp_path / "schemaver.ini"
    file.write_text("[schemaver]\nscript_location = %(here)s/migrations\n")
    assert Config(file).get_main_option("script_location") == f"{tmp_path.as_posix()}/migrations"


def test_the_section_of_an_adopted_project_is_read(tmp_path: Path) -> None:
    """A file with an [alembic] section and none of ours is understood."""
    file = tmp_path / "alembic.ini"
    file.write_text("[alembic]\ntruncate_slug_length = 20\n")
    config = Config(file)
    config.set_main_option("script_location", "migrations")
    assert config.get_alembic_option("truncate_slug_length") == "20"
    assert config.get_main_option("script_location") == "migrations"


def test_the_ini_file_wins_over_the_toml_file(tmp_path: Path) -> None:
    """An option in both files is that of the ini file; one in a single file is found."""
    ini, toml = tmp_path / "schemaver.ini", tmp_path / "pyproject.toml"
    ini.write_text("[schemaver]\ntimezone = UTC\n")
    toml.write_text(
        '[tool.schemaver]\ntimezone = "Europe/Rome"\nsourceless = true\n'
        'version_locations = ["%(here)s/a", "b c"]\n'
        '[[tool.schemaver.post_write_hooks]]\nname = "tidy"\ntype = "exec"\nexecutable = "tidy"\n'
    )
    config = Config(ini, toml)
    assert config.get_alembic_option("timezone") == "UTC"
    assert config.get_alembic_boolean_option("sourceless") is True
    assert config.get_version_locations_list() == [f"{tmp_path.as_posix()}/a", "b c"]
    assert config.get_hooks_list() == [{"_hook_name": "tidy", "type": "exec", "executable": "tidy"}]


def test_a_dotted_name_in_a_toml_file_needs_no_quotes(tmp_path: Path) -> None:
    """TOML reads it as a table in a table."""
    toml = tmp_path / "pyproject.toml"
    toml.write_text('[tool.schemaver]\nsqlalchemy.url = "sqlite:///%(here)s/a.db"\n')
    config = Config(toml_file=toml)
    assert config.get_alembic_option("sqlalchemy.url") == f"sqlite:///{tmp_path.as_posix()}/a.db"


def test_hooks_of_an_ini_file_keep_their_order(tmp_path: Path) -> None:
    """Each hook has its own options, without its name in front."""
    file = tmp_path / "schemaver.ini"
    file.write_text(
        "[schemaver]\n[post_write_hooks]\nhooks = b, a\na.type = exec\nb.type = module\n"
    )
    hooks = Config(file).get_hooks_list()
    assert [(hook["_hook_name"], hook["type"]) for hook in hooks] == [
        ("b", "module"),
        ("a", "exec"),
    ]


@pytest.mark.parametrize(
    ("separator", "text", "expected"),
    [
        (None, "a b,c", ["a", "b", "c"]),
        ("newline", "a b\nc", ["a b", "c"]),
        ("space", "a b", ["a", "b"]),
        (";", "a;b c", ["a", "b c"]),
    ],
)
def test_paths_are_split_as_the_option_says(
    separator: str | None, text: str, expected: list[str]
) -> None:
    """`path_separator` splits a list of paths; without it, blanks and commas do."""
    config = Config()
    if separator:
        config.set_main_option("path_separator", separator)
    config.set_main_option("version_locations", text)
    assert config.get_version_locations_list() == expected


def test_an_unknown_path_separator_is_named() -> None:
    """The error lists what is allowed."""
    config = Config()
    config.set_main_option("path_separator", "comma")
    config.set_main_option("version_locations", "a,b")
    with pytest.raises(ConfigError, match="'newline'"):
        config.get_version_locations_list()


def test_a_word_that_is_neither_true_nor_false_is_an_error() -> None:
    """The error names the option."""
    config = Config()
    config.set_main_option("sourceless", "perhaps")
    with pytest.raises(ConfigError, match="'sourceless' is 'perhaps'"):
        config.get_alembic_boolean_option("sourceless")


def test_a_broken_file_is_an_error_that_names_it(tmp_path: Path) -> None:
    """Neither kind of file ends in a traceback of its parser."""
    ini, toml = tmp_path / "schemaver.ini", tmp_path / "pyproject.toml"
    ini.write_text("no section\n")
    toml.write_text("= 1\n")
    with pytest.raises(ConfigError, match=r"schemaver\.ini"):
        Config(ini).get_main_option("x")
    with pytest.raises(ConfigError, match=r"pyproject\.toml"):
        Config(toml_file=toml).get_alembic_option("x")


def test_print_stdout_formats_only_with_values() -> None:
    """A lone `%` in a text is printed."""
    out = io.StringIO()
    config = Config(stdout=out)
    config.print_stdout("100%")
    config.print_stdout("%s is %d", "a", 1)
    assert out.getvalue() == "100%\na is 1\n"


def test_settings_know_where_a_value_comes_from() -> None:
    """A later layer wins, and is remembered as the origin."""
    settings = (
        Settings()
        .having("SchemaVer(...)", {"directory": "db/migrations", "on_startup": "stamp"})
        .having_app_config({"SCHEMAVER_ON_STARTUP": "check", "SECRET_KEY": "x"})
    )
    assert (settings.directory, settings.on_startup) == ("db/migrations", "check")
    assert settings.origin("directory") == "SchemaVer(...)"
    assert settings.origin("on_startup") == 'app.config["SCHEMAVER_ON_STARTUP"]'
    assert settings.origin("version_table") == "default"


def test_an_unknown_policy_is_refused_with_the_known_ones() -> None:
    """The error names where the value was set."""
    with pytest.raises(ConfigError, match="'off', 'check', 'stamp', 'upgrade'") as caught:
        Settings().having_app_config({"SCHEMAVER_ON_STARTUP": "create"})
    assert 'app.config["SCHEMAVER_ON_STARTUP"]' in caught.value.message


def test_a_key_that_is_no_setting_is_refused_with_the_nearest() -> None:
    """A typing error in app.config is not ignored."""
    with pytest.raises(ConfigError, match="Did you mean 'SCHEMAVER_VERSION_TABLE'"):
        Settings().having_app_config({"SCHEMAVER_VERSON_TABLE": "v"})


def test_settings_become_main_options() -> None:
    """What the migrations folder is read by goes into a Config, percent signs kept."""
    settings = Settings().having("x", {"file_template": "%(year)d_%(rev)s", "sourceless": "yes"})
    config = Config()
    for name, value in settings.main_options().items():
        config.set_main_option(name, value)
    assert config.get_alembic_option("file_template") == "%(year)d_%(rev)s"
    assert config.get_alembic_boolean_option("sourceless") is True
