"""Drafts of claims from texts: what a draft is, and how the installed reader is found; the reader is a package of its own."""
