"""Charts of a brief, each one specification for all formats."""
