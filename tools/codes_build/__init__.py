"""Writes the code tables of the package, one module per table."""
