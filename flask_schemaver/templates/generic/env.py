"""Runs the revisions of this folder on the database that the settings name.

A program may hand over a connection of its own, as `config.attributes["connection"]`: then all
is done on that one, in the transaction that the program has begun.
"""

import sqlalchemy as sa

from flask_schemaver import context

config = context.config
url = config.get_alembic_option("sqlalchemy.url")

# The metadata of the models, for 'revision --autogenerate' and 'check', such as:
# from shop.models import metadata as target_metadata
target_metadata: sa.MetaData | None = None


def write_sql() -> None:
    """Write the statements (`--sql`); the database is not connected to."""
    context.configure(url=url, target_metadata=target_metadata, literal_binds=True)
    with context.begin_transaction():
        context.run_migrations()


def change_database(connection: sa.Connection) -> None:
    """Run the revisions on a connection."""
    context.configure(connection=connection, target_metadata=target_metadata)
    with context.begin_transaction():
        context.run_migrations()


if context.is_offline_mode():
    write_sql()
elif config.attributes.get("connection") is not None:
    change_database(config.attributes["connection"])
else:
    with sa.create_engine(url, poolclass=sa.NullPool).connect() as connection:
        change_database(connection)
