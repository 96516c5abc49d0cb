"""Runs the revisions of this folder on the database of the Flask app; `flask db` calls it.

The database, the models and all options come from `SchemaVer(app, db, ...)` and `app.config`, so
there is normally nothing to edit. To add an option for this folder alone, put it in `options`.
"""

from flask_schemaver import context, current_schemaver

options = current_schemaver.configure_options()


def write_sql() -> None:
    """Write the statements (`--sql`); the database is not connected to."""
    context.configure(url=current_schemaver.url, literal_binds=True, **options)
    with context.begin_transaction():
        context.run_migrations()


def change_database() -> None:
    """Run the revisions on a connection of the app's engine."""
    with current_schemaver.connect() as connection:
        context.configure(connection=connection, **options)
        with context.begin_transaction():
            context.run_migrations()


if context.is_offline_mode():
    write_sql()
else:
    change_database()
