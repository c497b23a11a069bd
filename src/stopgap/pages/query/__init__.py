"""The page for read-only SQL: the statement, the views that it can read, and its result."""
