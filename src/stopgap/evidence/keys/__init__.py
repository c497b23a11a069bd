"""Keys that sign packs, and trust in those of partners."""
