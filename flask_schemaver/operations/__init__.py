"""Operations at work: bound to a migration, gathered in batches, or moving rows."""
