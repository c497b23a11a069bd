"""Stopgap: who fills the gap when trade is stopped."""
