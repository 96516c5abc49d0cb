"""Measures flask_schemaver beside Alembic and Flask-Migrate, on the same machine in the same run.

By hand only: `pip install alembic Flask-Migrate`, then `python -m benchmarks`. What counts is the
last column, the ratio: seconds say more about the machine than about the programs.
"""
