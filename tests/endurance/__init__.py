"""Upgrades that are stopped, cut off and run in crowds: `python -m tests.endurance --help`."""

import sys
from pathlib import Path

# As pytest has it: the modules beside this folder are imported by their own names.
sys.path.insert(0, str(Path(__file__).parent.parent))
