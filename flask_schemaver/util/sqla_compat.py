"""Which SQLAlchemy is installed."""

from __future__ import annotations

import re

import sqlalchemy as sa

_vers = tuple(int(part) for part in re.findall(r"\d+", sa.__version__)[:3])

sqla_2 = True
sqla_2_0_25: bool = _vers >= (2, 0, 25)
sqla_2_1: bool = _vers >= (2, 1)
