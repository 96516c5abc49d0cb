"""Migrators that are processes of their own, for tests that run many or stop one."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

UPGRADE = """
import sys, time
import sqlalchemy as sa
from flask_schemaver.config import Config
from flask_schemaver.errors import CommandError
from flask_schemaver.runtime.environment import EnvironmentContext
from flask_schemaver.runtime.planner import plan_upgrade
from flask_schemaver.script.directory import ScriptDirectory

url, folder, at = sys.argv[1:]
config = Config()
config.set_main_option("script_location", folder)
script = ScriptDirectory.from_config(config)
fn = lambda heads, _: plan_upgrade(script.revision_map, heads, "heads")
engine = sa.create_engine(url)
time.sleep(max(float(at) - time.time(), 0))
try:
    with EnvironmentContext(config, script, fn=fn) as environment, engine.connect() as connection:
        environment.configure(connection=connection)
        environment.run_migrations()
except CommandError as error:
    print(error, file=sys.stderr)
    sys.exit(error.exit_code)
"""


def start(url: str, folder: Path, at: float = 0.0) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", UPGRADE, url, str(folder), str(at)]
    return subprocess.Popen(command, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
