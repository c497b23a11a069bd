"""Answers: the JSON document and the table of each result, the same on the command line and in the service."""
