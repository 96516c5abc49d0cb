"""The command line: the only place that prints, that asks, and that knows Typer."""
