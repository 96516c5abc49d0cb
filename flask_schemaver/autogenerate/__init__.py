"""From the difference between models and database to a page of Python."""
