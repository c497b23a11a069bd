"""Rows of the lake behind a figure, in a table of any length."""
