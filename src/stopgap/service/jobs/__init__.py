"""Long work: kept in the database, leased by workers, told by events, taken up again after a kill."""
