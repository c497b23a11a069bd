"""Matching of names at the addresses, and in the shapes, that clients of yente know."""
