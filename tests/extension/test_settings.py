"""Where a setting of an app comes from: each layer wins over those before it, and is named."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from flask_schemaver import SchemaVer
from flask_schemaver.config import Settings
from flask_schemaver.errors import ConfigError


@pytest.fixture
def settings_of(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The settings of an app in `tmp_path`; `config` is its app.config."""
    monkeypatch.chdir(tmp_path)

    def settled(config: dict[str, Any] | None = None, **options: Any) -> Settings:
        app = Flask("shop", root_path=str(tmp_path / "shop"))
        app.config.update(config or {})
        schemaver = SchemaVer(app, metadata=sa.MetaData(), url="sqlite://", **options)
        return schemaver.state(app).settings

    return settled


def test_each_layer_wins_over_those_before_it(
    settings_of: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """pyproject.toml, schemaver.ini, code, app.config, environment; the origin tells which."""

    def table() -> tuple[str, str]:
        found = settings_of(config, **options)
        return found.version_table, found.origin("version_table")

    config: dict[str, Any] = {}
    options: dict[str, Any] = {}
    assert table() == ("schemaver_version", "default")
    toml = tmp_path / "pyproject.toml"
    toml.write_text('[tool.schemaver]\nversion_table = "of_toml"\n')
    assert table() == ("of_toml", f"{toml} [tool.schemaver]")
    ini = tmp_path / "schemaver.ini"
    ini.write_text("[schemaver]\nversion_table = of_ini\n")
    assert table() == ("of_ini", f"{ini} [schemaver]")
    options["version_table"] = "of_code"
    assert table() == ("of_code", "SchemaVer(...)")
    config["SCHEMAVER_VERSION_TABLE"] = "of_config"
    assert table() == ("of_config", 'app.config["SCHEMAVER_VERSION_TABLE"]')
    monkeypatch.setenv("SCHEMAVER_VERSION_TABLE", "of_environment")
    assert table() == ("of_environment", "$SCHEMAVER_VERSION_TABLE")


def test_a_file_names_the_folder_and_the_folder_has_a_file(
    settings_of: Any, tmp_path: Path
) -> None:
    """The ini file of the migrations folder that pyproject.toml names is read."""
    (tmp_path / "pyproject.toml").write_text('[tool.schemaver]\nscript_location = "moves"\n')
    (tmp_path / "moves").mkdir()
    (tmp_path / "moves" / "schemaver.ini").write_text("[schemaver]\nbinds = a, b\n")
    found = settings_of()
    assert found.directory == "moves"
    assert found.binds == ("a", "b")


def test_numbers_and_words_of_the_environment_are_read(
    settings_of: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A wrong one is an error that names the variable."""
    monkeypatch.setenv("SCHEMAVER_LOCK_TIMEOUT", "7")
    monkeypatch.setenv("SCHEMAVER_BINDS", "default, users")
    assert settings_of().lock_timeout == 7.0
    assert settings_of().binds == ("default", "users")
    monkeypatch.setenv("SCHEMAVER_GUARD", "perhaps")
    with pytest.raises(ConfigError, match="'off', 'warn', 'error', 'page'") as caught:
        settings_of()
    assert "$SCHEMAVER_GUARD" in caught.value.message


def test_a_pyproject_of_others_is_not_parsed(settings_of: Any, tmp_path: Path) -> None:
    """Not even one that is no TOML at all."""
    (tmp_path / "pyproject.toml").write_text("= broken\n")
    assert settings_of().directory == "migrations"


def test_settings_are_frozen(settings_of: Any) -> None:
    """They are a value."""
    with pytest.raises(AttributeError):
        settings_of().directory = "x"


def test_every_setting_is_an_argument(tmp_path: Path) -> None:
    """Those without a parameter of their own do not get lost among the options of env.py."""
    extension = SchemaVer(url="sqlite://", drop_limit=0.9, compare_type=False)
    app = Flask("shop", root_path=str(tmp_path))
    extension.init_app(app, truncate_slug_length=12, exclude_tables=["celery_*"])
    state = extension.state(app)
    assert state.settings.drop_limit == 0.9
    assert state.settings.origin("drop_limit") == "SchemaVer(...)"
    assert state.settings.truncate_slug_length == 12
    assert state.settings.exclude_tables == ("celery_*",)
    assert state.configure_kwargs == {"compare_type": False}
    with pytest.raises(ConfigError, match="drop_limit"):
        SchemaVer(Flask("other"), url="sqlite://", drop_limit="much")
