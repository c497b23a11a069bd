"""Briefs: from findings to a document that people read."""
