"""Drafts of claims from texts: the interface to the installed reader, which is a package of its own."""
