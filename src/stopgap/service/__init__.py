"""The service: REST over everything that the Python API has, for people and programs that sign in."""
