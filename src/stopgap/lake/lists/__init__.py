"""Editions of lists in the lake."""
