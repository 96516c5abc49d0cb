"""Runs the revisions of this folder on the databases that schemaver.ini lists.

Each is migrated for itself, in transactions of its own; `--bind NAME` chooses some of them.
"""

import sqlalchemy as sa

from flask_schemaver import context

config = context.config
names = [name.strip() for name in config.get_alembic_option("databases").split(",")]

# The metadata of the models of each database, for 'revision --autogenerate' and 'check':
# from shop.models import orders, users
# target_metadata = {"engine1": orders, "engine2": users}
target_metadata: dict[str, sa.MetaData] = {}

for name in config.attributes.get("binds") or names:
    url = (config.get_section(name) or {})["sqlalchemy.url"]
    options = {"engine_name": name, "target_metadata": target_metadata.get(name)}
    if context.is_offline_mode():
        # Write the statements (`--sql`); the database is not connected to.
        context.configure(url=url, literal_binds=True, **options)
        with context.begin_transaction():
            context.run_migrations()
    else:
        with sa.create_engine(url, poolclass=sa.NullPool).connect() as connection:
            context.configure(connection=connection, **options)
            with context.begin_transaction():
                context.run_migrations()
