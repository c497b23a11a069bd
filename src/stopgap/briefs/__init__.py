"""Briefs: documents that people read, made from findings."""
