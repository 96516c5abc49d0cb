"""How the path of a file is shown to a person."""

import os


def shown(path: str) -> str:
    """The path from the working directory if it is below that, else as it is."""
    folder = os.getcwd() + os.sep
    absolute = os.path.abspath(path)
    return absolute[len(folder) :] if absolute.startswith(folder) else path
