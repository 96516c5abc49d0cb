"""The vocabulary of schemas and the algebra on it; knows no kind of object by name."""
