"""`python -m flask_schemaver`: the commands of `flask db` without Flask's own command line."""

from __future__ import annotations

from .cli.program import main

if __name__ == "__main__":
    main()
