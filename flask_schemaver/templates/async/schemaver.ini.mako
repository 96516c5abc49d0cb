[schemaver]
# The migrations folder; %(here)s is the folder of this file.
script_location = ${script_location}

# The database. A '%' of a password is written as it is.
sqlalchemy.url = sqlite+aiosqlite:///%(here)s/app.db

# What is put in front of sys.path, so that env.py can import the models.
prepend_sys_path = %(here)s
path_separator = newline

# The names of new files: rev slug epoch year month day hour minute second.
# file_template = %%(year)d_%%(month).2d_%%(day).2d_%%(rev)s_%%(slug)s
# timezone = UTC

[post_write_hooks]
# hooks = ruff
# ruff.type = exec
# ruff.executable = ruff
# ruff.options = format REVISION_SCRIPT_FILENAME
