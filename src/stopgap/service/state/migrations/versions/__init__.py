"""Revisions of the service's database; the number of a file is that of its revision."""
