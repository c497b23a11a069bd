"""Watching an episode: take in what is new, measure, report what changed, notify."""
