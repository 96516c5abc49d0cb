"""One module per database: its spellings, its abilities, and how its catalogue is read."""
