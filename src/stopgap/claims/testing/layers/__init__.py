"""Layers of a claim, from goods that were shipped to the share of a loss; each has its own test."""
