"""Measures flask_schemaver beside Alembic and Flask-Migrate, on the same machine in the same run.

By hand only: `pip install alembic Flask-Migrate`, then `python -m benchmarks`, or one of its parts:

    python -m benchmarks autogenerate --tables 1000 --databases SQLite PostgreSQL MariaDB

What counts is the last column, the ratio: seconds say more about the machine than about the
programs.
"""
