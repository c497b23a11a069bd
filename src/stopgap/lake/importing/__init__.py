"""Import files into the tables of the lake: staging, repeated rows, parts, commit."""
