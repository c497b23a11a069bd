"""Files read safely: archives, workbooks, CSV, limits, validation of bytes."""
