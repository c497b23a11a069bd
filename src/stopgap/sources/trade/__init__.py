"""Formats of official trade statistics, one file a format."""
