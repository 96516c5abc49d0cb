"""PostgreSQL: its catalogue, expressions, types, scratch tables and rebuilds."""
