"""Moving a database through the graph of revisions."""
