"""Measures: one folder each, from SQL stages over pure statistics to frozen results and the words about them."""
