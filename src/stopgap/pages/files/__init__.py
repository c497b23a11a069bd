"""Pages of imported files."""
