"""Runs the revisions of this folder on the databases of the Flask app; `flask db` calls it.

The databases, the models and all options come from `SchemaVer(app, db, ...)` and `app.config`, so
there is normally nothing to edit. To add an option for this folder alone, put it in `options`.
"""

from flask_schemaver import context, current_schemaver

for database in current_schemaver.databases:
    options = {**database.options}
    if context.is_offline_mode():
        # Write the statements (`--sql`); the database is not connected to.
        context.configure(url=database.url, literal_binds=True, **options)
        with context.begin_transaction():
            context.run_migrations()
    else:
        with database.connect() as connection:
            context.configure(connection=connection, **options)
            with context.begin_transaction():
                context.run_migrations()
