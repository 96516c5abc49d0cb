
[tool.schemaver]
# The migrations folder; %(here)s is the folder of this file.
script_location = "${script_location}"

# The database. A '%' of a password is written as it is.
"sqlalchemy.url" = "sqlite:///%(here)s/app.db"

# What is put in front of sys.path, so that env.py can import the models.
prepend_sys_path = ["%(here)s"]

# The names of new files: rev slug epoch year month day hour minute second.
# file_template = "%%(year)d_%%(month).2d_%%(day).2d_%%(rev)s_%%(slug)s"

# [[tool.schemaver.post_write_hooks]]
# name = "ruff"
# type = "exec"
# executable = "ruff"
# options = "format REVISION_SCRIPT_FILENAME"
