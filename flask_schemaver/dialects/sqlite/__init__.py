"""SQLite: the stored text of its tables, read, edited and rebuilt."""
