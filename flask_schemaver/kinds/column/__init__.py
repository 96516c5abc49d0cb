"""Columns: what they are, how they are read and compared, and what can be done to them."""
