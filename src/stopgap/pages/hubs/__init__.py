"""Suppliers and hubs of an episode: both legs, what exceeds chance, what both sides report, prices."""
