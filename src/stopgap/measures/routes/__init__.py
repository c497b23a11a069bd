"""Goods that may reach the target through hubs."""
