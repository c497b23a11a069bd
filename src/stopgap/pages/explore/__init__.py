"""Explore: trade of any economies in any goods by period, as a chart and a table at a permanent address."""
