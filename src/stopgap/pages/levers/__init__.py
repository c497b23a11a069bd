"""Levers of an episode: ranked, and a what-if by slider, with all assumptions in sight."""
