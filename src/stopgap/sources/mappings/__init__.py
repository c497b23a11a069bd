"""Tables of other layouts read through mapping files."""
