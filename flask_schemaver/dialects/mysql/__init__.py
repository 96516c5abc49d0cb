"""MySQL and MariaDB: their catalogue, expressions, types and rebuilds."""
