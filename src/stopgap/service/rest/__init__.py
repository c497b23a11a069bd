"""REST under ``/api/v1``: everything that the Python API has, with the same names, fields and units."""
